"""Profile of one segment: what sets it apart from all other customers, most telling first."""

from __future__ import annotations

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
    plain,
    plain_lines,
    shortened,
    text_width,
    wrapped,
)

ROW_HEIGHT = 36
LINE_HEIGHT = 17
NAME_WIDTH = 28
MOST = 3.3
"""Where the axis ends at most: one extreme feature must not flatten all others; it becomes an arrow."""
_HEADING = 22
"""Pixels above the first row for the words that say which side is which."""


def profile(frame: pd.DataFrame, style: Look, colour: int) -> go.Figure:
    """Draw standardised differences between a segment and all other customers, with intervals.

    Parameters
    ----------
    frame : DataFrame
        One row a feature, in the order to be drawn: `label`, `difference` (segment mean less the mean of
        the rest, in pooled standard deviations), `low`, `high`, and `remark`, a text that gives both means.
    style : Look
        Palette and footer.
    colour : int
        Colour of the segment.

    Returns
    -------
    Figure
        Features whose interval contains no difference are grey; an arrow lies beyond the axis.
    """
    palette = style.palette
    names = [shortened(wrapped(str(label), NAME_WIDTH)) for label in frame["label"]]
    row_height = max(ROW_HEIGHT, LINE_HEIGHT * max((len(lines) for lines in names), default=1) + 6)
    left = max(text_width([line for lines in names for line in lines]) + 16, 80)
    right = text_width([str(remark) for remark in frame["remark"]], SMALL_SIZE) + 20
    rows = max(len(frame), 1)
    height = MARGIN_TOP + _HEADING + rows * row_height + MARGIN_BOTTOM
    subtitle = "Standard deviations from all others, with 95% intervals"
    drawing = Drawing(style, height, subtitle, left=left, right=right)
    top = rows - 0.5 + _HEADING / row_height
    drawing.rule(palette.rule, x0=0, x1=0, y0=-0.5, y1=rows - 0.5, line={"width": 1.5})
    extent = frame[["difference", "low", "high"]].astype(float).abs().max().max() if len(frame) else 1.0
    limit = min(max(0.6, float(extent) * 1.12), MOST)
    features: Sequence[Mapping[Hashable, Any]] = frame.to_dict("records")
    for row, feature in enumerate(features):
        y = rows - 1 - row
        is_clear = feature["low"] > 0 or feature["high"] < 0
        ink = palette.segment(colour) if is_clear else palette.context
        remark = plain(str(feature["remark"]))
        shown = min(max(feature["difference"], -limit * 0.97), limit * 0.97)
        symbol = "circle" if shown == feature["difference"] else "triangle-right" if shown > 0 else "triangle-left"
        drawing.marks([feature["low"], feature["high"]], [y, y], "lines", line={"color": ink, "width": 1.6})
        hover = f"{plain(str(feature['label']))}<br>{remark}<extra></extra>"
        dot = {"size": 11, "color": ink, "symbol": symbol}
        drawing.marks([shown], [y], "markers", marker=dot, hovertemplate=hover)
        text_ink = palette.ink if is_clear else palette.muted
        drawing.note(remark, text_ink, SMALL_SIZE, x=1, xref="paper", xanchor="left", xshift=10, y=y)
    for word, anchor, shift in (("← lower", "right", -8), ("higher →", "left", 8)):
        drawing.note(word, palette.muted, SMALL_SIZE, x=0, y=top, yanchor="top", xanchor=anchor, xshift=shift)
    step = 0.5 if limit < 1.1 else 1.0 if limit < 2.2 else 2.0
    xaxis = {
        "range": [-limit, limit],
        "tickmode": "array",
        "tickvals": [-step, 0, step],
        "ticktext": [f"{formats.MINUS}{step:g}", "0", f"+{step:g}"],
    }
    yaxis = {
        "range": [-0.5, top],
        "tickmode": "array",
        "tickvals": [rows - 1 - row for row in range(len(frame))],
        "ticktext": [plain_lines(lines) for lines in names],
        "tickfont": {"size": TEXT_SIZE, "color": palette.ink},
    }
    return drawing.figure(xaxis, yaxis)
