"""Share of customers against share of value: one row a segment, the gap is the message."""

from __future__ import annotations

import math
from collections.abc import Sequence

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
    Row,
    known_number,
    plain,
    plain_lines,
    spread,
    text_width,
    wrapped,
)

ROW_HEIGHT = 44
MINIMUM_HEIGHT = 400
"""That of other figures, so that two stand side by side."""
NAME_WIDTH = 26
PLOT_WIDTH = 150
"""Pixels the plot has at least; only used to keep two labels from touching."""
LABEL_WIDTH = 44
"""Pixels kept free on either side of the plot for the numbers beside the outermost dots."""
_HEADING = 18
"""Pixels above the first row for the words that say which dot is which."""


def share_gap(frame: pd.DataFrame, style: Look, value_word: str = "margin") -> go.Figure:
    """Draw each segment's share of customers (open dot) and of value (filled dot), with intervals.

    Parameters
    ----------
    frame : DataFrame
        One row a segment, in the order to be drawn: `name`, `colour`, and `customer_share`,
        `value_share`, each with `_low` and `_high`. Unknown shares are left out.
    style : Look
        Palette, footer and currency.
    value_word : str
        What value is here: `margin` or `revenue`.

    Returns
    -------
    Figure
        Height grows with the number of segments; names are wrapped, never cut off.
    """
    names = [wrapped(name, NAME_WIDTH) for name in frame["name"]]
    left = max(text_width([line for lines in names for line in lines]) + 16, 80) + LABEL_WIDTH
    rows = max(len(frame), 1)
    tallest = max((len(lines) for lines in names), default=1)
    around = MARGIN_TOP + _HEADING + MARGIN_BOTTOM
    height = max(MINIMUM_HEIGHT, around + rows * max(ROW_HEIGHT, 18 * tallest))
    drawing = Drawing(
        style, height, f"Share of customers and of {value_word}; lines are 95% intervals", left, LABEL_WIDTH
    )
    segments: Sequence[Row] = frame.to_dict("records")
    low, high = _range(frame)
    for row, segment in enumerate(segments):
        _draw_row(drawing, segment, rows - 1 - row, style, value_word)
    _draw_headings(drawing, segments, style, value_word, (low, high))
    tenths = [tick for tick in range(-100, 101) if low <= tick / 10 <= high]
    step = next(step for step in (1, 2, 5, 10, 50) if sum(tick % step == 0 for tick in tenths) <= 5)
    ticks = [tick / 10 for tick in tenths if tick % step == 0]
    row_height = (height - around) / rows
    return drawing.figure(
        xaxis={
            "range": [low, high],
            "tickmode": "array",
            "tickvals": ticks,
            "ticktext": [formats.share(tick) for tick in ticks],
            "tickangle": 0,
        },
        yaxis={
            "range": [-0.5, rows - 0.5 + _HEADING / row_height],
            "tickmode": "array",
            "tickvals": [rows - 1 - row for row in range(len(frame))],
            "ticktext": [plain_lines(lines) for lines in names],
            "tickfont": {"size": TEXT_SIZE, "color": style.palette.ink},
            "ticklabelstandoff": LABEL_WIDTH,
        },
    )


def _draw_row(drawing: Drawing, segment: Row, y: int, style: Look, value_word: str) -> None:
    """Add the band, intervals, dots and numbers of one segment."""
    palette = style.palette
    colour = palette.segment(int(segment["colour"]))
    customers, value = known_number(segment, "customer_share"), known_number(segment, "value_share")
    if customers is not None and value is not None:
        drawing.marks([customers, value], [y, y], "lines", line={"color": palette.tint(colour, 0.3), "width": 5})
    if customers is None and value is None:
        is_hidden = segment.get("suppressed", True) == 1
        words = "hidden: small group" if is_hidden else "no customers"
        drawing.note(words, palette.muted, SMALL_SIZE, x=0, y=y, xanchor="left")
    marks = (
        ("customer_share", "customers", palette.paper, customers, value),
        ("value_share", value_word, colour, value, customers),
    )
    for name, word, fill, share, other in marks:
        if share is None:
            continue
        low, high = known_number(segment, f"{name}_low"), known_number(segment, f"{name}_high")
        hover = f"{plain(str(segment['name']))}<br>{formats.share(share, 1)} of {word}"
        if low is not None and high is not None:
            drawing.marks([low, high], [y, y], "lines", line={"color": palette.text(colour), "width": 1.4})
            hover += f" ({formats.share_range(low, high)})"
        dot = {"size": 13, "color": fill, "line": {"color": colour, "width": 2.5}}
        drawing.marks([share], [y], "markers", marker=dot, cliponaxis=False, hovertemplate=f"{hover}<extra></extra>")
        # The number stands on the side away from the other dot, beyond the end of its own interval.
        is_right = name == "value_share" if other is None or share == other else share > other
        edge = max(high or share, share) if is_right else min(share if low is None else low, share)
        is_value = name == "value_share"
        text = formats.share(share)
        drawing.note(
            f"<b>{plain(text)}</b>" if is_value else plain(text),
            palette.text(colour) if is_value else palette.muted,
            TEXT_SIZE if is_value else SMALL_SIZE,
            x=edge,
            y=y,
            xanchor="left" if is_right else "right",
            xshift=11 if is_right else -11,
        )


def _draw_headings(
    drawing: Drawing, segments: Sequence[Row], style: Look, value_word: str, limits: tuple[float, float]
) -> None:
    """Say once, above the first row with both dots, which is which; pushed apart where they are close."""
    for row, segment in enumerate(segments):
        wanted = [known_number(segment, "customer_share"), known_number(segment, "value_share")]
        known = [share for share in wanted if share is not None]
        if len(known) < 2:
            continue
        low, high = limits
        per_pixel = (high - low) / PLOT_WIDTH
        sizes = [(text_width([word], SMALL_SIZE) + 8) * per_pixel for word in ("customers", value_word)]
        beside = LABEL_WIDTH * per_pixel  # words may stand over the room kept for numbers
        placed = spread(known, sizes, low - beside, high + beside)
        colour = style.palette.text(style.palette.segment(int(segment["colour"])))
        y = len(segments) - 1 - row
        for x, word, ink in zip(placed, ("customers", value_word), (style.palette.muted, colour), strict=True):
            drawing.note(word, ink, SMALL_SIZE, x=x, y=y, yshift=12, yanchor="bottom")
        return


def _range(frame: pd.DataFrame) -> tuple[float, float]:
    columns = [f"{name}{end}" for name in ("customer_share", "value_share") for end in ("", "_low", "_high")]
    values = frame[columns].to_numpy(dtype=float, na_value=math.nan).ravel()
    known = values[~pd.isna(values)]
    low, high = (min(0.0, known.min()), max(0.05, known.max())) if known.size else (0.0, 1.0)
    room = (high - low) * 0.03
    return low - room, high + room
