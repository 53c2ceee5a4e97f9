"""Who went where: segments at one date on the left, at a later date on the right, with bands for the customers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

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
    Row,
    known_number,
    plain,
    plain_lines,
    spread,
    text_width,
    wrapped,
)
from segmodel.drift import ALL, NEW, OUTSIDE

HEIGHT = 560
NAME_WIDTH = 22
LINE_HEIGHT = 17
NODE = 14
"""Pixels a node is wide."""
GAP = 14
"""Pixels between nodes of a side."""
_UNTOLD = 0.35
"""Strength of the grey of hidden flows."""


@dataclass(frozen=True)
class _Node:
    """A segment at one of the dates."""

    segment: str
    name: str
    colour: str
    ink: str
    customers: float | None
    told: float
    """Customers of the bands that may be told."""

    @property
    def untold(self) -> float:
        """Customers of the bands that are hidden, together; none where the segment itself is."""
        return 0.0 if self.customers is None else max(self.customers - self.told, 0.0)

    @property
    def drawn(self) -> float:
        """Customers the node is drawn for."""
        return self.told + self.untold

    @property
    def lines(self) -> tuple[str, ...]:
        return wrapped(self.name, NAME_WIDTH)

    @property
    def count(self) -> str:
        return "hidden" if self.customers is None else formats.number(self.customers)


def migration_sankey(
    cells: pd.DataFrame, segments: pd.DataFrame, style: Look, before: dt.date, after: dt.date
) -> go.Figure:
    """Draw flows between two dates; who came and who is lost in grey.

    Hidden cells of a segment are drawn together, in grey by way of the middle, so that nodes are as large as segments.

    Parameters
    ----------
    cells : DataFrame
        One row a cell and total: `segment_before` (a segment, `new`, or `''` for all), `segment_after` (a segment,
        `lost`, or `''`), `customers`, `value_before`, `share`; missing where hidden.
    segments : DataFrame
        `segment`, `name` and `colour`, in the order to be drawn.
    style : Look
        Palette, footer and currency.
    before, after : date
        Of the two sides.
    """
    bands: list[Row] = [
        row
        for row in cells.to_dict("records")
        if row["segment_before"] != ALL and row["segment_after"] != ALL and known_number(row, "customers")
    ]
    sides = [_side(cells, bands, segments, style.palette, own) for own in ("segment_before", "segment_after")]
    rooms = [text_width([line for node in side for line in (*node.lines, node.count)]) + NODE + 10 for side in sides]
    needed = max((sum(len(node.lines) * LINE_HEIGHT + LINE_HEIGHT + 4 for node in side) for side in sides), default=0)
    height = max(HEIGHT, needed + MARGIN_TOP + MARGIN_BOTTOM)
    subtitle = "Customers by segment at both dates; bands are as thick as they are many"
    drawing = Drawing(style, height, subtitle, *rooms)
    if not bands:
        drawing.note("Too few customers moved or stayed to show", style.palette.muted, x=0.5, y=0.5)
        return drawing.figure({"visible": False, "range": [0, 1]}, {"visible": False, "range": [0, 1]})
    scale = min((drawing.plot_height - GAP * (len(side) - 1)) / sum(node.drawn for node in side) for side in sides)
    centres = [_centres(side, scale, drawing.plot_height) for side in sides]
    drawing.flows(
        arrangement="fixed",
        node=_nodes(sides, centres, scale / drawing.plot_height, style.palette),
        link=_links(bands, sides, style),
    )
    for side, places, anchor, day in zip(sides, centres, ("right", "left"), (before, after), strict=True):
        _draw_labels(drawing, style.palette, side, places, anchor, day)
    return drawing.figure({"visible": False}, {"visible": False})


def _side(cells: pd.DataFrame, bands: Sequence[Row], segments: pd.DataFrame, palette: Palette, own: str) -> list[_Node]:
    """Return the nodes of one date: its segments, then who came or is lost where there are any."""
    other = "segment_after" if own == "segment_before" else "segment_before"
    totals = cells[cells[other] == ALL].set_index(own)["customers"]
    named = [
        (str(row.segment), str(row.name), palette.segment(int(str(row.colour))))
        for row in segments.itertuples(index=False)
    ]
    named += [(one, label, palette.context) for one, label in OUTSIDE.items()]
    nodes = []
    for segment, name, colour in named:
        told = sum(float(row["customers"]) for row in bands if row[own] == segment)
        if segment in totals.index:
            whole = None if pd.isna(totals[segment]) else float(totals[segment])
            ink = palette.muted if segment in OUTSIDE else palette.text(colour)
            nodes.append(_Node(segment, name, colour, ink, whole, told))
    return nodes


def _centres(side: Sequence[_Node], scale: float, height: int) -> list[float]:
    """Return the middle of each node in shares of the height, from the top."""
    taken = sum(node.drawn for node in side) * scale + GAP * (len(side) - 1)
    top, found = (height - taken) / 2, []
    for node in side:
        found.append((top + node.drawn * scale / 2) / height)
        top += node.drawn * scale + GAP
    return found


def _nodes(
    sides: Sequence[Sequence[_Node]], centres: Sequence[Sequence[float]], scale: float, palette: Palette
) -> dict[str, object]:
    """Return the nodes of both sides, and the one in the middle that hidden cells go by."""
    untold = max(sum(node.untold for node in side) for side in sides)
    # Plotly takes a place of exactly 0 for none
    return {
        "x": [0.001] * len(sides[0]) + [0.999] * len(sides[1]) + [0.5],
        "y": [*(place for side in centres for place in side), min(max(1 - untold * scale / 2, 0.001), 0.999)],
        "color": [*(node.colour for side in sides for node in side), palette.tint(palette.context, _UNTOLD)],
        "thickness": NODE,
        "pad": GAP,
        "line": {"width": 0},
        "hoverinfo": "skip",
    }


def _links(bands: Sequence[Row], sides: Sequence[Sequence[_Node]], style: Look) -> dict[str, object]:
    start = {node.segment: place for place, node in enumerate(sides[0])}
    stop = {node.segment: place + len(start) for place, node in enumerate(sides[1])}
    names = {node.segment: node.name for side in sides for node in side}
    inks = {node.segment: node.colour for side in sides for node in side}
    texts, colours = [], []
    for row in bands:
        one, to = row["segment_before"], row["segment_after"]
        is_calm = one in {to, NEW}
        colours.append(style.palette.tint(inks[one], 0.3 if is_calm else 0.7))
        known = known_number(row, "share")
        share = "" if known is None else f", {formats.share(known)} of them"
        count = f"{formats.counted(int(row['customers']), 'customer')}{share}"
        worth = row["value_after"] if one == NEW else row["value_before"]
        way = f"{names[one]}, stayed" if one == to else f"{names[one]} to {names[to]}"
        lines = (way, count, formats.money(worth, style.currency))
        texts.append("<br>".join(plain(line) for line in lines))
    middle = len(start) + len(stop)
    leaving = [(start[node.segment], middle, node) for node in sides[0] if node.untold]
    arriving = [(middle, stop[node.segment], node) for node in sides[1] if node.untold]
    hidden = [*leaving, *arriving]
    said = [
        f"{node.name}: {formats.counted(round(node.untold), 'customer')} in flows that are hidden"
        for *_, node in hidden
    ]
    return {
        "source": [*(start[row["segment_before"]] for row in bands), *(source for source, _, _ in hidden)],
        "target": [*(stop[row["segment_after"]] for row in bands), *(target for _, target, _ in hidden)],
        "value": [*(float(row["customers"]) for row in bands), *(node.untold for *_, node in hidden)],
        "color": [*colours, *([style.palette.tint(style.palette.context, _UNTOLD)] * len(hidden))],
        "customdata": [*texts, *(plain(line) for line in said)],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _draw_labels(
    drawing: Drawing, palette: Palette, side: Sequence[_Node], centres: Sequence[float], anchor: str, day: dt.date
) -> None:
    """Write names and counts beside the nodes, pushed apart, and the date above."""
    sizes = [(len(node.lines) + 1) * LINE_HEIGHT / drawing.plot_height for node in side]
    placed = spread(centres, sizes, 0.0, 1.0)
    out = -1 if anchor == "right" else 1
    beside = {
        "x": 0 if out < 0 else 1,
        "xref": "paper",
        "yref": "paper",
        "xanchor": anchor,
        "align": anchor,
        "yanchor": "middle",
    }
    for node, place in zip(side, placed, strict=True):
        text = f"{plain_lines(node.lines)}<br><b>{plain(node.count)}</b>"
        drawing.note(text, node.ink, TEXT_SIZE, **beside, xshift=out * (NODE // 2 + 6), y=1 - place)
    head = {**beside, "xanchor": "left" if out < 0 else "right", "xshift": out * NODE // 2, "yanchor": "bottom"}
    drawing.note(plain(formats.day(day)), palette.muted, SMALL_SIZE, **head, y=1, yshift=6)
