"""What a customer of one segment does, in a row of metrics with the change since the comparison."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from app.parts.kpi_row import metric_tile
from app.selection import Context

_SHOWN = (
    "customers",
    "value_per_customer",
    "orders_per_customer",
    "average_order_value",
    "active_share",
    "recency_median",
)


def segment_facts(context: Context, now: pd.DataFrame, before: pd.DataFrame | None, segment: str) -> None:
    """Show metrics of one segment side by side.

    Parameters
    ----------
    context : Context
        What is shown.
    now, before : DataFrame
        As `facts.at_snapshot` returns them; `before` is None when nothing is compared.
    segment : str
        Id of the segment.
    """
    with st.grid(len(_SHOWN), min_column_width=220, gap="small"):
        for name in _SHOWN:
            then = math.nan if before is None else _value(before, segment, name)
            metric_tile(context, context.about.metrics[name], _value(now, segment, name), then)


def _value(rows: pd.DataFrame, segment: str, name: str) -> float:
    found = rows.loc[rows["segment"] == segment, name]
    return math.nan if found.empty or pd.isna(found.iloc[0]) else float(found.iloc[0])
