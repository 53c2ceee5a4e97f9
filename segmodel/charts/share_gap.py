"""Share of customers against share of value: one row a segment, the gap is the message."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from segmodel import formats
from segmodel.charts.template import (
    FOOTER_HEIGHT,
    SMALL_SIZE,
    TEXT_SIZE,
    Look,
    base_figure,
    plain,
    plain_lines,
    spread,
    text_width,
    wrapped,
)

Row = Mapping[Hashable, Any]

ROW_HEIGHT = 44
MINIMUM_HEIGHT = 400
"""That of other figures, so that two stand side by side."""
NAME_WIDTH = 26
PLOT_WIDTH = 200
"""Pixels the plot has at least; only used to keep two labels from touching."""
_AROUND = 56 + 18 + FOOTER_HEIGHT + 30
"""Pixels above and below the rows."""


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
    left = max(text_width([line for lines in names for line in lines]) + 16, 80)
    rows = max(len(frame), 1)
    tallest = max((len(lines) for lines in names), default=1)
    height = max(MINIMUM_HEIGHT, _AROUND + rows * max(ROW_HEIGHT, 18 * tallest))
    row_height = (height - _AROUND) / rows
    figure = base_figure(style, height, f"Share of customers and of {value_word}; lines are 95% intervals", left)
    low, high = _range(frame)
    for row, segment in enumerate(frame.to_dict("records")):
        _draw_row(figure, segment, rows - 1 - row, style, value_word)
    _draw_headings(figure, frame, style, value_word, (low, high))
    ticks = [tick / 10 for tick in range(-10, 21) if low <= tick / 10 <= high]
    if len(ticks) > 7:
        ticks = [tick for tick in ticks if round(tick * 10) % 2 == 0]
    figure.update_xaxes(range=[low, high], tickmode="array", tickvals=ticks, ticktext=[formats.share(t) for t in ticks])
    figure.update_yaxes(
        range=[-0.5, rows - 0.5 + 18 / row_height],
        tickmode="array",
        tickvals=[rows - 1 - row for row in range(len(frame))],
        ticktext=[plain_lines(lines) for lines in names],
        tickfont={"size": TEXT_SIZE, "color": style.palette.ink},
    )
    return figure


def _draw_row(figure: go.Figure, segment: Row, y: int, style: Look, value_word: str) -> None:
    """Add the band, intervals, dots and numbers of one segment."""
    palette = style.palette
    colour = palette.segment(int(segment["colour"]))
    customers, value = _number(segment, "customer_share"), _number(segment, "value_share")
    if customers is not None and value is not None:
        figure.add_trace(_line([customers, value], y, palette.tint(colour, 0.3), 5))
    marks = (("customer_share", "customers", palette.paper), ("value_share", value_word, colour))
    for name, word, fill in marks:
        share = _number(segment, name)
        if share is None:
            continue
        low, high = _number(segment, f"{name}_low"), _number(segment, f"{name}_high")
        if low is not None and high is not None:
            figure.add_trace(_line([low, high], y, palette.text(colour), 1.4))
        hover = f"{plain(str(segment['name']))}<br>{formats.share(share, 1)} of {word}"
        if low is not None:
            hover += f" ({formats.share_range(low, high)})"
        figure.add_trace(
            go.Scatter(
                x=[share],
                y=[y],
                mode="markers",
                marker={"size": 13, "color": fill, "line": {"color": colour, "width": 2.5}},
                hovertemplate=f"{hover}<extra></extra>",
            )
        )
        other = value if name == "customer_share" else customers
        _label(figure, segment, name, y, style, to_right=_is_right(share, other, name))


def _is_right(share: float, other: float | None, name: str) -> bool:
    """Say whether the number stands right of its dot: always on the side away from the other dot."""
    if other is None or share == other:
        return name == "value_share"
    return share > other


def _label(figure: go.Figure, segment: Row, name: str, y: int, style: Look, *, to_right: bool) -> None:
    share = _number(segment, name)
    edge = _number(segment, f"{name}_high" if to_right else f"{name}_low")
    is_value = name == "value_share"
    colour = style.palette.segment(int(segment["colour"]))
    text = plain(formats.share(share))
    # The number starts beyond the end of its interval, and beyond the dot when the interval is shorter.
    figure.add_annotation(
        x=share if edge is None else max(edge, share or 0) if to_right else min(edge, share or 0),
        y=y,
        text=f"<b>{text}</b>" if is_value else text,
        showarrow=False,
        xanchor="left" if to_right else "right",
        xshift=11 if to_right else -11,
        font={
            "size": TEXT_SIZE if is_value else SMALL_SIZE,
            "color": style.palette.text(colour) if is_value else style.palette.muted,
        },
    )


def _draw_headings(
    figure: go.Figure, frame: pd.DataFrame, style: Look, value_word: str, limits: tuple[float, float]
) -> None:
    """Say once, above the first row, which dot is which; pushed apart where the dots are close."""
    known = frame.dropna(subset=["customer_share", "value_share"])
    if known.empty:
        return
    first = known.iloc[0]
    y = len(frame) - 1 - int(frame["value_share"].notna().to_numpy().argmax()) + 0.48
    low, high = limits
    per_pixel = (high - low) / PLOT_WIDTH
    sizes = [(text_width([word], SMALL_SIZE) + 8) * per_pixel for word in ("customers", value_word)]
    wanted = [float(first["customer_share"]), float(first["value_share"])]
    placed = spread(wanted, sizes, low, high)
    colour = style.palette.text(style.palette.segment(int(first["colour"])))
    for x, word, ink in zip(placed, ("customers", value_word), (style.palette.muted, colour), strict=True):
        figure.add_annotation(
            x=x, y=y, text=word, showarrow=False, yanchor="bottom", font={"size": SMALL_SIZE, "color": ink}
        )


def _range(frame: pd.DataFrame) -> tuple[float, float]:
    columns = [f"{name}{end}" for name in ("customer_share", "value_share") for end in ("", "_low", "_high")]
    values = frame[columns].to_numpy(dtype=float, na_value=math.nan).ravel()
    known = values[~pd.isna(values)]
    low, high = (min(0.0, known.min()), max(0.05, known.max())) if known.size else (0.0, 1.0)
    room = (high - low) * 0.16
    return low - room * (1.2 if low < 0 else 0.7), high + room


def _line(x: list[float], y: int, colour: str, width: float) -> go.Scatter:
    return go.Scatter(x=x, y=[y, y], mode="lines", line={"color": colour, "width": width}, hoverinfo="skip")


def _number(segment: Row, name: str) -> float | None:
    value = segment.get(name)
    return None if pd.isna(value) else float(value)
