"""What a build keeps of the monitor: verdicts with their reasons, drift by feature, and the months they rest on."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from segmodel.clustering import ModelVersion
from segmodel.definition import Definition
from segmodel.drift.behaviour import YEAR
from segmodel.drift.monitor import Monitor, Watched
from segmodel.drift.observed import follow_customers
from segmodel.drift.outside import outside_associations
from segmodel.engines import Engine
from segmodel.features import Feature, months_before
from segmodel.store import rounded, store_table
from segmodel.suppression import small_cells


def store_drift(
    engine: Engine, models: Sequence[ModelVersion], features: dict[str, Feature], definition: Definition
) -> tuple[Watched, ...]:
    """Watch every segmentation, and create the tables of drift of a build.

    `drift_summary` (a row a segmentation), `drift_verdicts` (a segment), `drift_reasons` (a reason), `drift_features`
    (a snapshot, segment and feature), `drift_months` (a month, segment and measure) and `drift_outside` (a segment,
    measure and indicator). Small groups are hidden, and those that would give one away.

    Parameters
    ----------
    engine : Engine
        Holds `transactions`, `assignments`, `customer_features` and `snapshots`.
    models : sequence of ModelVersion
        The champions, with people's names.
    features : dict of str to Feature
        What `customer_features` holds.
    definition : Definition
    """
    follow_customers(engine)
    monitor = Monitor(features, definition.currency, definition.owner.review_every_months, definition.minimum_group)
    watched = tuple(monitor.watch(engine, model) for model in models)
    store_table(engine, "drift_summary", pd.DataFrame([_summary(each) for each in watched]))
    verdicts = [row for each in watched for row in _verdicts(each)]
    store_table(engine, "drift_verdicts", _typed(pd.DataFrame(verdicts), {"since": "datetime64[s]"}))
    reasons = [row for each in watched for row in _reasons(each)]
    store_table(engine, "drift_reasons", _typed(pd.DataFrame(reasons, columns=_REASON), _REASON_TYPES))
    least = definition.minimum_group
    drift = [_hidden_features(each.features, least).assign(segmentation=each.segmentation) for each in watched]
    store_table(
        engine, "drift_features", _typed(pd.concat(drift, ignore_index=True).reindex(columns=_FEATURE), _FEATURE_TYPES)
    )
    months = [
        _hidden_months(each.months, each.reference, least).assign(segmentation=each.segmentation) for each in watched
    ]
    store_table(
        engine, "drift_months", _typed(pd.concat(months, ignore_index=True).reindex(columns=_MONTH), _MONTH_TYPES)
    )
    _store_outside(engine, watched)
    return watched


def _store_outside(engine: Engine, watched: Sequence[Watched]) -> None:
    """Create table `drift_outside`: what can be told of every segment and indicator of the table `context`."""
    parts = []
    for each in watched:
        names = {segment.segment: segment.name for segment in each.segments}
        parts.append(outside_associations(engine, each.months, names).assign(segmentation=each.segmentation))
    found = pd.concat(parts, ignore_index=True).reindex(columns=_OUTSIDE)
    store_table(engine, "drift_outside", _typed(found, _OUTSIDE_TYPES))


_OUTSIDE = [
    "segmentation", "segment", "measure", "indicator", "lag", "months", "correlation", "low", "high", "p_value",
    "finding", "text",
]  # fmt: skip
_OUTSIDE_TYPES = {
    **dict.fromkeys(_OUTSIDE, "float64"),
    **dict.fromkeys(["segmentation", "segment", "measure", "indicator", "finding", "text"], "str"),
}
_REASON = ["segmentation", "segment", "place", "kind", "verdict", "text", "change", "since", "feature", "headline"]
_REASON_TYPES = {
    **dict.fromkeys(["segmentation", "segment", "kind", "verdict", "text", "feature", "headline"], "str"),
    "place": "int64", "change": "float64", "since": "datetime64[s]",
}  # fmt: skip
_FEATURE = [
    "segmentation", "snapshot", "segment", "feature", "is_used", "n_reference", "n_current", "missing_reference",
    "missing_current", "bins", "psi", "noise_line", "p_value", "q_value", "js", "ks", "wasserstein", "mean_reference",
    "mean_current", "drifted",
]  # fmt: skip
_FEATURE_TYPES = {
    **dict.fromkeys(_FEATURE, "float64"),
    **dict.fromkeys(["segmentation", "segment", "feature"], "str"),
    **dict.fromkeys(["is_used", "drifted"], "bool"),
    "snapshot": "datetime64[s]",
}
_MONTH = ["segmentation", "measure", "segment", "snapshot", "level", "expected", "deviation", "noise", "is_seasonal"]
_MONTH_TYPES = {
    **dict.fromkeys(_MONTH, "float64"),
    **dict.fromkeys(["segmentation", "measure", "segment"], "str"),
    "snapshot": "datetime64[s]",
    "is_seasonal": "bool",
}
_COMPARED = ["expected", "deviation", "noise"]
_TOLD = ["n_reference", "n_current", "missing_reference", "missing_current", "mean_reference", "mean_current"]
_MEASURED = ["psi", "noise_line", "p_value", "q_value", "js", "ks", "wasserstein"]


def _typed(frame: pd.DataFrame, types: dict[str, str]) -> pd.DataFrame:
    """Return a frame whose columns have these types, with or without rows."""
    filled = frame.assign(**{name: frame[name].fillna(False) for name, kind in types.items() if kind == "bool"})
    typed = filled.astype(types)
    return typed.assign(**{name: rounded(typed[name]) for name, kind in types.items() if kind == "float64"})


def _summary(watched: Watched) -> dict[str, object]:
    row = {
        name: getattr(watched, name)
        for name in ("segmentation", "version", "verdict", "sentence", "mix_psi", "mix_noise")
    }
    dates = {name: pd.Timestamp(getattr(watched, name)) for name in ("reference", "as_of", "review_due")}
    return row | dates | {f"refit_{name}": value for name, value in asdict(watched.refit).items()}


def _verdicts(watched: Watched) -> list[dict[str, object]]:
    return [
        {
            "segmentation": watched.segmentation,
            "segment": each.segment,
            "verdict": each.verdict,
            "since": None if each.since is None else pd.Timestamp(each.since),
            "note": each.note,
        }
        for each in watched.segments
    ]


def _reasons(watched: Watched) -> list[dict[str, object]]:
    return [
        {"segmentation": watched.segmentation, "segment": each.segment, "place": place, **asdict(reason)}
        for each in watched.segments
        for place, reason in enumerate(each.reasons)
    ]


def _hidden_features(features: pd.DataFrame, minimum_group: int) -> pd.DataFrame:
    """Return drift without what would tell how many customers a small group had, or what they did."""
    if features.empty:
        return features
    frame = features.copy()
    hidden = np.zeros(len(frame), dtype=bool)
    for at in ("reference", "current"):
        people = frame[f"n_{at}"] + frame[f"missing_{at}"]
        cells = frame.assign(customers=people, snapshot=frame["snapshot"].astype(str) + frame["feature"])
        cells = cells[["snapshot", "segment", "customers"]].assign(filter_1="", filter_2="")
        hidden |= small_cells(cells, minimum_group)
        telling = np.zeros(len(frame), dtype=bool)
        for count in (frame[f"n_{at}"], frame[f"missing_{at}"]):
            there = (count > 0).to_numpy()  # nobody is no small group
            # a few in one segment would follow from the other segments and all customers
            telling[there] |= small_cells(cells.assign(customers=count)[there], minimum_group)
        frame.loc[telling, [name for name in _TOLD if name.endswith(at)]] = np.nan
    frame[_TOLD] = frame[_TOLD].astype("float64")
    frame.loc[hidden, _TOLD + _MEASURED] = np.nan
    frame.loc[hidden, "drifted"] = False
    return frame


def _hidden_months(months: pd.DataFrame, reference: datetime.date, minimum_group: int) -> pd.DataFrame:
    """Return months without those of small groups, and without what would be expected from a hidden one."""
    if months.empty:
        return months
    frame = months.assign(calendar_month=months["snapshot"].dt.month)
    is_few = (frame["members"] < minimum_group).to_numpy()
    frame.loc[is_few, ["level", *_COMPARED]] = np.nan
    start, end = pd.Timestamp(months_before(reference, YEAR)), pd.Timestamp(reference)
    base = frame[is_few & (frame["snapshot"] > start).to_numpy() & (frame["snapshot"] <= end).to_numpy()]
    keys = ["segment", "measure", "calendar_month"]
    same_month = pd.MultiIndex.from_frame(frame[keys]).isin(pd.MultiIndex.from_frame(base[keys]))
    # the average of some months is expected of all: with one of them hidden it would follow from the others
    any_month = ~frame["is_seasonal"].to_numpy(bool) & frame["segment"].isin(base["segment"]).to_numpy()
    frame.loc[same_month | any_month, _COMPARED] = np.nan
    return frame.drop(columns="calendar_month")
