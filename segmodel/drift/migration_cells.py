"""Flows between two dates as a table of cells: counted in SQL, with totals, small cells hidden."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.linalg import null_space

from segmodel.engines import Engine
from segmodel.suppression import Sums

ALL = ""
"""Stands for all segments of a date: the rows that are totals."""

NEW, LOST = "new", "lost"
"""Stand for those who were not there before, and for those who are not there after. No segment has such an id."""

PAIR = ["before", "after"]
CELL = ["segment_before", "segment_after"]
AMOUNTS = ["customers", "value_before", "value_after"]
_DETERMINED = 1e-9

Pair = tuple[datetime.date, datetime.date]

_AT_ONCE = 200_000
"""Rows of history, all snapshots together, up to which all pairs are counted in one statement."""

_COUNT = """
SELECT {before} AS before, {after} AS after,
    coalesce(earlier.segment, $new) AS segment_before, coalesce(later.segment, $lost) AS segment_after,
    count(*)::BIGINT AS customers,
    coalesce(sum(earlier.value), 0)::DOUBLE AS value_before, coalesce(sum(later.value), 0)::DOUBLE AS value_after,
    count(*) FILTER (earlier.orders > 0)::BIGINT AS active,
    count(*) FILTER (earlier.orders > 0 AND coalesce(later.orders, 0) = 0)::BIGINT AS quiet
FROM (
    SELECT customer_id, segment, value, orders FROM assignments
    WHERE segmentation = $segmentation AND snapshot = {before} AND is_counted
) AS earlier
FULL JOIN (
    SELECT customer_id, segment, value, orders FROM assignments
    WHERE segmentation = $segmentation AND snapshot = {after} AND is_counted
) AS later USING (customer_id)
GROUP BY ALL
"""


def count_flows(engine: Engine, segmentation: str, pairs: Sequence[Pair]) -> pd.DataFrame:
    """Count who went from where to where, one join a pair of snapshots; nothing is hidden yet.

    A join of two snapshots reads only these and fits in memory, where a window over all of history has to sort it.
    Of a short history the joins are one statement: there, most of the time is spent on asking.

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
    if not pairs:
        return pd.DataFrame(columns=[*PAIR, *CELL, *AMOUNTS])
    parameters = {"segmentation": segmentation, "new": NEW, "lost": LOST}
    rows = int(engine.value("SELECT count(*) FROM assignments"))
    at_once = len(pairs) if rows <= _AT_ONCE else 1
    frames = []
    for first in range(0, len(pairs), at_once):
        counted = [
            _COUNT.format(before=f"DATE '{before}'", after=f"DATE '{after}'")
            for before, after in pairs[first : first + at_once]
        ]
        frames.append(engine.frame(f"{' UNION ALL '.join(counted)} ORDER BY ALL", parameters))
    counts = pd.concat(frames, ignore_index=True)
    for name in PAIR:
        counts[name] = counts[name].dt.date
    return counts


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
    cells: pd.DataFrame, minimum_group: int, groups: Collection[tuple[datetime.date, str]] = ()
) -> npt.NDArray[np.bool_]:
    """Return which cells to hide: those of few customers, and those that would give one away.

    Sums along rows, along columns, the sizes of the segments at either date and the number who stayed are taken as
    known. What `small_cells` leaves is solved as a system of equations: where a small cell still follows from them,
    another one is hidden. That nobody went from one segment to another says nothing about a few, and is shown.

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
        ends, found = (starts[rows], stops[rows]), hidden[rows]
        keyed = {"snapshot": 0, "segment": "", "filter_1": ends[0], "filter_2": ends[1], "customers": customers[rows]}
        sums = Sums(pd.DataFrame(keyed))
        before = -1
        while before < found.sum():
            before = int(found.sum())
            found = sums.hide(minimum_group, found)
            found[_gives_away(*ends, customers[rows], found, minimum_group)] = True
        hidden[rows] = found
    return hidden


def _gives_away(
    starts: npt.NDArray[np.object_],
    stops: npt.NDArray[np.object_],
    customers: npt.NDArray[np.float64],
    hidden: npt.NDArray[np.bool_],
    minimum_group: int,
) -> list[int]:
    """Return the places of cells to hide next: beside each small one that follows from what is shown."""
    gone = np.flatnonzero(hidden)
    if len(gone) == 0:
        return []
    free = null_space(_equations(starts, stops)[:, gone])
    follows = gone[np.abs(free).max(axis=1, initial=0.0) < _DETERMINED]
    inside = (starts != ALL) & (stops != ALL)
    more = []
    for place in follows[(customers[follows] < minimum_group) & (customers[follows] > 0)]:
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
