"""The history of a measure by segment, with its finding; honest where the windows are not full yet."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from app import queries
from app.parts import tables
from app.parts.chart_card import chart_card
from app.parts.events import events_of
from app.parts.finding import section_title
from app.selection import Context
from segmodel import charts, formats
from segmodel.metrics import facts

_ENOUGH = 3
"""Fewer points are no history."""


def history_card(
    context: Context,
    look: charts.Look,
    metrics: pd.DataFrame,
    measure: str,
    title: Callable[[pd.DataFrame], str],
    subjects: Callable[[pd.DataFrame], tuple[str, ...]],
    height: int | None = None,
) -> None:
    """Show a measure of every segment over time, up to the chosen snapshot.

    Parameters
    ----------
    context : Context
        What is shown.
    look : Look
        How figures about all customers shown look, see `chart_look`.
    metrics : DataFrame
        As `queries.segment_metrics` returns it.
    measure : str
        Name of a metric.
    title : callable
        Returns the finding of a history whose windows are all full.
    subjects : callable
        Returns the segments a history is about; none means that all are shown alike.
    height : int, optional
        Height of the figure in pixels, to stand level with another.
    """
    about, until = context.about, context.selection.snapshot
    segments = queries.segments(context.key, context.selection.segmentation)
    full = queries.comparable_snapshots(context.key)
    history = facts.over_time(metrics, segments, measure, until=until, among=full)
    unit = about.metrics[measure].unit
    caption = f"{tables.label(measure, about)}{_window(measure, about)}; bands are 95% intervals"
    if history["snapshot"].nunique() < _ENOUGH and unit == "share":
        # shares tell something before the window is full; amounts would only seem to grow
        history = facts.over_time(metrics, segments, measure, until=until)
        finding = f"{tables.label(measure, about)}: too short a history to compare"
        caption = f"Window full from {formats.day(min(full, default=until))}; earlier shares rest on less"
    else:
        finding = title(history)
    section_title(finding)
    figure = charts.history(history, look, caption, unit, subjects(history), events=events_of(context), height=height)
    chart_card(f"History of {measure}", figure, finding, lambda: tables.history(history, unit, about))


def _window(measure: str, about: queries.About) -> str:
    return f", {about.window}" if measure == "value_share" else ""
