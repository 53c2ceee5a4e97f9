"""What customers will be worth over a horizon, how sure that is, and what to say instead where no model holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import clone

from segmodel.errors import ValueModelError
from segmodel.value.purchase_model import PurchaseModel
from segmodel.value.repeat import Floats, check_numbers, check_purchases
from segmodel.value.spend import GammaGammaModel
from segmodel.value.summary import DAYS_IN, Unit

DAYS_A_MONTH = 365.25 / 12

SIMULATED = 5_000
"""Customers simulated for an interval; with more there are, the spread shrinks with the root of their number."""


@dataclass(frozen=True)
class Terms:
    """Over what horizon value is counted, and what a purchase leaves.

    Parameters
    ----------
    months : int
        Length of the horizon.
    discount : float
        A year: 0.1 makes a pound in a year worth 1 ÷ 1.1 today.
    margin : float
        Share of the amount of a purchase that stays.
    unit : {"weeks", "days"}
        In which the model's recency and T are.
    """

    months: int = 12
    discount: float = 0.1
    margin: float = 1.0
    unit: Unit = "weeks"

    def __post_init__(self) -> None:
        if self.months < 1 or self.months != int(self.months):
            raise ValueModelError(f"Found a horizon of {self.months} months; expected a whole number from 1 on.")
        if not 0 <= self.discount < np.inf:
            raise ValueModelError(f"Found a discount of {self.discount} a year; expected 0 or more, as 0.1 for 10%.")
        if not np.isfinite(self.margin):
            raise ValueModelError(f"Found a margin of {self.margin}; expected a share, as 0.4 for 40%.")
        if self.unit not in DAYS_IN:
            raise ValueModelError(f"Found unit '{self.unit}'; expected 'weeks' or 'days'.")

    def ends(self) -> Floats:
        """Return the ends of the months, in the unit."""
        return np.arange(1, self.months + 1) * DAYS_A_MONTH / DAYS_IN[self.unit]

    def worth_today(self) -> Floats:
        """Return what one unit of money at the end of each month is worth today."""
        return np.asarray((1 + self.discount) ** (-np.arange(1, self.months + 1) / 12))


def customer_lifetime_value(
    model: PurchaseModel,
    spend_model: GammaGammaModel,
    frequency: npt.ArrayLike,
    recency: npt.ArrayLike,
    T: npt.ArrayLike,  # noqa: N803
    monetary_value: npt.ArrayLike,
    *,
    months: int = 12,
    discount: float = 0.1,
    margin: float = 1.0,
    unit: Unit = "weeks",
) -> Floats:
    """Return what each customer is expected to be worth over a horizon, in today's money.

    The sum over months of purchases expected in the month × expected spend × margin ÷ (1 + discount)^(months ÷ 12); a
    purchase counts at the end of its month.

    Parameters
    ----------
    model : PurchaseModel
        Fitted; its `collapsed_` says whether it may be trusted.
    spend_model : GammaGammaModel
        Fitted.
    frequency, recency, T, monetary_value : array_like of shape (n_customers,)
        As `customer_summary` returns them.
    months, discount, margin, unit
        See `Terms`.

    Returns
    -------
    ndarray of shape (n_customers,)

    Raises
    ------
    ValueModelError
        When the arrays contradict each other or a term is out of range.
    """
    terms = Terms(months, discount, margin, unit)
    return _values(model, spend_model, (frequency, recency, T, monetary_value), terms)


def _values(
    model: PurchaseModel,
    spend_model: GammaGammaModel,
    customers: tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike, npt.ArrayLike],
    terms: Terms,
) -> Floats:
    x, last, age = check_purchases(*customers[:3])
    spend = spend_model.expected_spend(x, customers[3])
    total, before = np.zeros(x.shape), np.zeros(x.shape)
    for end, worth in zip(terms.ends(), terms.worth_today(), strict=True):
        until = model.expected_purchases(end, x, last, age)
        total += (until - before) * worth
        before = until
    return np.asarray(total * spend * terms.margin)


def lifetime_value_intervals(
    model: PurchaseModel,
    spend_model: GammaGammaModel,
    customers: pd.DataFrame,
    group: npt.ArrayLike,
    *,
    terms: Terms | None = None,
    level: float = 0.9,
    n_boot: int = 200,
    random_state: int | None = None,
) -> pd.DataFrame:
    """Return the lifetime value of each group of customers with an interval from a parametric bootstrap.

    Customers as old as those there are simulated from the fitted models, the models are fitted to them, and the value
    of the real customers is computed with what was found. The interval holds what is not known of the parameters; it
    holds neither the luck of single customers nor that the models may be wrong, which only a holdout tells.

    Parameters
    ----------
    model, spend_model : PurchaseModel, GammaGammaModel
        Fitted to all customers.
    customers : DataFrame
        Columns `frequency`, `recency`, `T` and `monetary_value`, as `customer_summary` returns them: all customers the
        models were fitted to.
    group : array_like of shape (n_customers,)
        For instance the segment.
    terms : Terms, optional
    level : float
        Of the interval.
    n_boot : int
        Bootstrap samples; at least 19 for a level of 0.9.
    random_state : int, optional

    Returns
    -------
    DataFrame
        One row a group: `group`, `customers`, `value`, `low`, `high`.

    Raises
    ------
    ValueModelError
        When `group` has another length, `level` or `n_boot` is out of range, or the mean amount is so ill known that in
        some samples it has no limit.
    """
    groups = np.asarray(group)
    if groups.shape != (len(customers),):
        raise ValueModelError(
            f"group has shape {groups.shape}; expected one value for each of {len(customers):,} customers."
        )
    if not 0 < level < 1 or n_boot < _fewest(level):
        raise ValueModelError(
            f"Found level {level} and n_boot {n_boot}; expected a share, as 0.9, and so many samples that both ends "
            "of the interval lie among them: 19 for 0.9, 39 for 0.95."
        )
    terms = terms or Terms()
    random = np.random.default_rng(random_state)
    arrays = tuple(customers[name].to_numpy(np.float64) for name in ("frequency", "recency", "T", "monetary_value"))
    given = (arrays[0], arrays[1], arrays[2], arrays[3])
    codes, names = pd.factorize(groups, sort=True)

    def totals(purchases: PurchaseModel, spend: GammaGammaModel) -> Floats:
        values = _values(purchases, spend, given, terms)
        return np.bincount(codes, weights=values, minlength=len(names)).astype(np.float64)

    found = totals(model, spend_model)
    try:
        drawn = np.array([totals(*refitted(model, spend_model, given[2], random)) for _ in range(n_boot)])
    except ValueModelError as error:
        raise ValueModelError(
            f"Lifetime value has no interval: in samples like these customers spend has no limit ({error}) Show "
            "trailing margin and retention instead."
        ) from error
    # between neighbouring samples as often as between any others: the usual quantile lies too far inside few of them
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0, method="weibull")
    counts = np.bincount(codes, minlength=len(names))
    return pd.DataFrame({"group": list(names), "customers": counts, "value": found, "low": low, "high": high})


def _fewest(level: float) -> int:
    """Return the samples under which an end of the interval would lie outside all of them."""
    return max(10, int(np.ceil(2 / (1 - level) - 1 - 1e-9)))


def refitted(
    model: PurchaseModel, spend_model: GammaGammaModel, age: Floats, random: np.random.Generator
) -> tuple[PurchaseModel, GammaGammaModel]:
    """Return the models as they would have come out had chance been another."""
    n = min(len(age), SIMULATED)
    seen = age if n == len(age) else random.choice(age, n, replace=False)
    x, last = model.simulate(seen, random)
    while not (x > 0).sum() >= 2:  # a sample nobody came back in says nothing, and would stop the fit
        x, last = model.simulate(seen, random)
    amounts = spend_model.simulate(x, random)
    purchases = clone(model).set_params(n_starts=1).fit(x, last, seen)
    spend = clone(spend_model).set_params(n_starts=1).fit(x, amounts)
    shrink = np.sqrt(n / len(age))
    return model.moved_towards(purchases, shrink), spend_model.moved_towards(spend, shrink)


def trailing_value(
    trailing_margin: npt.ArrayLike, retention: npt.ArrayLike, *, months: int = 12, discount: float = 0.1
) -> Floats:
    """Return a value without a model: the last twelve months' margin, paid on and thinned by retention.

    What to show where a model's fit collapsed or its forecast failed: the sum over months of
    margin ÷ 12 × retention^(months ÷ 12) ÷ (1 + discount)^(months ÷ 12).

    Parameters
    ----------
    trailing_margin : array_like of shape (n,)
        Of the last twelve months, for customers or groups; may be below zero.
    retention : float or array_like
        Share of customers a year who stay, 0 to 1.
    months, discount
        See `Terms`.

    Returns
    -------
    ndarray of shape (n,)

    Raises
    ------
    ValueModelError
        When a number is missing or out of range.

    Examples
    --------
    >>> trailing_value([1200.0], 1.0, months=12, discount=0.0).tolist()
    [1200.0]
    """
    terms = Terms(months, discount)
    margin = check_numbers(trailing_margin, "trailing_margin", may_be_negative=True)
    stays = check_numbers(retention, "retention")
    if (stays > 1).any():
        raise ValueModelError(f"Found a retention of {stays.max():g}; expected a share from 0 to 1.")
    years = np.arange(1, terms.months + 1) / 12
    kept = (stays[..., None] ** years) @ terms.worth_today()
    return np.asarray(margin / 12 * kept)
