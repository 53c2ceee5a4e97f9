"""A funnel: how many are kept at each step, and what was lost there and why."""

from __future__ import annotations

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
    plain,
    text_width,
)

ROW_HEIGHT = 46
_BAR = 20
_PLACE = 76
"""Pixels beside the longest bar for its number."""
_WHY_WIDTH = 92


def funnel(frame: pd.DataFrame, style: Look, colour: int | None = None) -> go.Figure:
    """Draw a bar from zero a step, what was lost there in grey beside it, and below the bar why.

    Parameters
    ----------
    frame : DataFrame
        One row a step, in order: `label`, `entered`, `kept` and `why`, the reasons in words; empty where none was lost.
    style : Look
        Palette and footer.
    colour : int, optional
        Of the segment, where it is one alone.

    Examples
    --------
    >>> import datetime
    >>> from segmodel.charts import Footer, look
    >>> style = look("light", Footer("Shop", "v001", 90.0, datetime.date(2026, 6, 30)), "GBP")
    >>> steps = pd.DataFrame({"label": ["Consented"], "entered": [90], "kept": [60], "why": ["did not agree: 30"]})
    >>> [note.text for note in funnel(steps, style).layout.annotations][-2:]
    ['<b>60</b>', '−30 did not agree: 30']
    """
    palette = style.palette
    labels = [plain(str(label)) for label in frame["label"]]
    left = text_width(labels) + 24
    height = MARGIN_TOP + MARGIN_BOTTOM + max(len(frame), 1) * ROW_HEIGHT
    drawing = Drawing(style, height, "Customers kept at each step; grey: lost there", left, _PLACE)
    ground = palette.muted if colour is None else palette.segment(colour)
    largest = max([float(value) for value in frame["entered"]], default=1.0) or 1.0
    for row, (_, each) in enumerate(frame.iterrows()):
        top = row * ROW_HEIGHT
        kept, entered = float(each["kept"]), float(each["entered"])
        middle = top + _BAR / 2
        drawing.box(ground, x0=0, x1=kept, y0=top, y1=top + _BAR)
        if entered > kept:
            drawing.box(palette.rule, x0=kept, x1=entered, y0=top, y1=top + _BAR)
        drawing.note(labels[row], palette.ink, TEXT_SIZE, x=0, xref="paper", xanchor="right", xshift=-12, y=middle)
        drawing.note(
            f"<b>{formats.number(kept)}</b>", palette.ink, TEXT_SIZE, x=entered, xanchor="left", xshift=8, y=middle
        )
        if entered > kept:
            why = str(each["why"])
            shown = why if len(why) <= _WHY_WIDTH else f"{why[: _WHY_WIDTH - 1]}…"
            text = f"{formats.MINUS}{formats.number(entered - kept)} {plain(shown)}"
            where = {"x": 0, "xref": "paper", "xanchor": "left", "y": top + _BAR + 9}
            drawing.note(text, palette.muted, SMALL_SIZE, **where)
    drawing.marks([0.0], [0.0], "markers", marker={"opacity": 0})
    return drawing.figure(
        xaxis={"range": [0, largest], "visible": False},
        yaxis={"range": [max(len(frame), 1) * ROW_HEIGHT, 0], "visible": False},
    )
