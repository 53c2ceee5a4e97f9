"""A row of metrics for all customers: value now, change since the comparison, and the way there."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from app import queries
from app.parts import tables
from app.parts.text import plain
from app.selection import Context
from segmodel import formats
from segmodel.metrics import Metric
from segmodel.metrics.facts import all_customers, all_customers_over_time

HOME_METRICS = ("customers", "value", "value_per_customer", "orders_per_customer")


def kpi_row(context: Context, metrics: pd.DataFrame, names: tuple[str, ...] = HOME_METRICS) -> None:
    """Show metrics of all customers side by side, equally wide and high."""
    selection = context.selection
    now = all_customers(metrics, selection.snapshot)
    before = all_customers(metrics, selection.compare_to) if selection.compare_to else {}
    with st.grid(len(names), min_column_width=180, gap="small"):
        for name in names:
            _tile(context, context.about.metrics[name], metrics, now.get(name, math.nan), before.get(name, math.nan))


def metric_help(metric: Metric) -> str:
    """Return the definition of a metric, for its "i"."""
    limits = f" Limits: {metric.limits}" if metric.limits else ""
    return plain(f"{metric.description} Formula: {metric.formula}.{limits}")


def _tile(context: Context, metric: Metric, metrics: pd.DataFrame, now: float, before: float) -> None:
    history = all_customers_over_time(metrics, metric.name)
    comparable = queries.comparable_snapshots(context.key)
    shown = history[(history.index <= context.selection.snapshot) & history.index.isin(comparable)].dropna()
    line = shown.tolist() if len(shown) > 2 and not math.isnan(now) else None
    metric_tile(context, metric, now, before, line)


def metric_tile(context: Context, metric: Metric, now: float, before: float, line: list[float] | None = None) -> None:
    """Show one metric with its change since the comparison and, where given, the way there."""
    ratio = now / before - 1 if before > 0 and math.isfinite(now) else math.nan
    change = formats.change(ratio)
    direction = "off" if math.isnan(ratio) or change == "no change" else "up" if ratio > 0 else "down"
    since = context.selection.compare_to
    st.metric(
        plain(tables.label(metric.name, context.about)),
        "hidden" if math.isnan(now) else plain(formats.quantity(now, metric.unit, context.about.currency)),
        None if math.isnan(ratio) or since is None else plain(f"{change} since {formats.month_short(since)}"),
        delta_color="off",
        delta_arrow=direction,
        help=metric_help(metric),
        border=True,
        height="stretch",
        chart_data=line,
    )
