"""Map of customers: each a dot in the plane in which they differ most, each segment with its name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmodel.charts.template import (
    MARGIN_BOTTOM,
    MARGIN_TOP,
    SMALL_SIZE,
    Drawing,
    Look,
    plain,
    plain_lines,
    shortened,
    spread,
    wrapped,
)

HEIGHT = 560
NAME_WIDTH = 22
AXIS_WIDTH = 56
_LINE = 15
SHAPES = (
    "circle", "square", "diamond", "triangle-up", "cross", "x", "triangle-down", "pentagon", "star", "hexagon",
)  # fmt: skip
"""Shapes of the dots, in the order of the segments: colour is never the only signal."""

_NO_AXIS = {"showticklabels": False, "ticks": ""}


def segment_map(
    dots: pd.DataFrame, names: Sequence[str], style: Look, axes: tuple[str, str], shown: float
) -> go.Figure:
    """Draw customers in a plane, by segment.

    Parameters
    ----------
    dots : DataFrame
        One row a customer: `x`, `y`, and `segment`, counted from 1; 0 is of a small group and is left out.
    names : sequence of str
        Of the segments, in their order.
    style : Look
        Palette and footer.
    axes : tuple of str
        What lies to the right, and what lies up, in words.
    shown : float
        Share of the differences between customers that the plane holds.

    Returns
    -------
    Figure
        Drawn as SVG: browsers show few WebGL charts at once.
    """
    palette = style.palette
    subtitle = f"Customers of the comparison; the plane holds {shown:.0%} of the differences between them"
    drawing = Drawing(style, HEIGHT, subtitle, left=34, right=12)
    told = dots[dots["segment"] > 0]
    if told.empty:
        return drawing.figure({"visible": False}, {"visible": False})
    for segment, own in told.groupby("segment"):
        place = int(str(segment)) - 1
        marker = {
            "size": 6,
            "opacity": 0.55,
            "color": palette.segment(place),
            "symbol": SHAPES[place % len(SHAPES)],
        }
        hover = f"{plain(names[place])}<extra></extra>"
        drawing.marks(own["x"].tolist(), own["y"].tolist(), "markers", marker=marker, hovertemplate=hover)
    x_range, y_range = _range(told["x"]), _range(told["y"])
    _name_segments(drawing, style, told, names, y_range)
    right, up = (_arrow(words, sign) for words, sign in zip(axes, ("→", "↑"), strict=True))
    drawing.note(right, palette.muted, SMALL_SIZE, x=1, xref="paper", xanchor="right", y=0, yref="paper", yshift=-12)
    drawing.note(
        up, palette.muted, SMALL_SIZE, x=0, xref="paper", xshift=-16, y=1, yref="paper", yanchor="top", textangle=-90
    )
    return drawing.figure({"range": x_range, **_NO_AXIS}, {"range": y_range, **_NO_AXIS})


def _name_segments(
    drawing: Drawing, style: Look, told: pd.DataFrame, names: Sequence[str], y_range: tuple[float, float]
) -> None:
    """Write each name at the middle of its dots, pushed up or down where names would lie on each other."""
    palette = style.palette
    middles = told.groupby("segment")[["x", "y"]].median()
    lines = {segment: _lines(int(str(segment)), names) for segment in middles.index}
    per_pixel = (y_range[1] - y_range[0]) / (HEIGHT - MARGIN_TOP - MARGIN_BOTTOM)
    sizes = [(_LINE * len(lines[segment]) + 8) * per_pixel for segment in middles.index]
    placed = spread(middles["y"].tolist(), sizes, *y_range)
    for segment, y in zip(middles.index, placed, strict=True):
        ink = palette.text(palette.segment(int(str(segment)) - 1))
        drawing.note(
            f"<b>{plain_lines(lines[segment])}</b>",
            ink,
            SMALL_SIZE,
            x=float(middles.loc[segment, "x"]),
            y=y,
            bgcolor=palette.paper,
            opacity=0.92,
            borderpad=2,
        )


def _lines(segment: int, names: Sequence[str]) -> tuple[str, ...]:
    return shortened(wrapped(f"{segment} {names[segment - 1]}", NAME_WIDTH), most=2)


def _range(values: pd.Series) -> tuple[float, float]:
    """Return the ends of an axis: a few far customers must not press all others together."""
    low, high = (float(end) for end in np.quantile(values, (0.005, 0.995)))
    room = 0.08 * max(high - low, 1e-6)
    return low - room, high + room


def _arrow(words: str, sign: str) -> str:
    """Return the words along an axis, in one line that fits; the table behind the chart has them whole."""
    return plain(f"{shortened(wrapped(words, AXIS_WIDTH), most=1)[0]} {sign}") if words else ""
