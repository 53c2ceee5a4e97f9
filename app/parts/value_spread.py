"""Who holds the value there is, and how much of it the segments tell apart."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import queries
from app.parts.chart_card import chart_card
from app.parts.finding import section_title
from app.parts.text import plain
from app.selection import Context
from segmodel import charts, formats
from segmodel.metrics import value_findings


def spread_card(context: Context, look: charts.Look) -> None:
    """Show what share of value the most valuable customers hold, and what the segmentation makes of it."""
    word = str(queries.value_model(context.key)["word"])
    figures, curve, deciles = queries.value_spread(context.key)
    finding = value_findings.concentration_title(figures, word)
    section_title(finding)
    if curve.empty:
        st.markdown(plain("There are too few buyers to show how value is spread over them."))
    else:
        figure = charts.concentration(curve, look, word)
        chart_card("Concentration", figure, finding, lambda: _deciles_table(deciles, context, word))
        gini = formats.number(figures["gini"], 2)
        st.caption(plain(f"Gini coefficient {gini}, over those who bought in the last twelve months."))
    separated = queries.value_separation(context.key, context.selection.segmentation)
    st.markdown(plain(value_findings.separation_sentence(separated, word)))


def _deciles_table(deciles: pd.DataFrame, context: Context, word: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Tenth of buyers": deciles["decile"].map(lambda step: "most valuable" if step == 1 else f"{step:.0f}"),
            "Customers": deciles["customers"].map(formats.number),
            word.capitalize(): deciles["value"].map(lambda amount: formats.money(amount, context.about.currency)),
            "Share": deciles["value_share"].map(formats.share),
        }
    )
