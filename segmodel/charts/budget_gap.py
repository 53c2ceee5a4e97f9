"""Budget: share of spend against share of value, segment by segment, and over time."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from segmodel import formats
from segmodel.charts.rows import Rows, extent, share_ticks
from segmodel.charts.template import (
    MARGIN_BOTTOM,
    MARGIN_TOP,
    SMALL_SIZE,
    Drawing,
    Look,
    Row,
    known_number,
    plain,
    plain_lines,
    spread,
    text_width,
    wrapped,
)

_SHARES = ("spend_share", "value_share", "lifetime_value_share")
_LIFT = 0.2
"""Of a row, by which lifetime value stands below value, so that their intervals do not lie on each other."""
_HEADING, _ROOM = 22, 16
_PLOT = 130
"""Pixels the plot has at least; only used to keep the words above it apart."""
_PANEL = 66
"""Pixels of a segment's lines over time."""
_CLOSE = 18


def budget_gap(frame: pd.DataFrame, style: Look, value_word: str = "margin", level: float = 0.9) -> go.Figure:
    """Draw the share of spend each segment gets (□), and those of value (●) and lifetime value (◆) it brings.

    Parameters
    ----------
    frame : DataFrame
        One row a segment, in the order to be drawn: `name`, `colour`; `spend_share`; `value_share` and
        `lifetime_value_share`, each with `_low` and `_high`; `gap`, `gap_low` and `gap_high`, money a year by which
        spend is below (above zero) or above (below zero) the share of value. What is unknown is NaN or left out.
    style : Look
        Palette, footer and currency.
    value_word : str
        What value is here: `margin` or `revenue`.
    level : float
        Of the intervals.

    Returns
    -------
    Figure
        The gap in money stands at the right of each row, `about right` where its interval holds zero.
    """
    segments: Sequence[Row] = frame.to_dict("records")
    texts = [_gap_words(segment, style.currency) for segment in segments]
    rows = Rows.of([str(name) for name in frame["name"]], texts, heading=_HEADING, room=(_ROOM, _ROOM))
    subtitle = f"Share of spend, {value_word} and lifetime value; lines are {level:.0%} intervals"
    drawing = Drawing(style, rows.height, subtitle, left=rows.left, right=rows.right)
    low, high = extent(frame, [f"{name}{end}" for name in _SHARES for end in ("", "_low", "_high")], least=0.05)
    for row, segment in enumerate(segments):
        _draw_row(drawing, segment, rows.y(row), style, value_word)
    _draw_headings(drawing, segments, style, value_word, (low, high))
    rows.write_texts(drawing, [_gap_ink(segment, style) for segment in segments])
    ticks = share_ticks(low, high, most=4) if segments else []
    axis = {
        "range": [low, high],
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [formats.share(tick) for tick in ticks],
        "tickangle": 0,
    }
    return drawing.figure(axis, rows.axis(style))


def _draw_row(drawing: Drawing, segment: Row, y: int, style: Look, value_word: str) -> None:
    palette = style.palette
    colour = palette.segment(int(segment["colour"]))
    spend, value, lifetime_value = (known_number(segment, name) for name in _SHARES)
    if spend is None and value is None and lifetime_value is None:
        drawing.note("hidden: small group", palette.muted, SMALL_SIZE, x=0, y=y, xanchor="left")
        return
    if spend is not None and value is not None:
        drawing.marks([spend, value], [y, y], "lines", line={"color": palette.tint(colour, 0.3), "width": 5})
    edge = {"color": colour, "width": 2}
    looks = {
        "spend_share": ("spend", {"symbol": "square", "size": 12, "color": palette.paper}, palette.muted, 0.0),
        "value_share": (value_word, {"symbol": "circle", "size": 13, "color": colour}, colour, 0.0),
        "lifetime_value_share": ("lifetime value", {"symbol": "diamond", "size": 10, "color": colour}, colour, _LIFT),
    }
    for name, (word, marker, ink, down) in looks.items():
        share = known_number(segment, name)
        if share is None:
            continue
        low, high = known_number(segment, f"{name}_low"), known_number(segment, f"{name}_high")
        hover = f"{plain(str(segment['name']))}<br>{formats.share(share, 1)} of {word}"
        if low is not None and high is not None:
            line = {"color": palette.text(colour), "width": 1.4}
            drawing.marks([low, high], [y - down] * 2, "lines", line=line, cliponaxis=False)
            hover += f" ({formats.share_range(low, high)})"
        line = {**edge, "color": ink}
        drawing.marks(
            [share],
            [y - down],
            "markers",
            marker={**marker, "line": line},
            cliponaxis=False,
            hovertemplate=f"{hover}<extra></extra>",
        )


