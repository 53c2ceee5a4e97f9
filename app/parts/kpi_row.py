"""A row of metrics for all customers: value now, change since the comparison, and the way there."""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd
import streamlit as st

from app import queries
from app.parts import tables
from app.parts.text import plain
from app.selection import Context
from segmodel import formats
from segmodel.metrics import Metric
from segmodel.metrics.facts import all_customers, all_customers_over_time

HOME_METRICS = ("customers", "value", "value_per_customer")


def kpi_row(
    context: Context,
    metrics: pd.DataFrame,
    names: tuple[str, ...] = HOME_METRICS,
    last: Callable[[], None] | None = None,
) -> None:
    """Show metrics of all customers side by side, equally wide and high, and `last` after them."""
    selection = context.selection
    now = all_customers(metrics, selection.snapshot)
    before = all_customers(metrics, selection.compare_to) if selection.compare_to else {}
    so_far = [date for date in queries.comparable_snapshots(context.key) if date <= selection.snapshot]
    shown = metrics[metrics["snapshot"].isin(so_far)]
    with st.grid(len(names) + (last is not None), min_column_width=180, gap="small"):
        for name in names:
            value = now.get(name, math.nan)
            way = all_customers_over_time(shown, name).dropna().tolist()
            line = way if len(way) > 2 and not math.isnan(value) else None
            metric_tile(context, context.about.metrics[name], value, before.get(name, math.nan), line)
        if last is not None:
            last()


def metric_help(metric: Metric) -> str:
    """Return the definition of a metric, for its "i"."""
    limits = f" Limits: {metric.limits}" if metric.limits else ""
    return plain(f"{metric.description} Formula: {metric.formula}.{limits}")


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
