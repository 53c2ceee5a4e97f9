"""Personas: who each segment is, what it is worth and how to recognise one; what people write of it."""

from __future__ import annotations

import streamlit as st

from app import selection
from app.parts import persona_card, persona_compare, persona_print, persona_story, persona_voice
from app.parts.council_pack import council_pack_bar
from app.parts.download_bar import download_bar
from app.parts.finding import page_title, section_title
from app.parts.persona_read import told
from app.parts.segmentation_picker import segmentation_picker
from app.parts.text import plain
from segmodel.reports import personas_table, personas_title

PAGE = {"group": "Know", "title": "Personas", "icon": "badge", "order": 3}

context = selection.of_latest(selection.context())
found = told(context)
customers = found[0].persona.n if found else None
page_title(context, personas_title(found), customers)
segmentation_picker(context)
persona_card.cards(context, found)
persona_card.left_out(found)

st.divider()
chosen = persona_story.picked(found)
section_title(persona_story.title(chosen))
persona_story.changed(chosen)
story, voice = st.columns([1.2, 1], gap="large")
with story:
    persona_story.editor(context, chosen)
with voice:
    persona_voice.voice(context, chosen)
st.divider()
persona_compare.compare(context, found, chosen)
persona_print.print_bar(context, found, chosen)
council_pack_bar(context)
download_bar(context, "Personas", personas_table(found), customers, segment=chosen.persona.segment)
st.caption(plain("Facts are as of the latest snapshot; stories, quotes and owners are kept by the council."))
