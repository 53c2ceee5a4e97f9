"""Drift: whether each segment is still what was found, which of its features moved, and since when."""

from __future__ import annotations

import streamlit as st

from app import queries, selection
from app.parts import drift_overview, drift_segment
from app.parts.chart_card import latest_look
from app.parts.download_bar import download_bar
from app.parts.finding import page_title, section_title
from app.parts.next_steps import next_steps
from app.parts.segment_picker import segment_picker
from app.parts.segmentation_picker import segmentation_picker
from app.parts.text import plain
from segmodel.metrics import drift_findings, facts

PAGE = {"group": "Keep alive", "title": "Drift", "icon": "monitor_heart", "order": 1}

context = selection.of_latest(selection.context())
chosen = context.selection
summary, verdicts, reasons = queries.drift(context.key, chosen.segmentation)
features, months, outside = queries.drift_details(context.key, chosen.segmentation)
metrics = queries.segment_metrics(context.key, chosen.segmentation, ())
customers = facts.customers_shown(metrics, chosen.snapshot)
look = latest_look(context)

page_title(context, drift_findings.drift_title(verdicts, reasons, summary), customers)
segmentation_picker(context)
st.markdown(plain(str(summary["sentence"])))
if not features.empty:
    drift_overview.segments_card(context, look, verdicts, features)
    st.divider()
    segment = segment_picker(verdicts, default=drift_findings.worst_segment(verdicts))
    drift_segment.evidence(verdicts, reasons, segment)
    with st.grid(2, min_column_width=480, gap="medium"):
        with st.container():
            drift_segment.months_card(context, look, verdicts, months, reasons, segment)
        with st.container():
            drift_segment.features_card(context, look, verdicts, features, segment)
    drift_segment.traits_card(context, features, segment)
    drift_segment.outside_card(outside, segment)
    st.divider()
    drift_overview.whole_card(summary, features)
section_title("What to do next")
next_steps(context, drift_findings.drift_steps(verdicts, reasons, summary, chosen.snapshot))
download_bar(context, "Drift", drift_overview.export(features, verdicts), customers)
