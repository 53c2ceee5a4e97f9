"""What `segmodel migration --json` prints: who moved between two dates, what new rules did, and what to expect."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from segmodel.drift import ALL, OUTSIDE, Flows, flows_between
from segmodel.errors import StoreError
from segmodel.metrics import migration_findings as findings
from segmodel.store import PublishedBuild

_YEAR = 365


def migration_document(
    published: PublishedBuild,
    segmentation: str | None = None,
    before: dt.date | None = None,
    after: dt.date | None = None,
) -> dict[str, Any]:
    """Return who moved between two snapshots, ready for JSON.

    Parameters
    ----------
    published : PublishedBuild
    segmentation : str, optional
        Default: the primary one.
    before, after : date, optional
        Snapshots; default: the latest, and the one nearest to a year before it whose window the data fill.

    Raises
    ------
    StoreError
        When there is no such segmentation or snapshot, or only one snapshot.
    """
    known = published.segmentations()
    name, info = segmentation or published.primary_segmentation(), published.info()
    published.segments(name)
    after = after or published.snapshots()[-1]
    flows = flows_between(published, name, before or _a_year_before(published, after), after)
    forecast, check = published.migration_forecast(name)
    changes, step = published.rule_changes(name)
    return {
        "build": published.build_id,
        "segmentation": name,
        "version": known.set_index("name").loc[name, "version"],
        "currency": info["currency"],
        "from": str(flows.before),
        "to": str(flows.after),
        "is_comparable": flows.is_comparable,
        "finding": findings.migration_finding(flows, str(info["currency"])),
        "totals": {key: _plain(value) for key, value in flows.totals.items()},
        "segments": [{"id": row["segment"]} | _row(row, ("segment", "colour")) for row in _records(flows.segments)],
        "flows": [
            _row(row, ("suppressed",)) | {"suppressed": bool(row["suppressed"])}
            for row in _records(flows.cells)
            if ALL not in (row["segment_before"], row["segment_after"])
        ],
        "rules": _rules(changes, step),
        "forecast": {
            "check": _check(check),
            "sizes": [_row(row, ("suppressed",)) for row in _records(forecast)],
        },
    }


def flows_table(flows: Flows) -> pd.DataFrame:
    """Return every flow with names, as people take it away: a row a cell, hidden ones without numbers."""
    names = dict(zip(flows.segments["segment"], flows.segments["name"], strict=True))
    inside = flows.cells[(flows.cells["segment_before"] != ALL) & (flows.cells["segment_after"] != ALL)]
    named = inside.assign(
        segment_before=inside["segment_before"].replace(names | OUTSIDE),
        segment_after=inside["segment_after"].replace(names | OUTSIDE),
    )
    return named.assign(before=str(flows.before), after=str(flows.after))


def _a_year_before(published: PublishedBuild, after: dt.date) -> dt.date:
    details = published.snapshot_details()
    days = [day.date() for day in pd.to_datetime(details.loc[details["is_window_complete"].astype(bool), "snapshot"])]
    earlier = [day for day in days if day < after] or [day for day in published.snapshots() if day < after]
    if not earlier:
        raise StoreError(
            f"There is no snapshot before {after} to compare with. Keep history: set history_months in "
            "segmentation.toml, and build again."
        )
    return min(earlier, key=lambda day: abs((after - day).days - _YEAR))


def _rules(changes: pd.DataFrame, step: Mapping[str, Any]) -> dict[str, Any] | None:
    if not step:
        return None
    return {str(key): _plain(value) for key, value in step.items()} | {
        "flows": [
            {key: _plain(row[key]) for key in ("segment_before", "segment_after", "customers", "value")}
            for row in _records(changes)
            if "" not in (row["segment_before"], row["segment_after"])
        ]
    }


def _check(check: Mapping[str, Any]) -> dict[str, Any] | None:
    return {str(key): _plain(value) for key, value in check.items()} if check else None


def _row(row: Mapping[str, Any], without: tuple[str, ...]) -> dict[str, Any]:
    return {key: _plain(value) for key, value in row.items() if key not in without}


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _plain(value: Any) -> Any:
    """Return a value JSON knows: a date as text, a whole number where it is one, null where it is missing."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, (dt.date, pd.Timestamp)):
        return str(pd.Timestamp(value).date())
    if isinstance(value, str):
        return value
    if str(value) in {"True", "False"}:
        return bool(value)
    number = float(value)
    if math.isnan(number):
        return None
    return int(number) if number.is_integer() else round(number, 6)
