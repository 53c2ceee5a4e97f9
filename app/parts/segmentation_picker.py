"""Choice of the segmentation alone, for pages without the selection bar; kept in the address like there."""

from __future__ import annotations

import streamlit as st

from app import queries, selection
from app.selection import Context


def segmentation_picker(context: Context) -> None:
    """Show the segmentations where there are several."""
    known = queries.segmentations(context.key)
    titles = dict(zip(known["name"], known["label"], strict=True))
    if len(titles) > 1:
        key = selection.widget_key("segmentation", context.selection.segmentation)
        st.selectbox("Segmentation", list(titles), key=key, format_func=lambda name: titles[name], width=320)
