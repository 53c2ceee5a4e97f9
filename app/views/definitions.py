"""Definitions: what every number means, how it is made, and how each segmentation was found."""

from __future__ import annotations

import streamlit as st

from app import queries, selection
from app.parts.definition_list import Entry, as_table, definition_list, feature_entries, metric_entries
from app.parts.download_bar import download_bar
from app.parts.finding import section_title
from app.parts.model_card import model_card
from app.parts.text import plain
from segmodel import formats

PAGE = {"group": "Council", "title": "Definitions", "icon": "menu_book", "order": 2}

context = selection.context()
metrics = metric_entries(context)
features = feature_entries(queries.features(context.key))
known = queries.segmentations(context.key)

st.caption(plain(f"{context.about.name} · build {context.key.build_id}"))
st.title(
    f"{formats.counted(len(metrics), 'metric')} and {formats.counted(len(features), 'feature')}, each defined once",
    anchor=False,
)
if context.about.question:
    st.markdown(f"The question behind the segmentation: *{plain(context.about.question)}*")

with st.container(horizontal=True, vertical_alignment="bottom"):
    example = "For example: share, refund, days"
    key = selection.widget_key("search", selection.settle_text("search"))
    wanted = st.text_input("Search", placeholder=example, key=key, type="search", live=True, width=420)
    with_sql = st.toggle("Show the SQL", key="with_sql")


def _matching(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if entry.contains(wanted or ""))


definition_list("Metrics: numbers about a segment", _matching(metrics), with_sql=with_sql)
definition_list("Features: what is known of a customer", _matching(features), with_sql=with_sql)

section_title("How each segmentation was found")
for row in known.to_dict("records"):
    model_card(context, row)
download_bar(context, "Definitions", as_table(metrics + features), None, search=wanted)
