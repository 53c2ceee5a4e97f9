"""The small tables a build keeps of migration: month by month, who stayed, and the sizes to expect."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from segmodel.drift.migration import hide
from segmodel.drift.migration_cells import ALL, Pair, hidden_groups
from segmodel.drift.migration_forecast import MONTHS_USED, Backtest, backtest, expected_sizes, monthly_flows
from segmodel.drift.migration_kept import count_new_flows
from segmodel.engines import Engine
from segmodel.features import Snapshot, months_before
from segmodel.intervals import wilson
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
    steps = {pair: step for step in STEPS for pair in _pairs(snapshots, step)}
    counts = count_new_flows(engine, segmentation, list(steps))
    cells = hide(counts, minimum_group, groups)
    counts["months"], cells["months"] = (_months(frame, steps) for frame in (counts, cells))
    append_table(engine, "migration_flows", FLOWS, segmentation, cells[cells["months"] == 1])
    retained = _retained(cells, segments)
    append_table(engine, "migration_retained", RETAINED, segmentation, retained.assign(months=_months(retained, steps)))
    forecast, check = _forecast(counts[counts["months"] == 1], segments, minimum_group, groups)
    append_table(engine, "migration_forecast", FORECAST, segmentation, forecast)
    append_table(engine, "migration_check", CHECK, segmentation, check)


def _pairs(snapshots: Sequence[Snapshot], months: int) -> list[Pair]:
    """Return the month ends so many months apart whose windows are full."""
    days = {one.day for one in snapshots if one.is_month_end and one.is_window_complete}
    return [(months_before(day, months), day) for day in sorted(days) if months_before(day, months) in days]


def _months(frame: pd.DataFrame, steps: Mapping[Pair, int]) -> list[int]:
    """Return of each row how many months lie between its dates."""
    return [steps[pair] for pair in zip(frame["before"], frame["after"], strict=True)]


def _retained(cells: pd.DataFrame, segments: Sequence[str]) -> pd.DataFrame:
    """Return who stayed, a row a pair and segment; what its cells hide is missing."""
    keyed = cells.set_index(["before", "after", "segment_before", "segment_after"])["customers"].astype("float64")
    pairs = cells[["before", "after"]].drop_duplicates()
    found = pairs.merge(pd.DataFrame({"segment": list(segments)}), how="cross")
    for name, to in (("customers", ALL), ("stayed", found["segment"])):
        cell = pd.MultiIndex.from_frame(found[["before", "after", "segment"]].assign(to=to))
        # nobody in a cell: nobody stayed
        found[name] = keyed.reindex(cell, fill_value=0.0).to_numpy()
    share = wilson(found["stayed"].to_numpy(), found["customers"].to_numpy())
    return found.assign(retained_share=share.value, retained_share_low=share.low, retained_share_high=share.high)


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
