"""The router: page setup, who is looking, navigation, and the selection bar all pages share."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app import access, memory, pages, queries, selection
from app.parts import slide_show
from app.parts.empty_state import cannot_open, cannot_show, no_build, sign_in
from app.parts.text import plain
from segmodel.errors import SegmodelError

PRESENT = "Present"

st.set_page_config(
    page_title="Living Segments",
    page_icon=":material/donut_small:",
    layout="wide",
    # slides fold the navigation away; leaving them brings it back
    initial_sidebar_state="expanded" if st.session_state.pop(slide_show.LEFT, False) else "auto",
)
menu: dict[str, list[Any]] = {}
places = {}
for place in pages.views():
    entry = st.Page(place.path, title=place.title, icon=f":material/{place.icon}:", default=not places)
    menu.setdefault(place.group, []).append(entry)
    places[place.title] = place
page = st.navigation(menu, expanded=True)
user = access.current_user()
selection.start_run(page.title, is_shown=places[page.title].selection_bar)

if user is None:
    sign_in()
else:
    with st.sidebar:
        st.caption(plain(user.caption))
    try:
        workspace = selection.workspace_choice()
        folder = queries.folder_of(workspace)
        try:
            key = queries.current_build(folder)
            if key is not None:
                queries.about(key)
        except SegmodelError as error:
            cannot_open(folder, user, error)
            st.stop()
        if key is None:
            no_build(folder, user)
        else:
            if page.title != PRESENT:
                slide_show.begin(places[page.title].path.stem)
            chosen = selection.selection_bar(workspace, key)
            notes = st.container()
            st.session_state["context"] = selection.context_of(chosen, key, user)
            try:
                page.run()
            except SegmodelError as error:
                cannot_show(error)
            selection.finish_run(chosen)
            for note in selection.notes():
                notes.info(note, icon=":material/link_off:")
            memory.set_aside(page.title)
    except SegmodelError as error:
        cannot_show(error)
