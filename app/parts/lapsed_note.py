"""What is said of segments most of whom have not bought in the window: they are placed by what is filled in."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.parts.text import plain
from app.selection import Context
from segmodel.metrics import findings

_REASON = (
    "What is known of them only through purchases in the window, such as the gap between orders, is filled in, "
    "so who is in which segment is less sure there than for those who bought."
)


def lapsed_note(context: Context, now: pd.DataFrame) -> None:
    """Show which segments have mostly not bought, and what that means; nothing where there is none.

    Parameters
    ----------
    context : Context
        What is shown.
    now : DataFrame
        As `facts.at_snapshot` returns it, or some of its rows.
    """
    found = [findings.lapsed_finding(row, context.about.window) for _, row in now.iterrows()]
    said = [sentence for sentence in found if sentence]
    if said:
        st.caption(plain(" ".join([*said, _REASON])))
