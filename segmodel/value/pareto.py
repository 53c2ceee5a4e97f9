"""Pareto/NBD: purchases at a steady rate until the customer leaves at any moment."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, expit, exprel, gammaln, logsumexp

from segmodel.value.purchase_model import LEAST_DROPOUT, PurchaseModel
from segmodel.value.repeat import Floats, check_numbers, check_purchases

_PLACES, _WEIGHTS = np.polynomial.legendre.leggauss(40)
NEGLIGIBLE = 40.0
"""Where the integrand has fallen by e to the power of this, the rest of the integral is below rounding."""

ROWS_AT_ONCE = 20_000


class ParetoNBDModel(PurchaseModel):
    """Pareto/NBD (Schmittlein, Morrison & Colombo 1987).

    Purchases come at a rate that differs between customers as Gamma(r, alpha); they leave at a rate that differs as
    Gamma(s, beta), at any moment, not only after a purchase.

    Parameters
    ----------
    n_starts : int
        Points from which the optimum is searched, at most 17.
    max_iter : int
        Iterations from each of them.
    tol : float
        Gradient of the mean log-likelihood at which to stop.

    Attributes
    ----------
    r_, alpha_, s_, beta_ : float
        `alpha_` and `beta_` in the unit of T.
    log_likelihood_ : float
        Of all customers, at the optimum.
    converged_ : bool
        Whether there was nothing left to gain.
    collapsed_ : bool
        Whether the parameters describe no real process; forecasts are then not to be trusted.
    warning_ : str or None
        The same in a sentence.
    n_customers_ : int

    Notes
    -----
    The published likelihood is a difference of two ₂F₁, one form for alpha ≥ beta and one for alpha < beta (Fader &
    Hardie 2005), and loses all digits to cancellation for large x. That difference is the integral of
    (alpha + τ)^−(r + x) · (beta + τ)^−(s + 1) over the times τ at which the customer may have left, from recency to T;
    it is taken here by Gauss-Legendre quadrature over log(min(alpha, beta) + τ), where both cases are smooth.

    Examples
    --------
    >>> model = ParetoNBDModel().set_parameters(r=0.553, alpha=10.578, s=0.606, beta=11.669)
    >>> model.probability_alive([2, 1], [30.43, 1.71], [38.86, 38.86]).round(2).tolist()
    [0.87, 0.17]
    """

    parameter_names: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")
    time_parameters: ClassVar[tuple[str, ...]] = ("alpha", "beta")
    centre: ClassVar[tuple[float, ...]] = (0.5, 0.4, 0.6, 0.5)

    r_: float
    alpha_: float
    s_: float
    beta_: float

    def _log_likelihoods(self, parameters: Floats, x: Floats, last: Floats, age: Floats) -> tuple[Floats, Floats]:
        r, alpha, s, beta = parameters
        there, left, means = self._ways(parameters, x, last, age)
        value = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta) + np.logaddexp(there, left)
        alive = expit(there - left)
        gone = 1 - alive
        gradient = [
            digamma(r + x) - digamma(r) + np.log(alpha) - alive * np.log(alpha + age) - gone * means[0],
            r / alpha - (r + x) * (alive / (alpha + age) + gone * means[1]),
            np.log(beta) - alive * np.log(beta + age) + gone * (1 / s - means[2]),
            s / beta - alive * s / (beta + age) - gone * (s + 1) * means[3],
        ]
        return value, np.array(gradient)

    def _ways(self, parameters: Floats, x: Floats, last: Floats, age: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the logarithms of both ways to the purchases seen, still there or left since, up to a constant.

        And, shape (4, n), the means of log(alpha + τ), 1 ÷ (alpha + τ), log(beta + τ) and 1 ÷ (beta + τ) over the time
        τ at which those who left did.
        """
        r, alpha, s, beta = parameters
        there = -(r + x) * np.log(alpha + age) - s * np.log(beta + age)
        parts = [
            _left_since(parameters, x[rows], last[rows], age[rows])
            for rows in (slice(at, at + ROWS_AT_ONCE) for at in range(0, max(len(x), 1), ROWS_AT_ONCE))
        ]
        left = np.concatenate([part[0] for part in parts])
        return there, np.log(s) + left, np.concatenate([part[1] for part in parts], axis=1)

    def _dropout_words(self, scale: float) -> str | None:
        # share of customers who leave within the mean age
        leaving = -np.expm1(-self.s_ * np.log1p(scale / self.beta_))
        if leaving < LEAST_DROPOUT:
            return (
                f"The fit collapsed: s = {self.s_:.2g} and beta = {self.beta_:.4g} mean that no customer ever leaves. "
                "The data show no measurable drop-out, so do not read churn risk and forecasts as fact."
            )
        if leaving > 1 - LEAST_DROPOUT:
            return (
                f"The fit collapsed: s = {self.s_:.4g} and beta = {self.beta_:.2g} mean that everybody leaves at once. "
                "Do not read churn risk and forecasts as fact."
            )
        return None

    def simulate(self, age: Floats, random: np.random.Generator) -> tuple[Floats, Floats]:
        """Return frequency and recency of customers drawn from the model, one for each age."""
        r, alpha, s, beta = self._parameters()
        leaving = np.maximum(random.gamma(s, 1 / beta, age.shape), 1e-300)
        there = np.minimum(random.exponential(1.0, age.shape) / leaving, age)
        x = random.poisson(random.gamma(r, 1 / alpha, age.shape) * there)
        return x.astype(np.float64), np.where(x > 0, random.beta(np.maximum(x, 1), 1.0) * there, 0.0)

    def probability_alive(
        self,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        T: npt.ArrayLike,  # noqa: N803
    ) -> Floats:
        """Return the probability that each customer has not left, an array of the arguments' shape."""
        x, last, age = check_purchases(frequency, recency, T)
        there, left, _ = self._ways(self._parameters(), np.ravel(x), np.ravel(last), np.ravel(age))
        alive: Floats = expit(there - left)
        return alive.reshape(x.shape)

    def expected_purchases(
        self,
        t: npt.ArrayLike,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        T: npt.ArrayLike,  # noqa: N803
    ) -> Floats:
        """Return the purchases to expect of each customer within time t from now.

        Parameters
        ----------
        t : float or array_like
            In the unit of T.
        frequency, recency, T : array_like of shape (n_customers,)

        Returns
        -------
        ndarray of shape (n_customers,)
        """
        ahead, x, last, age = self._checked(t, frequency, recency, T)
        r, alpha, s, beta = self._parameters()
        rate = (r + x) / (alpha + age)
        return np.asarray(self.probability_alive(x, last, age) * rate * _time_there(ahead, beta + age, s))

    def expected_purchases_new(self, t: npt.ArrayLike) -> Floats:
        """Return the repeat purchases to expect of a new customer within time t of the first, in the shape of t."""
        ahead = check_numbers(t, "t")
        r, alpha, s, beta = self._parameters()
        return np.asarray(r / alpha * _time_there(ahead, np.full_like(ahead, beta), s))


