"""Cards that say what to do next, each with its evidence and a way there."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.parts.text import plain
from app.selection import Context
from segmodel.metrics.findings import Step


def next_steps(context: Context, steps: Sequence[Step]) -> None:
    """Show steps as cards side by side, equally high."""
    with st.grid(len(steps), min_column_width=240, gap="medium"):
        for step in steps:
            with st.container(border=True, height="stretch"):
                st.markdown(f"**{plain(step.title)}**")
                st.caption(plain(step.text))
                more = {"segment": step.segment} if step.segment else {}
                st.page_link(
                    f"views/{step.page}.py",
                    label=step.action,
                    icon=":material/arrow_forward:",
                    query_params=context.selection.parameters(**more),
                )
