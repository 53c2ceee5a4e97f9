"""Titles: the finding of a page or a section, and the line that says what is being looked at."""

from __future__ import annotations

import streamlit as st

from app.parts.text import plain
from app.selection import Context
from segmodel import formats


def page_title(context: Context, finding: str, customers: float | None) -> None:
    """Show what is being looked at, then the finding as the title of the page."""
    count = "too few customers to show" if customers is None else formats.counted(round(customers), "customer")
    parts = [
        context.about.name,
        f"{context.title} {context.version}",
        context.filter_text,
        count,
        f"as of {formats.day(context.selection.snapshot)}",
        f"data for {context.unfilled}" if context.unfilled else "",
    ]
    st.caption(plain(" · ".join(part for part in parts if part)))
    st.title(plain(finding), anchor=False)
    if context.caution:
        st.warning(plain(context.caution))
    if context.coverage:
        st.info(plain(context.coverage))


def section_title(finding: str) -> None:
    """Show the finding of a section."""
    st.subheader(plain(finding), anchor=False)
