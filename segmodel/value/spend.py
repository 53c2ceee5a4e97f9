"""Gamma-Gamma: what a customer spends at a purchase, when few purchases tell little."""

from __future__ import annotations

from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, gammaln
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from segmodel.errors import ValueModelError
from segmodel.value.maximise import ROUGH_GROUPS, Optimum, maximise, spread_starts
from segmodel.value.repeat import Floats, check_numbers, over_counts, weighted_rows


class GammaGammaModel(BaseEstimator):  # type: ignore[misc]
    """Gamma-Gamma model of spend (Fader & Hardie 2013).

    The amount of a purchase differs around a customer's mean as Gamma(p, ν), and ν between customers as Gamma(q, v).
    Frequency and mean amount are taken to be unrelated; `correlation_` says how far that holds.

    Parameters
    ----------
    n_starts : int
        Points from which the optimum is searched, at most 9.
    max_iter : int
        Iterations from each of them.
    tol : float
        Gradient of the mean log-likelihood at which to stop.

    Attributes
    ----------
    p_, q_, v_ : float
        `v_` in money.
    log_likelihood_ : float
    correlation_ : float
        Of frequency and mean amount, among the customers fitted on; NaN where either does not vary.
    n_customers_ : int
        Customers with a repeat purchase, whom alone the model is fitted on.
    n_left_out_ : int
        Those with repeat purchases but no amount above zero.
    converged_, collapsed_ : bool
    warning_ : str or None

    Examples
    --------
    >>> model = GammaGammaModel().set_parameters(p=6.25, q=3.74, v=15.44)
    >>> model.expected_spend([2, 0], [22.35, 0]).round(1).tolist()
    [24.7, 35.2]
    """

    p_: float
    q_: float
    v_: float

    def __init__(self, *, n_starts: int = 4, max_iter: int = 1000, tol: float = 1e-8) -> None:
        self.n_starts = n_starts
        self.max_iter = max_iter
        self.tol = tol

    def fit(self, frequency: npt.ArrayLike, monetary_value: npt.ArrayLike) -> Self:
        """Find the parameters under which the amounts are most likely.

        Parameters
        ----------
        frequency : array_like of shape (n_customers,)
            Days with a purchase after the first; customers without any are left out.
        monetary_value : array_like of shape (n_customers,)
            Mean amount of a day with a repeat purchase; customers with zero are left out and counted.

        Raises
        ------
        ValueModelError
            When fewer than two customers have repeat purchases and an amount, or the arrays are not numbers.
        """
        x, mean = _checked(frequency, monetary_value)
        has_repeat, used = x > 0, (x > 0) & (mean > 0)
        if used.sum() < 2:
            raise ValueModelError(
                f"Only {used.sum():,} of {x.size:,} customers have a repeat purchase with an amount above zero; "
                "a model of spend needs two at least."
            )
        scale = float(mean[used].mean())
        chosen, weight = weighted_rows(x[used], mean[used])
        amounts = x[used][chosen], mean[used][chosen] / scale

        def likelihood(parameters: Floats, step: int = 1) -> tuple[float, Floats]:
            share = weight[::step] / weight[::step].sum()
            value, gradient = _log_likelihoods(parameters, amounts[0][::step], amounts[1][::step])
            return float(share @ value), gradient @ share

        thinning = max(1, len(weight) // ROUGH_GROUPS)
        rough = likelihood if thinning == 1 else lambda parameters: likelihood(parameters, thinning)
        starts = spread_starts((3.0, 4.0, 1.0), self.n_starts)
        found = maximise(likelihood, starts, rough=rough, max_iter=self.max_iter, tol=self.tol)
        self.p_, self.q_, self.v_ = (float(value) for value in found.parameters * [1.0, 1.0, scale])
        self.n_customers_ = int(used.sum())
        self.n_left_out_ = int(has_repeat.sum() - used.sum())
        self.log_likelihood_ = (found.mean_log_likelihood - np.log(scale)) * self.n_customers_
        varies = np.ptp(x[used]) > 0 and np.ptp(mean[used]) > 0
        self.correlation_ = float(np.corrcoef(x[used], mean[used])[0, 1]) if varies else float("nan")
        self.converged_ = found.converged
        self.warning_ = self._collapse(found)
        self.collapsed_ = self.warning_ is not None
        return self

    def _collapse(self, found: Optimum) -> str | None:
        if self.q_ <= 1:
            return (
                f"The fit collapsed: with q = {self.q_:.3g} the mean amount over all customers is without limit, "
                "because a few spend far more than the rest. Do not read forecasts of spend as fact."
            )
        if any(found.at_bound):
            return (
                "The fit collapsed: a parameter ran to the end of the range searched, because amounts hardly differ "
                "within or between customers. Do not read forecasts of spend as fact."
            )
        return None if found.converged else "The fit did not converge. Raise max_iter, and do not use its forecasts."

    def set_parameters(self, *, p: float, q: float, v: float) -> Self:
        """Use published parameters instead of fitting.

        Raises
        ------
        ValueModelError
            When one is not above zero.
        """
        if not all(0 < value < np.inf for value in (p, q, v)):
            raise ValueModelError(f"Found p = {p}, q = {q}, v = {v}; expected numbers above zero.")
        self.p_, self.q_, self.v_ = float(p), float(q), float(v)
        return self

    def moved_towards(self, other: GammaGammaModel, share: float) -> GammaGammaModel:
        """Return the model with parameters between its own and another's, by a share of the way on a log scale."""
        ours, theirs = np.log([self.p_, self.q_, self.v_]), np.log([other.p_, other.q_, other.v_])
        p, q, v = np.exp((1 - share) * ours + share * theirs)
        return GammaGammaModel(**self.get_params()).set_parameters(p=p, q=q, v=v)

    def simulate(self, frequency: Floats, random: np.random.Generator) -> Floats:
        """Return mean amounts of customers drawn from the model, one for each frequency; 0 where that is 0."""
        scale = random.gamma(self.q_, 1 / self.v_, frequency.shape)
        shape = self.p_ * np.maximum(frequency, 1)
        return np.where(frequency > 0, random.gamma(shape) / scale / np.maximum(frequency, 1), 0.0)

    def expected_spend(self, frequency: npt.ArrayLike, monetary_value: npt.ArrayLike) -> Floats:
        """Return the amount to expect of a customer's purchase: between their own mean and that of all customers.

        Parameters
        ----------
        frequency, monetary_value : array_like of shape (n_customers,)

        Returns
        -------
        ndarray of shape (n_customers,)
            Customers without a repeat purchase get the mean of all customers.

        Raises
        ------
        ValueModelError
            When q is 1 or less, so that the mean of all customers does not exist, and it is asked for.
        """
        check_is_fitted(self, ["p_", "q_", "v_"])
        x, mean = _checked(frequency, monetary_value)
        if self.q_ <= 1 and (self.p_ * x + self.q_ <= 1).any():
            raise ValueModelError(
                f"With q = {self.q_:.3g} the mean amount over all customers does not exist, so customers without a "
                "repeat purchase have no expected spend. Leave out the few largest amounts, or use the mean "
                "of what was seen."
            )
        return np.asarray(self.p_ * (self.v_ + x * mean) / (self.p_ * x + self.q_ - 1))


def _checked(frequency: npt.ArrayLike, monetary_value: npt.ArrayLike) -> tuple[Floats, Floats]:
    x, mean = check_numbers(frequency, "frequency"), check_numbers(monetary_value, "monetary_value")
    try:
        x, mean = np.broadcast_arrays(x, mean)
    except ValueError as error:
        raise ValueModelError(
            f"frequency and monetary_value have shapes {x.shape} and {mean.shape}; pass one value a customer each."
        ) from error
    return x, mean


def _log_likelihoods(parameters: Floats, x: Floats, mean: Floats) -> tuple[Floats, Floats]:
    """Return log-likelihoods, shape (n,), and their gradients, shape (3, n) (Fader & Hardie 2013, equation 1a)."""
    p, q, v = parameters
    total, log_mean = v + x * mean, np.log(mean)
    log_total = np.log(total)

    def by_count(x: Floats) -> Floats:
        # none is left with a frequency of nought, but a table over all counts begins there
        px, bought = p * np.maximum(x, 1), np.maximum(x, 1)
        constant = gammaln(px + q) - gammaln(px) - gammaln(q) + q * np.log(v) + px * np.log(bought)
        return np.array([constant, digamma(px + q), np.log(bought) - digamma(px)])

    is_whole = bool((x == np.floor(x)).all())
    constant, both, own = over_counts(by_count, x) if is_whole else by_count(x)
    px, both = p * x, both - log_total
    value = constant + (px - 1) * log_mean - (px + q) * log_total
    gradient = [x * (both + own + log_mean), both - digamma(q) + np.log(v), q / v - (px + q) / total]
    return value, np.array(gradient)
