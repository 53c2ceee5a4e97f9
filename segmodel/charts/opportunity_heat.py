"""Opportunity scores of every need in every segment, and who feels each need most."""

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
    contrast,
    plain,
    plain_lines,
    shortened,
    text_width,
    wrapped,
)

Row = Mapping[Hashable, Any]

NAME_WIDTH = 26
HEAD_WIDTH = 13
FELT_WIDTH = 30
LINE_HEIGHT = 16
DEEPEST = 15.0
"""Score from which a cell is as deep as it gets: an extreme opportunity by convention (Ulwick 2005)."""
READABLE = 4.5
_HEAD = "Felt most by"


def opportunity_heat(frame: pd.DataFrame, style: Look) -> go.Figure:
    """Draw the scores as a table of tinted cells; a segment's own colour where it is clearly above the others.

    Parameters
    ----------
    frame : DataFrame
        One row a need and segment, in the order to be drawn: `need`, `label`, `segment` (`''`: all), `name`,
        `colour`, `n`, `opportunity` with `_low` and `_high`, `difference`, `is_above`, `suppressed`.
    style : Look
        Palette and footer.
    """
    palette = style.palette
    needs, segments = list(dict.fromkeys(frame["need"])), list(dict.fromkeys(frame["segment"]))
    labels = dict(zip(frame["need"], frame["label"], strict=True))
    names = dict(zip(frame["segment"], frame["name"], strict=True))
    rows = [shortened(wrapped(str(labels[need]), NAME_WIDTH)) for need in needs]
    heads = [shortened(wrapped(str(names[segment]), HEAD_WIDTH), most=4) for segment in segments]
    felt = {need: _felt(frame[frame["need"] == need], palette) for need in needs}
    tallest = max((max(len(lines), len(felt[need])) for lines, need in zip(rows, needs, strict=True)), default=1)
    row_height = max(30, LINE_HEIGHT * tallest + 8)
    heading = LINE_HEIGHT * max((len(lines) for lines in heads), default=1) + 10
    left = max(text_width([line for lines in rows for line in lines]) + 16, 80)
    told = [text for named in felt.values() for text, _ in named]
    right = text_width([_HEAD, *told], SMALL_SIZE) + 20
    height = MARGIN_TOP + heading + max(len(needs), 1) * row_height + MARGIN_BOTTOM - 24
    drawing = Drawing(style, height, "Opportunity score, 0 to 20; in colour: above the rest", left, right)
    down = {need: len(needs) - 1 - place for place, need in enumerate(needs)}
    across = {segment: place for place, segment in enumerate(segments)}
    cells: Sequence[Row] = frame.to_dict("records")
    for cell in cells:
        _draw_cell(drawing, palette, cell, across[cell["segment"]], down[cell["need"]])
    top = {"y": len(needs) - 0.5, "yanchor": "bottom", "yshift": 4}
    for segment, lines in zip(segments, heads, strict=True):
        drawing.note(plain_lines(lines), palette.ink, SMALL_SIZE, x=across[segment], **top)
    beside = {"x": 1, "xref": "paper", "xanchor": "left", "xshift": 12, "align": "left"}
    drawing.note(_HEAD, palette.muted, SMALL_SIZE, **beside, **top)
    for need, named in felt.items():
        text = "<br>".join(f'<span style="color:{ink}">{plain_lines([line])}</span>' for line, ink in named)
        drawing.note(text, palette.muted, SMALL_SIZE, **beside, y=down[need])
    yaxis = {
        "range": [-0.5, len(needs) - 0.5 + heading / row_height],
        "tickmode": "array",
        "tickvals": [down[need] for need in needs],
        "ticktext": [plain_lines(lines) for lines in rows],
        "tickfont": {"size": TEXT_SIZE, "color": palette.ink},
    }
    return drawing.figure({"range": [-0.5, max(len(segments), 1) - 0.5], "visible": False}, yaxis)


def _felt(rows: pd.DataFrame, palette: Palette) -> list[tuple[str, str]]:
    """Return the lines that name who feels a need most, each with its ink."""
    above = rows[rows["is_above"].eq(True)].sort_values("difference", ascending=False)
    if above.empty:
        return [("no segment clearly", palette.muted)]
    return [
        (line, palette.text(palette.segment(int(colour))))
        for name, colour in zip(above["name"].head(2), above["colour"].head(2), strict=True)
        for line in shortened(wrapped(str(name), FELT_WIDTH), most=1)
    ]


def _draw_cell(drawing: Drawing, palette: Palette, cell: Row, x: int, y: int) -> None:
    score = float(cell["opportunity"])
    if math.isnan(score):
        drawing.note("hidden" if cell["suppressed"] is True else formats.UNKNOWN, palette.muted, SMALL_SIZE, x=x, y=y)
        return
    is_above = cell["is_above"] is True
    colour = palette.segment(int(cell["colour"])) if is_above else palette.context
    ground = _ground(palette, colour, score, 0.3 if is_above else 0.0)
    drawing.box(ground, x0=x - 0.48, x1=x + 0.48, y0=y - 0.46, y1=y + 0.46)
    text = formats.number(score, 1)
    drawing.note(f"<b>{text}</b>" if is_above else text, palette.ink, SMALL_SIZE, x=x, y=y)
    ends = f"{formats.number(cell['opportunity_low'], 1)} to {formats.number(cell['opportunity_high'], 1)}"
    hover = (
        f"{plain(str(cell['name']))}<br>{plain(str(cell['label']))}: {text} ({ends}), n = {formats.number(cell['n'])}"
    )
    marker = {"size": 24, "opacity": 0}
    drawing.marks([x], [y], "markers", marker=marker, hovertemplate=f"{hover}<extra></extra>")


def _ground(palette: Palette, colour: str, score: float, least: float) -> str:
    """Return the tint of a cell: deeper for more, and never so deep that its number is hard to read."""
    strength = least + (0.6 - least) * min(score / DEEPEST, 1.0)
    while strength > 0 and contrast(palette.ink, palette.tint(colour, strength)) < READABLE:
        strength -= 0.02
    return palette.tint(colour, max(strength, 0.0))
