"""Present: the council pack on screen, one finding at a time, moved through with the arrow keys."""

from __future__ import annotations

import streamlit as st

from app import queries, selection
from app.parts import slide_show
from app.parts.chart_card import latest_look

PAGE = {"group": "Council", "title": "Present", "icon": "slideshow", "order": 1}

st.set_page_config(initial_sidebar_state="collapsed")
context = selection.of_latest(selection.context())
pack = queries.council_pack(context.key, context.selection.segmentation, context.user.signature)
number = slide_show.place(len(pack.slides) + 1)
slide_show.controls(number, len(pack.slides) + 1)
if number == 1:
    slide_show.first(pack)
else:
    slide_show.slide(pack.slides[number - 2], latest_look(context))
slide_show.footer(pack)
