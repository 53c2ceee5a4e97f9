"""White space: how much of each market is not ours, how it grows, and which segments feel it."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

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
    Palette,
    plain,
    plain_lines,
    shortened,
    text_width,
    wrapped,
)

Row = Mapping[Hashable, Any]

ROW_HEIGHT = 40
LINE_HEIGHT = 16
NAME_WIDTH = 24
FELT_WIDTH = 30
MOST_NAMED = 2
_HEADING = 24
_THICK = 0.31
"""Half of a bar, in rows."""
_GAP = 18


def white_space(frame: pd.DataFrame, style: Look, segments: pd.DataFrame, felt: str) -> go.Figure:
    """Draw each market as a bar: the dark part is ours, the rest unclaimed; beside it, its growth and who feels it.

    Parameters
    ----------
    frame : DataFrame
        One row a market, in the order to be drawn, all of one unit: `name`, `size`, `our_share`, `growth`,
        `unclaimed`, `growth_amount`, `felt_by` (ids of segments), `is_felt_known`. What is missing is said.
    style : Look
        Palette and footer.
    segments : DataFrame
        `segment`, `name` and `colour`.
    felt : str
        Heading of the segments, such as `Felt most by`.
    """
    palette = style.palette
    rows: Sequence[Row] = frame.to_dict("records")
    names = [shortened(wrapped(str(row["name"]), NAME_WIDTH)) for row in rows]
    known = segments.set_index("segment")
    who = [_felt(row, known, palette) for row in rows]
    columns = {
        "Unclaimed": [[(_unclaimed(row), palette.ink)] for row in rows],
        "Our share": [[(_share(row["our_share"]), palette.muted)] for row in rows],
        "Growth a year": [[(_growth(row), palette.muted)] for row in rows],
        felt: who,
    }
    widths = {
        head: text_width([head, *(text for lines in cells for text, _ in lines)], SMALL_SIZE) + _GAP
        for head, cells in columns.items()
    }
    left = max(text_width([line for lines in names for line in lines]) + 16, 80)
    count = max(len(rows), 1)
    tallest = max([1, *(len(lines) for lines in (*names, *who))])
    row_height = max(ROW_HEIGHT, LINE_HEIGHT * tallest + 10)
    height = MARGIN_TOP + _HEADING + count * row_height + MARGIN_BOTTOM - 20
    subtitle = "Size of the market, in the unit of the source; the dark part is ours"
    drawing = Drawing(style, height, subtitle, left, sum(widths.values()))
    sizes = [float(row["size"]) for row in rows if not math.isnan(row["size"])]
    for place, row in enumerate(rows):
        _draw_bar(drawing, palette, row, count - 1 - place)
    start = 12
    for head, cells in columns.items():
        beside = {"x": 1, "xref": "paper", "xanchor": "left", "xshift": start, "align": "left"}
        drawing.note(plain(head), palette.muted, SMALL_SIZE, **beside, y=count - 0.5, yanchor="bottom", yshift=2)
        for place, lines in enumerate(cells):
            text = "<br>".join(f'<span style="color:{ink}">{plain_lines([line])}</span>' for line, ink in lines)
            drawing.note(text, palette.ink, SMALL_SIZE, **beside, y=count - 1 - place)
        start += widths[head]
    yaxis = {
        "range": [-0.5, count - 0.5 + _HEADING / row_height],
        "tickmode": "array",
        "tickvals": [count - 1 - place for place in range(len(rows))],
        "ticktext": [plain_lines(lines) for lines in names],
        "tickfont": {"size": TEXT_SIZE, "color": palette.ink},
    }
    return drawing.figure({"range": [0, max(sizes, default=1.0) or 1.0], "nticks": 5}, yaxis)


def _draw_bar(drawing: Drawing, palette: Palette, row: Row, y: int) -> None:
    size, our_share = float(row["size"]), float(row["our_share"])
    if math.isnan(size):
        drawing.note("size not known", palette.muted, SMALL_SIZE, x=0, y=y, xanchor="left", xshift=4)
        return
    ends = {"y0": y - _THICK, "y1": y + _THICK}
    drawing.box(palette.tint(palette.context, 0.55), x0=0, x1=size, **ends)
    if not math.isnan(our_share):
        drawing.box(palette.ink, x0=0, x1=size * our_share, **ends)
    words = f"{plain(str(row['name']))}<br>size {formats.significant(size)}, ours {_share(our_share)}"
    dot = {"size": 18, "opacity": 0}
    drawing.marks([size / 2], [y], "markers", marker=dot, hovertemplate=f"{words}<extra></extra>")


def _felt(row: Row, segments: pd.DataFrame, palette: Palette) -> list[tuple[str, str]]:
    """Return the lines that name who feels it, each with its ink."""
    if not row["is_felt_known"]:
        return [("not known", palette.muted)]
    named = [segment for segment in row["felt_by"] if segment in segments.index]
    if not named:
        return [("no segment clearly", palette.muted)]
    lines = [
        (
            shortened(wrapped(str(segments.loc[segment, "name"]), FELT_WIDTH), most=1)[0],
            palette.text(palette.segment(int(segments.loc[segment, "colour"]))),
        )
        for segment in named[:MOST_NAMED]
    ]
    if len(named) > MOST_NAMED:
        last, ink = lines[-1]
        lines[-1] = (f"{last}, and {len(named) - MOST_NAMED} more", ink)
    return lines


def _unclaimed(row: Row) -> str:
    return "not known" if math.isnan(row["unclaimed"]) else formats.significant(row["unclaimed"])


def _share(value: float) -> str:
    return "not given" if math.isnan(value) else formats.share(value)


def _growth(row: Row) -> str:
    if math.isnan(row["growth"]):
        return "not given"
    amount = row["growth_amount"]
    more = "" if math.isnan(amount) else f" ({'+' if amount > 0 else ''}{formats.significant(amount, 2)})"
    return f"{formats.change(row['growth'])}{more}"
