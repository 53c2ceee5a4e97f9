"""A quiet table of text and whole numbers."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.parts.text import plain
from segmodel import formats


def number_table(frame: pd.DataFrame, alt: str) -> None:
    """Show a small frame: text as it is, never as markup; numbers to the right, thousands separated."""
    writers = {
        name: formats.number if pd.api.types.is_numeric_dtype(dtype) else plain for name, dtype in frame.dtypes.items()
    }
    st.table(frame.style.format(writers), border="horizontal", hide_index=True, alt=alt)
