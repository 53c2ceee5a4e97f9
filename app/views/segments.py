"""Segments: how large, how valuable, how they change; and each one on its own."""

from __future__ import annotations

import streamlit as st

from app import queries, selection
from app.parts import tables
from app.parts.chart_card import chart_card, chart_look, latest_look
from app.parts.download_bar import download_bar
from app.parts.finding import page_title, section_title
from app.parts.history_card import history_card
from app.parts.lapsed_note import lapsed_note
from app.parts.measure_picker import measure_picker
from app.parts.segment_facts import segment_facts
from app.parts.segment_picker import segment_picker
from app.parts.segment_table import segment_table
from app.parts.text import plain
from segmodel import charts, formats
from segmodel.metrics import facts, findings

PAGE = {"group": "Know", "title": "Segments", "icon": "groups", "order": 2, "selection_bar": True}

context = selection.context()
chosen, about = context.selection, context.about
metrics = queries.segment_metrics(context.key, chosen.segmentation, chosen.filters)
segments = queries.segments(context.key, chosen.segmentation)

now = facts.at_snapshot(metrics, segments, chosen.snapshot)
before = facts.at_snapshot(metrics, segments, chosen.compare_to) if chosen.compare_to else None
customers = facts.customers_shown(metrics, chosen.snapshot)
look = chart_look(context, customers)

page_title(context, findings.segments_finding(now, about.value_word), customers)
segment_table(context, now, before)
finding = findings.gap_finding(now, about.value_word)
section_title(finding)
chart_card("Share gap", charts.share_gap(now, look, about.value_word), finding, lambda: tables.shares(now, about))

st.divider()
segment = segment_picker(segments)
row = now[now["segment"] == segment].iloc[0]
section_title(findings.segment_finding(row, about.value_word))
if row["description"]:
    st.markdown(plain(row["description"]))

segment_facts(context, now, before, segment)
lapsed_note(context, now[now["segment"] == segment])

with st.grid(2, min_column_width=480, gap="medium"):
    with st.container():
        latest = queries.snapshots(context.key)[0]
        who = "those who answered" if context.coverage else "all customers"
        section_title(f"What sets them apart: {who}, as of {formats.day(latest)}")
        profiles = queries.profiles(context.key, chosen.segmentation)
        profile = tables.profile_rows(profiles, segment, queries.features(context.key), context)
        alt = findings.profile_finding(profile, str(row["name"]))
        figure = charts.profile(profile, latest_look(context), int(row["colour"]))
        chart_card("Profile", figure, alt, lambda: tables.profile(profile))
    with st.container():
        measure = measure_picker(about, ("customer_share", "value_share", "value"), "value_share")
        history_card(
            context,
            look,
            metrics,
            measure,
            lambda history: findings.segment_history_finding(history, segment, measure, about.value_word),
            lambda _: (segment,),
        )

download_bar(context, "Segments", tables.export(now, about), customers, segment=segment, measure=measure)
