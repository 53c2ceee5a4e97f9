"""Documents people script against: their keys are a contract, described in docs/command-line.md."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
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


def lifetime_document(published: PublishedBuild) -> dict[str, Any]:
    """Return what customers are forecast to be worth, by segment, and what the forecast rests on, ready for JSON.

    Returns
    -------
    dict
        `build`, `as_of`, `currency`, `model` (`forecast_document`) and `segmentations`: by name `all` and `segments`,
        each with `customers`, `lifetime_value`, `lifetime_value_share`, `churn_risk` (each with `_low` and `_high`),
        `may_leave` and `value_at_risk`; null where hidden or not known.
    """
    info = published.info()
    return {
        "build": published.build_id,
        "as_of": str(info["as_of"]),
        "currency": info["currency"],
        "model": forecast_document(published.value_model(), published.value_holdout()),
        "segmentations": {
            name: _lifetimes(published.segment_value(name), published.segments(name))
            for name in published.segmentations()["name"]
        },
    }


def _lifetimes(values: pd.DataFrame, segments: pd.DataFrame) -> dict[str, Any]:
    known = values.set_index("segment").drop(columns=["basis", "churn_basis", "suppressed", "few_may_leave"])
    rows = {str(name): {str(key): plain_value(value) for key, value in row.items()} for name, row in known.iterrows()}
    # a segment nobody is in now has no row
    nothing: dict[str, Any] = dict.fromkeys(known.columns)
    labels = zip(segments["segment"].astype(str), segments["name"].astype(str), strict=True)
    return {
        "all": rows.get("", nothing),
        "segments": [{"id": segment, "name": label} | rows.get(segment, nothing) for segment, label in labels],
    }


def forecast_document(model: Mapping[str, Any], by_frequency: pd.DataFrame) -> dict[str, Any]:
    """Return how lifetime value was forecast and how the forecast did in the holdout, ready for JSON.

    Parameters
    ----------
    model : mapping
        The row of table `value_model`.
    by_frequency : DataFrame
        Forecast and actual purchases a frequency; empty without a holdout.
    """
    has_holdout = not pd.isna(model["holdout_from"])
    return {
        "name": "MBG/NBD and Gamma-Gamma",
        "basis": model["basis"],
        "reason": model["reason"],
        "is_collapsed": bool(model["is_collapsed"]),
        "warning": model["warning"],
        "parameters": json.loads(model["parameters"]),
        "value_is": model["word"],
        "horizon_months": int(model["horizon_months"]),
        "discount": float(model["discount"]),
        "margin": float(model["margin"]),
        "customers": int(model["customers"]),
        "bought_once": int(model["bought_once"]),
        "holdout": {
            "from": str(pd.Timestamp(model["holdout_from"]).date()),
            "until": str(pd.Timestamp(model["holdout_until"]).date()),
            "predicted": float(model["predicted"]),
            "actual": float(model["actual"]),
            "sentence": model["holdout_sentence"],
            "by_frequency": [
                {str(k): plain_value(v) for k, v in row.items()} for row in by_frequency.to_dict("records")
            ],
        }
        if has_holdout
        else None,
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
        "customers": plain_value(latest["customers"].get("")),
        "segments": [
            {"id": segment.segment, "name": segment.name}
            | {key: plain_value(latest[key].get(segment.segment)) for key in shown}
            for segment in published.segments(name).itertuples(index=False)
        ],
    }


def _months(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def plain_value(value: Any) -> float | int | None:
    """Return a number JSON knows; a whole number where it is one."""
    if value is None or pd.isna(value) or math.isinf(value):
        return None
    number = float(value)
    return int(number) if number.is_integer() else number
