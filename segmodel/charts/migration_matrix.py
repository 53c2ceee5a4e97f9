"""Who went where, as a table: rows are segments before, columns after; shares of the row, with the customers."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd
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
from segmodel.drift import ALL, LOST, NEW, OUTSIDE

NAME_WIDTH = 24
HEAD_WIDTH = 13
LINE_HEIGHT = 16
ROW_HEIGHT = 44
READABLE = 4.5
_DEEPEST = 0.65


def migration_matrix(cells: pd.DataFrame, segments: pd.DataFrame, style: Look) -> go.Figure:
    """Draw flows as tinted cells: the deeper, the larger the share of the row; who stayed in the segment's colour.

    Parameters
    ----------
    cells : DataFrame
        As `migration_sankey` takes them.
    segments : DataFrame
        `segment`, `name` and `colour`, in the order to be drawn.
    style : Look
        Palette, footer and currency.
    """
    palette = style.palette
    names = dict(zip(segments["segment"], segments["name"], strict=True)) | OUTSIDE
    colours = dict(zip(segments["segment"], segments["colour"], strict=True))
    keyed = {(row["segment_before"], row["segment_after"]): row for row in cells.to_dict("records")}
    starts, stops = (
        [one for one in (*segments["segment"], outside) if one not in OUTSIDE or _is_told(keyed, one)]
        for outside in (NEW, LOST)
    )
    rows = [shortened(wrapped(str(names[one]), NAME_WIDTH), most=2) for one in starts]
    counts = [_count(keyed.get((one, ALL), {})) for one in starts]
    heads = [shortened(wrapped(str(names[one]), HEAD_WIDTH), most=4) for one in stops]
    heading = LINE_HEIGHT * max((len(lines) for lines in heads), default=1) + 10
    left = max(text_width([line for lines in rows for line in lines] + counts) + 16, 80)
    height = MARGIN_TOP + heading + max(len(starts), 1) * ROW_HEIGHT + MARGIN_BOTTOM - 24
    drawing = Drawing(
        style, height, "Share of the segment before (rows) by segment after (columns), and customers", left
    )
    for down, start in enumerate(reversed(starts)):
        for across, stop in enumerate(stops):
            cell = keyed.get((start, stop), {"customers": 0.0, "share": 0.0, "suppressed": False})
            subject = palette.segment(int(colours[start])) if start == stop else palette.muted
            said = f"{names[start]} to {names[stop]}" if start != stop else f"{names[start]}, stayed"
            _draw_cell(drawing, palette, cell, (across, down), subject, said)
    top = {"y": len(starts) - 0.5, "yanchor": "bottom", "yshift": 4}
    for place, lines in enumerate(heads):
        drawing.note(plain_lines(lines), palette.ink, SMALL_SIZE, x=place, **top)
    labels = [
        f'{plain_lines(lines)}<br><span style="font-size:{FOOTER_SIZE}px;color:{palette.muted}">{plain(count)}</span>'
        for lines, count in zip(rows, counts, strict=True)
    ]
    yaxis = {
        "range": [-0.5, len(starts) - 0.5 + heading / ROW_HEIGHT],
        "tickmode": "array",
        "tickvals": list(range(len(starts)))[::-1],
        "ticktext": labels,
        "tickfont": {"size": TEXT_SIZE, "color": palette.ink},
    }
    return drawing.figure({"range": [-0.5, max(len(stops), 1) - 0.5], "visible": False}, yaxis)


def _is_told(keyed: Collection[tuple[str, str]], outside: str) -> bool:
    return any(outside in key for key in keyed)


def _count(row: Row) -> str:
    customers = known_number(row, "customers")
    return "hidden" if customers is None else formats.counted(round(customers), "customer")


def _draw_cell(drawing: Drawing, palette: Palette, cell: Row, place: tuple[int, int], colour: str, said: str) -> None:
    x, y = place
    customers, share = known_number(cell, "customers"), known_number(cell, "share")
    if customers is None:
        drawing.note("hidden", palette.muted, SMALL_SIZE, x=x, y=y)
        return
    if customers == 0:
        drawing.note("0", palette.muted, SMALL_SIZE, x=x, y=y)
        return
    ground = _ground(palette, colour, 0.0 if share is None else share)
    drawing.box(ground, x0=x - 0.48, x1=x + 0.48, y0=y - 0.46, y1=y + 0.46)
    text = formats.number(customers) if share is None else formats.share(share)
    below = "" if share is None else f'<br><span style="font-size:{FOOTER_SIZE}px">{formats.number(customers)}</span>'
    drawing.note(f"<b>{plain(text)}</b>{below}", palette.ink, SMALL_SIZE, x=x, y=y)
    hover = f"{plain(said)}<br>{plain(formats.counted(round(customers), 'customer'))}"
    if share is not None:
        hover += f", {plain(formats.share(share))} of them"
    drawing.marks([x], [y], "markers", marker={"size": 24, "opacity": 0}, hovertemplate=f"{hover}<extra></extra>")


def _ground(palette: Palette, colour: str, share: float) -> str:
    """Return the tint of a cell: deeper for more, and never so deep that its number is hard to read."""
    strength = 0.08 + (_DEEPEST - 0.08) * min(max(share, 0.0), 1.0)
    while strength > 0 and contrast(palette.ink, palette.tint(colour, strength)) < READABLE:
        strength -= 0.02
    return palette.tint(colour, max(strength, 0.0))
