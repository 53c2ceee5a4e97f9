"""History of a share or an amount by segment: subjects in colour, the others grey, names at the ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

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

HEIGHT = 400
NAME_WIDTH = 22
LINE_HEIGHT = 16


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
    height: int = HEIGHT,
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
        Dated remarks, drawn as dotted lines.
    height : int
        Pixels, for standing beside another figure.

    Returns
    -------
    Figure
        Names stand at the line ends, pushed apart; room for the longest is reserved.
    """
    known = frame.dropna(subset=["amount"]).sort_values(["segment", "snapshot"])
    ends = known.groupby("segment", sort=False).tail(1).sort_values("amount")
    labels = [wrapped(str(name), NAME_WIDTH) for name in ends["name"]]
    longest = [
        f"{line} {formats.quantity(ends['amount'].max(), unit, style.currency)}" for lines in labels for line in lines
    ]
    right = text_width(longest) + 18 if longest else 20
    left = text_width([formats.quantity(known["amount"].max(), unit, style.currency)], SMALL_SIZE) + 22
    figure = base_figure(style, height, subtitle, left=left, right=right)
    if known.empty:
        return figure
    low, high = _range(known)
    # Bands lie below all lines, and the lines of the context below those of the subjects.
    lines_by_segment = dict(list(known.groupby("segment", sort=True)))
    context = [segment for segment in lines_by_segment if subjects and segment not in subjects]
    shown = [segment for segment in lines_by_segment if segment not in context]
    for segment in shown:
        _draw_band(figure, lines_by_segment[segment], style)
    for segment in (*context, *shown):
        _draw_line(figure, lines_by_segment[segment], style, unit, is_subject=segment in shown)
    for event in events:
        _draw_event(figure, event, style)
    _draw_names(figure, ends, labels, style, unit, subjects, (low, high))
    ticks = _ticks(low, high)
    figure.update_yaxes(
        range=[low, high],
        tickmode="array",
        tickvals=ticks,
        ticktext=[plain(formats.quantity(tick, unit, style.currency)) for tick in ticks],
    )
    _date_axis(figure, known)
    return figure


def _draw_band(figure: go.Figure, lines: pd.DataFrame, style: Look) -> None:
    """Draw the interval of a subject, where it is known throughout."""
    if len(lines) < 2 or not {"low", "high"} <= set(lines.columns) or lines[["low", "high"]].isna().any(axis=None):
        return
    dates = list(lines["snapshot"])
    figure.add_trace(
        go.Scatter(
            x=dates + dates[::-1],
            y=[*lines["high"].astype(float), *lines["low"].astype(float)[::-1]],
            mode="lines",
            fill="toself",
            fillcolor=style.palette.tint(style.palette.segment(int(lines["colour"].iloc[0])), 0.16),
            line={"width": 0},
            hoverinfo="skip",
        )
    )


def _draw_line(figure: go.Figure, lines: pd.DataFrame, style: Look, unit: str, *, is_subject: bool) -> None:
    palette = style.palette
    colour = palette.segment(int(lines["colour"].iloc[0])) if is_subject else palette.context
    dates = list(lines["snapshot"])
    name = plain(str(lines["name"].iloc[0]))
    figure.add_trace(
        go.Scatter(
            x=dates,
            y=lines["amount"].astype(float),
            mode="lines" if len(lines) > 1 else "markers",
            line={"color": colour, "width": 2.4 if is_subject else 1.6},
            marker={"color": colour, "size": 9},
            customdata=[
                [formats.day(at), plain(formats.quantity(amount, unit, style.currency))]
                for at, amount in zip(lines["snapshot"], lines["amount"], strict=True)
            ],
            hovertemplate=f"{name}<br>%{{customdata[0]}}: %{{customdata[1]}}<extra></extra>",
        )
    )


def _draw_names(
    figure: go.Figure,
    ends: pd.DataFrame,
    labels: Sequence[tuple[str, ...]],
    style: Look,
    unit: str,
    subjects: Collection[str],
    limits: tuple[float, float],
) -> None:
    """Write each name and its latest amount at the end of its line, pushed apart in pixels."""
    low, high = limits
    plot_height = figure.layout.height - 56 - FOOTER_HEIGHT - 30
    per_pixel = (high - low) / plot_height
    sizes = [(len(lines) * LINE_HEIGHT + 2) * per_pixel for lines in labels]
    placed = spread([float(amount) for amount in ends["amount"]], sizes, low, high)
    last = max(ends["snapshot"])
    for y, lines, row in zip(placed, labels, ends.to_dict("records"), strict=True):
        is_subject = not subjects or row["segment"] in subjects
        colour = style.palette.text(style.palette.segment(int(row["colour"])))
        amount = plain(formats.quantity(row["amount"], unit, style.currency))
        figure.add_annotation(
            x=last,
            y=y,
            text=f"{plain_lines(lines)} <b>{amount}</b>",
            showarrow=False,
            align="left",
            xanchor="left",
            xshift=8,
            font={"size": TEXT_SIZE, "color": colour if is_subject else style.palette.muted},
        )


def _draw_event(figure: go.Figure, event: Event, style: Look) -> None:
    figure.add_vline(x=event.at, line={"color": style.palette.muted, "width": 1.2, "dash": "dot"})
    figure.add_annotation(
        x=event.at,
        y=1,
        yref="paper",
        text=plain(event.label),
        showarrow=False,
        xanchor="left",
        yanchor="top",
        xshift=6,
        font={"size": SMALL_SIZE, "color": style.palette.muted},
    )


def _range(known: pd.DataFrame) -> tuple[float, float]:
    columns = [name for name in ("amount", "low", "high") if name in known.columns]
    values = known[columns].astype(float)
    low, high = min(0.0, values.min().min()), max(values.max().max(), 0.0)
    room = (high - low or 1.0) * 0.08
    return low - (room if low < 0 else 0), high + room


def _ticks(low: float, high: float) -> list[float]:
    """Return three to five round values between `low` and `high`."""
    rough = (high - low) / 4
    power = 10.0 ** _exponent(rough)
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first = round(low / step - 0.499)
    ticks = [step * index for index in range(first, first + 12)]
    return [tick for tick in ticks if low - step * 1e-9 <= tick <= high + step * 1e-9]


def _exponent(value: float) -> int:
    return int(f"{value:e}".split("e")[1])


def _date_axis(figure: go.Figure, known: pd.DataFrame) -> None:
    """Label up to three snapshots back from the latest, whole years apart where history is long.

    Never the first: its label would touch the corner.
    """
    dates = sorted(set(known["snapshot"]))
    step = 12 if len(dates) > 24 else max(1, -(-len(dates) // 3))
    later = dates[1:] if len(dates) > 1 else dates
    shown = later[::-1][::step][:3][::-1]
    figure.update_xaxes(
        range=[dates[0], dates[-1]] if len(dates) > 1 else None,
        tickmode="array",
        tickvals=shown,
        ticktext=[formats.month_short(date) for date in shown],
        tickangle=0,
    )
