"""Typing tool: the fewest questions that tell somebody's segment, asked here, in files and elsewhere."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app import batteries, queries, selection
from app.parts import typing_files, typing_form, typing_search
from app.parts.finding import page_title, section_title
from app.parts.segmentation_picker import segmentation_picker
from app.parts.text import plain
from segmodel.metrics.facts import customers_shown
from segmodel.typing_tool import findings

PAGE = {"group": "Use", "title": "Typing tool", "icon": "quiz", "order": 2}

_SOURCES = {"survey": "Questions of a survey", "cues": "What staff can see or ask"}

context = selection.of_latest(selection.context())
name = context.selection.segmentation
heading = st.container()
with st.container(horizontal=True, vertical_alignment="bottom"):
    segmentation_picker(context)
    source = st.segmented_control(
        "Asked", list(_SOURCES), default="survey", required=True, key="typing_source", format_func=_SOURCES.__getitem__
    )
battery = batteries.in_use(Path(context.key.folder), name, str(source))
customers = customers_shown(queries.segment_metrics(context.key, name, ()), context.selection.snapshot)
title = "Which questions tell the segment is not found out yet" if battery is None else findings.finding(battery)
with heading:
    page_title(context, title, customers)
typing_search.published_now()
if battery is not None:
    about = f"Battery {battery.version}, published by {battery.published_by} on {battery.published_at[:10]}"
    st.caption(plain(f"{about}, for {context.title} {battery.model} as of {battery.as_of}."))
    if battery.model != context.version:
        st.warning(plain(f"{context.version} is in use by now: find questions again, these tell {battery.model}."))
    section_title("Ask")
    typing_form.form(battery)
    st.divider()
    typing_search.accuracy(battery)
    st.divider()
    typing_files.file_of_answers(context, battery)
    typing_files.give_out(context, battery)
typing_files.interviews(context)
st.divider()
typing_search.find(context, str(source))
