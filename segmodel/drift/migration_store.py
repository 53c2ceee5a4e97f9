"""The small tables a build keeps of migration: month by month, who stayed, and the sizes to expect."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import numpy as np
import pandas as pd

from segmodel.drift.migration import hide, retained_share
from segmodel.drift.migration_cells import ALL, Pair, count_flows, hidden_groups
from segmodel.drift.migration_forecast import MONTHS_USED, Backtest, backtest, expected_sizes, monthly_flows
from segmodel.engines import Engine
from segmodel.features import Snapshot, months_before
from segmodel.store import append_table
from segmodel.suppression import small_cells

STEPS = (1, 3, 12)
"""Months from one snapshot to the other, of the series of who stayed."""

AHEAD = 12
"""Months of the forecast."""

_TEXT, _DAY, _COUNT, _NUMBER, _FLAG = "VARCHAR", "DATE", "BIGINT", "DOUBLE", "BOOLEAN"
FLOWS = {
    "segmentation": _TEXT, "before": _DAY, "after": _DAY, "segment_before": _TEXT, "segment_after": _TEXT,
    "customers": _COUNT, "value_before": _NUMBER, "value_after": _NUMBER, "share": _NUMBER, "suppressed": _FLAG,
}  # fmt: skip
RETAINED = {
    "segmentation": _TEXT, "months": "INTEGER", "before": _DAY, "after": _DAY, "segment": _TEXT, "customers": _COUNT,
    "stayed": _COUNT, "retained_share": _NUMBER, "retained_share_low": _NUMBER, "retained_share_high": _NUMBER,
}  # fmt: skip
FORECAST = {
    "segmentation": _TEXT, "months_ahead": "INTEGER", "snapshot": _DAY, "segment": _TEXT,
    **{f"{name}{end}": _NUMBER for name in ("customers", "share") for end in ("", "_low", "_high")},
    "suppressed": _FLAG,
}  # fmt: skip
CHECK = {
    "segmentation": _TEXT, "flows": "INTEGER", "months_tested": "INTEGER", "error": _NUMBER,
    "error_unchanged": _NUMBER, "is_shown": _FLAG, "reason": _TEXT,
}  # fmt: skip


def store_migration(
    engine: Engine, segmentation: str, segments: Sequence[str], minimum_group: int, snapshots: Sequence[Snapshot]
) -> None:
    """Add one segmentation's rows to the tables of migration.

    - `migration_flows`: month-to-month flows with totals, as `migration.Flows.cells`.
    - `migration_retained`: who stayed in each segment over one, three and twelve months.
    - `migration_forecast`: sizes to expect; no rows where the flows would not have predicted the last months better
      than saying that nothing changes.
    - `migration_check`: how the forecast would have done, and why it is not shown.

    Only month ends whose window the data fill count: else flows would tell of the data.

    Parameters
    ----------
    engine : Engine
        Holds `assignments`, and `segment_metrics` where metrics were computed.
    segmentation : str
    segments : sequence of str
        Their ids, in order.
    minimum_group : int
    snapshots : sequence of Snapshot
    """
    groups = hidden_groups(engine, segmentation)
    pairs = {step: _pairs(snapshots, step) for step in STEPS}
    counts = {step: count_flows(engine, segmentation, pairs[step]) for step in STEPS}
    cells = {step: hide(counts[step], minimum_group, groups) for step in STEPS if pairs[step]}
    monthly = cells.get(1, pd.DataFrame(columns=list(FLOWS)))
    append_table(engine, "migration_flows", FLOWS, segmentation, monthly)
    retained = [_retained(cells[step], segments).assign(months=step) for step in cells]
    series = pd.concat(retained) if retained else pd.DataFrame(columns=list(RETAINED))
    append_table(engine, "migration_retained", RETAINED, segmentation, series)
    forecast, check = _forecast(counts[1], segments, minimum_group, groups)
    append_table(engine, "migration_forecast", FORECAST, segmentation, forecast)
    append_table(engine, "migration_check", CHECK, segmentation, check)


def _pairs(snapshots: Sequence[Snapshot], months: int) -> list[Pair]:
    """Return the month ends so many months apart whose windows are full."""
    days = {one.day for one in snapshots if one.is_month_end and one.is_window_complete}
    return [(months_before(day, months), day) for day in sorted(days) if months_before(day, months) in days]


def _retained(cells: pd.DataFrame, segments: Sequence[str]) -> pd.DataFrame:
    """Return who stayed, a row a pair and segment; what its cells hide is missing."""
    keyed = cells.set_index(["before", "after", "segment_before", "segment_after"])["customers"].astype("float64")
    rows = []
    for before, after in cells[["before", "after"]].drop_duplicates().itertuples(index=False, name=None):
        for one in segments:
            # nobody in a cell: nobody stayed
            customers, stayed = (float(keyed.get((before, after, one, to), 0.0)) for to in (ALL, one))
            found = retained_share(stayed, customers)
            rows.append((before, after, one, customers, stayed, *found))
    return pd.DataFrame(rows, columns=[name for name in RETAINED if name not in {"segmentation", "months"}])


def _forecast(
    counts: pd.DataFrame,
    segments: Sequence[str],
    minimum_group: int,
    groups: frozenset[tuple[datetime.date, str]],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the sizes to expect, no rows where they are not to be shown, and the check as a row."""
    if counts.empty:
        tested = Backtest(0, np.nan, np.nan)
        return pd.DataFrame(columns=list(FORECAST)), _check(0, tested)
    flows = monthly_flows(counts, segments)
    tested = backtest(flows)
    check = _check(min(len(flows.moved), MONTHS_USED), tested)
    if not tested.is_better:
        return pd.DataFrame(columns=list(FORECAST)), check
    latest = flows.months[-1]
    found = expected_sizes(flows, AHEAD)
    days = {ahead: months_before(latest, -ahead) for ahead in range(AHEAD + 1)}
    found["snapshot"] = found["months_ahead"].map(days)
    now = found[found["months_ahead"] == 0]
    is_hidden = dict(zip(segments, [(latest, one) in groups for one in segments], strict=True))
    frame = now[["segment", "customers"]].assign(snapshot=0, filter_1="", filter_2="")
    total = pd.DataFrame(
        {"segment": [ALL], "customers": [now["customers"].sum()], "snapshot": 0, "filter_1": "", "filter_2": ""}
    )
    keyed = pd.concat([frame, total], ignore_index=True)
    already = np.array([is_hidden.get(one, False) for one in keyed["segment"]], dtype=bool)
    hidden = set(keyed.loc[small_cells(keyed, minimum_group, already), "segment"])
    found["suppressed"] = found["segment"].isin(hidden)
    numbers = [name for name, kind in FORECAST.items() if kind == _NUMBER]
    found.loc[found["suppressed"], numbers] = None
    return found, check


def _check(flows: int, tested: Backtest) -> pd.DataFrame:
    reason = ""
    if not tested.months:
        reason = (
            "Too short a history: a forecast takes twelve month-to-month flows, six to learn from and six to check."
        )
    elif not tested.is_better:
        reason = "Flows predicted the last months no better than saying that nothing changes."
    row = {
        "flows": flows, "months_tested": tested.months, "error": tested.error,
        "error_unchanged": tested.error_unchanged, "is_shown": tested.is_better, "reason": reason,
    }  # fmt: skip
    return pd.DataFrame([row])
