"""Migration over time: who stayed from date to date, and the sizes to expect under current flows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app import queries
from app.parts import migration_tables
from app.parts.chart_card import chart_card
from app.parts.finding import section_title
from app.parts.text import plain
from app.selection import Context
from segmodel import charts, formats
from segmodel.metrics import facts
from segmodel.metrics import migration_findings as findings


def retained(context: Context, series: pd.DataFrame, look: charts.Look) -> None:
    """Show the share each segment kept, over the fewest months for which it can be shown."""
    months = findings.readable_step(series)
    finding = findings.retained_finding(series, months)
    section_title(finding)
    if not months:
        st.caption(plain("No two month ends are there whose windows the data fill, or too few customers moved."))
        return
    segments = queries.segments(context.key, context.selection.segmentation)
    rows = findings.retained_rows(series, segments, months)
    caption = f"Share of customers still in the segment {findings.later(months)}; bands are 95% intervals"
    figure = charts.history(rows, look, caption, from_zero=False)
    chart_card("Who stayed", figure, finding, lambda: migration_tables.over_time(rows, "amount"))
    left_out = [str(row.name) for row in segments.itertuples(index=False) if row.segment not in set(rows["segment"])]
    if left_out:
        st.caption(plain(f"Hidden at most dates, as too few moved: {formats.listed(left_out)}."))


def forecast(context: Context, expected: pd.DataFrame, check: Mapping[str, Any], look: charts.Look) -> None:
    """Show the sizes to expect, with how such a forecast would have done; only the latter where it is no better."""
    segments = queries.segments(context.key, context.selection.segmentation)
    names = dict(zip(segments["segment"], segments["name"], strict=True))
    finding = findings.forecast_finding(expected, check, names)
    section_title(finding)
    if not expected.empty:
        metrics = queries.segment_metrics(context.key, context.selection.segmentation, ())
        past = facts.over_time(metrics, segments, "customer_share", among=queries.comparable_snapshots(context.key))
        rows, now = findings.expected_rows(past, expected, segments)
        caption = (
            "Share of customers; after the line expected if flows of the last twelve months go on, with 95% intervals"
        )
        figure = charts.history(rows, look, caption, expected_after=now)
        chart_card("Sizes to expect", figure, finding, lambda: migration_tables.expected(rows))
    st.caption(plain(findings.check_sentence(check)))
