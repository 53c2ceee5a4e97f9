"""Forecast against what happened after it: by how often customers had bought, and week by week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from segmodel import formats
from segmodel.charts.history import round_ticks
from segmodel.charts.rows import extent
from segmodel.charts.template import SMALL_SIZE, Drawing, Look, Row, known_number, plain, plain_lines, spread, wrapped

HEIGHT = 400
MANY = 7
"""From here on frequencies are one."""
_LEFT = 52
_SENTENCE = 62
"""Characters of a line of the outcome: they fit a figure 460 pixels wide."""
_WORD = 17


def holdout(frame: pd.DataFrame, style: Look, sentence: str = "") -> go.Figure:
    """Draw purchases forecast (○, joined) and made (●), a customer, by how often customers had bought again before.

    Parameters
    ----------
    frame : DataFrame
        `frequency` (7 stands for 7 and more), `customers`, `predicted` and `actual`, mean purchases a customer, as in
        `HoldoutCheck.by_frequency`. Unknown values are left out.
    style : Look
        Palette and footer.
    sentence : str
        The outcome in words, written below the axis.

    Returns
    -------
    Figure
        The number of customers stands below each frequency.
    """
    palette = style.palette
    drawing = _begin(style, "Purchases a customer in the holdout: forecast ○ and made ●", sentence, below=42)
    rows: Sequence[Row] = frame.sort_values("frequency").to_dict("records")
    if not rows:
        return drawing.figure({"visible": False}, {"visible": False})
    colour = palette.segment(0)
    x = [int(row["frequency"]) for row in rows]
    low, high = extent(frame, ["predicted", "actual"])
    high += 0.06 * (high - low)
    line = {"color": palette.muted, "width": 1.6, "dash": "dot"}
    forecast = {"color": palette.paper, "size": 12, "line": {"color": palette.muted, "width": 2}}
    made = {"color": colour, "size": 11, "line": {"color": palette.paper, "width": 1}}
    for name, mode, marker in (("predicted", "lines+markers", forecast), ("actual", "markers", made)):
        drawing.marks(
            x,
            [known_number(row, name) for row in rows],
            mode,
            line=line,
            marker=marker,
            cliponaxis=False,
            text=[_hover(row) for row in rows],
            hovertemplate="%{text}<extra></extra>",
        )
    last = rows[-1]
    _name_ends(
        drawing,
        [
            ("forecast", known_number(last, "predicted"), palette.muted),
            ("made", known_number(last, "actual"), palette.text(colour)),
        ],
        (low, high),
    )
    words = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0, "yanchor": "top"}
    drawing.note("times they had bought again before, and customers", palette.muted, SMALL_SIZE, **words, yshift=-42)
    xaxis = {
        "range": [x[0] - 0.6, x[-1] + 0.6],
        "tickmode": "array",
        "tickvals": x,
        "ticktext": [f"{_often(row)}<br>{_short(known_number(row, 'customers'))}" for row in rows],
        "tickangle": 0,
    }
    return drawing.figure(xaxis, _axis(low, high, 1))


def holdout_weeks(frame: pd.DataFrame, style: Look, sentence: str = "", *, cumulative: bool = False) -> go.Figure:
    """Draw purchases expected and made, week by week, with the line from which on they are forecast.

    Parameters
    ----------
    frame : DataFrame
        One row a week: `ends_on` (date), `in_holdout`, `expected` and `actual`; for running sums also
        `expected_so_far` and `actual_so_far`, as `track_weeks` returns them.
    style : Look
        Palette and footer.
    sentence : str
        The outcome in words, written below the axis.
    cumulative : bool
        Whether running sums are drawn.

    Returns
    -------
    Figure
        The line stands before the first week of the holdout; without one there is none.
    """
    palette = style.palette
    ending = "_so_far" if cumulative else ""
    expected, actual = f"expected{ending}", f"actual{ending}"
    what = "Repeat purchases since the start" if cumulative else "Repeat purchases a week"
    drawing = _begin(style, f"{what}: expected (dashed) and made", sentence, right=64)
    rows = frame.sort_values("ends_on")
    if rows.empty:
        return drawing.figure({"visible": False}, {"visible": False})
    days = [pd.Timestamp(day).date() for day in rows["ends_on"]]
    low, high = extent(rows, [expected, actual])
    high += 0.1 * (high - low)
    colour = palette.segment(0)
    looks = (
        (actual, "made", {"color": colour, "width": 2.2}, palette.text(colour)),
        (expected, "expected", {"color": palette.muted, "width": 1.8, "dash": "dash"}, palette.muted),
    )
    ends: list[tuple[str, float | None, str]] = []
    for name, word, line, ink in looks:
        values = rows[name].astype(float)
        drawing.marks(
            days,
            values.tolist(),
            "lines" if len(days) > 1 else "markers",
            line=line,
            marker={"color": line["color"], "size": 9},
            text=[
                f"Week to {formats.day(day)}: {formats.number(value)} {word}"
                for day, value in zip(days, values, strict=True)
            ],
            hovertemplate="%{text}<extra></extra>",
        )
        last = values.dropna().tail(1).tolist()
        ends.append((word, last[0] if last else None, ink))
    _name_ends(drawing, ends, (low, high))
    _draw_start(drawing, [day for day, late in zip(days, rows["in_holdout"], strict=True) if late], days, style)
    shown = [days[0], days[-1]] if len(days) > 1 else days
    xaxis = {
        "range": shown if len(days) > 1 else None,
        "tickmode": "array",
        "tickvals": shown,
        "ticktext": [formats.month_short(day) for day in shown],
        "tickangle": 0,
    }
    return drawing.figure(xaxis, _axis(low, high, 0))


def _begin(style: Look, subtitle: str, sentence: str, right: int = 70, below: int = 0) -> Drawing:
    """Return a drawing with the sentence between the axis and the footer."""
    lines = wrapped(sentence, _SENTENCE) if sentence else ()
    more = _WORD * len(lines) + 8 if lines else 0
    drawing = Drawing(style, HEIGHT + below + more, subtitle, left=_LEFT, right=right, below=below + more)
    if lines:
        where = {"xref": "paper", "yref": "paper", "x": 0, "xanchor": "left", "xshift": 4 - _LEFT, "align": "left"}
        drawing.note(plain_lines(lines), style.palette.ink, SMALL_SIZE, **where, y=0, yshift=-32 - below, yanchor="top")
    return drawing


def _draw_start(drawing: Drawing, late: Sequence[dt.date], days: Sequence[dt.date], style: Look) -> None:
    if not late:
        return
    # a week before the end of the first forecast week; the words stand on the side with more room
    start = max(late[0] - dt.timedelta(days=7), days[0])
    is_early = (start - days[0]) < (days[-1] - start)
    muted = style.palette.muted
    drawing.rule(muted, x0=start, x1=start, y0=0, y1=1, yref="paper", line={"width": 1.2, "dash": "dot"})
    side, shift, words = ("left", 6, "forecast from here →") if is_early else ("right", -6, "forecast from here on →")
    where = {"y": 1, "yref": "paper", "yanchor": "bottom", "x": start, "xanchor": side, "xshift": shift}
    drawing.note(words, muted, SMALL_SIZE, **where)


def _name_ends(drawing: Drawing, ends: Sequence[tuple[str, float | None, str]], limits: tuple[float, float]) -> None:
    """Write what each line or row of dots is beside its last mark, pushed apart."""
    known = [(word, value, ink) for word, value, ink in ends if value is not None]
    low, high = limits
    room = _WORD * (high - low) / (HEIGHT - 140)
    placed = spread([value for _, value, _ in known], [room] * len(known), low, high)
    for (word, _, ink), y in zip(known, placed, strict=True):
        drawing.note(word, ink, SMALL_SIZE, x=1, xref="paper", xanchor="left", xshift=4, y=y)


def _hover(row: Row) -> str:
    customers = formats.counted(round(known_number(row, "customers") or 0), "customer")
    made, forecast = (formats.number(known_number(row, name), 2) for name in ("actual", "predicted"))
    return f"Bought again {_often(row)} times before, {customers}<br>{plain(f'{made} made, {forecast} forecast')}"


def _often(row: Row) -> str:
    frequency = int(row["frequency"])
    return f"{MANY}+" if frequency >= MANY else str(frequency)


def _short(customers: float | None) -> str:
    """Return a count that fits below a tick."""
    if customers is None:
        return formats.UNKNOWN
    return formats.number(customers) if customers < 10_000 else f"{formats.number(customers / 1000)}k"


def _axis(low: float, high: float, decimals: int) -> dict[str, object]:
    ticks = round_ticks(low, high)
    fine = decimals + (1 if decimals and high < 0.6 else 0)
    return {
        "range": [low, high],
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [formats.number(tick, fine if tick else 0) for tick in ticks],
    }
