"""Briefs: what each team needs to win a segment, on facts, edited and approved by people."""

from __future__ import annotations

import streamlit as st

from app import selection
from app.parts import brief_form, brief_read
from app.parts.finding import page_title
from app.parts.persona_read import told
from app.parts.persona_story import picked
from app.parts.segmentation_picker import segmentation_picker
from segmodel.reports.briefs import brief_title

PAGE = {"group": "Use", "title": "Briefs", "icon": "description", "order": 1}

context = selection.of_latest(selection.context())
found = told(context)
heading = st.container()
with st.container(horizontal=True, vertical_alignment="bottom"):
    segmentation_picker(context)
    kind = brief_read.kind_picker()
chosen = picked(found)
brief = brief_read.read(context, chosen, kind)
with heading:
    page_title(context, brief_title(brief), chosen.persona.n)

brief_read.flags(brief)
text, facts = st.columns([1.5, 1], gap="large")
with text:
    brief_read.status(brief)
    brief_read.parts(brief)
with facts:
    brief_read.facts(brief)
st.divider()
brief_form.editor(context, brief)
brief_read.downloads(context, brief)
