"""How far the features of each segment have moved, against the line that noise reaches."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from segmodel import formats
from segmodel.charts.rows import Rows
from segmodel.charts.template import SMALL_SIZE, Drawing, Look, Row, plain

_FLOOR = 0.03
"""Smaller ratios are drawn here: they say nothing but that nothing moved."""

_TICKS = (0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000)
_HEADING = 20
_NEAR = 0.55
"""Share of the way from the tick to the end up to which a name stands right of its mark."""


def segment_drift(segments: pd.DataFrame, features: pd.DataFrame, style: Look) -> go.Figure:
    """Draw the drift of every feature inside each segment against its noise line, a row a segment.

    Features have noise lines of their own, by their bins and by whose values are known, so that each index is drawn in
    units of its own line.

    Parameters
    ----------
    segments : DataFrame
        One row a segment, in the order to be drawn: `segment`, `name`, `colour`, `text` (the verdict in words, on the
        right) and `is_called` (whether it is worse than fit).
    features : DataFrame
        One row a segment and feature: `segment`, `label`, `psi`, `noise_line`, `drifted`.
    style : Look
        Palette and footer.

    Returns
    -------
    Figure
        Ratios on a logarithmic axis. Features that drifted are filled and the one that moved most is named; the
        others are grey.
    """
    palette = style.palette
    rows = Rows.of(list(segments["name"]), list(segments["text"]), heading=_HEADING, room=(0, 8))
    subtitle = "Drift of each feature inside the segment: PSI in units of its noise line, logarithmic"
    drawing = Drawing(style, rows.height, subtitle, left=rows.left, right=rows.right)
    known = features.dropna(subset=["psi", "noise_line"])
    known = known[known["noise_line"] > 0].assign(ratio=lambda rows: rows["psi"] / rows["noise_line"])
    top = max(float(known["ratio"].max()) if len(known) else 0.0, 3.0) * 1.6
    for row, segment in enumerate(segments.to_dict("records")):
        own = known[known["segment"] == segment["segment"]]
        _draw_row(drawing, segment, own, rows.y(row), style, top)
    if len(known):
        drawing.note("noise", palette.muted, SMALL_SIZE, x=0.0, y=rows.y(0), yshift=20, yanchor="bottom")
    rows.write_texts(drawing, [palette.ink if called else palette.muted for called in segments["is_called"]])
    ticks = [tick for tick in _TICKS if tick <= top]
    return drawing.figure(
        {
            "range": [math.log10(_FLOOR) - 0.08, math.log10(top)],
            "tickmode": "array",
            "tickvals": [math.log10(tick) for tick in ticks],
            "ticktext": [f"{tick:g}×" for tick in ticks],
            "tickangle": 0,
        },
        rows.axis(style),
    )


def _draw_row(drawing: Drawing, segment: Row, own: pd.DataFrame, y: int, style: Look, top: float) -> None:
    palette = style.palette
    colour = palette.segment(int(segment["colour"]))
    if own.empty:
        drawing.note("not tested", palette.muted, SMALL_SIZE, x=math.log10(_FLOOR), y=y, xanchor="left")
        return
    drawing.rule(palette.ink, x0=0.0, x1=0.0, y0=y - 0.3, y1=y + 0.3, line={"width": 1.6})
    for drifted in (False, True):
        part = own[own["drifted"] == drifted]
        fill = colour if drifted else palette.paper
        edge = colour if drifted else palette.context
        drawing.marks(
            [math.log10(max(value, _FLOOR)) for value in part["ratio"]],
            [y] * len(part),
            "markers",
            marker={"size": 13 if drifted else 9, "color": fill, "line": {"color": edge, "width": 2}},
            cliponaxis=False,
            text=_remarks(part.to_dict("records")),
            hovertemplate="%{text}<extra></extra>",
        )
    moved = own[own["drifted"]].sort_values("ratio")
    if not moved.empty:
        largest = moved.iloc[-1]
        at = math.log10(float(largest["ratio"]))
        # away from the tick of noise where there is room on the right
        anchor, shift = ("left", -8) if at < _NEAR * math.log10(top) else ("right", 8)
        drawing.note(
            plain(str(largest["label"])),
            palette.text(colour),
            SMALL_SIZE,
            x=at,
            y=y,
            xanchor=anchor,
            yanchor="bottom",
            xshift=shift,
            yshift=8,
        )


def _remarks(rows: Sequence[Row]) -> list[str]:
    return [
        plain(
            f"{row['label']}: PSI {formats.number(row['psi'], 3)}, noise reaches {formats.number(row['noise_line'], 3)}"
        )
        for row in rows
    ]
