"""Concentration: what share of value the most valuable customers hold."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from segmodel import formats
from segmodel.charts.rows import share_ticks
from segmodel.charts.template import SMALL_SIZE, Drawing, Look, plain, spread

Floats = npt.NDArray[np.float64]

HEIGHT = 420
MARKS = (0.1, 0.2)
"""Shares of customers whose share of value is told."""
_LEFT, _BELOW = 48, 22
_LABEL = 20


def concentration(curve: pd.DataFrame, style: Look, word: str = "margin") -> go.Figure:
    """Draw the share of value that the most valuable customers hold together.

    Parameters
    ----------
    curve : DataFrame
        `customer_share`, from the most valuable customer on, and `value_share`, both from 0 and cumulative. Above 1 is
        what the customers who bring money make before the others lose it.
    style : Look
        Palette and footer.
    word : str
        What value is here: `margin` or `revenue`.

    Returns
    -------
    Figure
        The axis holds the whole curve and always 0 to 100%; the diagonal is what equal customers would hold.
    """
    palette = style.palette
    subtitle = f"Share of {word} held by the most valuable customers"
    drawing = Drawing(style, HEIGHT + _BELOW, subtitle, left=_LEFT, right=16, below=_BELOW)
    known = curve.dropna(subset=["customer_share", "value_share"]).sort_values("customer_share")
    if known.empty:
        return drawing.figure({"visible": False}, {"visible": False})
    customers, value = (known[name].to_numpy(dtype=float) for name in ("customer_share", "value_share"))
    low, high = min(0.0, float(value.min())), max(1.0, float(value.max()))
    colour = palette.segment(0)
    drawing.marks([0, 1], [0, 1], "lines", line={"color": palette.context, "width": 1.6, "dash": "dash"})
    below = {"xanchor": "left", "yanchor": "top", "xshift": 8, "yshift": -4}
    drawing.note("all customers equal", palette.muted, SMALL_SIZE, x=0.62, y=0.62, **below)
    if high > 1.005:
        drawing.rule(palette.rule, x0=0, x1=1, y0=1, y1=1, line={"width": 1})
    drawing.marks(
        customers.tolist(),
        value.tolist(),
        "lines",
        line={"color": colour, "width": 2.4},
        cliponaxis=False,
        text=[
            f"{formats.share(share)} of customers hold {formats.share(held)} of {plain(word)}"
            for share, held in zip(customers, value, strict=True)
        ],
        hovertemplate="%{text}<extra></extra>",
    )
    _draw_marks(drawing, customers, value, (low, high), style)
    _draw_peak(drawing, customers, value, style)
    where = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0, "yanchor": "top", "yshift": -26}
    drawing.note("share of customers, most valuable first →", palette.muted, SMALL_SIZE, **where)
    ticks, across = share_ticks(low, high, most=6), share_ticks(0, 1)
    xaxis = {"range": [0, 1], "tickmode": "array", "tickvals": across, "tickangle": 0}
    yaxis = {"range": [low, high + 0.02 * (high - low)], "tickmode": "array", "tickvals": ticks}
    return drawing.figure(
        {**xaxis, "ticktext": [formats.share(tick) for tick in across]},
        {**yaxis, "ticktext": [formats.share(tick) for tick in ticks]},
    )


def _draw_marks(drawing: Drawing, customers: Floats, value: Floats, limits: tuple[float, float], style: Look) -> None:
    """Mark what a tenth and a fifth of the customers hold, in words to the right of the curve, pushed apart."""
    palette = style.palette
    low, high = limits
    held = [float(np.interp(share, customers, value)) for share in MARKS]
    marker = {"color": palette.segment(0), "size": 11, "line": {"color": palette.paper, "width": 1.5}}
    drawing.marks(MARKS, held, "markers", marker=marker, cliponaxis=False)
    per_pixel = (high - low) / drawing.plot_height
    room = _LABEL * per_pixel
    wanted = [share - 0.6 * room for share in held]
    for share, amount, y in zip(MARKS, held, spread(wanted, [room] * len(held), low, high), strict=True):
        text = f"<b>{formats.share(share)} hold {formats.share(amount)}</b>"
        drawing.note(text, palette.text(palette.segment(0)), x=share, y=y, xanchor="left", xshift=12)


def _draw_peak(drawing: Drawing, customers: Floats, value: Floats, style: Look) -> None:
    """Say where the curve turns, when it passes 100%: from there on customers cost money."""
    top = int(np.argmax(value))
    if value[top] <= 1.005:
        return
    text = f"{formats.share(customers[top])} make {formats.share(value[top])}; the rest lose it again"
    middle = 0.3 <= customers[top] <= 0.7
    anchor = "center" if middle else "left" if customers[top] < 0.3 else "right"
    where = {"x": float(customers[top]), "y": float(value[top]), "xanchor": anchor, "yanchor": "bottom", "yshift": 4}
    drawing.note(text, style.palette.ink, SMALL_SIZE, **where)
