"""The funnel of an audience, and the first rows of those who are left."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from app import audiences, queries
from app.parts.chart_card import chart_card, latest_look
from app.parts.number_table import number_table
from app.selection import Context
from segmodel import charts, formats
from segmodel.activation import AudienceRequest, Funnel


def funnel(context: Context, found: Funnel, request: AudienceRequest, finding: str) -> None:
    """Show the funnel, with a table of its numbers behind it."""
    usual = latest_look(context)
    look = replace(usual, footer=replace(usual.footer, customers=float(found.in_segment)))
    segments = queries.segments(context.key, request.segmentation).set_index("segment")
    colour = int(segments.loc[request.segments[0], "colour"]) if len(request.segments) == 1 else None
    steps = pd.DataFrame(
        {
            "label": [step.label for step in found.steps],
            "entered": [step.entered for step in found.steps],
            "kept": [step.kept for step in found.steps],
            "why": [_why(step.lost) for step in found.steps],
        }
    )
    chart_card("Funnel", charts.funnel(steps, look, colour), finding, lambda: _table(found))


def _why(lost: tuple[tuple[str, int], ...]) -> str:
    """Return the reasons; the number too where there are several."""
    if len(lost) == 1:
        return lost[0][0]
    return ", ".join(f"{reason} ({formats.number(count)})" for reason, count in lost)


def _table(found: Funnel) -> pd.DataFrame:
    rows = []
    for step in found.steps:
        rows.append((step.label, formats.number(step.entered), "", formats.number(step.kept)))
        rows += [("", "", f"{formats.number(count)} {reason}", "") for reason, count in step.lost]
    return pd.DataFrame(rows, columns=["Step", "Came in", "Lost", "Kept"])


def preview(context: Context, request: AudienceRequest) -> None:
    """Show the first rows, as they would be given out, once somebody asks for them."""
    with st.expander("Preview the first rows", key="audience_preview", on_change="rerun") as shown:
        if not shown.open:
            return
        wanted = replace(request, fields=("segment", "probability", "value", "churn_risk", "days_since_last"))
        rows = audiences.preview(context.key, wanted)
        if rows.empty:
            st.caption("Nobody is left.")
            return
        currency = context.about.currency
        names = queries.segments(context.key, request.segmentation).set_index("segment")["name"]
        table = pd.DataFrame(
            {
                "Customer": rows["customer_id"],
                "Segment": rows["segment"].map(names),
                "Certainty": rows["probability"].map(formats.share),
                context.about.value_word.capitalize(): rows["value"].map(lambda one: formats.money(one, currency)),
                "Churn risk": rows["churn_risk"].map(formats.risk),
                "Days since": rows["days_since_last"].map(formats.number),
            }
        )
        for name in rows.columns[6:]:
            hashed = rows[name].fillna("")
            table[name.removesuffix("_sha256").replace("_", " ").capitalize() + ", hashed"] = hashed.map(_shortened)
        number_table(table, "First rows of the audience")
        st.caption("Sorted by customer; confidential. Hashes are shown by their first twelve digits.")


def _shortened(digest: str) -> str:
    return f"{digest[:12]}…" if digest else formats.UNKNOWN
