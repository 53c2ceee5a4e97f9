"""A monthly measure against what was expected of it, with the month from which it changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmodel import formats
from segmodel.charts.history import Event, draw_event, round_ticks
from segmodel.charts.template import SMALL_SIZE, Drawing, Look, plain, text_width

HEIGHT = 400
_Z95 = 1.959964


def against_expected(
    months: pd.DataFrame,
    style: Look,
    subtitle: str,
    *,
    colour: int = 0,
    write: Callable[[float], str] = lambda value: formats.number(value, 1),
    events: Sequence[Event] = (),
    since: dt.date | None = None,
    height: int = HEIGHT,
) -> go.Figure:
    """Draw what happened (line) and what was expected (dotted, with a band of noise), month by month.

    Parameters
    ----------
    months : DataFrame
        `snapshot`, `level`, `expected`, `noise` (standard error of the logarithm of their ratio), by month; rows
        without a level leave a gap.
    style : Look
        Palette and footer.
    subtitle : str
        What is measured.
    colour : int
        Of the segment.
    write : callable
        Writes a level.
    events : sequence of Event
        Dated remarks.
    since : date, optional
        Month from which it changed: the ground behind the months from then on is tinted.
    height : int
        Pixels.

    Returns
    -------
    Figure
    """
    palette = style.palette
    ink = palette.segment(colour)
    known = months.dropna(subset=["level"]).sort_values("snapshot")
    if known.empty:
        return Drawing(style, height, subtitle).figure({"visible": False}, {"visible": False})
    last = known.iloc[-1]
    right = text_width([f"expected {write(float(value))}" for value in (last["level"], last["expected"])]) + 16
    values = known[["level", "expected"]].to_numpy(np.float64)
    low, high = 0.0, float(np.nanmax(values)) * 1.15
    ticks = round_ticks(low, high)
    left = text_width([write(tick) for tick in ticks], SMALL_SIZE) + 22
    drawing = Drawing(style, height, subtitle, left=left, right=right)
    days = [pd.Timestamp(day).date() for day in known["snapshot"]]
    if since is not None:
        ground = palette.tint(ink, 0.08)
        drawing.box(ground, x0=since.replace(day=1), x1=days[-1], y0=0, y1=1, yref="paper")
    _draw_expected(drawing, known, style)
    drawing.marks(
        days,
        known["level"].tolist(),
        "lines",
        line={"color": ink, "width": 2.6},
        text=[f"{formats.month(day)}: {write(float(value))}" for day, value in zip(days, known["level"], strict=True)],
        hovertemplate="%{text}<extra></extra>",
    )
    for event in events:
        if days[0] <= event.at <= days[-1]:
            draw_event(drawing, event, style)
    _write_ends(drawing, last, days[-1], style, ink, write)
    shown = days[::-1][:: max(1, len(days) // 3)][:3][::-1]
    return drawing.figure(
        {
            "range": [days[0], days[-1]],
            "tickmode": "array",
            "tickvals": shown,
            "ticktext": [formats.month_short(day) for day in shown],
            "tickangle": 0,
        },
        {
            "range": [low, high],
            "tickmode": "array",
            "tickvals": ticks,
            "ticktext": [plain(write(tick)) for tick in ticks],
        },
    )


def _draw_expected(drawing: Drawing, known: pd.DataFrame, style: Look) -> None:
    """Add what was expected, and around it what sampling noise reaches."""
    palette = style.palette
    told = known.dropna(subset=["expected"])
    days = [pd.Timestamp(day).date() for day in told["snapshot"]]
    band = told.dropna(subset=["deviation"])
    if len(band) > 1 and float(band["noise"].max()) > 0:
        reach = np.exp(_Z95 * band["noise"].to_numpy(np.float64))
        middle = band["expected"].to_numpy(np.float64)
        x = [pd.Timestamp(day).date() for day in band["snapshot"]]
        y = (middle * reach).tolist() + (middle / reach).tolist()[::-1]
        ground = palette.tint(palette.context, 0.35)
        drawing.marks(x + x[::-1], y, "lines", fill="toself", fillcolor=ground, line={"width": 0})
    drawing.marks(days, told["expected"].tolist(), "lines", line={"color": palette.muted, "width": 1.6, "dash": "dot"})


def _write_ends(
    drawing: Drawing, last: pd.Series, day: dt.date, style: Look, ink: str, write: Callable[[float], str]
) -> None:
    """Write both levels at the end of their lines, the higher above."""
    level, expected = float(last["level"]), float(last["expected"])
    where: dict[str, Any] = {"x": day, "xanchor": "left", "xshift": 8}
    near = abs(level - expected) < 0.12 * max(level, expected, 1e-9)
    shift = (10 if level >= expected else -10) if near else 0
    drawing.note(f"<b>{plain(write(level))}</b>", style.palette.text(ink), y=level, yshift=shift, **where)
    if not np.isnan(expected):
        words = plain(f"expected {write(expected)}")
        drawing.note(words, style.palette.muted, SMALL_SIZE, y=expected, yshift=-shift, **where)
