"""Who moved between segments from one date to another: flows, what stayed, what it was worth.

All snapshots of a build are scored by one version, so what moves here is people, never the rules; what new rules did
is told apart in `migration_rules`.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd

from segmodel.drift.migration_cells import (
    ALL,
    AMOUNTS,
    CELL,
    LOST,
    NEW,
    OUTSIDE,
    count_flows,
    hidden_groups,
    small_flows,
)
from segmodel.drift.migration_cells import with_totals as _with_totals
from segmodel.errors import StoreError
from segmodel.intervals import wilson
from segmodel.store import PublishedBuild
from segmodel.suppression import small_parts

__all__ = ["ALL", "LOST", "NEW", "OUTSIDE", "Flows", "flows_between", "hide", "movers"]


@dataclass(frozen=True)
class Flows:
    """Who went where between two snapshots of a segmentation.

    Attributes
    ----------
    segmentation : str
    before, after : datetime.date
        The snapshots.
    cells : DataFrame
        One row a cell and total: segment_before (a segment, `NEW` or `ALL`), segment_after (a segment, `LOST` or
        `ALL`), customers, value_before, value_after, share (of the segment before, 0 to 1) and suppressed, where all
        numbers are missing. Cells nobody is in are left out.
    segments : DataFrame
        One row a segment in its fixed order: segment, name, colour, customers_before, customers_after, net_customers,
        stayed, left, arrived, retained_share with `_low` and `_high` (Wilson 1927, 95%), value_before, value_after,
        net_value, value_left (of those who left, before), value_arrived (of those who came, after), next_segment,
        next_customers and next_share (where those who left mostly went), active_before (who had ordered in the
        window), went_quiet (who of them had not, a window later) and quiet_share. Missing where hidden or not known.
    totals : dict
        customers_before, customers_after, new, lost, stayed, moved (in another segment than before), value_moved
        (theirs before), value_moved_after; None where hidden. With the lost hidden, who moved is too: the lost are what
        is left of the earlier date without those who stayed or moved.
    is_comparable : bool
        Whether the data fill the windows of both snapshots: else flows tell of the data, not of customers.
    """

    segmentation: str
    before: datetime.date
    after: datetime.date
    cells: pd.DataFrame
    segments: pd.DataFrame
    totals: dict[str, float | None]
    is_comparable: bool


def flows_between(published: PublishedBuild, segmentation: str, before: datetime.date, after: datetime.date) -> Flows:
    """Return who went where between two snapshots of a published build, small groups hidden.

    Parameters
    ----------
    published : PublishedBuild
    segmentation : str
    before, after : date
        Snapshots of the build, `before` the earlier.

    Raises
    ------
    StoreError
        When the segmentation or a snapshot is not in the build, or the dates are not in order.
    """
    segments = published.segments(segmentation)
    _check_dates(published, before, after)
    counts = count_flows(published.engine, segmentation, [(before, after)])
    minimum = int(published.info()["minimum_group"])
    cells = hide(counts, minimum, hidden_groups(published.engine, segmentation))
    totals, summary = _totals(counts, cells, minimum), _summary(counts, cells, segments, minimum)
    full = published.snapshot_details().set_index("snapshot")["is_window_complete"]
    is_comparable = all(bool(full[pd.Timestamp(day)]) for day in (before, after))
    kept = cells[[*CELL, *AMOUNTS, "share", "suppressed"]]
    return Flows(segmentation, before, after, kept, summary, totals, is_comparable)


def hide(counts: pd.DataFrame, minimum_group: int, groups: frozenset[tuple[datetime.date, str]]) -> pd.DataFrame:
    """Return counted flows with totals and shares; small cells, and those that tell them, without numbers."""
    cells = _with_totals(counts)
    cells["suppressed"] = small_flows(cells, minimum_group, groups)
    rows = cells[cells["segment_after"] == ALL].set_index(["before", "after", "segment_before"])
    keys = pd.MultiIndex.from_frame(cells[["before", "after", "segment_before"]])
    whole = rows["customers"].where(~rows["suppressed"]).reindex(keys).to_numpy(dtype=float)
    cells["share"] = cells["customers"].to_numpy(dtype=float) / whole
    cells["customers"] = cells["customers"].astype("Int64")
    cells.loc[cells["suppressed"], [*AMOUNTS, "share"]] = None
    return cells


def movers(published: PublishedBuild, segmentation: str, before: datetime.date, after: datetime.date) -> pd.DataFrame:
    """Return the customers who changed segment, came or went: a list for those who may have it.

    Returns
    -------
    DataFrame
        customer_id, segment_before and segment_after (names; `New` and `Lost` where there is none), value_before and
        value; the most valuable first.

    Raises
    ------
    StoreError
        As `flows_between`.
    """
    names = dict(published.segments(segmentation)[["segment", "name"]].itertuples(index=False, name=None))
    _check_dates(published, before, after)
    found = published.engine.frame(_MOVERS, {"segmentation": segmentation, "before": before, "after": after})
    for column, nobody in (("segment_before", OUTSIDE[NEW]), ("segment_after", OUTSIDE[LOST])):
        found[column] = found[column].map(names).fillna(nobody)
    return found


_MOVERS = """
SELECT customer_id, earlier.segment AS segment_before, later.segment AS segment_after,
    earlier.value::DOUBLE AS value_before, later.value::DOUBLE AS value
