"""BG/NBD and its modified form: purchases at a steady rate until the customer leaves after one of them."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, digamma, expit, gammaln

from segmodel.value.dropout import purchases_until_dropout
from segmodel.value.purchase_model import LEAST_DROPOUT, PurchaseModel
from segmodel.value.repeat import Floats, check_numbers, check_purchases, distinct_rows, over_counts


class ModifiedBetaGeoModel(PurchaseModel):
    """MBG/NBD (Batislam, Denizel & Filiztekin 2007): a customer may leave after any purchase, the first one included.

    Purchases come at a rate that differs between customers as Gamma(r, alpha); after each, the first too, a customer
    leaves with a probability that differs as Beta(a, b).

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
    r_, alpha_, a_, b_ : float
        `alpha_` in the unit of T.
    log_likelihood_ : float
        Of all customers, at the optimum.
    converged_ : bool
        Whether there was nothing left to gain.
    collapsed_ : bool
        Whether the parameters describe no real process; forecasts are then not to be trusted.
    warning_ : str or None
        The same in a sentence.
    n_customers_ : int

    Examples
    --------
    >>> model = ModifiedBetaGeoModel().set_parameters(r=0.525, alpha=6.183, a=0.891, b=1.614)
    >>> model.probability_alive([0, 2], [0, 30.43], [38.86, 38.86]).round(2).tolist()
    [0.39, 0.71]
    """

    parameter_names: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    time_parameters: ClassVar[tuple[str, ...]] = ("alpha",)
    centre: ClassVar[tuple[float, ...]] = (0.5, 0.3, 0.8, 2.5)
    _leaves_at_start: ClassVar[bool] = True

    r_: float
    alpha_: float
    a_: float
    b_: float

    def _log_likelihoods(self, parameters: Floats, x: Floats, last: Floats, age: Floats) -> tuple[Floats, Floats]:
        r, alpha, a, _ = parameters
        value, by_r, by_a, by_b, prior, per_chance = over_counts(partial(self._by_count, parameters), x)
        s = r + x
        until_now, until_last = alpha + age, alpha + last
        log_now = np.log(until_now)
        since = log_now - np.log(until_last)
        gone = prior + s * since
        with np.errstate(under="ignore"):
            # log(1 + odds) and odds ÷ (1 + odds), of which neither overflows
            smaller = np.exp(-np.abs(gone))
            value = value - s * log_now + np.maximum(gone, 0.0) + np.log1p(smaller)
            share = np.where(gone > 0, 1.0, smaller) / (1 + smaller)
        gradient = np.empty((4, len(x)))
        gradient[0] = by_r - log_now + share * since
        gradient[1] = r / alpha - s * (1 / until_now - share * (1 / until_now - 1 / until_last))
        gradient[2] = by_a + share / a
        gradient[3] = by_b - share * per_chance
        return value, gradient

    def _by_count(self, parameters: Floats, x: Floats) -> Floats:
        """Return what depends on frequency only: terms of the likelihood, of its gradient, and odds of having left."""
        r, alpha, a, b = parameters
        s, c = r + x, b + self._chances(x)
        # one call for all, as most of its cost is the call
        of_r, of_b, of_a_b = digamma([r, b, a + b])
        of_s, of_c, of_a_c = digamma([s, c, a + c])
        prior = self._prior_odds_gone(parameters, x)
        return np.array(
            [
                gammaln(s) - gammaln(r) + betaln(a, c) - betaln(a, b) + r * np.log(alpha),
                of_s - of_r + np.log(alpha),
                of_a_b - of_a_c,
                of_a_b - of_a_c + of_c - of_b,
                prior,
                # BG/NBD: a customer without a repeat purchase cannot have left, and c − 1 may then be negative
                np.divide(1.0, c - 1, out=np.zeros_like(c), where=prior > -np.inf),
            ]
        )

    def _chances(self, x: Floats) -> Floats:
        """How often a customer could have left."""
        return x + 1 if self._leaves_at_start else x

    def _prior_odds_gone(self, parameters: Floats, x: Floats) -> Floats:
        """Return the log-odds of having left that the number of purchases alone gives; minus infinity for none."""
        _, _, a, b = parameters
        chances = self._chances(x)
        return np.where(chances > 0, np.log(a) - np.log(b + np.maximum(chances, 1) - 1), -np.inf)

    def _log_odds_gone(self, parameters: Floats, x: Floats, last: Floats, age: Floats) -> Floats:
        r, alpha, *_ = parameters
        odds: Floats = self._prior_odds_gone(parameters, x) + (r + x) * (np.log(alpha + age) - np.log(alpha + last))
        return odds

    def _dropout_words(self, scale: float) -> str | None:
        del scale
        leaving = self.a_ / (self.a_ + self.b_)
        if leaving < LEAST_DROPOUT:
            return (
                f"The fit collapsed: a = {self.a_:.2g} and b = {self.b_:.4g} mean that no customer ever leaves. The "
                "data show no measurable drop-out, so do not read churn risk and forecasts as fact."
            )
        if leaving > 1 - LEAST_DROPOUT:
            return (
                f"The fit collapsed: a = {self.a_:.4g} and b = {self.b_:.2g} mean that everybody leaves at once. "
                "Do not read churn risk and forecasts as fact."
            )
        return None

    def simulate(self, age: Floats, random: np.random.Generator) -> tuple[Floats, Floats]:
        """Return frequency and recency of customers drawn from the model, one for each age."""
        r, alpha, a, b = self._parameters()
        would = random.poisson(random.gamma(r, 1 / alpha, age.shape) * age)
        # a customer who practically never leaves makes more purchases than any number
        dropout = np.clip(random.beta(a, b, age.shape), 1e-15, 1.0)
        x = np.minimum(would, random.geometric(dropout) - int(self._leaves_at_start))
        # times of purchase are uniform, so that of the last made is an order statistic of all there would be
        share = random.beta(np.maximum(x, 1), np.maximum(would - x, 0) + 1.0)
        return x.astype(np.float64), np.where(x > 0, share * age, 0.0)

    def probability_alive(
        self,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        T: npt.ArrayLike,  # noqa: N803
    ) -> Floats:
        """Return the probability that each customer has not left, an array of the arguments' shape."""
        x, last, age = check_purchases(frequency, recency, T)
        alive: Floats = expit(-self._log_odds_gone(self._parameters(), x, last, age))
        return alive

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
        r, alpha, a, b = self._parameters()
        # those who are there differ by frequency and age only, of which there are few combinations
        columns = np.ravel(x), np.ravel(age), np.ravel(ahead)
        first, which = distinct_rows(*columns)
        bought, seen, horizon = (column[first] for column in columns)
        there = purchases_until_dropout(r + bought, horizon / (alpha + seen), a, b + self._chances(bought))
        expected: Floats = self.probability_alive(x, last, age) * there[which].reshape(x.shape)
        return expected

    def expected_purchases_new(self, t: npt.ArrayLike) -> Floats:
        """Return the repeat purchases to expect of a new customer within time t of the first, in the shape of t."""
        ahead = check_numbers(t, "t")
        r, alpha, a, b = self._parameters()
        chances = float(self._leaves_at_start)
        u = np.ravel(ahead) / alpha
        there = purchases_until_dropout(np.full(u.shape, r), u, a, np.full(u.shape, b + chances))
        stayed = b / (a + b) if self._leaves_at_start else 1.0
        return (stayed * there).reshape(ahead.shape)


class BetaGeoModel(ModifiedBetaGeoModel):
    """BG/NBD (Fader, Hardie & Lee 2005): a customer may leave after any repeat purchase, but not after the first.

    Somebody who bought once is therefore alive with probability 1, however long ago that was: where one-time buyers
    matter, use `ModifiedBetaGeoModel`, whose parameters and attributes these are.

    Examples
    --------
    >>> model = BetaGeoModel().set_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> float(model.expected_purchases(39, 2, 30.43, 38.86).round(3))
    1.226
    """

    centre: ClassVar[tuple[float, ...]] = (0.3, 0.2, 0.8, 2.5)
    _leaves_at_start: ClassVar[bool] = False
