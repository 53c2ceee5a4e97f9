"""Forecast against what happened: the check that belongs beside every lifetime value."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmodel.engines import Engine
from segmodel.errors import ValueModelError
from segmodel.value.purchase_model import PurchaseModel
from segmodel.value.repeat import check_numbers, check_purchases
from segmodel.value.summary import DAYS_IN, Unit, weekly_repeat_purchases

LARGEST_ERROR = 0.2
"""Share of the actual purchases by which a forecast of them may be off before it is no longer shown as fact."""

MANY = 7
"""Frequencies from this on are one row, as few customers have each."""


@dataclass(frozen=True)
class HoldoutCheck:
    """Purchases forecast for a holdout period and those made in it.

    Attributes
    ----------
    by_frequency : DataFrame
        `frequency` (7 stands for 7 and more), `customers`, and `predicted` and `actual`, mean purchases a customer.
    predicted, actual : float
        Purchases of all customers.
    limit : float
        Largest error that is trusted.
    collapsed : bool
        Whether the model's fit collapsed.
    """

    by_frequency: pd.DataFrame
    predicted: float
    actual: float
    limit: float
    collapsed: bool

    @property
    def error(self) -> float:
        """(Predicted − actual) ÷ actual; NaN where nobody bought."""
        return (self.predicted - self.actual) / self.actual if self.actual else float("nan")

    @property
    def is_trusted(self) -> bool:
        """Whether forecasts may be shown: the fit holds and the error is within the limit."""
        return not self.collapsed and bool(abs(self.error) <= self.limit)

    @property
    def sentence(self) -> str:
        """The outcome in words."""
        if np.isnan(self.error):
            return "Nobody bought in the holdout period, so the forecast cannot be checked and should not be relied on."
        side = "below" if self.error < 0 else "above"
        counts = f"{self.predicted:,.0f} purchases forecast, {self.actual:,.0f} made: {abs(self.error):.0%} {side}."
        if self.is_trusted:
            return counts
        why = "the fit collapsed" if self.collapsed else f"the error is more than {self.limit:.0%}"
        return f"{counts} Do not read lifetime value as fact, as {why}; use trailing margin and retention."


def check_holdout(
    model: PurchaseModel,
    frequency: npt.ArrayLike,
    recency: npt.ArrayLike,
    T: npt.ArrayLike,  # noqa: N803
    later_purchases: npt.ArrayLike,
    *,
    ahead: float,
    limit: float = LARGEST_ERROR,
) -> HoldoutCheck:
    """Hold a model's forecast against the purchases made after what it was fitted on.

    Parameters
    ----------
    model : PurchaseModel
        Fitted without the holdout.
    frequency, recency, T : array_like of shape (n_customers,)
        At the end of what it was fitted on.
    later_purchases : array_like of shape (n_customers,)
        Purchases made in the holdout.
    ahead : float
        Length of the holdout, in the unit of T.
    limit : float
        Share of the actual purchases by which the forecast may be off.

    Raises
    ------
    ValueModelError
        When the arrays contradict each other, or the length or the limit is not above zero.
    """
    if not ahead > 0 or not limit > 0:
        raise ValueModelError(f"Found a holdout of {ahead} and a limit of {limit}; expected numbers above zero.")
    x, last, age = check_purchases(frequency, recency, T)
    later = check_numbers(later_purchases, "later_purchases")
    if later.shape != x.shape:
        raise ValueModelError(f"later_purchases has shape {later.shape}, the customers {x.shape}; pass one value each.")
    predicted = model.expected_purchases(ahead, x, last, age)
    rows = pd.DataFrame({"frequency": np.minimum(x, MANY).astype(int), "predicted": predicted, "actual": later})
    table = rows.groupby("frequency").agg(
        customers=("actual", "size"), predicted=("predicted", "mean"), actual=("actual", "mean")
    )
    collapsed = bool(getattr(model, "collapsed_", False))
    return HoldoutCheck(table.reset_index(), float(predicted.sum()), float(later.sum()), limit, collapsed)


def track_weeks(
    model: PurchaseModel, engine: Engine, *, as_of: datetime.date, until: datetime.date, unit: Unit = "weeks"
) -> pd.DataFrame:
    """Return repeat purchases week by week, expected and made, before and in the holdout.

    Parameters
    ----------
    model : PurchaseModel
        Fitted on what happened up to `as_of`.
    engine : Engine
        Holds `transactions`.
    as_of, until : date
        End of what the model was fitted on, and of the holdout.
    unit : {"weeks", "days"}
        Of the model.

    Returns
    -------
    DataFrame
        `week`, from the first purchase of all; `ends_on`; `in_holdout`, whether the week ends after `as_of`;
        `expected`, `actual` and their running sums `expected_so_far`, `actual_so_far`.

    Notes
    -----
    Expected is the sum over customers of the repeat purchases of a new customer by the end of the week, from the day of
    their first on: nothing the customer did after it is used.
    """
    came, again = weekly_repeat_purchases(engine, as_of=as_of, until=until)
    first = pd.to_datetime(came["first_on"])
    start = first.min()
    ends = start + pd.to_timedelta(again["week"] * 7 - 1, unit="D")
    # a day's purchases count at its end, so the first day of a customer has passed when it is over
    days = (ends.to_numpy()[:, None] - first.to_numpy()[None, :]) / np.timedelta64(1, "D")
    so_far = model.expected_purchases_new(np.maximum(days, 0) / DAYS_IN[unit]) @ came["customers"].to_numpy(np.float64)
    return pd.DataFrame(
        {
            "week": again["week"],
            "ends_on": ends,
            "in_holdout": ends > pd.Timestamp(as_of),
            "expected": np.diff(so_far, prepend=0.0),
            "actual": again["purchases"],
            "expected_so_far": so_far,
            "actual_so_far": again["purchases"].cumsum(),
        }
    )
