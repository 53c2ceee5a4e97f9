"""Priorities: how attractive segments are to us against how attractive we are to them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from segmodel import formats
from segmodel.charts.placement import Mark, Place, Placement, place_labels
from segmodel.charts.template import (
    MARGIN_BOTTOM,
    MARGIN_TOP,
    Drawing,
    Look,
    Palette,
    Row,
    known_number,
    plain_lines,
    shortened,
    text_width,
    wrapped,
)

LOW, HIGH = 1.0, 10.0
"""Ends of both scales."""
MIDDLE = (LOW + HIGH) / 2
"""Where the quadrant to win begins, on both scales."""
HEIGHTS = (560, 680, 860)
"""Pixels of the figure: the least at which labels stand well."""
LARGEST, SMALLEST = 56.0, 16.0
"""Pixels across the largest bubble, and the least that is still seen when projected."""
NAME_SIZE, FACT_SIZE = 15, 14
NAME_WIDTH = 20
_LEFT, _RIGHT = 52, 10
_ROOM = 0.85
"""Points of the scale kept free at its ends, so that no bubble is cut off."""
_LINE = 19
_SLIM = 0.95
"""Of the estimate of a width, which allows for bold text, that plain text takes at most."""
_WIN = "win these"
_GOOD = 12.0
"""Cost of a placement, a label, that more height need not improve; see `Placement`."""
_COST_OF_HEIGHT = 0.35
_LISTED = 62
"""Characters of a line of those not scored."""


@dataclass(frozen=True)
class _Bubble:
    """A scored segment, ready to be drawn."""

    row: Row
    x: float
    y: float
    diameter: float
    name: tuple[str, ...]
    facts: tuple[str, ...]

    @property
    def is_out(self) -> bool:
        return bool(_text(self.row, "knocked_out"))

    @property
    def is_chosen(self) -> bool:
        return bool(self.row["is_chosen"]) and not self.is_out

    def colour(self, palette: Palette) -> str:
        return palette.segment(int(self.row["colour"])) if self.is_chosen else palette.context

    def interval(self, name: str) -> tuple[float, float] | None:
        low, high = known_number(self.row, f"{name}_low"), known_number(self.row, f"{name}_high")
        return None if low is None or high is None else (_within(low), _within(high))


def priority_matrix(frame: pd.DataFrame, style: Look, value_word: str = "margin") -> go.Figure:
    """Draw the segments a council chooses from: attractiveness upwards, ability to win to the right.

    Parameters
    ----------
    frame : DataFrame
        One row a segment: `segment`, `name`, `colour`; `attractiveness` and `ability`, from 1 to 10, each with `_low`
        and `_high`, how far other weights move it; `value_share`; `stays`, share of weightings in which it is chosen;
        `is_chosen`; `knocked_out`, the reason or ''. What is unknown is NaN.
    style : Look
        Palette and footer.
    value_word : str
        What value is here: `margin` or `revenue`.

    Returns
    -------
    Figure
        The area of a bubble is the share of value. Labels keep clear of bubbles and of each other at every width from
        460 pixels on; the figure grows in height where they need it. Segments without both scores are listed below.
    """
    palette = style.palette
    rows: Sequence[Row] = frame.to_dict("records")
    scored = [
        row
        for row in rows
        if known_number(row, "ability") is not None and known_number(row, "attractiveness") is not None
    ]
    bubbles = _bubbles(scored, value_word)
    unscored = [str(row["name"]) for row in rows if row not in scored]
    listed = wrapped(f"Not scored: {formats.listed(unscored)}", _LISTED) if unscored else ()
    below = 24 + (18 * len(listed) + 8 if listed else 0)
    height, places = _fit(bubbles, below)
    subtitle = f"Bubbles: share of {value_word}. Crosses: how far other weights move a segment"
    drawing = Drawing(style, height, subtitle, left=_LEFT, right=_RIGHT, below=below)
    low, high = LOW - _ROOM, HIGH + _ROOM
    drawing.box(palette.tint(palette.context, 0.18), x0=MIDDLE, x1=high, y0=MIDDLE, y1=high)
    corner = {"xref": "paper", "yref": "paper", "x": 1, "y": 1, "xanchor": "right", "yanchor": "bottom"}
    drawing.note(_WIN, palette.muted, FACT_SIZE, **corner, yshift=3)
    _name_axes(drawing, palette)
    if listed:
        where = {"xref": "paper", "yref": "paper", "x": 0, "xanchor": "left", "xshift": 4 - _LEFT, "align": "left"}
        drawing.note(plain_lines(listed), palette.ink, FACT_SIZE, **where, y=0, yshift=-54, yanchor="top")
    # The larger first, so that the smaller lie on top of them.
    for bubble, place in sorted(zip(bubbles, places, strict=True), key=lambda pair: -pair[0].diameter):
        _draw_bubble(drawing, bubble, palette)
        _draw_label(drawing, bubble, place, palette)
    ticks = [2, 4, 6, 8, 10]
    axis = {"range": [low, high], "tickmode": "array", "tickvals": ticks, "tickfont": {"size": FACT_SIZE}}
    return drawing.figure({**axis, "tickangle": 0}, dict(axis))


def _is_scored(row: Row) -> bool:
    return all(known_number(row, name) is not None for name in ("ability", "attractiveness"))


def _bubbles(rows: Sequence[Row], value_word: str) -> list[_Bubble]:
    largest = max((share for row in rows if (share := known_number(row, "value_share")) is not None), default=0.0)
    bubbles = []
    for row in rows:
        share = known_number(row, "value_share")
        # The diameter is the root of the share: areas compare as the shares do.
        part = math.sqrt(max(share or 0.0, 0.0) / largest) if largest > 0 else 0.0
        bubbles.append(
            _Bubble(
                row=row,
                x=_within(float(row["ability"])),
                y=_within(float(row["attractiveness"])),
                diameter=max(LARGEST * part, SMALLEST),
                name=shortened(wrapped(str(row["name"]), NAME_WIDTH)),
                facts=_facts(row, value_word),
            )
        )
    return bubbles


def _facts(row: Row, value_word: str) -> tuple[str, ...]:
    """Return the lines below the name."""
    share, stays = known_number(row, "value_share"), known_number(row, "stays")
    value = f"{value_word} unknown" if share is None else f"{formats.share(share)} of {value_word}"
    if _text(row, "knocked_out"):
        return (f"knocked out · {value}",)
    if not row["is_chosen"]:
        return (f"not now · {value}",)
    return (value,) if stays is None else (value, f"stays in {formats.share(stays)} of weightings")


def _fit(bubbles: Sequence[_Bubble], below: int) -> tuple[int, tuple[Place, ...]]:
    """Return the height at which labels stand well, and their places; more height has to be worth it."""
    found: list[tuple[float, int, Placement]] = []
    for height in HEIGHTS:
        plot = height - MARGIN_TOP - MARGIN_BOTTOM - below
        placement = place_labels(tuple(_mark(bubble, plot) for bubble in bubbles), plot, _LEFT + _RIGHT)
        found.append((placement.cost + _COST_OF_HEIGHT * height, height, placement))
        if placement.is_clear and placement.cost <= _GOOD * len(bubbles):
            break
    _, height, best = min(found, key=lambda one: (one[0], one[1]))
    return height, best.places


def _mark(bubble: _Bubble, plot_height: float) -> Mark:
    low, span = LOW - _ROOM, HIGH - LOW + 2 * _ROOM
    across = bubble.interval("ability") or (bubble.x, bubble.x)
    up = bubble.interval("attractiveness") or (bubble.y, bubble.y)
    reach = (
        (bubble.x - across[0]) / span,
        (across[1] - bubble.x) / span,
        (bubble.y - up[0]) / span * plot_height,
        (up[1] - bubble.y) / span * plot_height,
    )
    return Mark(
        x=(bubble.x - low) / span,
        y=(bubble.y - low) / span * plot_height,
        radius=bubble.diameter / 2,
        label_width=max(text_width(bubble.name, NAME_SIZE), _SLIM * text_width(bubble.facts, FACT_SIZE)),
        label_height=_LINE * (len(bubble.name) + len(bubble.facts)) + 2,
        reach=reach,
    )


def _name_axes(drawing: Drawing, palette: Palette) -> None:
    paper = {"xref": "paper", "yref": "paper"}
    right, up = "how attractive we are to them →", "how attractive they are to us →"
    drawing.note(right, palette.muted, FACT_SIZE, **paper, x=0.5, y=0, yshift=-26, yanchor="top")
    drawing.note(up, palette.muted, FACT_SIZE, **paper, x=0, xshift=6 - _LEFT, xanchor="left", y=0.5, textangle=-90)


def _draw_bubble(drawing: Drawing, bubble: _Bubble, palette: Palette) -> None:
    colour = bubble.colour(palette)
    line = palette.text(colour) if bubble.is_chosen else palette.tint(palette.muted, 0.7)
    ground = palette.tint(colour, 0.82)
    marker = (
        {"symbol": "circle-x-open", "color": palette.muted, "line": {"color": palette.muted, "width": 2}}
        if bubble.is_out
        else {"symbol": "circle", "color": ground, "opacity": 1, "line": {"color": palette.paper, "width": 1.5}}
    )
    drawing.marks(
        [bubble.x],
        [bubble.y],
        "markers",
        marker={"size": bubble.diameter, **marker},
        cliponaxis=False,
        hovertemplate=f"{_hover(bubble)}<extra></extra>",
    )
    across, up = bubble.interval("ability"), bubble.interval("attractiveness")
    for x, y in ((across, (bubble.y,) * 2), ((bubble.x,) * 2, up)):
        if x is not None and y is not None:
            drawing.marks(x, y, "lines", line={"color": line, "width": 1.4}, cliponaxis=False)


def _draw_label(drawing: Drawing, bubble: _Bubble, place: Place, palette: Palette) -> None:
    ink = palette.text(bubble.colour(palette)) if bubble.is_chosen else palette.muted
    if place.leader is not None:
        (start_x, start_y), (end_x, end_y) = place.leader
        pixels = {"xsizemode": "pixel", "ysizemode": "pixel", "xanchor": bubble.x, "yanchor": bubble.y}
        drawing.rule(ink, **pixels, x0=start_x, y0=start_y, x1=end_x, y1=end_y, line={"width": 1})
    name = f"<b>{plain_lines(bubble.name)}</b>"
    name = f"<s>{name}</s>" if bubble.is_out else name
    facts = f'<span style="font-size:{FACT_SIZE}px">{plain_lines(bubble.facts)}</span>'
    drawing.note(
        f"{name}<br>{facts}",
        ink,
        NAME_SIZE,
        x=bubble.x,
        y=bubble.y,
        xanchor=place.anchor,
        yanchor="middle",
        xshift=place.right,
        yshift=place.up,
        align=place.anchor,
    )


def _hover(bubble: _Bubble) -> str:
    """Return the segment in full, with what its label has no room for."""
    row = bubble.row
    stays = known_number(row, "stays")
    lines = [str(row["name"]), *bubble.facts[:1]]
    if bubble.is_out:
        lines.append(f"Knocked out: {_text(row, 'knocked_out')}")
    for words, name in (("They to us", "attractiveness"), ("We to them", "ability")):
        interval = bubble.interval(name)
        score = f"{words}: {formats.number(known_number(row, name), 1)} of {HIGH:.0f}"
        ends = "" if interval is None else f" ({formats.number(interval[0], 1)} to {formats.number(interval[1], 1)})"
        lines.append(f"{score}{ends}")
    if stays is not None:
        lines.append(f"Chosen in {formats.share(stays)} of weightings")
    return plain_lines([part for line in lines for part in wrapped(line, 48)])


def _within(score: float) -> float:
    return min(max(score, LOW), HIGH)


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    return value.strip() if isinstance(value, str) else ""
