"""Shares as bars for a screen that is read from the back of a room."""

from __future__ import annotations

import math

import pandas as pd
import plotly.graph_objects as go

from segmodel import formats
from segmodel.charts.template import Drawing, Look, plain_lines, text_width, wrapped

TEXT = 22
"""Pixels of names and numbers."""

_NAME_WIDTH = 24
_BAR = 26
_GAP = 20
_PLACE = 110
"""Pixels beside the longest bar for its number."""


def slide_bars(frame: pd.DataFrame, style: Look, colours: dict[str, str]) -> go.Figure:
    """Draw shares as horizontal bars from zero, a group a category, each with its number and its name.

    Parameters
    ----------
    frame : DataFrame
        `name`, and a column of shares (0 to 1) a series; unknown ones have no bar and say so.
    style : Look
    colours : dict of str to str
        Of the series, in the order to be drawn.

    Examples
    --------
    >>> import datetime
    >>> from segmodel.charts import Footer, look
    >>> style = look("light", Footer("Shop", "v001", 10.0, datetime.date(2026, 6, 30)), "GBP")
    >>> frame = pd.DataFrame({"name": ["Regulars"], "of value": [0.4]})
    >>> slide_bars(frame, style, {"of value": "#3C36B2"}).layout.annotations[-1].text
    '40% of value'
    """
    names = [wrapped(str(name), _NAME_WIDTH) for name in frame["name"]]
    left = text_width([line for lines in names for line in lines], TEXT) + 28
    step = len(colours) * _BAR + _GAP
    drawing = Drawing(style, len(frame) * step + 150, "Shares of all; bars start at zero", left, 2 * _PLACE)
    shares = [value for column in colours for value in frame[column] if not pd.isna(value)]
    largest = max((abs(value) for value in shares), default=1.0) or 1.0
    least = min((*shares, 0.0))
    for row, (_, each) in enumerate(frame.iterrows()):
        top = row * step
        middle = top + len(colours) * _BAR / 2
        drawing.note(
            plain_lines(names[row]), style.palette.ink, TEXT, x=0, xref="paper", xanchor="right", xshift=-14, y=middle
        )
        for place, (column, colour) in enumerate(colours.items()):
            start = top + place * _BAR
            value = float("nan") if pd.isna(each[column]) else float(each[column])
            if not math.isnan(value):
                drawing.box(colour, x0=min(0.0, value), x1=max(0.0, value), y0=start + 3, y1=start + _BAR - 3)
            said = formats.shown(None if math.isnan(value) else value, formats.share)
            where = 0.0 if math.isnan(value) else max(value, 0.0)
            drawing.note(
                f"{said} {column}", style.palette.ink, TEXT - 4, x=where, xanchor="left", xshift=10,
                y=start + _BAR / 2,
            )  # fmt: skip
    drawing.marks([0.0], [0.0], "markers", marker={"opacity": 0})
    return drawing.figure(
        xaxis={"range": [least, largest], "visible": False},
        yaxis={"range": [max(len(frame), 1) * step, 0], "visible": False},
    )
