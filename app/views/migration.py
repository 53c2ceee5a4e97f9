"""Migration: who moved between segments from one date to another, what it was worth, and where it leads."""

from __future__ import annotations

import streamlit as st

from app import queries, selection
from app.parts import migration_ahead, migration_flows, migration_people
from app.parts.chart_card import chart_look
from app.parts.download_bar import download_bar
from app.parts.finding import page_title, section_title
from app.parts.next_steps import next_steps
from segmodel.metrics import migration_findings as findings
from segmodel.reports import flows_table

PAGE = {"group": "Keep alive", "title": "Migration", "icon": "swap_horiz", "order": 2, "selection_bar": True}

context = selection.of_everybody(selection.context())
key, chosen, about = context.key, context.selection, context.about

if chosen.compare_to is None:
    migration_flows.nothing_to_compare(context)
else:
    flows = queries.migration(key, chosen.segmentation, chosen.compare_to, chosen.snapshot)
    retained, (forecast, check), rules = queries.migration_history(key, chosen.segmentation)
    customers = flows.totals["customers_after"]
    look = chart_look(context, customers)

    page_title(context, findings.migration_finding(flows, about.currency), customers)
    migration_flows.filters_note(selection.context())
    migration_flows.sankey(context, flows, look)
    migration_people.rules(flows, rules, about.currency)

    st.divider()
    with st.grid(2, min_column_width=560, gap="medium"):
        with st.container():
            migration_flows.matrix(flows, look)
        with st.container():
            migration_ahead.retained(context, retained, look)
    migration_flows.segments(context, flows)
    migration_ahead.forecast(context, forecast, check, look)

    section_title("What to do next")
    next_steps(context, findings.next_steps(flows, rules))
    migration_people.movers(context, flows)
    download_bar(context, "Migration", flows_table(flows), customers)
