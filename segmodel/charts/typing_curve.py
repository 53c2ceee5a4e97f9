"""Hit rate by number of questions, with its interval, between guessing and asking everything."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from segmodel import formats
from segmodel.charts.rows import share_ticks
from segmodel.charts.template import SMALL_SIZE, Drawing, Look, plain

HEIGHT = 400
_BELOW = 22


def typing_curve(
    curve: pd.DataFrame, style: Look, *, chosen: int, largest_share: float, all_hit_rate: float | None = None
) -> go.Figure:
    """Draw the share of people put right against the number of questions asked.

    Parameters
    ----------
    curve : DataFrame
        `questions`, `hit_rate`, `hit_rate_low`, `hit_rate_high`; shares.
    style : Look
        Palette and footer.
    chosen : int
        The number of questions that is marked.
    largest_share : float
        Share put right by always guessing the largest segment.
    all_hit_rate : float, optional
        Share put right by asking every question.

    Returns
    -------
    Figure
        The axis of shares goes from 0 to 100%.
    """
    palette = style.palette
    ink = palette.segment(0)
    subtitle = "Share put right of people not seen; band: 95% interval"
    drawing = Drawing(style, HEIGHT + _BELOW, subtitle, left=52, right=24, below=_BELOW)
    known = curve.sort_values("questions")
    asked, rates, low, high = (
        known[name].astype(float).tolist() for name in ("questions", "hit_rate", "hit_rate_low", "hit_rate_high")
    )
    if len(asked) > 1:
        ground = palette.tint(ink, 0.16)
        drawing.marks(
            asked + asked[::-1], high + low[::-1], "lines", fill="toself", fillcolor=ground, line={"width": 0}
        )
    hover = [
        plain(f"{formats.number(size)} questions: {formats.share(rate)}, {formats.share_range(least, most)}")
        for size, rate, least, most in zip(asked, rates, low, high, strict=True)
    ]
    drawing.marks(
        asked,
        rates,
        "lines+markers",
        line={"color": ink, "width": 2.4},
        marker={"size": 7, "color": ink},
        text=hover,
        hovertemplate="%{text}<extra></extra>",
    )
    _draw_level(drawing, style, largest_share, "always guessing the largest segment", is_above=False)
    if all_hit_rate is not None:
        _draw_level(drawing, style, all_hit_rate, "asking every question", is_above=True)
    for size, rate in zip(asked, rates, strict=True):
        if size == chosen:
            marker = {"size": 13, "color": ink, "line": {"color": palette.paper, "width": 2}}
            drawing.marks([size], [rate], "markers", marker=marker, cliponaxis=False)
            label = f"<b>{chosen} questions: {formats.share(rate)}</b>"
            anchor = "left" if size < asked[-1] else "right"
            drawing.note(label, palette.text(ink), x=size, y=rate, xanchor=anchor, yanchor="top", yshift=-16)
    where = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0, "yanchor": "top", "yshift": -26}
    drawing.note("questions asked →", palette.muted, SMALL_SIZE, **where)
    ticks = share_ticks(0, 1)
    return drawing.figure(
        {"range": [min(asked) - 0.5, max(asked) + 0.5], "tickmode": "array", "tickvals": asked},
        {
            "range": [0, 1.08],
            "tickmode": "array",
            "tickvals": ticks,
            "ticktext": [formats.share(tick) for tick in ticks],
        },
    )


def _draw_level(drawing: Drawing, style: Look, level: float, words: str, *, is_above: bool) -> None:
    palette = style.palette
    drawing.rule(palette.context, line={"dash": "dot", "width": 1.4}, xref="paper", x0=0, x1=1, y0=level, y1=level)
    up, lift = ("bottom", 3) if is_above else ("top", -3)
    # the curve rises: what it comes near on the right, it is far from on the left
    side, end = ("left", 0) if is_above else ("right", 1)
    where = {"xref": "paper", "x": end, "xanchor": side, "y": level, "yanchor": up, "yshift": lift}
    drawing.note(plain(f"{words}: {formats.share(level)}"), palette.muted, SMALL_SIZE, **where)
