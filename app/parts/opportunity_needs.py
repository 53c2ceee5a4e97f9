"""Needs by segment: the map of one segment before the others, and the table of scores."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import queries
from app.parts import opportunity_tables
from app.parts.chart_card import chart_card
from app.parts.download_bar import download_bar
from app.parts.finding import section_title
from app.parts.segment_picker import segment_picker
from app.parts.text import plain
from app.selection import Context
from segmodel import charts, formats
from segmodel.opportunities import findings

_HOW = (
    "Importance and satisfaction are the shares giving one of the two highest answers, in tenths. Opportunity is "
    "importance + max(importance − satisfaction, 0), from 0 to 20 (Ulwick 2005); by convention 10 and more is an "
    "opportunity, as is a need that stands out in one segment."
)
_SAME_ANSWERS = (
    "These segments were found by what people say matters to them, so importance differs between them by the way they "
    "were made. What is news is how satisfied they are."
)


def respondents_of(opportunities: pd.DataFrame) -> float | None:
    """Return how many answered both items of the need most answered; None where that is hidden."""
    if opportunities.empty:
        return None
    most = opportunities.loc[opportunities["segment"] == "", "n"].max()
    return None if pd.isna(most) else float(most)


def needs_map(context: Context, rows: pd.DataFrame, look: charts.Look) -> str:
    """Show one segment's needs before those of the others, and return the segment."""
    segments = queries.segments(context.key, context.selection.segmentation)
    names = dict(zip(segments["segment"], segments["name"], strict=True))
    top = findings.standing_out(rows)
    segment = segment_picker(segments, None if top.empty else str(top["segment"].iloc[0]))
    of_segments = rows[rows["segment"] != ""]
    finding = findings.segment_finding(of_segments, segment, names[segment])
    section_title(finding)
    figure = charts.opportunity_map(of_segments, look, segment)
    own = rows[rows["segment"] == segment]
    chart_card("Needs of a segment", figure, finding, lambda: opportunity_tables.needs(own))
    st.caption(plain(_HOW))
    known = queries.segmentations(context.key).set_index("name")
    if known.loc[context.selection.segmentation, "basis"] == "needs":
        st.caption(plain(_SAME_ANSWERS))
    return segment


def needs_heat(context: Context, rows: pd.DataFrame, look: charts.Look, segment: str) -> None:
    """Show the scores of all needs and segments, who feels each most, and the download."""
    finding = findings.felt_finding(rows)
    section_title(finding)
    chart_card("Scores", charts.opportunity_heat(rows, look), finding, lambda: opportunity_tables.scores(rows))
    st.caption(
        "In colour: clearly above all other segments together, with false discoveries held at 5% over the whole table "
        "(Benjamini & Hochberg 1995)."
    )
    if rows["suppressed"].eq(True).any():
        st.caption(
            f"Hidden: fewer than {context.about.minimum_group} respondents, and the next smallest where a "
            "subtraction would give one away."
        )
    export = opportunity_tables.opportunities_export(rows)
    download_bar(context, "Opportunities", export, look.footer.customers, segment=segment)


def untold(opportunities: pd.DataFrame) -> None:
    """Say which needs were asked about and cannot be told."""
    rows = opportunities if opportunities.empty else opportunities[opportunities["caveat"] != ""]
    if not rows.empty:
        said = " ".join(f"{formats.sentence_case(row.label)}: {row.caveat}" for row in rows.itertuples())
        st.caption(plain(f"Left out. {said}"))
