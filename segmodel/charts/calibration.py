"""Calibration: of customers said to have a risk, how many left."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from segmodel import formats
from segmodel.charts.rows import extent, share_ticks
from segmodel.charts.template import SMALL_SIZE, Drawing, Look, Row, known_number

HEIGHT = 440
LARGEST, SMALLEST = 26.0, 8.0
"""Pixels across the dot of most customers, and of few."""
_LEFT, _BELOW = 52, 22


def calibration(frame: pd.DataFrame, style: Look, word: str = "left") -> go.Figure:
    """Draw predicted risk against the share who did leave, with Wilson intervals; the diagonal is a risk that is right.

    Parameters
    ----------
    frame : DataFrame
        One row a group of customers of like risk: `predicted` (mean risk), `observed`, `low`, `high` (shares), `n`
        (customers). Groups without an observed share are left out.
    style : Look
        Palette and footer.
    word : str
        What they did.

    Returns
    -------
    Figure
        The area of a dot is its number of customers; both axes have one scale from zero.
    """
    palette = style.palette
    subtitle = f"Predicted risk against the share who {word}; dots by customers, lines are 95% intervals"
    drawing = Drawing(style, HEIGHT + _BELOW, subtitle, left=_LEFT, right=16, below=_BELOW)
    rows: Sequence[Row] = frame.dropna(subset=["predicted", "observed"]).to_dict("records")
    if not rows:
        return drawing.figure({"visible": False}, {"visible": False})
    _, top = extent(pd.DataFrame(rows), ["predicted", "observed", "low", "high"], least=0.05)
    top = min(top, 1.0)
    drawing.marks([0, top], [0, top], "lines", line={"color": palette.context, "width": 1.6, "dash": "dash"})
    below = {"xanchor": "left", "yanchor": "top", "xshift": 14, "yshift": -8}
    drawing.note("risk as predicted", palette.muted, SMALL_SIZE, x=top * 0.66, y=top * 0.66, **below)
    largest = max((known_number(row, "n") or 0.0 for row in rows), default=0.0)
    for row in rows:
        _draw_group(drawing, row, largest, style, word)
    paper = {"xref": "paper", "yref": "paper"}
    drawing.note("predicted risk →", palette.muted, SMALL_SIZE, **paper, x=0.5, y=0, yanchor="top", yshift=-26)
    drawing.note(
        f"share who {word} ↑", palette.muted, SMALL_SIZE, **paper, x=0, y=1, xanchor="left", yanchor="bottom", yshift=6
    )
    ticks = share_ticks(0, top)
    axis = {
        "range": [-0.03 * top, 1.05 * top],
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [formats.share(tick) for tick in ticks],
        "tickangle": 0,
    }
    return drawing.figure(axis, axis)


def _draw_group(drawing: Drawing, row: Row, largest: float, style: Look, word: str) -> None:
    palette = style.palette
    colour = palette.segment(0)
    x, y, n = float(row["predicted"]), float(row["observed"]), known_number(row, "n")
    low, high = known_number(row, "low"), known_number(row, "high")
    hover = f"Predicted {formats.share(x)}, {formats.share(y)} {word}"
    if low is not None and high is not None:
        drawing.marks([x, x], [low, high], "lines", line={"color": palette.text(colour), "width": 1.4})
        hover += f" ({formats.share_range(low, high)})"
    if n is not None:
        hover += f"<br>{formats.counted(round(n), 'customer')}"
    size = max(LARGEST * (n / largest) ** 0.5, SMALLEST) if n and largest else SMALLEST
    marker = {"size": size, "color": palette.tint(colour, 0.82), "line": {"color": palette.paper, "width": 1}}
    drawing.marks([x], [y], "markers", marker=marker, cliponaxis=False, hovertemplate=f"{hover}<extra></extra>")
