"""Drift of every feature over the chunks of a table: small multiples with the noise line."""

from __future__ import annotations

import math

import pandas as pd
import plotly.graph_objects as go

from segmodel import formats
from segmodel.charts.template import SMALL_SIZE, Drawing, Look, plain, text_width

ROW_HEIGHT = 64
_AROUND = 140
_FLOOR = 0.0005


def chunk_drift(frame: pd.DataFrame, style: Look) -> go.Figure:
    """Draw the population stability index of each feature by chunk, a row a feature, with the noise line in it.

    Parameters
    ----------
    frame : DataFrame
        Of `DriftResult.to_frame`: chunk, feature, psi, noise_line, drifted.
    style : Look
        Palette and footer.

    Returns
    -------
    Figure
        Each row has its own logarithmic height, from the smallest index that says anything to its largest. Chunks that
        drifted are filled; the line is where noise reaches.
    """
    palette = style.palette
    features = list(dict.fromkeys(frame["feature"]))
    order = list(dict.fromkeys(frame["chunk"]))
    left = max(text_width([str(name) for name in features], SMALL_SIZE) + 20, 80)
    subtitle = "PSI by chunk, logarithmic in each row; line: where noise reaches; filled: drifted"
    drawing = Drawing(style, _AROUND + ROW_HEIGHT * max(len(features), 1), subtitle, left=left, right=60)
    for row, feature in enumerate(features):
        own = frame[frame["feature"] == feature].dropna(subset=["psi"])
        base = len(features) - 1 - row
        top = max([0.1, *own["psi"], *own["noise_line"].dropna()])
        height = [base + 0.8 * _along(value, top) for value in own["psi"]]
        at = [order.index(chunk) for chunk in own["chunk"]]
        drawing.marks(at, height, "lines", line={"color": palette.context, "width": 1.6})
        for drifted in (False, True):
            mask = (own["drifted"] == drifted).tolist()
            remarks = [
                plain(f"{feature}, {chunk}: PSI {formats.number(psi, 3)}, noise reaches {formats.number(line, 3)}")
                for chunk, psi, line in zip(own["chunk"], own["psi"], own["noise_line"], strict=True)
            ]
            ink = palette.segment(2) if drifted else palette.context
            drawing.marks(
                [x for x, on in zip(at, mask, strict=True) if on],
                [y for y, on in zip(height, mask, strict=True) if on],
                "markers",
                marker={"size": 9, "color": ink if drifted else palette.paper, "line": {"color": ink, "width": 2}},
                cliponaxis=False,
                text=[remark for remark, on in zip(remarks, mask, strict=True) if on],
                hovertemplate="%{text}<extra></extra>",
            )
        lines = own["noise_line"].dropna()
        if len(lines):
            y = base + 0.8 * _along(float(lines.iloc[-1]), top)
            drawing.rule(palette.ink, x0=-0.3, x1=len(order) - 0.7, y0=y, y1=y, line={"width": 1.2, "dash": "dot"})
        if len(own):
            last = {"x": at[-1], "y": height[-1], "xanchor": "left", "xshift": 10}
            drawing.note(formats.number(float(own["psi"].iloc[-1]), 3), palette.muted, SMALL_SIZE, **last)
    step = max(1, -(-len(order) // 10))
    return drawing.figure(
        {
            "range": [-0.4, len(order) - 0.6],
            "tickmode": "array",
            "tickvals": list(range(0, len(order), step)),
            "ticktext": [plain(str(chunk)) for chunk in order[::step]],
            "tickangle": 0,
        },
        {
            "range": [-0.2, max(len(features), 1)],
            "tickmode": "array",
            "tickvals": [len(features) - 1 - row + 0.3 for row in range(len(features))],
            "ticktext": [plain(str(name)) for name in features],
        },
    )


def _along(value: float, top: float) -> float:
    """Return where a value stands between the smallest that says anything (0) and the top of its row (1)."""
    return math.log(max(value, _FLOOR) / _FLOOR) / math.log(top / _FLOOR)
