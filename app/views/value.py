"""Value: what segments will bring, who holds value, and whether money goes where value is."""

from __future__ import annotations

import streamlit as st

from app import queries, selection
from app.parts import value_budget, value_lifetime, value_moves, value_spread
from app.parts.chart_card import latest_look
from app.parts.download_bar import download_bar
from app.parts.finding import page_title
from app.parts.next_steps import next_steps
from app.parts.segmentation_picker import segmentation_picker
from app.parts.text import plain
from segmodel.metrics import facts, value_findings

PAGE = {"group": "Choose", "title": "Value", "icon": "payments", "order": 2}

context = selection.of_latest(selection.context())
chosen, about = context.selection, context.about
model = queries.value_model(context.key)
values = queries.segment_value(context.key, chosen.segmentation).set_index("segment")
segments = queries.segments(context.key, chosen.segmentation)
now = segments.join(values, on="segment")
total = values.loc[""].to_dict()
metrics = queries.segment_metrics(context.key, chosen.segmentation, ())
customers = facts.customers_shown(metrics, chosen.snapshot)
look = latest_look(context)
budget = value_budget.shares(context, metrics)

rows = None if budget is None else budget.rows

page_title(context, value_findings.value_title(now, rows, str(model["word"])), customers)
segmentation_picker(context)
note = value_findings.forecast_note(model)
if note:
    st.warning(plain(note))
with st.grid(2, min_column_width=480, gap="medium"):
    with st.container():
        value_lifetime.lifetime_card(context, look, now, total)
    with st.container():
        value_lifetime.holdout_card(context, look)
value_lifetime.label_card(context, look)
st.divider()
value_budget.budget_card(context, look, budget)
if budget is not None and budget.n_months:
    value_moves.moves_card(context, look, *value_budget.yearly(context, budget, metrics))
st.divider()
value_spread.spread_card(context, look)
next_steps(context, value_findings.value_steps(now, rows, about.value_word, about.currency))
download_bar(context, "Value", now.drop(columns=["description", "position", "colour"]), customers)