def _draw_headings(
    drawing: Drawing, segments: Sequence[Row], style: Look, value_word: str, limits: tuple[float, float]
) -> None:
    """Say once, at the first row with spend and value, which mark is which; pushed apart where they are close."""
    low, high = limits
    per_pixel = (high - low) / _PLOT
    for row, segment in enumerate(segments):
        shares = [known_number(segment, name) for name in _SHARES]
        if shares[0] is None or shares[1] is None:
            continue
        ink = style.palette.text(style.palette.segment(int(segment["colour"])))
        y = len(segments) - 1 - row
        known = [(word, share) for word, share in zip(("spend", value_word), shares, strict=False) if share is not None]
        sizes = [(text_width([word], SMALL_SIZE) + 8) * per_pixel for word, _ in known]
        room = _ROOM * 2 * per_pixel
        placed = spread([share for _, share in known], sizes, low - room, high + room)
        for (word, _), x in zip(known, placed, strict=True):
            colour = style.palette.muted if word == "spend" else ink
            drawing.note(word, colour, SMALL_SIZE, x=x, y=y, yshift=10, yanchor="bottom")
        if shares[2] is not None:
            half = text_width(["lifetime value"], SMALL_SIZE) / 2 * per_pixel
            x = min(max(shares[2], low - room + half), high + room - half)
            drawing.note("lifetime value", ink, SMALL_SIZE, x=x, y=y - _LIFT, yshift=-6, yanchor="top")
        return


def _gap_words(segment: Row, currency: str) -> str:
    gap, low, high = (known_number(segment, name) for name in ("gap", "gap_low", "gap_high"))
    spend, value = (known_number(segment, name) for name in _SHARES[:2])
    lines = []
    if gap is not None:
        is_noise = low is not None and high is not None and low <= 0 <= high
        side = "under" if gap > 0 else "over"
        lines.append("about right" if is_noise else f"{side} by {formats.money(abs(gap), currency)} a year")
        if low is not None and high is not None:
            ends = (low, high) if is_noise else sorted((abs(low), abs(high)))
            lines.append(" to ".join(formats.money(end, currency) for end in ends))
    if spend is not None and value is not None:
        lines.append(f"{formats.share(value)} for {formats.share(spend)} of spend")
    return "\n".join(lines)


def _gap_ink(segment: Row, style: Look) -> str:
    gap, low, high = (known_number(segment, name) for name in ("gap", "gap_low", "gap_high"))
    is_noise = gap is None or (low is not None and high is not None and low <= 0 <= high)
    return style.palette.muted if is_noise else style.palette.text(style.palette.segment(int(segment["colour"])))


