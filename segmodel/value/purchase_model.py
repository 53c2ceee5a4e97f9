"""What the models of repeat purchases have in common: fitting, its checks, and the words for a fit that collapsed."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from segmodel.errors import ValueModelError
from segmodel.value.maximise import ROUGH_GROUPS, Optimum, maximise, spread_starts
from segmodel.value.repeat import Floats, RepeatPurchases, check_numbers, check_purchases, group_purchases

LEAST_DROPOUT = 0.001
"""Customers leaving a purchase, or in the mean time observed, under which drop-out is not measurable."""


class PurchaseModel(BaseEstimator):  # type: ignore[misc]
    """Base of models fitted to frequency, recency and age; see `ModifiedBetaGeoModel`."""

    parameter_names: ClassVar[tuple[str, ...]]
    time_parameters: ClassVar[tuple[str, ...]]
    centre: ClassVar[tuple[float, ...]]

    log_likelihood_: float
    converged_: bool
    collapsed_: bool
    warning_: str | None
    n_customers_: int

    def __init__(self, *, n_starts: int = 4, max_iter: int = 1000, tol: float = 1e-8) -> None:
        self.n_starts = n_starts
        self.max_iter = max_iter
        self.tol = tol

    def fit(self, frequency: npt.ArrayLike, recency: npt.ArrayLike, T: npt.ArrayLike) -> Self:  # noqa: N803
        """Find the parameters under which the purchases are most likely.

        Parameters
        ----------
        frequency : array_like of shape (n_customers,)
            Days with a purchase after the first.
        recency : array_like of shape (n_customers,)
            Time from the first to the last of them; 0 without any.
        T : array_like of shape (n_customers,)
            Time from the first purchase to the end of what was observed, in the same unit.

        Raises
        ------
        ValueModelError
            When the three contradict each other, or nobody bought a second time.
        """
        data = group_purchases(frequency, recency, T)
        starts = spread_starts(self.centre, self.n_starts)
        rough = data.thinned(ROUGH_GROUPS)
        everybody = lambda parameters: self._mean_likelihood(parameters, data)  # noqa: E731
        few = everybody if len(rough.weight) == len(data.weight) else lambda p: self._mean_likelihood(p, rough)
        found = maximise(everybody, starts, rough=few, max_iter=self.max_iter, tol=self.tol)
        self._keep(found, data)
        return self

    def _keep(self, found: Optimum, data: RepeatPurchases) -> None:
        for name, value in zip(self.parameter_names, found.parameters, strict=True):
            setattr(self, f"{name}_", float(value) * (data.scale if name in self.time_parameters else 1.0))
        # a density by time changes with the unit of time, once for each purchase
        units = float(data.weight @ data.frequency) * np.log(data.scale)
        self.log_likelihood_ = found.mean_log_likelihood * data.n_customers - units
        self.converged_ = found.converged
        self.n_customers_ = data.n_customers
        self.warning_ = self._collapse(found, data)
        self.collapsed_ = self.warning_ is not None

    def _collapse(self, found: Optimum, data: RepeatPurchases) -> str | None:
        """Say why the parameters describe no real process, or return None."""
        words = self._dropout_words(data.scale)
        if words:
            return words
        stuck = [name for name, is_at in zip(self.parameter_names, found.at_bound, strict=True) if is_at]
        if stuck:
            return (
                f"The fit collapsed: {', '.join(stuck)} ran to the end of the range searched, so customers do not "
                "differ in the way the model supposes. Do not read its forecasts as fact."
            )
        return None if found.converged else "The fit did not converge. Raise max_iter, and do not use its forecasts."

    def _mean_likelihood(self, parameters: Floats, data: RepeatPurchases) -> tuple[float, Floats]:
        value, gradient = self._log_likelihoods(parameters, data.frequency, data.recency, data.age)
        return float(data.share @ value), gradient @ data.share

    def log_likelihood(self, frequency: npt.ArrayLike, recency: npt.ArrayLike, T: npt.ArrayLike) -> Floats:  # noqa: N803
        """Return the log-likelihood of each customer at the fitted parameters, an array of their shape."""
        x, last, age = check_purchases(frequency, recency, T)
        value, _ = self._log_likelihoods(self._parameters(), np.ravel(x), np.ravel(last), np.ravel(age))
        return value.reshape(x.shape)

    def set_parameters(self, **parameters: float) -> Self:
        """Use published parameters instead of fitting, as ``set_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426)``.

        Raises
        ------
        ValueModelError
            When a parameter is missing, unknown, or not above zero.
        """
        if set(parameters) != set(self.parameter_names) or not all(0 < v < np.inf for v in parameters.values()):
            expected = ", ".join(self.parameter_names)
            raise ValueModelError(f"Found {parameters}; expected {expected}, each a number above zero.")
        for name, value in parameters.items():
            setattr(self, f"{name}_", float(value))
        return self

    def moved_towards(self, other: Self, share: float) -> Self:
        """Return the model with parameters between its own and another's, by a share of the way on a log scale."""
        logs = (1 - share) * np.log(self._parameters()) + share * np.log(other._parameters())
        moved: Self = clone(self)
        return moved.set_parameters(**dict(zip(self.parameter_names, np.exp(logs), strict=True)))

    def _parameters(self) -> Floats:
        check_is_fitted(self, [f"{name}_" for name in self.parameter_names])
        return np.array([getattr(self, f"{name}_") for name in self.parameter_names])

    def _checked(
        self, t: npt.ArrayLike, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike
    ) -> tuple[Floats, Floats, Floats, Floats]:
        x, last, seen = check_purchases(frequency, recency, age)
        t, x, last, seen = np.broadcast_arrays(check_numbers(t, "t"), x, last, seen)
        return t, x, last, seen

    @abstractmethod
    def _log_likelihoods(self, parameters: Floats, x: Floats, last: Floats, age: Floats) -> tuple[Floats, Floats]:
        """Return log-likelihoods, shape (n,), and their gradients by the parameters, shape (n_parameters, n)."""

    @abstractmethod
    def _dropout_words(self, scale: float) -> str | None:
        """Say so when the fitted parameters hold no measurable drop-out, or nothing but drop-out."""

    @abstractmethod
    def simulate(self, age: Floats, random: np.random.Generator) -> tuple[Floats, Floats]:
        """Return frequency and recency of customers drawn from the model, one for each age."""

    @abstractmethod
    def probability_alive(
        self,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        T: npt.ArrayLike,  # noqa: N803
    ) -> Floats:
        """Return the probability that each customer has not left."""

    @abstractmethod
    def expected_purchases(
        self,
        t: npt.ArrayLike,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        T: npt.ArrayLike,  # noqa: N803
    ) -> Floats:
        """Return the purchases to expect of each customer within time t from now."""

    @abstractmethod
    def expected_purchases_new(self, t: npt.ArrayLike) -> Floats:
        """Return the repeat purchases to expect of a new customer within time t of the first."""
