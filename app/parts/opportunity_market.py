"""White space: what of the market is unclaimed, a picture for each unit of size."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import queries
from app.parts import opportunity_tables
from app.parts.chart_card import chart_card, latest_look
from app.parts.download_bar import download_bar
from app.parts.finding import section_title
from app.parts.text import plain
from app.selection import Context
from segmodel import charts, formats
from segmodel.metrics.facts import customers_shown
from segmodel.opportunities import findings

_KINDS = {
    "need": ("Market of needs", "Felt most by"),
    "category": ("Market of categories", "Bought most by"),
    "": ("Market of others", "Felt most by"),
}
_HOW = (
    "Unclaimed is size × (1 − our share). Sizes are in the unit of the source, which may be another for needs than for "
    "categories, so the two are not compared. A need is felt most by segments whose opportunity score is clearly above "
    "the others'; a category is bought most by segments of whose customers clearly more bought it in the window."
)


def market_space(context: Context, space: pd.DataFrame, **more: str) -> None:
    """Show what is unclaimed of needs and of categories, largest first; `more` is what the page adds to its link."""
    key, segmentation = context.key, context.selection.segmentation
    segments = queries.segments(key, segmentation)
    names = dict(zip(segments["segment"], segments["name"], strict=True))
    look = latest_look(context)
    for kind, (name, felt) in _KINDS.items():
        rows = space[space["kind"] == kind]
        if not rows.empty:
            finding = findings.white_space_finding(space, kind, names)
            section_title(finding)
            figure = charts.white_space(rows, look, segments[["segment", "name", "colour"]], felt)
            chart_card(name, figure, finding, lambda rows=rows: opportunity_tables.markets(rows, names))
    st.caption(plain(_HOW))
    caveats = space[space["caveat"] != ""]
    if not caveats.empty:
        said = " ".join(f"{formats.sentence_case(row.name)}: {row.caveat}." for row in caveats.itertuples(index=False))
        st.caption(plain(said))
    latest = customers_shown(queries.segment_metrics(key, segmentation, ()), context.selection.snapshot)
    download_bar(context, "White space", opportunity_tables.market_export(space, names), latest, **more)