def _time_there(t: Floats, beta: Floats, s: float) -> Floats:
    """Return beta ÷ (s − 1) · [1 − (beta ÷ (beta + t))^(s − 1)], and its limit at s = 1."""
    log = np.log1p(t / beta)
    return np.asarray(beta * log * exprel((1 - s) * log))


def _left_since(parameters: Floats, x: Floats, last: Floats, age: Floats) -> tuple[Floats, Floats]:
    """Return the logarithm of the integral over the times of leaving, and the means `_ways` describes."""
    r, alpha, s, beta = parameters
    smaller = min(alpha, beta)
    reach = (alpha + last) * np.exp(np.minimum(NEGLIGIBLE / (r + x), 100.0)) - alpha
    low, high = np.log(smaller + last), np.log(smaller + np.maximum(np.minimum(age, reach), last))
    y = low[:, None] + (high - low)[:, None] * (_PLACES + 1) / 2
    tau = np.exp(y) - smaller
    log_alpha, log_beta = np.log(alpha + tau), np.log(beta + tau)
    logs = y - (r + x)[:, None] * log_alpha - (s + 1) * log_beta + np.log(_WEIGHTS)
    total = logsumexp(logs, axis=1)
    share = np.exp(logs - total[:, None])
    means = [np.sum(share * part, axis=1) for part in (log_alpha, 1 / (alpha + tau), log_beta, 1 / (beta + tau))]
    width = (high - low) / 2
    # nobody left in no time
    integral = np.where(width > 0, total + np.log(np.where(width > 0, width, 1.0)), -np.inf)
    return integral, np.array(means)
