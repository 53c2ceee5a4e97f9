"""History of a share or an amount by segment: subjects in colour, the others grey, names at the ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmodel import formats
from segmodel.charts.template import (
    MARGIN_BOTTOM,
    MARGIN_TOP,
    SMALL_SIZE,
    Drawing,
    Look,
    plain,
    plain_lines,
    spread,
    text_width,
    wrapped,
)

HEIGHT = 400
NAME_WIDTH = 22
LINE_HEIGHT = 17
"""Pixels of one line of a name."""


@dataclass(frozen=True)
class Event:
    """Something dated that a reader should see beside the lines."""

    at: dt.date
    label: str


def history(
    frame: pd.DataFrame,
    style: Look,
    subtitle: str,
    unit: str = "share",
    subjects: Collection[str] = (),
    events: Sequence[Event] = (),
    height: int | None = None,
    expected_after: dt.date | None = None,
    *,
    from_zero: bool = True,
) -> go.Figure:
    """Draw one line a segment over the snapshots.

    Parameters
    ----------
    frame : DataFrame
        One row a segment and snapshot: `segment`, `name`, `colour`, `snapshot`, `amount`, and optionally
        `low`, `high`, which are drawn as a band for subjects. Unknown amounts leave a gap.
    style : Look
        Palette, footer and currency.
    subtitle : str
        What is measured.
    unit : str
        Unit of `amount`, see `formats.quantity`.
    subjects : collection of str
        Segment ids drawn in their colour; when empty, all are.
    events : sequence of Event
        Dated remarks, drawn as dotted lines; those outside the dates shown are left out.
    height : int
        Pixels, for standing beside another figure; more are taken where the names need them.
    expected_after : date, optional
        Amounts after this day are expected: drawn dotted, and marked so.
    from_zero : bool
        Whether the axis starts at nought; lines need not, where all are far from it.

    Returns
    -------
    Figure
        Names stand at the line ends, pushed apart; room for the longest is reserved.
    """
    known = frame.dropna(subset=["amount"]).sort_values(["segment", "snapshot"])
    lines = [_Line(str(segment), rows) for segment, rows in known.groupby("segment", sort=True)]
    labels = [_Label(line, unit, style.currency) for line in sorted(lines, key=lambda line: line.amounts[-1])]
    right = text_width([text for label in labels for text in label.texts(labels)]) + 18
    left = text_width([label.amount for label in labels], SMALL_SIZE) + 22
    needed = sum(label.height for label in labels) + MARGIN_TOP + MARGIN_BOTTOM
    drawing = Drawing(style, max(height or HEIGHT, needed), subtitle, left=left, right=right)
    if not lines:
        return drawing.figure({"visible": False}, {"visible": False})
    # Bands lie below all lines, and the lines of the context below those of the subjects.
    shown = [line for line in lines if not subjects or line.segment in subjects]
    context = [line for line in lines if line not in shown]
    for line in shown:
        _draw_band(drawing, line, style)
    for line in (*context, *shown):
        _draw_line(drawing, line, style, unit, is_subject=line in shown, expected_after=expected_after)
    if expected_after is not None:
        draw_event(drawing, Event(expected_after, "expected"), style)
    first, last = (pd.Timestamp(known["snapshot"].agg(end)).date() for end in ("min", "max"))
    for event in events:
        if first <= event.at <= last:
            draw_event(drawing, event, style)
    limits = _range(known, from_zero=from_zero)
    _draw_labels(drawing, labels, shown, style, limits)
    return drawing.figure(_date_axis(known), _amount_axis(limits, unit, style.currency))


class _Line:
    """One segment's history as plain lists."""

    def __init__(self, segment: str, rows: pd.DataFrame) -> None:
        self.segment = segment
        self.name = str(rows["name"].iloc[0])
        self.colour = int(rows["colour"].iloc[0])
        self.dates: list[dt.date] = rows["snapshot"].tolist()
        self.amounts: list[float] = rows["amount"].astype(float).tolist()
        has_interval = {"low", "high"} <= set(rows.columns) and not rows[["low", "high"]].isna().any(axis=None)
        self.lows: list[float] = rows["low"].astype(float).tolist() if has_interval else []
        self.highs: list[float] = rows["high"].astype(float).tolist() if has_interval else []


class _Label:
    """What stands at the end of a line: the segment's name, in lines of text, and its last amount."""

    def __init__(self, line: _Line, unit: str, currency: str) -> None:
        self.line = line
        self.parts = wrapped(line.name, NAME_WIDTH)
        self.amount = formats.quantity(line.amounts[-1], unit, currency)
        self.height = len(self.parts) * LINE_HEIGHT + 2

    def texts(self, among: Sequence[_Label]) -> list[str]:
        """Return the widest this label's lines may get, beside any of these amounts."""
        return [f"{part} {label.amount}" for part in self.parts for label in among]


