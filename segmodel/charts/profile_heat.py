"""What sets every segment apart, at a glance: standardised differences as a table of tinted cells."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from segmodel import formats
from segmodel.charts.template import (
    MARGIN_BOTTOM,
    MARGIN_TOP,
    SMALL_SIZE,
    TEXT_SIZE,
    Drawing,
    Look,
    Palette,
    contrast,
    plain,
    plain_lines,
    shortened,
    text_width,
    wrapped,
)

NAME_WIDTH = 30
HEAD_WIDTH = 14
LINE_HEIGHT = 16
STRONGEST = 1.5
"""Difference, in standard deviations, from which a cell is as deep as it gets."""

_HIGH, _LOW = 0, 4
"""Colours of the palette for more and for less than the others; the sign says the same."""

READABLE = 4.5


def profile_heat(frame: pd.DataFrame, style: Look) -> go.Figure:
    """Draw standardised differences of every segment from the others.

    Parameters
    ----------
    frame : DataFrame
        One row a segment and feature: `segment` (from 1), `name`, `label`, `difference` (may be NaN) and `remark`, a
        text that gives both means. Features are drawn in their order, segments from left to right.
    style : Look
        Palette and footer.
    """
    palette = style.palette
    features = list(dict.fromkeys(frame["feature"]))
    segments = list(dict.fromkeys(frame["segment"]))
    labels = dict(zip(frame["feature"], frame["label"], strict=True))
    names = dict(zip(frame["segment"], frame["name"], strict=True))
    rows = [shortened(wrapped(str(labels[feature]), NAME_WIDTH)) for feature in features]
    heads = [shortened(wrapped(f"{segment} {names[segment]}", HEAD_WIDTH), most=4) for segment in segments]
    row_height = max(30, LINE_HEIGHT * max((len(lines) for lines in rows), default=1) + 8)
    heading = LINE_HEIGHT * max((len(lines) for lines in heads), default=1) + 10
    left = max(text_width([line for lines in rows for line in lines]) + 16, 80)
    height = MARGIN_TOP + heading + max(len(features), 1) * row_height + MARGIN_BOTTOM - 24
    subtitle = "Standard deviations above or below all other customers"
    drawing = Drawing(style, height, subtitle, left=left, right=8)
    across = {segment: place for place, segment in enumerate(segments)}
    down = {feature: len(features) - 1 - place for place, feature in enumerate(features)}
    cells: Sequence[Mapping[Hashable, Any]] = frame.to_dict("records")
    for cell in cells:
        _draw_cell(drawing, palette, cell, across[cell["segment"]], down[cell["feature"]])
    for segment, lines in zip(segments, heads, strict=True):
        top = len(features) - 0.5
        drawing.note(plain_lines(lines), palette.ink, SMALL_SIZE, x=across[segment], y=top, yanchor="bottom", yshift=4)
    xaxis = {"range": [-0.5, max(len(segments), 1) - 0.5], "visible": False}
    yaxis = {
        "range": [-0.5, len(features) - 0.5 + heading / row_height],
        "tickmode": "array",
        "tickvals": [down[feature] for feature in features],
        "ticktext": [plain_lines(lines) for lines in rows],
        "tickfont": {"size": TEXT_SIZE, "color": palette.ink},
    }
    return drawing.figure(xaxis, yaxis)


def ground(palette: Palette, difference: float) -> str:
    """Return the tint of a cell: deeper for more, and never so deep that its number is hard to read."""
    colour = palette.segment(_HIGH if difference > 0 else _LOW)
    strength = 0.7 * min(abs(difference) / STRONGEST, 1.0)
    while contrast(palette.ink, palette.tint(colour, strength)) < READABLE:
        strength -= 0.02
    return palette.tint(colour, strength)


def _draw_cell(drawing: Drawing, palette: Palette, cell: Mapping[Hashable, Any], x: int, y: int) -> None:
    difference = float(cell["difference"])
    if math.isnan(difference):
        return
    drawing.box(ground(palette, difference), x0=x - 0.48, x1=x + 0.48, y0=y - 0.46, y1=y + 0.46)
    tenths = round(difference, 1)
    sign = "+" if tenths > 0 else formats.MINUS if tenths < 0 else ""
    drawing.note(f"{sign}{abs(tenths):.1f}", palette.ink, SMALL_SIZE, x=x, y=y)
    hover = f"{plain(str(cell['name']))}<br>{plain(str(cell['label']))}: {plain(str(cell['remark']))}<extra></extra>"
    drawing.marks([x], [y], "markers", marker={"size": 24, "opacity": 0}, hovertemplate=hover)
