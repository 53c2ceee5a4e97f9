"""The end of a workspace that was made from an upload."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app import queries, uploads
from app.access import Role, User
from app.parts.finding import section_title
from app.parts.text import plain
from segmodel.errors import SegmodelError


def removal(folder: Path, user: User) -> None:
    """Offer stewards to remove a workspace that was made from an upload; show nothing for any other."""
    if folder == queries.home_folder() or not user.may(Role.STEWARD):
        return
    section_title("Remove this workspace")
    title = plain(queries.workspace_titles().get(folder.name, folder.name))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("It was made from an uploaded file.", width="content")
        with st.popover("Remove", icon=":material/delete:"):
            st.markdown(
                f"**{title}** goes for everybody, with the uploaded file, the models and all builds. "
                "This cannot be undone."
            )
            wanted = st.button("Remove for good", key="remove_workspace")
    if wanted:
        _remove(folder.name)


def _remove(workspace: str) -> None:
    try:
        uploads.remove(workspace)
    except SegmodelError as error:
        st.error(plain(error), icon=":material/error:")
        return
    st.switch_page("views/home.py", query_params={})
