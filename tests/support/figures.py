"""Where the labels of a figure stand on a screen of a given width, so that tests can say whether they meet."""

from __future__ import annotations

import html
import itertools
import re
from typing import Any

import plotly.graph_objects as go

from segmodel.charts.template import text_width

LINE = 1.3
"""Height of a line in Plotly, in sizes of its type."""

Box = tuple[float, float, float, float]


def words(text: str) -> str:
    """Return what a reader sees of Plotly text, in one line."""
    bare = re.sub(r"<[^>]*>", "", text.replace("<br>", " "))
    return html.unescape(bare).replace("\u2068", "").replace("\u2069", "")


def label_boxes(figure: go.Figure, width: float) -> list[tuple[str, Box]]:
    """Return each label with its left, bottom, right and top, in pixels from the lower left corner of the figure."""
    return [(words(note.text), _box(figure, note, width)) for note in figure.layout.annotations if note.text]


def position(figure: go.Figure, width: float, x: Any, y: Any) -> tuple[float, float]:
    """Return where a mark stands, in pixels from the lower left corner of the figure."""
    return _along(figure, "x", x, width), _along(figure, "y", y, width)


def meeting(figure: go.Figure, width: float) -> list[tuple[str, str]]:
    """Return the pairs of labels that lie on each other by more than a hair."""
    boxes = label_boxes(figure, width)
    return [(one, other) for (one, a), (other, b) in itertools.combinations(boxes, 2) if shared(a, b) > 1]


def outside(figure: go.Figure, width: float) -> list[str]:
    """Return the labels that leave the figure."""
    height = figure.layout.height
    return [
        text
        for text, (left, bottom, right, top) in label_boxes(figure, width)
        if left < -1 or bottom < -1 or right > width + 1 or top > height + 1
    ]


def shared(one: Box, other: Box) -> float:
    """Return the smaller side of what two boxes share, 0 where they are apart."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    up = min(one[3], other[3]) - max(one[1], other[1])
    return max(min(across, up), 0.0)


def _along(figure: go.Figure, axis: str, value: Any, width: float, ref: str | None = None) -> float:
    margin = figure.layout.margin
    start, end = (margin.l, margin.r) if axis == "x" else (margin.b, margin.t)
    span = (width if axis == "x" else figure.layout.height) - start - end
    if ref == "paper":
        return start + value * span
    low, high = figure.layout[f"{axis}axis"].range
    return start + (value - low) / (high - low) * span


def _box(figure: go.Figure, note: Any, width: float) -> Box:
    lines = [words(line) for line in note.text.split("<br>")]
    # the estimate allows for bold type; what is drawn is a tenth narrower
    across, up = 0.89 * text_width(lines, note.font.size), LINE * 0.8 * note.font.size * len(lines)
    if note.textangle == -90:
        across, up = up, across
    x = _along(figure, "x", note.x, width, note.xref) + (note.xshift or 0)
    y = _along(figure, "y", note.y, width, note.yref) + (note.yshift or 0)
    left = x - across * {"left": 0, "center": 0.5, "right": 1}[note.xanchor or "center"]
    bottom = y - up * {"bottom": 0, "middle": 0.5, "top": 1}[note.yanchor or "middle"]
    return left, bottom, left + across, bottom + up
