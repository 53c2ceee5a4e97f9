"""Crosswalk: existing segmentations side by side, where they contradict, and which one leads for what."""

from __future__ import annotations

import streamlit as st

from app import queries, selection
from app.parts.chart_card import latest_look
from app.parts.crosswalk import architecture, contradictions, nothing_to_compare, overlap, pair_picker
from app.parts.download_bar import download_bar
from app.parts.finding import page_title, section_title
from app.parts.next_steps import next_steps
from segmodel.errors import StoreError
from segmodel.metrics import crosswalk_findings as findings
from segmodel.metrics.facts import customers_shown
from segmodel.reports import cells_table, pairs_table, segmentations_table

PAGE = {"group": "Know", "title": "Crosswalk", "icon": "join", "order": 4}

context = selection.of_latest(selection.context())
metrics = queries.segment_metrics(context.key, context.selection.segmentation, ())
customers = customers_shown(metrics, context.selection.snapshot)

try:
    found = queries.crosswalk(context.key)
except StoreError as error:
    page_title(context, "Segmentations are not compared in this build", customers)
    st.info(str(error))
    st.stop()

page_title(context, findings.title_finding(found), customers)
if len(found.compared) < 2:
    nothing_to_compare(found)
    st.stop()

pair = pair_picker(found, context.selection.segmentation)
more = {"one": str(pair.one["key"]), "other": str(pair.other["key"])}
overlap(context, pair, latest_look(context))
contradictions(context, pair)

st.divider()
section_title("Which one leads for which decision")
architecture(found)
section_title("All pairs")
st.table(pairs_table(found), border="horizontal", hide_index=True, alt="What each segmentation tells of the others")
with st.expander("The segmentations"):
    st.table(segmentations_table(found), border="horizontal", hide_index=True, alt="Segmentations that are compared")

section_title("What to do next")
next_steps(context, findings.next_steps(found, pair))
download_bar(context, "Crosswalk", cells_table(pair), pair.customers, **more)
