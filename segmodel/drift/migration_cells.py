"""Flows between two dates as a table of cells: counted from history, with totals, small cells hidden."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.linalg import null_space

from segmodel.engines import Engine
from segmodel.store import listed_days
from segmodel.suppression import Sums

ALL = ""
"""Stands for all segments of a date: the rows that are totals."""

NEW, LOST = "new", "lost"
"""Stand for those who were not there before, and for those who are not there after. No segment has such an id."""

OUTSIDE = {NEW: "New", LOST: "Lost"}
"""The same as people read it."""

PAIR = ["before", "after"]
CELL = ["segment_before", "segment_after"]
AMOUNTS = ["customers", "value_before", "value_after"]
_DETERMINED = 1e-9

Pair = tuple[datetime.date, datetime.date]

_AT_ONCE = 8_000_000
"""Rows of history that are in memory at a time."""

_EXACT = 10_000
"""Sums of amounts are exact in units of their fourth decimal, whatever the order of rows."""

# numbers written out: a remainder by a parameter is computed in wider numbers, and takes ten times as long
_PART = """
FROM assignments
WHERE segmentation = $segmentation AND is_counted AND snapshot IN ({days}) AND hash(customer_id) % {parts} = {part}
"""
_ROWS = """
WITH places AS (SELECT customer_id, row_number() OVER () - 1 AS place FROM (SELECT DISTINCT customer_id {part}))
SELECT place::INTEGER AS place, list_position([{days}], snapshot) - 1 AS day,
    list_position($segments, segment) - 1 AS segment, coalesce(value * {exact}, 0)::DOUBLE AS value,
    coalesce(orders > 0, false) AS is_active
