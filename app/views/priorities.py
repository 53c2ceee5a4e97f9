"""Priorities: which two to four segments to win, by criteria people can argue with, on the record."""

from __future__ import annotations

import streamlit as st

from app import queries, selection
from app.parts import priority_choice, priority_draft, priority_record, priority_scores
from app.parts.chart_card import latest_look
from app.parts.council_pack import council_pack_bar
from app.parts.download_bar import download_bar
from app.parts.finding import page_title
from app.parts.segmentation_picker import segmentation_picker
from app.parts.text import plain
from segmodel import priorities
from segmodel.metrics import facts as facts_of
from segmodel.metrics import value_findings

PAGE = {"group": "Choose", "title": "Priorities", "icon": "target", "order": 1}

context = selection.of_latest(selection.context())
name = context.selection.segmentation
selection.start_choices("priorities", f"{context.key.folder} {name}", ("scoring", "judged", "against"))
facts = queries.segment_facts(context.key, name)
metrics, snapshot, about = queries.segment_metrics(context.key, name, ()), context.selection.snapshot, context.about
customers = facts_of.customers_shown(metrics, snapshot)
now = facts_of.at_snapshot(metrics, queries.segments(context.key, name), snapshot)

heading = st.container()
with st.container(horizontal=True, vertical_alignment="bottom"):
    segmentation_picker(context)
    versions = priority_record.saved(context)
    base = priority_record.opened(context, versions)
# of its own, as what comes and goes would have the sliders below drawn anew, and whoever moves one lose the focus
with st.container():
    draft = priority_draft.current(context, base)
    if draft.is_changed:
        st.caption(plain("Changed and not saved yet."))
matrix = priorities.priority_matrix(draft.scoring, facts)
with heading:
    page_title(context, priorities.finding(matrix), customers)

picture, sliders = st.columns([2.1, 1], gap="medium")
with picture:
    priority_choice.matrix_card(context, latest_look(context), matrix)
    st.markdown(plain(value_findings.chosen_sentence(now, matrix.targets, about.value_word, about.currency)))
    priority_choice.targets(draft.scoring, matrix)
    priority_choice.not_now(draft.scoring, matrix)
with sliders:
    priority_scores.weights(draft.scoring)
with st.expander("Score a segment", key="judge", icon=":material/edit_note:", on_change="rerun") as judging:
    if judging.open:
        priority_scores.judge(draft.scoring, matrix)
with st.expander("Knock a segment out", key="knock_out", icon=":material/block:", on_change="rerun") as knocking:
    if knocking.open:
        priority_scores.knock_outs(draft.scoring, matrix)
priority_choice.details(matrix)
priority_record.save(context, draft, matrix, versions)
priority_record.differences(versions, draft, matrix, facts)
council_pack_bar(context)
download_bar(context, "Priorities", priority_choice.ranks_table(matrix), customers)
