"""The builds that are kept, and the way back to an earlier one."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app import queries
from app.parts.finding import section_title
from app.parts.text import plain
from segmodel import formats
from segmodel.errors import SegmodelError


def build_list(folder: Path, *, is_open: bool = False) -> None:
    """Show the builds of a workspace, newest first, each with a button that publishes it again."""
    section_title("Builds")
    behind = st.expander("Builds that are kept", expanded=is_open, key="builds", on_change="rerun", type="compact")
    if not behind.open:
        return
    with behind:
        for build in queries.builds(folder):
            with st.container(horizontal=True, vertical_alignment="center"):
                data = f"data to {formats.day(build.as_of)}" if build.as_of else "cannot be opened"
                built = f"built {formats.moment(build.built_at)} UTC"
                st.markdown(f"`{build.build_id}` · {data} · {built} · {formats.file_size(build.size_bytes)}")
                if build.is_current:
                    st.badge("Published", color="gray")
                elif build.as_of and st.button("Publish again", key=f"rollback_{build.build_id}"):
                    _publish_again(folder, build.build_id)
        st.caption("Going back publishes an earlier build as it was; later ones are kept.")


def _publish_again(folder: Path, build_id: str) -> None:
    try:
        queries.roll_back(folder, build_id)
    except SegmodelError as error:
        st.error(plain(error), icon=":material/error:")
        return
    st.rerun()
