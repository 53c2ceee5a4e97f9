"""The table of segments: size, value, index and change, each with its definition behind an "i"."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.parts import tables
from app.parts.kpi_row import metric_help
from app.parts.text import plain
from app.selection import Context
from segmodel import formats

_COLUMNS = {
    "customers": ("Customers", 80),
    "customer_share": ("Share", 60),
    "value_share": ("Of {word}", 86),
    "value_index": ("Index", 60),
    "value_per_customer": ("{Word} each", 100),
    "growth": ("Growth", 72),
}
"""Metrics shown, with headings and widths (pixels) with which all stand side by side at 1280; the full label stands in
the "i", and the other metrics stand with each segment."""

_INTERVAL_WIDTH = 108


def segment_table(context: Context, now: pd.DataFrame, before: pd.DataFrame | None) -> None:
    """Show one row a segment; groups too small to show are said to be hidden.

    Parameters
    ----------
    context : Context
        What is shown.
    now, before : DataFrame
        As `facts.at_snapshot` returns them; `before` is None when nothing is compared.
    """
    about = context.about
    frame = pd.DataFrame({"Segment": now["name"]})
    longest = max((len(name) for name in now["name"]), default=0)
    config = {"Segment": st.column_config.TextColumn(pinned=True, width=min(max(7 * longest + 24, 120), 420))}
    units = {}
    for name, (heading, width) in _COLUMNS.items():
        title = heading.format(word=about.value_word, Word=about.value_word.capitalize())
        frame[title] = now[name]
        units[title] = about.metrics[name].unit
        config[title] = st.column_config.NumberColumn(
            width=width, help=f"{tables.label(name, about)}. {metric_help(about.metrics[name])}"
        )
        if name == "value_share":
            ranges = zip(now["value_share_low"], now["value_share_high"], strict=True)
            frame["95% interval"] = [
                formats.HIDDEN if is_hidden else formats.share_range(low, high)
                for is_hidden, (low, high) in zip(now["suppressed"].eq(True), ranges, strict=True)
            ]
            config["95% interval"] = st.column_config.TextColumn(width=_INTERVAL_WIDTH)
            if before is not None and context.selection.compare_to is not None:
                since = f"Since {formats.month_short(context.selection.compare_to)}"
                frame[since] = (
                    now["value_share"] - before.set_index("segment")["value_share"].reindex(now["segment"]).to_numpy()
                )
                units[since] = "points"
                help_text = f"Share of {about.value_word} now, less the share then, in percentage points."
                config[since] = st.column_config.NumberColumn(width=_INTERVAL_WIDTH, help=help_text)
    styled = frame.style.format({title: _writer(unit, about.currency) for title, unit in units.items()})
    alt = "Segments with size, value, index and change"
    st.dataframe(
        styled, hide_index=True, column_config=config, placeholder=formats.UNKNOWN, alt=alt, key="segment_table"
    )
    if now["suppressed"].eq(True).any():
        st.caption(
            f"{formats.HIDDEN.capitalize()}: groups of fewer than {about.minimum_group} customers, and the next "
            "smallest where a subtraction would give one away."
        )
    rests = [
        f"{name} {formats.number(count)}"
        for name, growth, count in zip(now["name"], now["growth"], now["growth_customers"], strict=True)
        if pd.notna(growth) and pd.notna(count)
    ]
    if rests:
        st.caption(plain(f"Growth rests on the customers of a year before: {', '.join(rests)}."))


def _writer(unit: str, currency: str) -> object:
    if unit == "points":
        return formats.points
    return lambda value: formats.quantity(value, unit, currency)
