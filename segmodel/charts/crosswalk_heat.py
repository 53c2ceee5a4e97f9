"""Who is in which segment of two segmentations: rows of the one, columns of the other; in colour: more than usual."""

from __future__ import annotations

import math

import plotly.graph_objects as go

from segmodel import formats
from segmodel.charts.template import (
    FOOTER_SIZE,
    MARGIN_BOTTOM,
    MARGIN_TOP,
    SMALL_SIZE,
    TEXT_SIZE,
    Drawing,
    Look,
    Palette,
    Row,
    contrast,
    known_number,
    plain,
    plain_lines,
    shortened,
    text_width,
    wrapped,
)
from segmodel.crosswalk import NO_COLOUR, NOT_PLACED, RARE, Pair

NAME_WIDTH = 24
HEAD_WIDTH = 13
LINE_HEIGHT = 16
ROW_HEIGHT = 44
READABLE = 4.5
DEEPEST = 3.0
"""Index from which a cell is as deep as it gets."""


def crosswalk_heat(pair: Pair, style: Look) -> go.Figure:
    """Draw the share of each row's customers in each column, tinted where that is more often than among all.

    Parameters
    ----------
    pair : Pair
        Two segmentations, seen from the one that has the rows.
    style : Look
        Palette and footer.
    """
    palette = style.palette
    cells = {(cell["segment"], cell["other"]): cell for cell in pair.cells.to_dict("records")}
    rows, columns = (
        [one for one in each.to_dict("records") if one["segment"] != NOT_PLACED or _is_anybody(pair, side)]
        for each, side in ((pair.rows, "segment"), (pair.columns, "other"))
    )
    names = [shortened(wrapped(str(row["name"]), NAME_WIDTH), most=2) for row in rows]
    counts = [_count(row) for row in rows]
    heads = [shortened(wrapped(str(column["name"]), HEAD_WIDTH), most=4) for column in columns]
    heading = LINE_HEIGHT * max((len(lines) for lines in heads), default=1) + 10
    left = max(text_width([line for lines in names for line in lines] + counts) + 16, 80)
    height = MARGIN_TOP + heading + len(rows) * ROW_HEIGHT + MARGIN_BOTTOM - 24
    caption = f"Share of the segments of {pair.one['label']} (rows); in colour: more often than among all"
    drawing = Drawing(style, height, caption, left)
    for down, row in enumerate(reversed(rows)):
        for across, column in enumerate(columns):
            cell = cells[row["segment"], column["segment"]]
            said = f"{row['name']} and {column['name']}"
            _draw_cell(drawing, palette, cell, (across, down), _colour(palette, row, column), said)
    top = {"y": len(rows) - 0.5, "yanchor": "bottom", "yshift": 4}
    for place, lines in enumerate(heads):
        drawing.note(plain_lines(lines), palette.ink, SMALL_SIZE, x=place, **top)
    labels = [
        f'{plain_lines(lines)}<br><span style="font-size:{FOOTER_SIZE}px;color:{palette.muted}">{plain(count)}</span>'
        for lines, count in zip(names, counts, strict=True)
    ]
    yaxis = {
        "range": [-0.5, len(rows) - 0.5 + heading / ROW_HEIGHT],
        "tickmode": "array",
        "tickvals": list(range(len(rows)))[::-1],
        "ticktext": labels,
        "tickfont": {"size": TEXT_SIZE, "color": palette.ink},
    }
    return drawing.figure({"range": [-0.5, len(columns) - 0.5], "visible": False}, yaxis)


def _is_anybody(pair: Pair, side: str) -> bool:
    """Return whether anybody who is in the one segmentation is not placed by the other."""
    customers = pair.cells.loc[pair.cells[side] == NOT_PLACED, "customers"]
    return bool(customers.isna().any() or customers.sum() > 0)


def _colour(palette: Palette, row: Row, column: Row) -> str:
    """Return the colour of the segment that has one: the row's before the column's."""
    known = [int(each["colour"]) for each in (row, column) if int(each["colour"]) != NO_COLOUR]
    return palette.segment(known[0]) if known else palette.muted


def _count(row: Row) -> str:
    if "customers" not in row or (isinstance(row["customers"], float) and math.isnan(row["customers"])):
        return ""
    return formats.counted(round(row["customers"]), "customer")


def _draw_cell(drawing: Drawing, palette: Palette, cell: Row, place: tuple[int, int], colour: str, said: str) -> None:
    x, y = place
    customers, share, index = (known_number(cell, name) for name in ("customers", "share", "index"))
    if customers is None:
        drawing.note("hidden", palette.muted, SMALL_SIZE, x=x, y=y)
        return
    if customers == 0 or share is None:
        text = "0" if customers == 0 else formats.number(customers)
        drawing.note(text, palette.muted, SMALL_SIZE, x=x, y=y)
        return
    is_more = index is not None and index > 1
    ground = _ground(palette, colour if is_more else palette.context, index or 0.0)
    drawing.box(ground, x0=x - 0.48, x1=x + 0.48, y0=y - 0.46, y1=y + 0.46)
    below = "" if index is None else f'<br><span style="font-size:{FOOTER_SIZE}px">{formats.times(index)}</span>'
    drawing.note(f"<b>{formats.share(share)}</b>{below}", palette.ink, SMALL_SIZE, x=x, y=y)
    hover = f"{plain(said)}<br>{plain(formats.counted(round(customers), 'customer'))}, {plain(formats.share(share))}"
    if index is not None:
        hover += f"<br>{plain(formats.times(index))} as often as among all"
        hover += ": they contradict each other here" if index <= RARE else ""
    drawing.marks([x], [y], "markers", marker={"size": 24, "opacity": 0}, hovertemplate=f"{hover}<extra></extra>")


def _ground(palette: Palette, colour: str, index: float) -> str:
    """Return the tint of a cell: deeper for more often, and never so deep that its number is hard to read."""
    strength = 0.06 + 0.6 * min(max(index - 1, 0) / (DEEPEST - 1), 1.0)
    while strength > 0 and contrast(palette.ink, palette.tint(colour, strength)) < READABLE:
        strength -= 0.02
    return palette.tint(colour, max(strength, 0.0))
