"""A chart with its name for those who cannot see it, its picture to take away, and its table behind it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd
import streamlit as st

from app import queries
from app.parts.text import plain
from app.selection import Context
from segmodel import charts
from segmodel.charts import Look
from segmodel.metrics.facts import customers_shown


def chart_look(context: Context, customers: float | None) -> Look:
    """Return how figures of this page look: the theme that is on, and the footer they carry."""
    footer = charts.Footer(
        source=context.about.name,
        version=f"{context.title} {context.version}",
        customers=customers,
        as_of=context.selection.snapshot,
        filters=context.filter_text,
        data_start=queries.data_start(context.key, context.selection.snapshot),
    )
    return charts.look(st.context.theme.type, footer, context.about.currency)


def latest_look(context: Context) -> Look:
    """Return the look of figures that show all customers at the latest snapshot, whatever is selected."""
    key, segmentation = context.key, context.selection.segmentation
    latest = queries.snapshots(key)[0]
    customers = customers_shown(queries.segment_metrics(key, segmentation, ()), latest)
    footer = charts.Footer(
        context.about.name,
        f"{context.title} {context.version}",
        customers,
        latest,
        data_start=queries.data_start(key, latest),
    )
    return charts.look(st.context.theme.type, footer, context.about.currency)


def chart_card(name: str, figure: object, alt: str, table: Callable[[], pd.DataFrame]) -> None:
    """Show a figure, and below it a table of its numbers that is made only when opened.

    Parameters
    ----------
    name : str
        Short name of the chart: key of its elements and of the downloaded picture.
    figure : Figure
        What to show; it brings its own template.
    alt : str
        What the chart says, in a sentence.
    table : callable
        Returns the numbers behind the chart, as text.
    """
    file_name = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    st.plotly_chart(figure, theme=None, key=f"chart_{name}", config=charts.plotly_config(file_name), alt=alt)
    behind = st.expander("Table", key=f"table_{name}", on_change="rerun", type="compact")
    if behind.open:
        with behind:
            numbers = table().rename(columns=plain)
            st.table(numbers.map(plain), border="horizontal", hide_index=True, alt=f"Table: {alt}")
