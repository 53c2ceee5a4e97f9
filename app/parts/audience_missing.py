"""What stands where no audience can be made: for viewers, and where the definition does not say who agreed."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from app import queries
from app.parts.number_table import number_table
from app.selection import Context
from segmodel import formats

_EXAMPLE = """[activation]
consent = "email_consent"

[[activation.match_key]]
column = "email"
kind = "email"
"""


def reach_finding(context: Context) -> str:
    """Return how many customers agreed and can be matched, as everybody may know."""
    found = queries.segment_reach(context.key, context.selection.segmentation)
    if found.empty:
        return "Who agreed to be addressed is not told yet"
    row = found.set_index("segment").loc[""]
    if any(pd.isna(row[name]) for name in ("customers", "reachable")):
        return "Who agreed to be addressed is not told yet"
    return (
        f"{formats.number(row['reachable'])} of {formats.number(row['customers'])} customers agreed and can be matched"
    )


def reach_table(context: Context) -> None:
    """Show by segment how many agreed and can be matched; small groups hidden."""
    found = queries.segment_reach(context.key, context.selection.segmentation)
    if found.empty:
        return
    names = queries.segments(context.key, context.selection.segmentation).set_index("segment")["name"]
    rows = found[found["segment"] != ""]
    table = pd.DataFrame({"Segment": rows["segment"].map(names)})
    for column, label in (("customers", "In the segment"), ("consented", "Agreed"), ("reachable", "With a match key")):
        table[label] = rows[column].map(_number)
    number_table(table, "Who can be reached, by segment")
    st.caption("Analysts choose conditions and see the list; stewards give it out.")


def _number(value: float) -> str:
    return formats.HIDDEN if math.isnan(float(value)) else formats.number(value)


def not_told() -> None:
    """Say what the definition lacks."""
    st.markdown("The definition does not say which column tells who agreed to be addressed. Add to segmentation.toml:")
    st.code(_EXAMPLE, language="toml")
    st.markdown(
        "Consent and contact data are read from the source of customers when an audience is made; no build keeps them."
    )
