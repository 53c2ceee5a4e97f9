"""Which dates the history is told at, and the periods between all the dates that matter."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from segmodel.definition import Definition
from segmodel.engines import Engine
from segmodel.errors import FeatureError
from segmodel.features.lines import BOUGHT

FIRST_DAY = datetime.date(1, 1, 1)
YEAR = 12

YEAR_BEFORE = """(
    SELECT max(earlier.snapshot) FROM snapshots AS earlier, (SELECT max(snapshot) AS now FROM snapshots) AS latest
    WHERE is_window_complete AND abs(date_diff('day', earlier.snapshot, now - INTERVAL 1 YEAR)) <= 1
)"""
"""SQL of the snapshot a year before the latest, where its window is full; NULL where there is none."""


@dataclass(frozen=True)
class Snapshot:
    """One date at which every customer is described; a window is (start, end], days after `start` up to `end`.

    Attributes
    ----------
    day : date
        The snapshot: all that happened up to its end of day counts.
    window_start : date
        Start of the trailing window of features and value.
    last_6_start, previous_6_start : date
        Starts of the last six months and of the six before.
    is_month_end : bool
    is_window_complete : bool
        Whether the data reach back to the start of the window.
    """

    day: datetime.date
    window_start: datetime.date
    last_6_start: datetime.date
    previous_6_start: datetime.date
    is_month_end: bool
    is_window_complete: bool

    def boundaries(self) -> set[datetime.date]:
        """Return every date at which one of the windows starts or ends."""
        return {
            self.day,
            self.window_start,
            self.last_6_start,
            self.previous_6_start,
        }


def months_before(day: datetime.date, months: int) -> datetime.date:
    """Return the day `months` months before; a month end stays a month end.

    Examples
    --------
    >>> months_before(datetime.date(2026, 2, 28), 12)
    datetime.date(2025, 2, 28)
    >>> months_before(datetime.date(2026, 6, 30), 4)
    datetime.date(2026, 2, 28)
    >>> months_before(datetime.date(2026, 3, 30), 1)
    datetime.date(2026, 2, 28)
    """
    index = day.year * 12 + day.month - 1 - months
    year, month = index // 12, index % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return datetime.date(year, month, last if is_month_end(day) else min(day.day, last))


def is_month_end(day: datetime.date) -> bool:
    """Return whether `day` is the last of its month."""
    return day.day == calendar.monthrange(day.year, day.month)[1]


def plan_snapshots(
    engine: Engine, definition: Definition, as_of: datetime.date | None = None, fitted_on: Iterable[datetime.date] = ()
) -> tuple[Snapshot, ...]:
    """Return the snapshots of a build, oldest first: the month ends of history, the day a year ago, and `as_of`.

    `as_of` is the argument, else the definition's, else the day of the last purchase. A `fit_as_of` of a
    segmentation becomes a snapshot too, and the days of `fitted_on`, on which the versions in use were fitted: drift
    is measured from there.

    Raises
    ------
    FeatureError
        When there is no purchase up to `as_of`.
    """
    first, last = engine.totals(
        f"SELECT min(ordered_at)::DATE AS first, max(ordered_at)::DATE AS last FROM transactions WHERE {BOUGHT}"
    )
    if first is None:
        raise FeatureError("No purchase was found: every accepted transaction is a refund or cancelled.")
    end = as_of or definition.as_of or last
    if end < first:
        raise FeatureError(f"Nothing was bought up to {end}: the first purchase is of {first}.")
    days = {end, *fitted_on} | {s.fit_as_of for s in definition.segmentations if s.fit_as_of}
    month_end = end if is_month_end(end) else end.replace(day=1) - datetime.timedelta(days=1)
    if definition.history_months:
        days |= {months_before(month_end, back) for back in range(definition.history_months + 1)}
    if definition.history_months >= YEAR:
        days.add(months_before(end, YEAR))  # growth compares with the same day a year before
    return tuple(_snapshot(day, first, definition) for day in sorted(days) if first <= day <= end)


def _snapshot(day: datetime.date, first: datetime.date, definition: Definition) -> Snapshot:
    window = definition.features.window_months
    window_start = FIRST_DAY if window == "all" else months_before(day, window)
    return Snapshot(
        day=day,
        window_start=window_start,
        last_6_start=months_before(day, 6),
        previous_6_start=months_before(day, 12),
        is_month_end=is_month_end(day),
        is_window_complete=window == "all" or first <= window_start + datetime.timedelta(days=1),
    )
