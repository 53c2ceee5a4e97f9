"""Response: what value is expected at other levels of spend, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmodel import formats
from segmodel.charts.history import round_ticks
from segmodel.charts.template import SMALL_SIZE, TEXT_SIZE, Drawing, Look, plain, text_width

HEIGHT = 400
_LEFT, _BELOW = 66, 22
_PLOT = 330
"""Pixels the plot has at least; only used to keep labels from touching."""


def response_curve(
    curve: pd.DataFrame,
    style: Look,
    *,
    today: float,
    planned: float | None = None,
    months: pd.DataFrame | None = None,
    colour: int = 0,
    value_word: str = "margin",
    level: float = 0.9,
) -> go.Figure:
    """Draw expected value a month against spend a month, with its interval, where we are and where we would go.

    Parameters
    ----------
    curve : DataFrame
        `spend`, `value`, `low`, `high`, in money a month, by rising spend.
    style : Look
        Palette, footer and currency.
    today : float
        Spend a month now.
    planned : float, optional
        Spend a month after the move.
    months : DataFrame, optional
        Months seen: `spend` and `value`.
    colour : int
        Of the segment.
    value_word : str
        What value is here: `margin` or `revenue`.
    level : float
        Of the band.

    Returns
    -------
    Figure
        Points outside the curve's spend are not drawn, as nothing is known there. The axes hold what was seen and need
        not begin at zero: a curve is read by its slope.
    """
    palette = style.palette
    dots = ", dots: months" if months is not None else ""
    subtitle = f"Expected {value_word} a month by spend; band: {level:.0%} interval{dots}"
    drawing = Drawing(style, HEIGHT + _BELOW, subtitle, left=_LEFT, right=20, below=_BELOW)
    known = curve.dropna(subset=["spend", "value"]).sort_values("spend")
    if known.empty:
        return drawing.figure({"visible": False}, {"visible": False})
    seen = (months if months is not None else curve.head(0)).reindex(columns=["spend", "value"]).dropna()
    x_low, x_high = _ends(pd.concat([known["spend"], seen["spend"]]), 0.05)
    low, high = _ends(pd.concat([known[name] for name in ("value", "low", "high")] + [seen["value"]]), 0.22)
    ink = palette.segment(colour)
    _draw_band(drawing, known, palette.tint(ink, 0.16))
    faint = {"color": palette.context, "size": 6}
    drawing.marks(seen["spend"].tolist(), seen["value"].tolist(), "markers", marker=faint)
    spend, value = (known[name].astype(float).tolist() for name in ("spend", "value"))
    drawing.marks(
        spend,
        value,
        "lines",
        line={"color": ink, "width": 2.4},
        text=[_words(x, y, style, value_word) for x, y in zip(spend, value, strict=True)],
        hovertemplate="%{text}<extra></extra>",
    )
    _draw_points(drawing, known, [("today", today), ("planned", planned)], (x_low, x_high), style, ink)
    where = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0, "yanchor": "top", "yshift": -26}
    drawing.note("spend a month →", palette.muted, SMALL_SIZE, **where)
    across, up = round_ticks(x_low, x_high), round_ticks(low, high)
    axes = [
        {
            "range": list(ends),
            "tickmode": "array",
            "tickvals": ticks,
            "ticktext": [plain(formats.money(tick, style.currency)) for tick in ticks],
            "tickangle": 0,
        }
        for ticks, ends in ((across[:: 2 if len(across) > 4 else 1], (x_low, x_high)), (up, (low, high)))
    ]
    return drawing.figure(axes[0], axes[1])


def _ends(values: pd.Series, room: float) -> tuple[float, float]:
    """Return the range of an axis that holds these values, with a share of it free on either side for labels."""
    low, high = float(values.min()), float(values.max())
    free = room * ((high - low) or abs(high) or 1.0)
    return low - free, high + free


def _draw_band(drawing: Drawing, known: pd.DataFrame, ground: str) -> None:
    band = known.dropna(subset=["low", "high"])
    if len(band) > 1:
        x, low, high = (band[name].tolist() for name in ("spend", "low", "high"))
        drawing.marks(x + x[::-1], high + low[::-1], "lines", fill="toself", fillcolor=ground, line={"width": 0})


def _draw_points(
    drawing: Drawing,
    known: pd.DataFrame,
    points: Sequence[tuple[str, float | None]],
    limits: tuple[float, float],
    style: Look,
    ink: str,
) -> None:
    """Mark points on the curve: today's label stands above it, the planned one's below, each within the plot."""
    palette = style.palette
    spend, value = known["spend"].to_numpy(dtype=float), known["value"].to_numpy(dtype=float)
    x_low, x_high = limits
    known_spend = sorted(at for _, at in points if at is not None)
    for place, (word, at) in enumerate(points):
        if at is None or not spend[0] <= at <= spend[-1]:
            continue
        y = float(np.interp(at, spend, value))
        fill = ink if place == 0 else palette.paper
        marker = {"size": 13, "color": fill, "line": {"color": ink, "width": 2.5}}
        lines = (word, f"{formats.money(at, style.currency)} → {formats.money(y, style.currency)}")
        hover = "<br>".join(plain(line) for line in lines)
        drawing.marks([at], [y], "markers", marker=marker, cliponaxis=False, hovertemplate=f"{hover}<extra></extra>")
        is_left = known_spend[0] == at and len(known_spend) > 1
        anchor, shift = _side(text_width(lines, TEXT_SIZE), (at - x_low) / (x_high - x_low), is_left=is_left)
        # the two stand on either side of the curve, so that they never meet
        is_above = place == 0
        up, lift = ("bottom", 14) if is_above else ("top", -14)
        text = f"<b>{plain(lines[0])}</b><br>{plain(lines[1])}"
        drawing.note(
            text, palette.text(ink), x=at, y=y, xanchor=anchor, xshift=shift, align=anchor, yanchor=up, yshift=lift
        )


def _side(width: float, along: float, *, is_left: bool) -> tuple[str, int]:
    """Return anchor and shift of a label: away from the other point where there is room, always within the plot."""
    before, after = along * _PLOT, (1 - along) * _PLOT
    if is_left and before > width:
        return "right", 14
    return ("left", -14) if after > width else ("right", 14)


def _words(spend: float, value: float, style: Look, value_word: str) -> str:
    amounts = [formats.money(amount, style.currency) for amount in (spend, value)]
    return plain(f"{amounts[0]} a month brings {amounts[1]} of {value_word}")
