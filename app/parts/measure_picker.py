"""Choice of the metric a history shows, kept in the address."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import selection
from app.parts import tables
from app.queries import About


def measure_picker(about: About, names: Sequence[str], default: str) -> str:
    """Show metrics side by side and return the name of the one chosen."""
    measure = selection.settle("measure", names, default)
    selection.of_page("measure", measure)
    st.segmented_control(
        "History of",
        names,
        key=selection.widget_key("measure", measure),
        format_func=lambda name: tables.label(name, about),
        required=True,
    )
    return measure
