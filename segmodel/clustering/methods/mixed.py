"""Numbers and categories together, each feature counting alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from segmodel.clustering.kmeans import SMALLEST_VARIANCE
from segmodel.clustering.prepare import RobustPreparation, nothing_left
from segmodel.errors import ClusteringError, did_you_mean
from segmodel.scorecard import CategoryTerm, NumericTerm, Scorecard, Term
from segmodel.scorecard.preparation import Floats, significant

RARE = 0.01
"""A category of fewer customers than this share says nothing of its own: it is treated as missing."""

MOST_CATEGORIES = 30

CATEGORY_SHARE = 0.5
"""What a categorical feature counts beside a number, in expected squared distance (Hennig & Liao 2013)."""


@dataclass(frozen=True)
class CategoryPreparation:
    """One categorical feature as columns of numbers, one a category.

    ``x_l = scale * (1 - p_l)`` where the customer's category is l, else ``-scale * p_l``, with p the shares of the
    categories; a missing, rare or unknown category is the average, 0 in every column.

    Attributes
    ----------
    levels : tuple of str
        The categories, most frequent first.
    shares : tuple of float
        Their shares of the customers.
    scale : float
        Factor on every column.
    """

    levels: tuple[str, ...]
    shares: tuple[float, ...]
    scale: float

    def apply(self, values: pd.Series[Any]) -> Floats:
        """Return one row a customer and one column a category."""
        known = pd.Index(self.levels, dtype=object)
        positions = known.get_indexer(pd.Index(as_text(values)))
        shares = np.array(self.shares)
        table = np.vstack([np.eye(len(self.levels)) - shares, np.zeros(len(self.levels))])
        return self.scale * table[positions]  # position -1, unknown, is the last row


class MixedPreparation(RobustPreparation):
    """Prepare numbers as `RobustPreparation` does, and categories as columns that count as much beside them.

    Two customers drawn at random differ by 2 in expected squared distance in a standardised number. The columns of a
    categorical feature are scaled so that they differ by 1 in it, half of that: ``scale^2 = weight^2 * 1/2 / (1 -
    sum of p_l^2)``. Without scaling, a feature of many categories would outvote the numbers; with a full 2, the gaps
    between categories would, because a category never lies near another (Hennig & Liao 2013; Gower
    1971 for letting each feature count alike). Categories under 1% of customers, and beyond the 30 most frequent, are
    treated as missing, and missing as the average customer.

    Parameters
    ----------
    weights : mapping of str to float, optional
        Factor on a feature; 1 where not named.
    quantiles : tuple of float
        Where numbers are clipped.

    Attributes
    ----------
    preparations_ : dict of str to Preparation
        The numbers that are used.
    categories_ : dict of str to CategoryPreparation
        The categorical features that are used.
    dropped_ : dict of str to str
        The features that are not, with the reason as a sentence.

    Examples
    --------
    >>> frame = pd.DataFrame({"orders": [1.0, 2.0, 3.0, 4.0], "region": ["North", "South", "South", "North"]})
    >>> MixedPreparation().fit(frame).transform(frame).shape
    (4, 3)
    """

    def fit(self, X: pd.DataFrame, y: None = None) -> MixedPreparation:  # noqa: ARG002
        """Learn the numbers from one row a customer.

        Raises
        ------
        ClusteringError
            When no feature tells customers apart.
        """
        words = [str(name) for name in X.columns if holds_words(X[name])]
        self._learn(X.drop(columns=words))
        self.categories_: dict[str, CategoryPreparation] = {}
        for name in words:
            found = self._prepare_categories(name, X[name])
            if isinstance(found, str):
                self.dropped_[name] = found
            else:
                self.categories_[name] = found
        if not (self.preparations_ or self.categories_):
            raise nothing_left(self.dropped_)
        return self

    def transform(self, X: pd.DataFrame) -> Floats:
        """Return the prepared matrix: the numbers, then a column for every category in use."""
        check_is_fitted(self, "categories_")
        for name in (*self.preparations_, *self.categories_):
            if name not in X.columns:
                names = [str(column) for column in X.columns]
                raise ClusteringError(f"The data lack feature '{name}'.{did_you_mean(name, names)}")
        numbers = [used.apply(X[name], name)[:, np.newaxis] for name, used in self.preparations_.items()]
        return np.hstack([*numbers, *(used.apply(X[name]) for name, used in self.categories_.items())])

    def _prepare_categories(self, name: str, values: pd.Series[Any]) -> CategoryPreparation | str:
        known = pd.Series(as_text(values)).dropna()
        if known.empty:
            return f"{name} is missing for every customer."
        counts = known.value_counts()
        # by name where counts tie, so that the order of rows changes nothing
        counts = counts.sort_index().sort_values(ascending=False, kind="stable")
        kept = counts[counts >= RARE * len(known)].head(MOST_CATEGORIES)
        if kept.empty:
            return f"{name} has {len(counts)} categories, none of them held by 1% of customers."
        if len(kept) == 1:
            return f"{name} is the same for (nearly) every customer."
        shares = tuple(significant(count / kept.sum()) for count in kept)
        spread = 1.0 - sum(part**2 for part in shares)
        weight = (self.weights or {}).get(name, 1.0)
        scale = significant(weight * float(np.sqrt(CATEGORY_SHARE / spread)))
        return CategoryPreparation(tuple(str(level) for level in kept.index), shares, scale)


def mixed_scorecard(centres: Floats, within_ss: float, n_fitted: int, preparation: MixedPreparation) -> Scorecard:
    """Return k-means on mixed data as a scorecard, exactly: see `kmeans_scorecard` for the form.

    A category's columns are constants once the category is known, so their products with a centre add up to one
    number a category and segment.

    Parameters
    ----------
    centres : ndarray of shape (k, columns)
        In the order of the segments.
    within_ss : float
        Sum of squared distances to the nearest centre.
    n_fitted : int
        Customers it was summed over.
    preparation : MixedPreparation
        As fitted.
    """
    variance = max(within_ss / (n_fitted * centres.shape[1]), SMALLEST_VARIANCE)
    prior = tuple(significant(-float((centre**2).sum()) / (2 * variance)) for centre in centres)
    segments = tuple(f"s{place + 1}" for place in range(len(centres)))
    return Scorecard(segments, prior, mixed_terms(centres / variance, preparation))


def mixed_terms(linear: Floats, preparation: MixedPreparation) -> tuple[Term, ...]:
    """Return a linear formula on prepared mixed data as terms: one a feature, however many columns it has.

    Parameters
    ----------
    linear : ndarray of shape (k, columns)
        Factors of the columns, a row a segment.
    preparation : MixedPreparation
        As fitted.
    """
    terms: list[Term] = [
        NumericTerm(name, used, tuple(significant(float(factor)) for factor in linear[:, place]))
        for place, (name, used) in enumerate(preparation.preparations_.items())
    ]
    start = len(terms)
    for name, categories in preparation.categories_.items():
        own = linear[:, start : start + len(categories.levels)]
        start += len(categories.levels)
        average = own @ np.array(categories.shares)
        added = categories.scale * (own - average[:, np.newaxis])
        levels = {
            level: tuple(significant(float(part)) for part in added[:, place])
            for place, level in enumerate(categories.levels)
        }
        terms.append(CategoryTerm(name, levels, default=(0.0,) * len(linear)))
    return tuple(terms)


def holds_words(values: pd.Series[Any]) -> bool:
    """Tell whether a column holds words rather than numbers; one that is empty holds numbers, all of them missing."""
    if pd.api.types.is_numeric_dtype(values):
        return False
    return any(isinstance(value, str) for value in values.dropna().unique())


def as_text(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return categories as text, with None for missing."""
    objects = values.astype(object)
    return objects.where(objects.notna(), None).map(str, na_action="ignore")
