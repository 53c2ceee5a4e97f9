"""Sizes of segments ahead if customers go on moving as they did: a Markov chain, and how it would have done."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmodel.drift.migration_cells import LOST, NEW

Floats = npt.NDArray[np.float64]

MONTHS_USED = 12
"""Of flows: each season counts once."""

FEWEST = 6
"""Months of flows below which they are no pattern."""

_DRAWS = 2_000
_SEED = 20_260_630


@dataclass(frozen=True)
class MonthlyFlows:
    """Flows of consecutive months.

    Attributes
    ----------
    segments : tuple of str
        Their ids, in order; k of them.
    months : tuple of date
        Ends of the months, oldest first; T + 1 of them.
    moved : ndarray, shape (T, k, k)
        Customers by segment at the start (rows) and at the end of each month (columns).
    arrived : ndarray, shape (T, k)
        Customers who were not there at the start, by segment at the end.
    sizes : ndarray, shape (T + 1, k)
        Customers at each month end; those not in `moved` a month later are lost.
    """

    segments: tuple[str, ...]
    months: tuple[datetime.date, ...]
    moved: Floats
    arrived: Floats
    sizes: Floats

    def until(self, month: int) -> MonthlyFlows:
        """Return the first `month` flows, as they were known then."""
        return MonthlyFlows(
            self.segments, self.months[: month + 1], self.moved[:month], self.arrived[:month], self.sizes[: month + 1]
        )

    def latest(self, months: int) -> MonthlyFlows:
        """Return the last `months` flows."""
        start = max(len(self.moved) - months, 0)
        return MonthlyFlows(
            self.segments, self.months[start:], self.moved[start:], self.arrived[start:], self.sizes[start:]
        )


@dataclass(frozen=True)
class Backtest:
    """How well flows of before would have predicted the months that came.

    Attributes
    ----------
    months : int
        The last months that were predicted, from the start of each of them on; 0: history is too short.
    error, error_unchanged : float
        Mean absolute error of segments' shares of customers, 0 to 1: of the flows, and of saying that shares stay as
        they are.
    """

    months: int
    error: float
    error_unchanged: float

    @property
    def is_better(self) -> bool:
        """Whether the flows predicted better than saying that nothing changes."""
        return self.months > 0 and self.error < self.error_unchanged


def monthly_flows(counts: pd.DataFrame, segments: Sequence[str]) -> MonthlyFlows:
    """Return counted flows of month after month as arrays; see `migration_cells.count_flows`.

    Where a month is missing, those before it are left out.
    """
    pairs = sorted({(before, after) for before, after in counts[["before", "after"]].itertuples(index=False)})
    run: list[tuple[datetime.date, datetime.date]] = []
    for pair in pairs:
        run = [*run, pair] if not run or run[-1][1] == pair[0] else [pair]
    k, place = len(segments), {one: index for index, one in enumerate(segments)}
    moved, arrived = np.zeros((len(run), k, k)), np.zeros((len(run), k))
    lost = np.zeros((len(run), k))
    month = {pair: index for index, pair in enumerate(run)}
    columns = ["before", "after", "segment_before", "segment_after", "customers"]
    for before, after, start, stop, customers in counts[columns].itertuples(index=False, name=None):
        at = month.get((before, after))
        if at is None:
            continue
        if start == NEW:
            arrived[at, place[stop]] += customers
        elif stop == LOST:
            lost[at, place[start]] += customers
        else:
            moved[at, place[start], place[stop]] += customers
    sizes = np.vstack([moved.sum(axis=2) + lost, (moved[-1:].sum(axis=1) + arrived[-1:])])
    months = tuple([pair[0] for pair in run[:1]] + [pair[1] for pair in run])
    return MonthlyFlows(tuple(segments), months, moved, arrived, sizes)


def transition(flows: MonthlyFlows) -> Floats:
    """Return the share of each segment's customers found in each segment a month later, p_ij = n_ij / n_i.

    Counts of all months are pooled, the maximum likelihood estimate of a chain that does not change (Anderson &
    Goodman 1957). A row adds up to one less the share lost; a segment that was always empty keeps what it has.

    Returns
    -------
    ndarray, shape (k, k)
    """
    return _shares(flows.moved.sum(axis=0), flows.sizes[:-1].sum(axis=0))


def project(sizes: Floats, transitions: Floats, arrived: Floats, months: int) -> Floats:
    """Return sizes month by month: of now moved on by `transitions`, with `arrived` added each month.

    Examples
    --------
    >>> project(np.array([100.0, 0.0]), np.array([[0.9, 0.1], [0.0, 1.0]]), np.array([10.0, 0.0]), 2).tolist()
    [[100.0, 10.0], [100.0, 20.0]]
    """
    found, now = [], sizes
    for _ in range(months):
        now = now @ transitions + arrived
        found.append(now)
    return np.array(found).reshape(months, -1)


def backtest(flows: MonthlyFlows) -> Backtest:
    """Predict each of the last 12 months (6 where history is shorter) from flows that were known before.

    From the start of each of these months on, all that follow are predicted from up to twelve months of flows before;
    errors are averaged over starts, months and segments.
    """
    length = len(flows.moved)
    months = next((span for span in (12, 6) if length >= span + FEWEST), 0)
    if not months:
        return Backtest(0, np.nan, np.nan)
    actual = _to_shares(flows.sizes)
    errors, unchanged = [], []
    for start in range(length - months, length):
        known = flows.until(start).latest(MONTHS_USED)
        ahead = project(flows.sizes[start], transition(known), known.arrived.mean(axis=0), length - start)
        errors.append(np.abs(_to_shares(ahead) - actual[start + 1 :]))
        unchanged.append(np.abs(actual[start] - actual[start + 1 :]))
    return Backtest(months, float(np.concatenate(errors).mean()), float(np.concatenate(unchanged).mean()))


def expected_sizes(flows: MonthlyFlows, months: int = 12, level: float = 0.95) -> pd.DataFrame:
    """Return the sizes to expect if customers go on moving and arriving as in the last twelve months.

    Intervals come from drawing months: of those used, as many are drawn with replacement, which says how unsure their
    mean is; then one of the drawn for each month ahead, which says how months differ. What has not happened in these
    months, a season that differs or a change of the market, is in neither.

    Parameters
    ----------
    flows : MonthlyFlows
    months : int
        How far ahead.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        One row a month ahead and segment: months_ahead (0: now), segment, customers and share, each with `_low` and
        `_high`. Shares are of all customers expected.
    """
    used = flows.latest(MONTHS_USED)
    now, chain = used.sizes[-1], transition(used)
    line = np.vstack([now, project(now, chain, used.arrived.mean(axis=0), months)])
    paths = _paths(used, chain, months)
    tail = (1 - level) / 2
    found = {"customers": line, "share": _to_shares(line)}
    for name, drawn in (("customers", paths), ("share", _to_shares(paths))):
        for end, quantile in (("low", tail), ("high", 1 - tail)):
            ahead = np.quantile(drawn, quantile, axis=0)
            found[f"{name}_{end}"] = np.vstack([found[name][:1], ahead])
    frame = pd.DataFrame({name: values.ravel() for name, values in found.items()})
    frame.insert(0, "months_ahead", np.repeat(np.arange(months + 1), len(flows.segments)))
    frame.insert(1, "segment", list(flows.segments) * (months + 1))
    return frame


def _paths(used: MonthlyFlows, chain: Floats, months: int) -> Floats:
    """Return sizes of drawn futures, shape (draws, months, k)."""
    random = np.random.default_rng(_SEED)
    length = len(used.moved)
    each = np.array([_shares(moved, start, chain) for moved, start in zip(used.moved, used.sizes, strict=False)])
    pools = random.integers(length, size=(_DRAWS, length))
    now = np.repeat(used.sizes[-1:], _DRAWS, axis=0)
    found = []
    for _ in range(months):
        drawn = pools[np.arange(_DRAWS), random.integers(length, size=_DRAWS)]
        now = np.einsum("di,dij->dj", now, each[drawn]) + used.arrived[drawn]
        found.append(now)
    return np.stack(found, axis=1)


def _shares(moved: Floats, sizes: Floats, empty: Floats | None = None) -> Floats:
    """Return moves as shares of the segment they start from; of an empty one those of `empty`, or all stay."""
    rows = np.eye(len(sizes)) if empty is None else empty
    there = sizes > 0
    shares: Floats = np.where(there[:, None], moved / np.where(there, sizes, 1.0)[:, None], rows)
    return shares


def _to_shares(sizes: Floats) -> Floats:
    whole = sizes.sum(axis=-1, keepdims=True)
    shares: Floats = np.divide(sizes, whole, out=np.zeros_like(sizes), where=whole > 0)
    return shares
