"""Flows between two dates: the picture, the table of cells, and what became of each segment."""

from __future__ import annotations

import streamlit as st

from app import queries
from app.parts import migration_tables
from app.parts.chart_card import chart_card
from app.parts.finding import page_title, section_title
from app.parts.text import plain
from app.selection import Context
from segmodel import charts, formats
from segmodel.drift import Flows
from segmodel.metrics import migration_findings as findings
from segmodel.metrics.facts import customers_shown


def nothing_to_compare(context: Context) -> None:
    """Say why there are no flows, and how to have some."""
    chosen, about = context.selection, context.about
    metrics = queries.segment_metrics(context.key, chosen.segmentation, ())
    page_title(context, "Who moved cannot be told of one date", customers_shown(metrics, chosen.snapshot))
    full = queries.comparable_snapshots(context.key)
    earlier = [day for day in full if day < chosen.snapshot]
    if len(queries.snapshots(context.key)) == 1:
        st.markdown("This build has one date only. Keep some history in `segmentation.toml`, and build again:")
        st.code("history_months = 24", language="toml")
    elif chosen.snapshot not in full:
        st.markdown(
            plain(
                f"The data do not fill the window of {formats.day(chosen.snapshot)} ({about.window}): who moved would "
                "tell of the data, not of customers. Choose a later date above, or bring earlier transactions."
            )
        )
    elif not earlier:
        st.markdown(
            plain(
                f"No date before {formats.day(chosen.snapshot)} has a window that the data fill. Choose a later date "
                "above, or bring earlier transactions."
            )
        )
    else:
        st.markdown("Choose a date under **Compared with** above: flows go from there to the date under **As of**.")


def filters_note(shown: Context) -> None:
    """Say that filters do not apply, where some are chosen."""
    if shown.filter_text:
        st.caption(plain(f"Flows are of all customers: the filter {shown.filter_text} does not apply here."))


def sankey(context: Context, flows: Flows, look: charts.Look) -> None:
    """Show who went where."""
    finding = findings.moved_finding(flows, context.about.currency)
    section_title(finding)
    figure = charts.migration_sankey(flows.cells, flows.segments, look, flows.before, flows.after)
    chart_card("Flows", figure, finding, lambda: migration_tables.flows(flows, context.about.currency))
    said = [
        "Everybody who ever bought stays a customer: nobody is lost by not buying, so who went quiet is told apart."
    ]
    if flows.totals["lost"] == 0:
        st.caption(plain(said[0]))
    if flows.cells["suppressed"].any():
        st.caption(
            plain(
                "Hidden, and drawn together in grey by way of the middle: flows of fewer than "
                f"{context.about.minimum_group} customers, and the next smallest where a subtraction would give one "
                "away."
            )
        )


def matrix(flows: Flows, look: charts.Look) -> None:
    """Show the same as shares of the segment before."""
    kept = findings.kept_finding(flows)
    section_title(kept)
    figure = charts.migration_matrix(flows.cells, flows.segments, look)
    chart_card("Matrix of flows", figure, kept, lambda: migration_tables.matrix(flows))


def segments(context: Context, flows: Flows) -> None:
    """Show what became of each segment: who stayed, the next move, and value that left and came."""
    about = context.about
    finding = findings.net_finding(flows, about.currency)
    section_title(finding)
    table = migration_tables.segments(flows, about.currency)
    st.table(table.rename(columns=plain).map(plain), border="horizontal", hide_index=True, alt=finding)
    quiet = findings.quiet_finding(flows)
    st.caption(
        plain(
            f"Value is {about.value_word}, {about.window}: of who left as it was before, of who came as it is after. "
            f"{quiet}"
        )
    )