def _draw_labels(
    drawing: Drawing, labels: Sequence[_Label], shown: Collection[_Line], style: Look, limits: tuple[float, float]
) -> None:
    """Write names and last amounts beside the line ends, pushed apart."""
    low, high = limits
    per_pixel = (high - low) / drawing.plot_height
    wanted = [label.line.amounts[-1] for label in labels]
    placed = spread(wanted, [label.height * per_pixel for label in labels], low, high)
    last = max(label.line.dates[-1] for label in labels)
    for label, y in zip(labels, placed, strict=True):
        own = style.palette.text(style.palette.segment(label.line.colour))
        text = f"{plain_lines(label.parts)} <b>{plain(label.amount)}</b>"
        colour = own if label.line in shown else style.palette.muted
        drawing.note(text, colour, x=last, y=y, align="left", xanchor="left", xshift=8)


def _draw_band(drawing: Drawing, line: _Line, style: Look) -> None:
    """Draw the interval of a subject, where it is known throughout."""
    if len(line.lows) < 2:
        return
    drawing.marks(
        line.dates + line.dates[::-1],
        line.highs + line.lows[::-1],
        "lines",
        fill="toself",
        fillcolor=style.palette.tint(style.palette.segment(line.colour), 0.16),
        line={"width": 0},
    )


def _draw_line(
    drawing: Drawing, line: _Line, style: Look, unit: str, *, is_subject: bool, expected_after: dt.date | None
) -> None:
    colour = style.palette.segment(line.colour) if is_subject else style.palette.context
    remarks = [
        f"{formats.day(at)}: {plain(formats.quantity(amount, unit, style.currency))}"
        for at, amount in zip(line.dates, line.amounts, strict=True)
    ]
    told = sum(expected_after is None or at <= expected_after for at in line.dates)
    for part, dash in ((slice(0, told), "solid"), (slice(max(told - 1, 0), None), "dot")):
        dates, amounts = line.dates[part], line.amounts[part]
        if dash == "dot" and told == len(line.dates):
            continue
        drawing.marks(
            dates,
            amounts,
            "lines" if len(dates) > 1 else "markers",
            line={"color": colour, "width": 2.4 if is_subject else 1.6, "dash": dash},
            marker={"color": colour, "size": 9},
            text=remarks[part],
            hovertemplate=f"{plain(line.name)}<br>%{{text}}<extra></extra>",
        )


def draw_event(drawing: Drawing, event: Event, style: Look) -> None:
    """Add a dotted line with its remark."""
    muted = style.palette.muted
    top = {"y": 1, "yref": "paper", "yanchor": "top"}
    drawing.rule(muted, x0=event.at, x1=event.at, y0=0, y1=1, yref="paper", line={"width": 1.2, "dash": "dot"})
    drawing.note(plain(event.label), muted, SMALL_SIZE, x=event.at, xanchor="left", xshift=6, **top)


def _range(known: pd.DataFrame, *, from_zero: bool) -> tuple[float, float]:
    columns = [name for name in ("amount", "low", "high") if name in known.columns]
    values = known[columns].to_numpy(dtype=float)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if not from_zero:
        room = max((high - low) * 0.08, 0.005)
        return low - room, high + room
    low, high = min(0.0, low), max(high, 0.0)
    room = (high - low or 1.0) * 0.08
    return low - (room if low < 0 else 0), high + room


def _amount_axis(limits: tuple[float, float], unit: str, currency: str) -> dict[str, object]:
    ticks = round_ticks(*limits)
    return {
        "range": list(limits),
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [plain(formats.quantity(tick, unit, currency)) for tick in ticks],
    }


def round_ticks(low: float, high: float) -> list[float]:
    """Return three to five round values between `low` and `high`."""
    rough = (high - low) / 4
    power = 10.0 ** int(f"{rough:e}".split("e")[1])
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first = round(low / step - 0.499)
    ticks = [step * index for index in range(first, first + 12)]
    return [tick for tick in ticks if low - step * 1e-9 <= tick <= high + step * 1e-9]


def _date_axis(known: pd.DataFrame) -> dict[str, object]:
    """Label up to three snapshots back from the latest, whole years apart where history is long.

    Never the first: its label would touch the corner.
    """
    dates = sorted(set(known["snapshot"]))
    step = 12 if len(dates) > 24 else max(1, -(-len(dates) // 3))
    later = dates[1:] if len(dates) > 1 else dates
    shown = later[::-1][::step][:3][::-1]
    return {
        "range": [dates[0], dates[-1]] if len(dates) > 1 else None,
        "tickmode": "array",
        "tickvals": shown,
        "ticktext": [formats.month_short(date) for date in shown],
        "tickangle": 0,
    }
