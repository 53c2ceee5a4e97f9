"""Drift of a whole segmentation: every segment beside the others, and whether it would be found again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app import queries
from app.parts.chart_card import chart_card
from app.parts.finding import section_title
from app.parts.text import plain
from app.selection import Context
from segmodel import charts, formats
from segmodel.metrics import drift_findings

_EXPORTED = [
    "segment", "name", "feature", "psi", "noise_line", "q_value", "drifted", "js", "ks", "wasserstein",
    "mean_reference", "mean_current", "n_reference", "n_current",
]  # fmt: skip


def segments_card(context: Context, look: charts.Look, verdicts: pd.DataFrame, features: pd.DataFrame) -> None:
    """Show the verdict on every segment and how far the features it was found by have moved."""
    known = queries.features(context.key)
    latest = features[(features["snapshot"] == features["snapshot"].max()) & features["is_used"]]
    latest = latest.assign(label=[known[name].label for name in latest["feature"]])
    rows = verdicts.assign(
        text=[drift_findings.verdict_text(row.verdict, row.since) for row in verdicts.itertuples()],
        is_called=verdicts["verdict"].isin(["unfit", "watch"]),
    )
    finding = drift_findings.features_finding(verdicts, latest)
    section_title(finding)
    figure = charts.segment_drift(rows, latest[latest["segment"] != ""], look)
    chart_card("Drift by segment", figure, finding, lambda: _table(rows, latest))
    st.caption(
        "PSI is the population stability index; each feature's is drawn against its own noise line, which 99 of 100 "
        "comparisons without any change stay under. A feature is called drifted past it, with all features tested "
        "together, and by a size that matters. "
        "Snapshots share customers, so noise reaches less far than drawn."
    )


def whole_card(summary: Mapping[str, Any], features: pd.DataFrame) -> None:
    """Show whether the segmentation would be found again today, whether shares moved, and drift of all customers."""
    section_title(drift_findings.whole_title(summary))
    st.markdown(plain(drift_findings.whole_text(summary, features)))


def export(features: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return drift at the latest snapshot as numbers, with the names of the segments."""
    if features.empty:
        return verdicts[["segment", "name", "verdict", "since", "note"]]
    latest = features[features["snapshot"] == features["snapshot"].max()]
    named = latest.merge(verdicts[["segment", "name"]], on="segment", how="left")
    return named.assign(name=named["name"].fillna("All customers"))[_EXPORTED]


def _table(rows: pd.DataFrame, latest: pd.DataFrame) -> pd.DataFrame:
    named = latest.merge(rows[["segment", "name", "text"]], on="segment")
    return pd.DataFrame(
        {
            "Segment": named["name"],
            "Verdict": named["text"],
            "Feature": named["label"],
            "PSI": named["psi"].map(lambda value: formats.number(value, 3)),
            "Noise reaches": named["noise_line"].map(lambda value: formats.number(value, 3)),
            "Shift in standard deviations": named["wasserstein"].map(lambda value: formats.number(value, 2)),
            "Drifted": named["drifted"].map({True: "yes", False: "no"}),
        }
    )
