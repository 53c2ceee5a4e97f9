"""Lifetime value by segment, with its interval, and who may leave."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from segmodel import formats
from segmodel.charts.history import round_ticks
from segmodel.charts.rows import Rows, extent
from segmodel.charts.template import SMALL_SIZE, Drawing, Look, Row, known_number, plain, text_width

HIDDEN = "hidden: small group"
BAR = 20
"""Pixels across a bar."""


def lifetime(
    frame: pd.DataFrame, style: Look, word: str = "Lifetime value a customer", level: float = 0.9
) -> go.Figure:
    """Draw each segment's lifetime value as a bar from zero, with its interval.

    Parameters
    ----------
    frame : DataFrame
        One row a segment, in the order to be drawn: `name`, `colour`; `amount`, `low` and `high` in money, NaN where
        hidden; `note`, what stands at the right, such as `may leave: 120 customers, £14,000 at risk`, or ''.
    style : Look
        Palette, footer and currency.
    word : str
        What is measured: it begins the line above the plot.
    level : float
        Of the intervals.

    Returns
    -------
    Figure
        Height grows with the number of segments; names are wrapped, never cut off.
    """
    palette = style.palette
    segments: Sequence[Row] = frame.to_dict("records")
    amounts = [known_number(segment, "amount") for segment in segments]
    labels = ["" if amount is None else formats.money(amount, style.currency) for amount in amounts]
    beside = text_width(labels) + 8
    is_negative = any(amount is not None and amount < 0 for amount in amounts)
    notes = [note.replace(", ", ",\n") if isinstance(note := segment.get("note"), str) else "" for segment in segments]
    rows = Rows.of([str(name) for name in frame["name"]], notes, room=(beside if is_negative else 0, beside))
    has_interval = any(known_number(segment, "low") is not None for segment in segments)
    subtitle = f"{word}; lines are {level:.0%} intervals" if has_interval else word
    drawing = Drawing(style, rows.height, subtitle, left=rows.left, right=rows.right)
    low, high = extent(frame, ["amount", "low", "high"])
    for row, (segment, label) in enumerate(zip(segments, labels, strict=True)):
        _draw_row(drawing, segment, rows.y(row), label, style)
    rows.write_texts(drawing, [palette.muted] * len(notes))
    if segments:
        drawing.rule(palette.muted, x0=0, x1=0, y0=-0.5, y1=len(segments) - 0.5, line={"width": 1})
    ticks = round_ticks(low, high)
    ticks = ticks[:: 2 if len(ticks) > 4 else 1]
    axis = {
        "range": [low, high],
        "tickmode": "array",
        "tickvals": ticks if segments else [],
        "ticktext": [plain(formats.money(tick, style.currency)) for tick in ticks],
        "tickangle": 0,
    }
    return drawing.figure(axis, rows.axis(style))


def _draw_row(drawing: Drawing, segment: Row, y: int, label: str, style: Look) -> None:
    palette = style.palette
    colour = palette.segment(int(segment["colour"]))
    amount, low, high = (known_number(segment, name) for name in ("amount", "low", "high"))
    if amount is None:
        drawing.note(HIDDEN, palette.muted, SMALL_SIZE, x=0, y=y, xanchor="left", xshift=6)
        return
    hover = f"{plain(str(segment['name']))}<br>{plain(label)}"
    ends = [amount]
    if low is not None and high is not None:
        ends += [low, high]
        hover += plain(f" ({formats.money(low, style.currency)} to {formats.money(high, style.currency)})")
    bar = {"color": palette.tint(colour, 0.72), "width": BAR}
    drawing.marks([0, amount], [y, y], "lines", line=bar, hovertemplate=f"{hover}<extra></extra>")
    if len(ends) > 1:
        drawing.marks([min(ends), max(ends)], [y, y], "lines", line={"color": palette.ink, "width": 1.6})
    is_left = amount < 0
    anchor, shift = ("right", -6) if is_left else ("left", 6)
    edge = min(ends) if is_left else max(*ends, 0.0)
    drawing.note(f"<b>{plain(label)}</b>", palette.text(colour), x=edge, y=y, xanchor=anchor, xshift=shift)
