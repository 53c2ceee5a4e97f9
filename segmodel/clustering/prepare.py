"""Robust preparation: make features comparable without letting a few customers decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from segmodel.errors import ClusteringError, ScorecardError, did_you_mean
from segmodel.scorecard import Preparation
from segmodel.scorecard.preparation import Floats, as_numbers, significant

SKEWED = 1.0
"""A logarithm is taken when the skewness of the clipped values is above this and none is negative."""

FLAT = 1e-9
"""A standard deviation below this share of the largest value is rounding noise: the feature is constant."""

SAME = 1e-9
"""Features whose standardised values never differ by more than this are one feature under two names."""


class RobustPreparation(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Fill, clip, logarithm, standardise and weight each feature; see `segmodel.scorecard.Preparation`.

    Missing becomes the median of the known; values are kept within the 1% and 99% quantiles; ln(1 + x) is taken
    where the clipped values are skewed to the right (skewness above 1) and the lower quantile is not negative;
    then each feature gets mean 0 and standard deviation 1, times its weight. All fitted numbers are rounded to
    12 significant digits, so that a model file holds exactly what was used. A feature that is constant, or that says
    the same as one before it, is left out.

    Parameters
    ----------
    weights : mapping of str to float, optional
        Factor on the standardised feature; 1 where not named.
    quantiles : tuple of float
        Where values are clipped.

    Attributes
    ----------
    preparations_ : dict of str to Preparation
        The features that are used.
    dropped_ : dict of str to str
        The features that are not, with the reason as a sentence.

    Examples
    --------
    >>> frame = pd.DataFrame({"orders": [1.0, 2.0, 3.0], "country": [7.0, 7.0, 7.0]})
    >>> fitted = RobustPreparation().fit(frame)
    >>> list(fitted.preparations_), list(fitted.dropped_)
    (['orders'], ['country'])
    """

    def __init__(
        self, weights: Mapping[str, float] | None = None, quantiles: tuple[float, float] = (0.01, 0.99)
    ) -> None:
        self.weights = weights
        self.quantiles = quantiles

    def fit(self, X: pd.DataFrame, y: None = None) -> RobustPreparation:  # noqa: ARG002
        """Learn the numbers from one row a customer.

        Raises
        ------
        ClusteringError
            When a feature holds text, or no feature tells customers apart.
        """
        self._learn(X)
        if not self.preparations_:
            raise nothing_left(self.dropped_)
        return self

    def transform(self, X: pd.DataFrame) -> Floats:
        """Return the prepared matrix: one row a customer, one column a feature in use.

        Raises
        ------
        ClusteringError
            When a feature is missing from the frame.
        """
        check_is_fitted(self, "preparations_")
        for name in self.preparations_:
            if name not in X.columns:
                names = [str(column) for column in X.columns]
                raise ClusteringError(f"The data lack feature '{name}'.{did_you_mean(name, names)}")
        return np.column_stack([used.apply(X[name], name) for name, used in self.preparations_.items()])

    def _learn(self, numbers: pd.DataFrame) -> None:
        self.preparations_: dict[str, Preparation] = {}
        self.dropped_: dict[str, str] = {}
        kept: dict[str, Floats] = {}
        for column in numbers.columns:
            name = str(column)
            found = self._prepare_one(name, numbers[column])
            if isinstance(found, str):
                self.dropped_[name] = found
                continue
            prepared = found.apply(numbers[column], name) / found.weight
            same = next((other for other, values in kept.items() if np.allclose(values, prepared, atol=SAME)), None)
            if same is not None:
                self.dropped_[name] = f"{name} says the same as {same} of every customer."
                continue
            kept[name] = prepared
            self.preparations_[name] = found

    def _prepare_one(self, name: str, values: pd.Series[Any]) -> Preparation | str:
        try:
            numbers = as_numbers(values, name)
        except ScorecardError:
            raise ClusteringError(
                f"Feature '{name}' holds text where numbers are needed. Leave it out, use it as a filter, or choose "
                "method mixed."
            ) from None
        known = numbers[~np.isnan(numbers)]
        if known.size == 0:
            return f"{name} is missing for every customer."
        low, high = (significant(float(end)) for end in np.quantile(known, self.quantiles))
        low, high = min(low, high), max(low, high)
        fill = significant(float(np.median(known)))
        filled = np.clip(np.where(np.isnan(numbers), fill, numbers), low, high)
        log = low >= 0 and _is_flat(filled) is False and float(stats.skew(filled)) > SKEWED
        changed = np.log(1.0 + filled) if log else filled
        if _is_flat(changed):
            return f"{name} is the same for (nearly) every customer."
        return Preparation(
            fill=fill,
            low=low,
            high=high,
            log=log,
            centre=significant(float(changed.mean())),
            scale=significant(float(changed.std())),
            weight=significant((self.weights or {}).get(name, 1.0)),
        )


def nothing_left(dropped: Mapping[str, str]) -> ClusteringError:
    """Return the error for features of which none can be used."""
    return ClusteringError(
        f"No feature tells the customers apart: {' '.join(dropped.values()) or 'none was given.'} "
        "Choose features that vary, or load more customers."
    )


def _is_flat(values: Floats) -> bool:
    return float(values.std()) <= FLAT * max(float(np.abs(values).max()), 1e-12)