def budget_over_time(frame: pd.DataFrame, style: Look, value_word: str = "margin") -> go.Figure:
    """Draw each segment's share of spend (grey, dashed) and of value (its colour) month by month, one strip a segment.

    Parameters
    ----------
    frame : DataFrame
        One row a segment and month: `name`, `colour`, `month` (date), `spend_share`, `value_share`. Unknown shares
        leave a gap.
    style : Look
        Palette and footer.
    value_word : str
        What value is here: `margin` or `revenue`.

    Returns
    -------
    Figure
        Strips share one scale from zero, so that their heights compare; the last shares stand at their ends.
    """
    palette = style.palette
    strips = [rows.sort_values("month") for _, rows in frame.groupby("name", sort=False)]
    names = [wrapped(str(rows["name"].iloc[0]), 20) for rows in strips]
    left = max(text_width([line for lines in names for line in lines]) + 16, 72)
    right = text_width([f"100% {value_word}", "100% spend"], SMALL_SIZE) + 14
    panel = max(_PANEL, 17 * max((len(lines) for lines in names), default=1) + 12)
    height = MARGIN_TOP + MARGIN_BOTTOM + panel * max(len(strips), 2)
    subtitle = f"Share of spend (dashed) and of {value_word}, month by month; strips share one scale"
    drawing = Drawing(style, height, subtitle, left=left, right=right)
    if not strips:
        return drawing.figure({"visible": False}, {"visible": False})
    low, high = extent(frame, ["spend_share", "value_share"], least=0.05)
    span = (high - low) * (panel / (panel - 18))
    for place, rows in enumerate(strips):
        base = (len(strips) - 1 - place) * span - low
        _draw_strip(drawing, rows, base, (span / panel, base + low, base + high), style, value_word)
        drawing.rule(palette.rule, x0=0, x1=1, xref="paper", y0=base, y1=base, line={"width": 1})
    months = sorted(set(frame["month"]))
    ends = [months[0], months[-1]] if len(months) > 1 else months
    xaxis = {
        "range": ends if len(months) > 1 else None,
        "tickmode": "array",
        "tickvals": ends,
        "ticktext": [formats.month_short(month) for month in ends],
        "tickangle": 0,
    }
    middles = [(len(strips) - 1 - place) * span + (high - low) / 2 for place in range(len(strips))]
    yaxis = {
        "range": [-0.06 * span, len(strips) * span],
        "tickmode": "array",
        "tickvals": middles,
        "ticktext": [plain_lines(lines) for lines in names],
        "tickfont": {"color": palette.ink},
    }
    return drawing.figure(xaxis, yaxis)


def _draw_strip(
    drawing: Drawing,
    rows: pd.DataFrame,
    base: float,
    scale: tuple[float, float, float],
    style: Look,
    value_word: str,
) -> None:
    """Draw a segment's two lines above `base`; `scale` is share a pixel and the strip's lower and upper end."""
    palette = style.palette
    colour = palette.segment(int(rows["colour"].iloc[0]))
    per_pixel, bottom, top = scale
    drawn: tuple[tuple[str, str, str, str], ...] = (
        ("spend_share", "spend", palette.muted, "dash"),
        (("value_share"), value_word, colour, "solid"),
    )
    ends = []
    for name, word, ink, dash in drawn:
        known = rows.dropna(subset=[name])
        shares = rows[name].astype(float)
        hover = [
            f"{formats.month(month)}: {formats.share(share, 1)} of {word}"
            for month, share in zip(rows["month"], shares, strict=True)
        ]
        drawing.marks(
            rows["month"].tolist(),
            (base + shares).tolist(),
            "lines" if len(known) > 1 else "markers",
            line={"color": ink, "width": 2.2 if dash == "solid" else 1.6, "dash": dash},
            marker={"color": ink, "size": 8},
            text=hover,
            hovertemplate=f"{plain(str(rows['name'].iloc[0]))}<br>%{{text}}<extra></extra>",
        )
        if len(known):
            ends.append((float(known[name].iloc[-1]), word, palette.text(ink), dash == "solid"))
    room = _CLOSE * per_pixel
    placed = spread([base + share for share, *_ in ends], [room] * len(ends), bottom - room / 2, top + room / 2)
    for (share, word, ink, is_bold), y in zip(ends, placed, strict=True):
        text = f"{formats.share(share)} {word}"
        where = {"xref": "paper", "x": 1, "xanchor": "left", "xshift": 8, "y": y}
        drawing.note(f"<b>{plain(text)}</b>" if is_bold else plain(text), ink, SMALL_SIZE, **where)