FROM (SELECT customer_id, snapshot, segment, value, orders {part}) JOIN places USING (customer_id)
"""
_COUNTED = ["customers", "value_before", "value_after", "active", "quiet"]


def count_flows(engine: Engine, segmentation: str, pairs: Sequence[Pair]) -> pd.DataFrame:
    """Count who went from where to where between many pairs of snapshots; nothing is hidden yet.

    History is read once, a part of the customers at a time; a join of each pair of snapshots in the engine takes
    seven times as long.

    Parameters
    ----------
    engine : Engine
        Holds `assignments`.
    segmentation : str
    pairs : sequence of (date, date)
        Snapshots, the earlier first.

    Returns
    -------
    DataFrame
        One row a cell somebody is in: before, after, segment_before (a segment, or `NEW`), segment_after (a segment,
        or `LOST`), customers, value_before and value_after (of these customers, at either date), active (who had
        ordered in the window before) and quiet (who of them had not, in the window after).
    """
    days = sorted({day for pair in pairs for day in pair})
    listed = listed_days(days)
    asked = {"segmentation": segmentation}
    whole = _PART.format(days=listed, parts=1, part=0)
    found = engine.rows(f"SELECT count(*), list(DISTINCT segment) {whole}", asked)[0] if pairs else (0, None)
    rows, segments = int(found[0]), sorted(found[1] or [])
    if not rows:
        return pd.DataFrame(columns=[*PAIR, *CELL, *_COUNTED])
    absent = len(segments)
    counts = np.zeros((len(pairs), len(_COUNTED), (absent + 1) ** 2))
    parts = -(-rows // _AT_ONCE)
    for each in range(parts):
        part = _PART.format(days=listed, parts=parts, part=each)
        sql = _ROWS.format(days=listed, part=part, exact=_EXACT)
        history = _History(engine.frame(sql, asked | {"segments": segments}), len(days), absent)
        counts += [history.flows(days.index(before), days.index(after)) for before, after in pairs]
    place, cell = np.nonzero(counts[:, 0])
    start, stop = np.divmod(cell, absent + 1)
    keys = {
        "before": [pairs[each][0] for each in place.tolist()],
        "after": [pairs[each][1] for each in place.tolist()],
        "segment_before": np.array([*segments, NEW], dtype=object)[start],
        "segment_after": np.array([*segments, LOST], dtype=object)[stop],
    }
    sums = dict(zip(_COUNTED, counts[place, :, cell].T, strict=True))
    frame = pd.DataFrame(keys | sums).astype(dict.fromkeys(("customers", "active", "quiet"), "int64"))
    frame[["value_before", "value_after"]] /= _EXACT
    return frame.sort_values([*PAIR, *CELL], ignore_index=True)


class _History:
    """Where each of some customers was at every date, what they were worth and whether they had ordered.

    Parameters
    ----------
    rows : DataFrame
        place (of the customer), day, segment, value and is_active.
    days : int
        How many dates.
    absent : int
        Stands for those who were in no segment.
    """

    def __init__(self, rows: pd.DataFrame, days: int, absent: int) -> None:
        size = int(rows["place"].max()) + 1 if len(rows) else 0
        at = rows["day"].to_numpy(np.intp) * size + rows["place"].to_numpy(np.intp)
        self._absent = absent
        self._segment = np.full(days * size, absent, dtype=np.int32)
        self._segment[at] = rows["segment"].to_numpy(np.int32)
        self._value = np.zeros(days * size)
        self._value[at] = rows["value"].to_numpy(np.float64)
        self._is_active = np.zeros(days * size, dtype=bool)
        self._is_active[at] = rows["is_active"].to_numpy(bool)
        self._shape = (days, size)

    def flows(self, before: int, after: int) -> npt.NDArray[np.float64]:
        """Return `_COUNTED` of every cell between two dates, a row each; those who are in none of both are left out."""
        segment, value, is_active = (
            each.reshape(self._shape) for each in (self._segment, self._value, self._is_active)
        )
        cells = (self._absent + 1) ** 2
        cell = segment[before] * (self._absent + 1) + segment[after]
        quiet = is_active[before] & ~is_active[after]
        weights = (None, value[before], value[after], is_active[before], quiet)
        counted = np.array([np.bincount(cell, each, minlength=cells) for each in weights], dtype=np.float64)
        counted[:, -1] = 0
        return counted


def hidden_groups(engine: Engine, segmentation: str) -> frozenset[tuple[datetime.date, str]]:
    """Return the snapshots and segments whose size the build hides: flows must not tell it."""
    if "segment_metrics" not in engine.tables():
        return frozenset()
    sql = (
        "SELECT snapshot, segment FROM segment_metrics WHERE segmentation = $segmentation AND suppressed "
        "AND filter_1 = '' AND filter_2 = ''"
    )
    return frozenset(
        (pd.Timestamp(day).date(), str(one)) for day, one in engine.rows(sql, {"segmentation": segmentation})
    )


def with_totals(counts: pd.DataFrame) -> pd.DataFrame:
    """Return cells with the totals of every row, of every column and of each pair (`ALL`).

    Examples
    --------
    >>> cells = pd.DataFrame({"before": 1, "after": 2, "segment_before": ["a", "new"], "segment_after": ["a", "a"],
    ...                       "customers": [3, 4], "value_before": [1.0, 0.0], "value_after": [2.0, 5.0]})
    >>> totals = with_totals(cells).set_index(["segment_before", "segment_after"])["customers"]
    >>> totals["a", ""], totals["", "a"], totals["", ""]
    (np.int64(3), np.int64(7), np.int64(7))
    """
    summed = [name for name in counts.columns if name not in {*PAIR, *CELL}]
    rows = counts.groupby([*PAIR, "segment_before"], as_index=False)[summed].sum().assign(segment_after=ALL)
    columns = counts.groupby([*PAIR, "segment_after"], as_index=False)[summed].sum().assign(segment_before=ALL)
    whole = counts.groupby(PAIR, as_index=False)[summed].sum().assign(segment_before=ALL, segment_after=ALL)
    return pd.concat([counts, rows, columns, whole], ignore_index=True)[[*PAIR, *CELL, *summed]]


def small_flows(
    cells: pd.DataFrame, minimum_group: int, groups: Collection[tuple[datetime.date | str, str]] = ()
) -> npt.NDArray[np.bool_]:
    """Return which cells to hide: those of few customers, and those that would give one away.

    Sums along rows, along columns, the sizes of the segments at either date and the number who stayed are taken as
    known. What `small_cells` leaves is solved as a system of equations: where a small cell still follows from them,
    another one is hidden. That nobody went from one segment to another says nothing about a few, and is shown.

    Some numbers follow from the sizes of the segments at both dates alone, which every page shows: how many are new
    where nobody is lost. They are not printed here, but nothing more is hidden for their sake, as it could not help.

    Parameters
    ----------
    cells : DataFrame
        As `with_totals` returns it; no cell without customers.
    minimum_group : int
    groups : collection of (date, str)
        Snapshots and segments whose size is hidden elsewhere.

    Returns
    -------
    ndarray of bool, one a row
    """
    starts, stops = (cells[name].to_numpy(dtype=object) for name in CELL)
    already = np.array(
        [
            (to == ALL and (before, start) in groups) or (start == ALL and (after, to) in groups)
            for before, after, start, to in cells[[*PAIR, *CELL]].itertuples(index=False, name=None)
        ],
        dtype=bool,
    )
    customers = cells["customers"].to_numpy(dtype=float)
    hidden: npt.NDArray[np.bool_] = (customers < minimum_group) | already
    # a table at a time: nothing is added up over two of them
    for rows in cells.groupby(PAIR).indices.values():
        ends = starts[rows], stops[rows]
        # small numbers that are known anyway need no company
        is_open = ~(_follow_from_sizes(*ends, already[rows]) & hidden[rows] & ~already[rows])
        keyed = {"snapshot": 0, "segment": "", "filter_1": ends[0], "filter_2": ends[1], "customers": customers[rows]}
        sums = Sums(pd.DataFrame(keyed)[is_open])
        found = hidden[rows] & is_open
        before = -1
        while before < found.sum():
            before = int(found.sum())
            found[is_open] = sums.hide(minimum_group, found[is_open])
            found[_gives_away(*ends, np.where(is_open, customers[rows], 0), found, minimum_group)] = True
        hidden[rows] |= found
    return hidden


def _follow_from_sizes(
    starts: npt.NDArray[np.object_], stops: npt.NDArray[np.object_], hidden: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Return which cells would be known with every flow hidden, from the sizes of the segments at both dates."""
    sizes = ((starts == ALL) ^ (stops == ALL)) & ~np.isin(starts, [NEW, LOST]) & ~np.isin(stops, [NEW, LOST])
    return _follow(starts, stops, ~sizes | hidden)


