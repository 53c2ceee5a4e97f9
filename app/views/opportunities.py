"""Opportunities: needs that matter and are not met, by segment, and market that is not ours yet."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app import queries, selection
from app.parts.chart_card import latest_look
from app.parts.finding import page_title, section_title
from app.parts.next_steps import next_steps
from app.parts.opportunity_market import market_space
from app.parts.opportunity_missing import market_missing, needs_missing
from app.parts.opportunity_needs import needs_heat, needs_map, respondents_of, untold
from app.parts.opportunity_tables import with_names
from app.parts.segmentation_picker import segmentation_picker
from segmodel.metrics.facts import customers_shown
from segmodel.opportunities import findings, white_space

PAGE = {"group": "Choose", "title": "Opportunities", "icon": "lightbulb", "order": 3}

context = selection.of_latest(selection.context())
name = context.selection.segmentation
segments = queries.segments(context.key, name)
names = dict(zip(segments["segment"], segments["name"], strict=True))
asked = queries.opportunities(context.key, name)
market, categories = queries.market(context.key, name)
space = white_space(market, asked, categories)
segment = ""
is_told = not asked.empty and asked["n"].notna().any()

if is_told:
    respondents = respondents_of(asked)
    answered = replace(context, filter_text="customers who answered the survey")
    page_title(answered, findings.needs_finding(asked, names), respondents)
else:
    customers = customers_shown(queries.segment_metrics(context.key, name, ()), context.selection.snapshot)
    page_title(context, findings.needs_finding(asked, names), customers)
segmentation_picker(context)

if is_told:
    rows = with_names(asked, segments)
    usual = latest_look(context)
    footer = replace(usual.footer, customers=respondents, filters=answered.filter_text)
    look = replace(usual, footer=footer)
    segment = needs_map(answered, rows, look)
    needs_heat(answered, rows, look, segment)
elif asked.empty:
    needs_missing(context)
untold(asked)

st.divider()
if space.empty:
    section_title("What of the market is unclaimed cannot be told yet")
    market_missing()
else:
    market_space(context, space, segment=segment)

section_title("What to do next")
next_steps(context, findings.next_steps(asked, space, names))
