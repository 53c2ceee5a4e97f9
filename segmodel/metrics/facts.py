"""Segment metrics as pages and findings need them: at one snapshot, or over time, with names and colours."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection

import pandas as pd

ALL_CUSTOMERS = ""
"""The segment id of the row that counts all customers."""

_LABELS = ["segment", "name", "description", "position", "colour"]


def at_snapshot(metrics: pd.DataFrame, segments: pd.DataFrame, snapshot: dt.date) -> pd.DataFrame:
    """Return one row a segment with its metrics at `snapshot`, in the order of the segmentation.

    Parameters
    ----------
    metrics : DataFrame
        Rows of `segment_metrics` of one segmentation.
    segments : DataFrame
        `segment`, `name`, `description`, `position`, `colour`. Segments without customers at `snapshot`
        are kept, with unknown metrics.
    snapshot : date
        The snapshot.
    """
    rows = _numeric(metrics[_dates(metrics) == snapshot]).drop(columns="snapshot").set_index("segment")
    labelled = segments[_LABELS].sort_values("position", ignore_index=True)
    found = rows.reindex(labelled["segment"]).reset_index(drop=True)
    return pd.concat([labelled, found], axis=1)


def all_customers(metrics: pd.DataFrame, snapshot: dt.date) -> dict[str, float]:
    """Return the metrics of all customers at `snapshot`; empty when there is no such snapshot."""
    rows = metrics[(_dates(metrics) == snapshot) & (metrics["segment"] == ALL_CUSTOMERS)]
    if rows.empty:
        return {}
    row = _numeric(rows).iloc[0]
    return {str(name): float(value) for name, value in row.items() if name not in {"snapshot", "segment"}}


def customers_shown(metrics: pd.DataFrame, snapshot: dt.date) -> float | None:
    """Return how many customers there are at `snapshot`, or None where that is hidden."""
    count = all_customers(metrics, snapshot).get("customers", math.nan)
    return None if math.isnan(count) else count


def all_customers_over_time(metrics: pd.DataFrame, measure: str) -> pd.Series:
    """Return one metric of all customers by snapshot, oldest first."""
    rows = _numeric(metrics[metrics["segment"] == ALL_CUSTOMERS])
    return pd.Series(rows[measure].to_numpy(), index=_dates(rows).to_numpy(), name=measure).sort_index()


def over_time(
    metrics: pd.DataFrame,
    segments: pd.DataFrame,
    measure: str,
    until: dt.date | None = None,
    among: Collection[dt.date] | None = None,
) -> pd.DataFrame:
    """Return one row a segment and snapshot, as `charts.history` draws it: up to `until`, `among` some dates.

    Columns are `segment`, `name`, `colour`, `snapshot`, `amount`; and `low`, `high` when the catalogue has
    an interval for the measure.
    """
    rows = _numeric(metrics[metrics["segment"] != ALL_CUSTOMERS])
    columns = {measure: "amount", f"{measure}_low": "low", f"{measure}_high": "high"}
    found = {name: target for name, target in columns.items() if name in rows.columns}
    chosen = rows[["segment", *found]].rename(columns=found).assign(snapshot=_dates(rows))
    if until is not None:
        chosen = chosen[chosen["snapshot"] <= until]
    if among is not None:
        chosen = chosen[chosen["snapshot"].isin(among)]
    return (
        segments[["segment", "name", "colour", "position"]]
        .merge(chosen, on="segment")
        .sort_values(["position", "snapshot"], ignore_index=True)
        .drop(columns="position")
    )


def prepared(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return metrics with plain dates and floats, as the functions here need them: saves doing it each time."""
    return _numeric(metrics).assign(snapshot=_dates(metrics))


def _dates(metrics: pd.DataFrame) -> pd.Series:
    if metrics["snapshot"].dtype == object:
        return metrics["snapshot"]
    return pd.to_datetime(metrics["snapshot"]).dt.date


def _numeric(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return metrics as floats: DECIMAL and nullable integers arrive as objects."""
    kinds = metrics.dtypes
    names = [name for name in metrics.columns if name not in {"snapshot", "segment", "suppressed"}]
    others = [name for name in names if kinds[name] != "float64"]
    return metrics.astype(dict.fromkeys(others, "float64")) if others else metrics
