"""The builds that are kept, and the way back to an earlier one."""

from __future__ import annotations

import streamlit as st

from app import queries
from app.parts.finding import section_title
from app.selection import Context
from segmodel import formats


def build_list(context: Context) -> None:
    """Show the builds kept, newest first, each with a button that publishes it again."""
    section_title("Builds")
    behind = st.expander("Builds that are kept", key="builds", on_change="rerun", type="compact")
    if not behind.open:
        return
    with behind:
        for build in queries.builds(context.key):
            with st.container(horizontal=True, vertical_alignment="center"):
                data = f"data to {formats.day(build.as_of)}" if build.as_of else "cannot be opened"
                built = f"built {formats.moment(build.built_at)} UTC"
                st.markdown(f"`{build.build_id}` · {data} · {built} · {formats.file_size(build.size_bytes)}")
                if build.is_current:
                    st.badge("Published", color="gray")
                elif build.as_of and st.button("Publish again", key=f"rollback_{build.build_id}"):
                    queries.roll_back(context.key, build.build_id)
                    st.rerun()
        st.caption("Going back publishes an earlier build as it was; later ones are kept.")
