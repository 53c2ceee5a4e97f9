"""Home: what changed, what it is worth, what to do next."""

from __future__ import annotations

import streamlit as st

from app import queries, selection
from app.parts import drift_line, tables
from app.parts.chart_card import chart_card, chart_look
from app.parts.download_bar import download_bar
from app.parts.finding import page_title, section_title
from app.parts.history_card import history_card
from app.parts.kpi_row import kpi_row
from app.parts.lapsed_note import lapsed_note
from app.parts.next_steps import next_steps
from segmodel import charts
from segmodel.metrics import facts, findings

PAGE = {"group": "Know", "title": "Home", "icon": "home", "order": 1, "selection_bar": True}

context = selection.context()
chosen, about = context.selection, context.about
metrics = queries.segment_metrics(context.key, chosen.segmentation, chosen.filters)
segments = queries.segments(context.key, chosen.segmentation)

now = facts.at_snapshot(metrics, segments, chosen.snapshot)
customers = facts.customers_shown(metrics, chosen.snapshot)
before = facts.at_snapshot(metrics, segments, chosen.compare_to) if chosen.compare_to else None
move = findings.largest_move(now, before) if before is not None else None
look = chart_look(context, customers)

total = facts.all_customers(metrics, chosen.snapshot).get("value")
title = " ".join(findings.home_title(now, total, move, chosen.compare_to, about.value_word, about.currency))
page_title(context, title, customers)
kpi_row(context, metrics, last=lambda: drift_line.tile(context))
lapsed_note(context, now)
st.space("small")
with st.grid(2, min_column_width=370, gap="medium"):
    with st.container():
        finding = findings.gap_finding(now, about.value_word)
        section_title(finding)
        gap = charts.share_gap(now, look, about.value_word)
        chart_card("Share gap", gap, finding, lambda: tables.shares(now, about))
    with st.container():
        history_card(
            context,
            look,
            metrics,
            "value_share",
            lambda history: findings.history_finding(history, about.value_word),
            findings.subjects,
            height=gap.layout.height,
        )

section_title("What to do next")
reconciliation = queries.reconciliation(context.key)
steps = findings.next_steps(now, move, chosen.compare_to, reconciliation, about.value_word)
next_steps(context, drift_line.before(context, steps))
download_bar(context, "Segments", tables.export(now, about), customers)
