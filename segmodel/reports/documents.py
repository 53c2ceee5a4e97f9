"""Documents people script against: their keys are a contract, described in docs/command-line.md."""

from __future__ import annotations

from typing import Any

import pandas as pd

from segmodel.metrics import METRICS, metrics_in
from segmodel.store import PublishedBuild


def metrics_document(published: PublishedBuild, segmentation: str | None = None) -> dict[str, Any]:
    """Return every segment metric at the latest snapshot, ready for JSON.

    Parameters
    ----------
    published : PublishedBuild
    segmentation : str, optional
        Only this one; default: all.

    Returns
    -------
    dict
        `build`, `as_of`, `currency`, `value_basis` (what value is), `window_months` (a number, or "all"),
        `segmentations`: by name `version`, `label`, `basis`, `customers` (all scored)
        and `segments`: a list of `id`, `name` and one key a metric; null where a metric is not defined, hidden,
        or younger than the build.

    Raises
    ------
    StoreError
        When there is no such segmentation.
    """
    info = published.info()
    listed = published.segmentations().set_index("name")
    names = list(listed.index) if segmentation is None else [segmentation]
    return {
        "build": published.build_id,
        "as_of": str(info["as_of"]),
        "currency": info["currency"],
        "value_basis": info["value_basis"],
        "window_months": _months(str(info["window_months"])),
        "segmentations": {name: _segmentation(published, name, listed) for name in names},
    }


def _segmentation(published: PublishedBuild, name: str, listed: pd.DataFrame) -> dict[str, Any]:
    metrics = published.segment_metrics(name)
    latest = metrics[metrics["snapshot"] == metrics["snapshot"].max()].set_index("segment")
    known = METRICS | metrics_in(published.metrics())
    shown = [name for name, metric in known.items() if metric.is_shown or metric.of]
    latest = latest.reindex(columns=[*latest.columns, *(key for key in shown if key not in latest.columns)])
    return {
        "version": listed.loc[name, "version"],
        "label": listed.loc[name, "label"],
        "basis": listed.loc[name, "basis"],
        "customers": _plain(latest["customers"].get("")),
        "segments": [
            {"id": segment.segment, "name": segment.name}
            | {key: _plain(latest[key].get(segment.segment)) for key in shown}
            for segment in published.segments(name).itertuples(index=False)
        ],
    }


def _months(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def _plain(value: Any) -> float | int | None:
    """Return a number JSON knows; a whole number where it is one."""
    if value is None or pd.isna(value):
        return None
    number = float(value)
    return int(number) if number.is_integer() else number