def _follow(
    starts: npt.NDArray[np.object_], stops: npt.NDArray[np.object_], hidden: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Return which hidden cells follow from what is shown."""
    follows = np.zeros(len(hidden), dtype=bool)
    gone = np.flatnonzero(hidden)
    if len(gone):
        free = null_space(_equations(starts, stops)[:, gone])
        follows[gone] = np.abs(free).max(axis=1, initial=0.0) < _DETERMINED
    return follows


def _gives_away(
    starts: npt.NDArray[np.object_],
    stops: npt.NDArray[np.object_],
    customers: npt.NDArray[np.float64],
    hidden: npt.NDArray[np.bool_],
    minimum_group: int,
) -> list[int]:
    """Return the places of cells to hide next: beside each small one that follows from what is shown."""
    inside = (starts != ALL) & (stops != ALL)
    more = []
    is_small = (customers < minimum_group) & (customers > 0)
    for place in np.flatnonzero(_follow(starts, stops, hidden) & is_small):
        beside = ((starts == starts[place]) | (stops == stops[place])) & inside & ~hidden
        candidates = np.flatnonzero(beside if beside.any() else inside & ~hidden)
        candidates = candidates if len(candidates) else np.flatnonzero(~hidden)
        if len(candidates):
            more.append(int(candidates[np.argmin(customers[candidates])]))
    return more


def _equations(starts: npt.NDArray[np.object_], stops: npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    """Return what people know to add up, an equation a row, a column a cell or total."""
    found = []
    for own, other in ((starts, stops), (stops, starts)):
        # of each row its cells and its total, and of the totals all of them and the whole
        sign = np.where(other == ALL, -1.0, 1.0)
        found += [np.where(own == name, sign, 0.0) for name in dict.fromkeys(own)]
        of_date = (other == ALL) & ~np.isin(own, [ALL, NEW, LOST])
        found.append(of_date.astype(float))
    found.append(((starts == stops) & (starts != ALL)).astype(float))
    return np.array(found)
