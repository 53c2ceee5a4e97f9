"""Profile of one segment: what sets it apart from all other customers, most telling first."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from segmodel import formats
from segmodel.charts.template import (
    FOOTER_HEIGHT,
    SMALL_SIZE,
    TEXT_SIZE,
    Look,
    base_figure,
    plain,
    plain_lines,
    text_width,
    wrapped,
)

ROW_HEIGHT = 36
NAME_WIDTH = 28
MOST = 3.3
"""Where the axis ends at most: one extreme feature must not flatten all others; it becomes an arrow."""


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
    names = [wrapped(str(label), NAME_WIDTH) for label in frame["label"]]
    left = max(text_width([line for lines in names for line in lines]) + 16, 80)
    right = text_width([str(remark) for remark in frame["remark"]], SMALL_SIZE) + 20
    rows = max(len(frame), 1)
    height = 56 + 22 + rows * ROW_HEIGHT + FOOTER_HEIGHT + 30
    subtitle = "Standard deviations from all others, with 95% intervals"
    figure = base_figure(style, height, subtitle, left=left, right=right)
    palette = style.palette
    top = rows - 0.5 + 22 / ROW_HEIGHT
    figure.add_shape(type="line", x0=0, x1=0, y0=-0.5, y1=rows - 0.5, line={"color": palette.rule, "width": 1.5})
    extent = frame[["difference", "low", "high"]].astype(float).abs().max().max() if len(frame) else 1.0
    limit = min(max(0.6, float(extent) * 1.12), MOST)
    for row, feature in enumerate(frame.to_dict("records")):
        y = rows - 1 - row
        is_clear = feature["low"] > 0 or feature["high"] < 0
        ink = palette.segment(colour) if is_clear else palette.context
        _draw_feature(figure, feature, y, ink, limit)
        figure.add_annotation(
            x=1,
            xref="paper",
            xanchor="left",
            xshift=10,
            y=y,
            text=plain(str(feature["remark"])),
            showarrow=False,
            font={"size": SMALL_SIZE, "color": palette.ink if is_clear else palette.muted},
        )
    for x, word, anchor, shift in ((0, "← lower", "right", -8), (0, "higher →", "left", 8)):
        figure.add_annotation(
            x=x,
            y=top,
            yanchor="top",
            text=word,
            showarrow=False,
            xanchor=anchor,
            xshift=shift,
            font={"size": SMALL_SIZE, "color": palette.muted},
        )
    step = 0.5 if limit < 1.1 else 1.0 if limit < 2.2 else 2.0
    texts = [f"{formats.MINUS}{step:g}", "0", f"+{step:g}"]
    figure.update_xaxes(range=[-limit, limit], tickmode="array", tickvals=[-step, 0, step], ticktext=texts)
    figure.update_yaxes(
        range=[-0.5, top],
        tickmode="array",
        tickvals=[rows - 1 - row for row in range(len(frame))],
        ticktext=[plain_lines(lines) for lines in names],
        tickfont={"size": TEXT_SIZE, "color": palette.ink},
    )
    return figure


def _draw_feature(figure: go.Figure, feature: Mapping[Hashable, Any], y: int, ink: str, limit: float) -> None:
    shown = min(max(feature["difference"], -limit * 0.97), limit * 0.97)
    symbol = "circle" if shown == feature["difference"] else "triangle-right" if shown > 0 else "triangle-left"
    figure.add_trace(
        go.Scatter(
            x=[feature["low"], feature["high"]],
            y=[y, y],
            mode="lines",
            line={"color": ink, "width": 1.6},
            hoverinfo="skip",
        )
    )
    hover = f"{plain(str(feature['label']))}<br>{plain(str(feature['remark']))}<extra></extra>"
    figure.add_trace(
        go.Scatter(
            x=[shown],
            y=[y],
            mode="markers",
            marker={"size": 11, "color": ink, "symbol": symbol},
            hovertemplate=hover,
        )
    )
