"""Choice of one segment, kept in the address."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import selection
from app.parts.text import plain


def segment_picker(segments: pd.DataFrame, default: str | None = None) -> str:
    """Show the segments of a segmentation and return the id of the one chosen; `default`: the first."""
    names = dict(zip(segments["segment"], segments["name"], strict=True))
    options = list(names)
    segment = selection.settle("segment", options, default or options[0], lambda one: names.get(one, one))
    selection.of_page("segment", segment)
    key = selection.widget_key("segment", segment)
    st.pills("Segment", options, key=key, format_func=lambda segment: plain(names[segment]), required=True)
    return segment
