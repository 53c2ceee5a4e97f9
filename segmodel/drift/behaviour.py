"""What the customers of a segment do each month, against what they did in the year they were defined by."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from segmodel.drift.change_point import SHORTEST, ChangePoint, find_change
from segmodel.drift.verdicts import Limits, Reason, Size
from segmodel.features import months_before
from segmodel.formats import called, month, number, share

YEAR = 12

FEW_MONTHS = 3
"""Months of the year of reference from which an average stands for all of them where some are missing."""

_SURE = 1e-4


@dataclass(frozen=True)
class Measure:
    """A quantity followed month by month: the level of a month is one column over another.

    Attributes
    ----------
    name : str
        As in `Limits`.
    label : str
        What people call it.
    column, per : str
        Columns of `monthly_behaviour`.
    words : callable
        Takes the name of a segment, and `27% less`; returns what people read.
    added : float
        Added to the count of a month before its logarithm is taken.
    """

    name: str
    label: str
    column: str
    per: str
    words: Callable[[str, str], str]
    added: float = 0.0

    def size(self, limits: Limits) -> Size:
        """Return the sizes that matter."""
        found: Size = getattr(limits, self.name)
        return found


ORDERS = Measure(
    "orders",
    "Orders a customer",
    "orders",
    "members",
    lambda name, amount: f"{called(name)} buy {amount} often than when they were defined",
    added=0.5,
)
SPEND = Measure(
    "spend_per_order",
    "Spend an order",
    "spend",
    "orders",
    lambda name, amount: f"{called(name)} spend {amount} an order than when they were defined",
)
MEASURES = (ORDERS, SPEND)
BEHAVIOUR = {measure.name: measure.label for measure in MEASURES}


def against_reference(months: pd.DataFrame, reference: datetime.date, measure: Measure) -> pd.DataFrame:
    """Return a measure with what was expected of it, a row a segment and month.

    Expected is the same calendar month of the twelve that end at the reference, so that seasons cancel; where one of
    them is missing, the average of those there are, from three on.

    Parameters
    ----------
    months : DataFrame
        Of `monthly_behaviour`.
    reference : date
        The snapshot the champion was fitted on.
    measure : Measure

    Returns
    -------
    DataFrame
        snapshot, segment, members, level, expected, deviation (log of the ratio; NaN where either is not known), noise
        (its standard error from sampling), is_seasonal; months after the reference only have a deviation. Half an order
        is added to every count before its logarithm is taken (Haldane 1956), so that months without any order count.
    """
    frame = months.sort_values(["segment", "snapshot"], ignore_index=True)
    frame["snapshot"] = pd.to_datetime(frame["snapshot"])
    people = frame[measure.per].where(frame[measure.per] > 0)
    counted = frame[measure.column] + measure.added
    # refunds can take more than was spent: of such a month there is no logarithm
    frame = frame.assign(
        level=frame[measure.column] / people,
        compared=(counted / people).where(counted > 0),
        error=_error(frame, measure),
    )
    start, end = pd.Timestamp(months_before(reference, YEAR)), pd.Timestamp(reference)
    parts = []
    for _, own in frame.groupby("segment", sort=True):
        base = own[(own["snapshot"] > start) & (own["snapshot"] <= end) & own["compared"].notna()]
        parts.append(_expected(own, base, end))
    columns = ["snapshot", "segment", "members", "level", "expected", "deviation", "noise", "is_seasonal"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _error(frame: pd.DataFrame, measure: Measure) -> pd.Series:
    """Return the standard error of the logarithm of a month's amount from sampling; of spend it is not known."""
    if measure.column != "orders":
        return pd.Series(0.0, index=frame.index)
    variance = (frame["orders_squared"] - frame["orders"] ** 2 / frame["members"]).clip(lower=measure.added)
    error: pd.Series = variance**0.5 / (frame["orders"] + measure.added)
    return error.where(frame["members"] > 0, 0.0)


_EXPECTED = ["level", "compared", "error"]


def _expected(own: pd.DataFrame, base: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    is_seasonal = base["snapshot"].dt.month.nunique() == YEAR
    if is_seasonal:
        by_month = base.set_index(base["snapshot"].dt.month)
        expected, compared, error = (own["snapshot"].dt.month.map(by_month[name]) for name in _EXPECTED)
    else:
        known = len(base) >= FEW_MONTHS
        expected, compared = (
            pd.Series(base[name].mean() if known else np.nan, index=own.index) for name in _EXPECTED[:2]
        )
        error = pd.Series(0.0, index=own.index)
    ratio = (own["compared"] / compared).where(own["snapshot"] > end)
    return own.assign(
        expected=expected,
        deviation=np.log(ratio),
        noise=np.sqrt(own["error"] ** 2 + error**2),
        is_seasonal=is_seasonal,
    )


def behaviour_reason(
    own: pd.DataFrame, name: str, measure: Measure, found_in: str, limits: Limits, money: Callable[[float], str]
) -> tuple[Reason, float] | None:
    """Return what became of a measure in one segment, with its p-value; None where there are too few months.

    The reason's verdict is fit where the size does not matter.

    Parameters
    ----------
    own : DataFrame
        One segment's rows of `against_reference`.
    name : str
        The segment's.
    measure : Measure
    found_in : str
        When the segments were found: `June 2025`.
    limits : Limits
    money : callable
        Writes an amount of money.
    """
    known = own.dropna(subset=["deviation"])
    if len(known) < SHORTEST:
        return None
    found = find_change(known["deviation"].to_numpy(), known["noise"].to_numpy())
    later = known.iloc[found.since :]
    change = float(np.expm1(found.shift))
    since = later["snapshot"].iloc[0].date()
    levels = [float(later[column].mean()) for column in ("level", "expected")]
    if measure is SPEND:
        now, then = f"{money(levels[0])} an order", money(levels[1])
    else:
        now, then = f"{number(levels[0], 2)} orders a month", number(levels[1], 2)
    is_seasonal = bool(known["is_seasonal"].iloc[0])
    before = f"in the same months of the year to {found_in}" if is_seasonal else f"up to {found_in}"
    headline = measure.words(name, _amount(change))
    if levels[0] == 0:
        headline = f"{called(name)} have stopped buying"
    text = f"{headline}: {now} since {month(since)}, {then} {before}; {_noise(found)}."
    if not is_seasonal:
        text += " Seasons could not be taken out: there are no twelve months before."
    verdict = measure.size(limits).verdict(change)
    return Reason(measure.name, verdict, text, change, since, headline=headline), found.p_value


def _amount(change: float) -> str:
    return f"{share(abs(change))} {'less' if change < 0 else 'more'}"


def _noise(found: ChangePoint) -> str:
    reach = sorted(abs(np.expm1(edge)) for edge in (found.low, found.high))
    words = "far outside noise" if found.p_value <= _SURE else "outside noise"
    return f"{words} (95% interval {share(reach[0])} to {share(reach[1])})"


def since_when(drifted: Mapping[pd.Timestamp, bool]) -> datetime.date | None:
    """Return the first of the snapshots from which something has been so without a break up to the latest.

    Examples
    --------
    >>> days = [pd.Timestamp(2026, month, 28) for month in (1, 2, 3, 4)]
    >>> since_when(dict(zip(days, [True, False, True, True])))
    datetime.date(2026, 3, 28)
    """
    first = None
    for day in sorted(drifted, reverse=True):
        if not drifted[day]:
            break
        first = day.date()
    return first