FROM (
    SELECT customer_id, segment, value FROM assignments
    WHERE segmentation = $segmentation AND snapshot = $before AND is_counted
) AS earlier
FULL JOIN (
    SELECT customer_id, segment, value FROM assignments
    WHERE segmentation = $segmentation AND snapshot = $after AND is_counted
) AS later USING (customer_id)
WHERE earlier.segment IS DISTINCT FROM later.segment
ORDER BY coalesce(later.value, earlier.value) DESC, customer_id
"""


def _check_dates(published: PublishedBuild, before: datetime.date, after: datetime.date) -> None:
    known = published.snapshots()
    for day in (before, after):
        if day not in known:
            nearest = min(known, key=lambda one: abs((one - day).days))
            raise StoreError(
                f"There is no snapshot of {day} in this build; the nearest is {nearest}. It has {len(known)}, "
                f"from {known[0]} to {known[-1]}."
            )
    if before >= after:
        raise StoreError(f"Flows go from an earlier snapshot to a later one; found {before} and {after}.")


def _totals(counts: pd.DataFrame, cells: pd.DataFrame, minimum: int) -> dict[str, float | None]:
    shown = _shown(cells)
    is_new, is_lost = counts["segment_before"] == NEW, counts["segment_after"] == LOST
    is_same = counts["segment_before"] == counts["segment_after"]
    sums = {name: counts[~is_new & ~is_lost & ~is_same][name].sum() for name in AMOUNTS}
    stayed = counts.loc[is_same, "customers"].sum()
    is_told = all(count == 0 or count >= minimum for count in (sums["customers"], stayed))
    new, lost = _known(shown, NEW, ALL, "customers"), _known(shown, ALL, LOST, "customers")
    is_moved_told = is_told and lost is not None
    before = counts.loc[~is_new, "customers"].sum()
    after = counts.loc[~is_lost, "customers"].sum()
    return {
        "customers_before": float(before) if before >= minimum else None,
        "customers_after": float(after) if after >= minimum else None,
        "new": new,
        "lost": lost,
        "stayed": float(stayed) if is_told else None,
        "moved": float(sums["customers"]) if is_moved_told else None,
        "value_moved": float(sums["value_before"]) if is_moved_told else None,
        "value_moved_after": float(sums["value_after"]) if is_moved_told else None,
    }


def _summary(counts: pd.DataFrame, cells: pd.DataFrame, segments: pd.DataFrame, minimum: int) -> pd.DataFrame:
    shown = _shown(cells)
    quiet = _quiet(counts, cells, minimum)
    rows = []
    for one in segments["segment"]:
        row = {
            "customers_before": _number(shown, one, ALL, "customers"),
            "customers_after": _number(shown, ALL, one, "customers"),
            "value_before": _number(shown, one, ALL, "value_before"),
            "value_after": _number(shown, ALL, one, "value_after"),
        }
        row["stayed"] = _number(shown, one, one, "customers")
        row["left"], row["arrived"] = (row[f"customers_{when}"] - row["stayed"] for when in ("before", "after"))
        row["value_left"] = row["value_before"] - _number(shown, one, one, "value_before")
        row["value_arrived"] = row["value_after"] - _number(shown, one, one, "value_after")
        row |= {f"net_{name}": row[f"{name}_after"] - row[f"{name}_before"] for name in ("customers", "value")}
        rows.append({"segment": one, **row, **_next_move(counts, shown, one), **quiet.get(one, _NOT_TOLD)})
    found = pd.DataFrame(rows).set_index("segment")
    # unknown where nobody was there, or where either is hidden
    stayed = wilson(found["stayed"].to_numpy(float), found["customers_before"].to_numpy(float))
    found = found.assign(retained_share=stayed.value, retained_share_low=stayed.low, retained_share_high=stayed.high)
    return segments[["segment", "name", "colour"]].join(found, on="segment")


_NOT_TOLD = {"active_before": np.nan, "went_quiet": np.nan, "quiet_share": np.nan}


def _next_move(counts: pd.DataFrame, shown: pd.DataFrame, segment: str) -> dict[str, object]:
    """Return where most of those who left went; nothing where that is hidden or two are alike."""
    others = counts[(counts["segment_before"] == segment) & (counts["segment_after"] != segment)]
    most = others[others["customers"] == others["customers"].max()]
    to = str(most["segment_after"].iloc[0]) if len(most) == 1 else ""
    customers = _number(shown, segment, to, "customers") if to else np.nan
    if np.isnan(customers):
        return {"next_segment": "", "next_customers": np.nan, "next_share": np.nan}
    return {
        "next_segment": to, "next_customers": customers, "next_share": _number(shown, segment, to, "share")
    }  # fmt: skip


def _quiet(counts: pd.DataFrame, cells: pd.DataFrame, minimum: int) -> dict[str, dict[str, float]]:
    """Return by segment who had ordered in the window before, and who of them had not in the one after."""
    there = counts[counts["segment_before"] != NEW]
    sums = there.groupby("segment_before", as_index=False)[["customers", "active", "quiet"]].sum()
    whole = sums[["customers", "active", "quiet"]].sum().to_frame().T.assign(segment_before=ALL)
    frame = pd.concat([sums, whole], ignore_index=True).rename(columns={"segment_before": "segment"})
    frame = frame.assign(snapshot=0, filter_1="", filter_2="")
    totals = cells[cells["segment_after"] == ALL].set_index("segment_before")["suppressed"]
    frame["suppressed"] = [one != ALL and bool(totals[one]) for one in frame["segment"]]
    frame["suppressed"] = small_parts(frame, "active", minimum)
    frame["suppressed"] = small_parts(frame.assign(customers=frame["active"]), "quiet", minimum)
    told = frame[~frame["suppressed"] & frame["active"].gt(0)]
    shares = told["quiet"] / told["active"]
    return {
        str(one): {"active_before": float(active), "went_quiet": float(quiet), "quiet_share": float(share)}
        for one, active, quiet, share in zip(told["segment"], told["active"], told["quiet"], shares, strict=True)
    }


def _shown(cells: pd.DataFrame) -> pd.DataFrame:
    return cells.set_index(CELL)


def _number(shown: pd.DataFrame, start: str, to: str, name: str) -> float:
    """Return a number of a cell: none where nobody is in it, missing where it is hidden."""
    if (start, to) not in shown.index:
        return 0.0
    found = shown[name].astype("float64")
    return float(found.loc[(start, to)])


def _known(shown: pd.DataFrame, start: str, to: str, name: str) -> float | None:
    value = _number(shown, start, to, name)
    return None if np.isnan(value) else value
