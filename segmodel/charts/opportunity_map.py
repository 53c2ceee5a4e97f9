"""Importance against satisfaction: what matters more than it satisfies lies in the shade below the diagonal."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from segmodel import formats
from segmodel.charts.template import SMALL_SIZE, TEXT_SIZE, Drawing, Look, Palette, plain, text_width

Row = Mapping[Hashable, Any]
Box = tuple[float, float, float, float]

HEIGHT = 620
PLOT_WIDTHS = (640, 800, 1000, 1450)
"""Pixels the plot may have; only used to keep labels from touching."""
STRONG = 10.0
"""Score from which a need is called an opportunity by convention (Ulwick 2005)."""
_HIGHEST = 10.0
_LEFT, _RIGHT = 54, 16
_LINE = 18
_BELOW_DIAGONAL = 104
"""Pixels below the corner at which the words about the shade clear the diagonal."""
_NEAR = (8, 4)
"""Pixels between a dot and its label, to the side and up or down: clear of the lines of its intervals."""
_PLACES = tuple((side, level * step) for step in (1, 3) for level in (1, -1) for side in (1, -1))


def opportunity_map(frame: pd.DataFrame, style: Look, segment: str) -> go.Figure:
    """Draw how important each need is against how satisfied people are, for one segment before the others.

    Parameters
    ----------
    frame : DataFrame
        One row a segment and need: `segment`, `name`, `colour`, `label`, `n`, `importance`, `satisfaction` (0 to 10,
        each with `_low` and `_high`), `opportunity` with the same, and `is_above`. Unknown ones are left out.
    style : Look
        Palette and footer.
    segment : str
        The one in colour; the others are grey.

    Returns
    -------
    Figure
        The axes fit all segments, so that they stay while another is chosen.
    """
    palette = style.palette
    subtitle = "Share giving one of the two highest answers, in tenths; lines are 95% intervals; filled: above the rest"
    drawing = Drawing(style, HEIGHT, subtitle, left=_LEFT, right=_RIGHT)
    told = frame[frame["opportunity"].notna()]
    end = _end(told)
    _shade(drawing, palette, end)
    others = told[told["segment"] != segment]
    dot = {"size": 6, "color": palette.context}
    words = [_hover(row) for row in others.to_dict("records")]
    x, y = others["importance"].tolist(), others["satisfaction"].tolist()
    drawing.marks(x, y, "markers", marker=dot, text=words, hovertemplate=_TEMPLATE)
    own = told[told["segment"] == segment].sort_values(["opportunity", "label"], ascending=[False, True])
    rows: Sequence[Row] = own.to_dict("records")
    for row in rows:
        _draw_dot(drawing, palette, row)
    for row, (side, up) in zip(rows, _placed(rows, end, drawing.plot_height), strict=True):
        label = f"\u2068{plain(str(row['label']))}\u2069"
        drawing.note(
            f"<b>{label}</b>" if row["is_above"] is True else label,
            palette.text(palette.segment(int(row["colour"]))) if row["is_above"] is True else palette.ink,
            TEXT_SIZE,
            x=row["importance"],
            y=row["satisfaction"],
            xanchor="left" if side > 0 else "right",
            xshift=side * _NEAR[0],
            yshift=up * (_NEAR[1] + _LINE / 2),
        )
    corner = {"xref": "paper", "yref": "paper"}
    drawing.note(
        "more important →", palette.muted, SMALL_SIZE, **corner, x=1, xanchor="right", y=0, yshift=-28, yanchor="top"
    )
    drawing.note(
        "more satisfied ↑", palette.muted, SMALL_SIZE, **corner, x=0, xshift=-36, y=1, yanchor="top", textangle=-90
    )
    step = 2 if end > 5 else 1
    ticks = {"range": [-0.02 * end, end * 1.02], "tickmode": "array", "tickvals": list(range(0, int(end) + 1, step))}
    return drawing.figure(xaxis=ticks, yaxis=ticks)


_TEMPLATE = "%{text}<extra></extra>"
_WEAK_WORDS = "matters more than it satisfies"
_STRONG_WORDS = f"score above {STRONG:.0f}"


def _end(told: pd.DataFrame) -> float:
    """Return where both axes end: beyond all intervals, at the highest answer at most."""
    ends = told[["importance_high", "satisfaction_high"]].to_numpy(dtype=float)
    return min(_HIGHEST, math.ceil(2 * float(ends.max()) + 0.5) / 2) if ends.size else _HIGHEST


def _shade(drawing: Drawing, palette: Palette, end: float) -> None:
    """Lay a ground where needs matter more than they satisfy, and a deeper one where the score is above ten."""
    weak, strong = (palette.tint(palette.context, strength) for strength in (0.16, 0.34))
    plain_fill = {"fill": "toself", "line": {"width": 0}}
    drawing.marks([0, end, end], [0, 0, end], "lines", fillcolor=weak, **plain_fill)
    if end > STRONG / 2:
        drawing.marks([STRONG / 2, end, end], [0, 0, 2 * end - STRONG], "lines", fillcolor=strong, **plain_fill)
        if 2 * end - STRONG > 0.08 * end:
            drawing.note(_STRONG_WORDS, palette.ink, SMALL_SIZE, x=end, y=0, xanchor="right", yanchor="bottom")
    drawing.rule(palette.muted, x0=0, x1=end, y0=0, y1=end, line={"width": 1, "dash": "dot"})
    drawing.note(
        _WEAK_WORDS, palette.muted, SMALL_SIZE, x=end, y=end, xanchor="right", yanchor="top",
        yshift=-_BELOW_DIAGONAL,
    )  # fmt: skip
    drawing.note("satisfies more than it matters", palette.muted, SMALL_SIZE, x=0, y=end, xanchor="left", xshift=6)


def _draw_dot(drawing: Drawing, palette: Palette, row: Row) -> None:
    colour = palette.segment(int(row["colour"]))
    x, y = row["importance"], row["satisfaction"]
    line = {"color": palette.tint(colour, 0.6), "width": 1.4}
    drawing.marks([row["importance_low"], row["importance_high"]], [y, y], "lines", line=line)
    drawing.marks([x, x], [row["satisfaction_low"], row["satisfaction_high"]], "lines", line=line)
    fill = colour if row["is_above"] is True else palette.paper
    dot = {"size": 12, "color": fill, "line": {"color": colour, "width": 2.2}}
    drawing.marks([x], [y], "markers", marker=dot, cliponaxis=False, text=[_hover(row)], hovertemplate=_TEMPLATE)


def _hover(row: Row) -> str:
    ends = f"{formats.number(row['opportunity_low'], 1)} to {formats.number(row['opportunity_high'], 1)}"
    return (
        f"{plain(str(row['name']))}: {plain(str(row['label']))}<br>"
        f"matters to {formats.share(row['importance'] / 10)}, satisfied {formats.share(row['satisfaction'] / 10)}<br>"
        f"score {formats.number(row['opportunity'], 1)} ({ends}), n = {formats.number(row['n'])}"
    )


def _placed(rows: Sequence[Row], end: float, plot_height: int) -> list[tuple[int, int]]:
    """Return where each label goes: the side and the level at which it covers least, in the order of the rows."""
    plots = [_Plot(width / (1.04 * end), plot_height / (1.04 * end), end) for width in PLOT_WIDTHS]
    taken = [plot.taken(rows) for plot in plots]
    found = []
    for row in rows:
        costs = {
            place: sum(plot.cost(row, place, boxes) for plot, boxes in zip(plots, taken, strict=True))
            for place in _PLACES
        }
        best = min(_PLACES, key=lambda place: costs[place])
        for plot, boxes in zip(plots, taken, strict=True):
            boxes.append(plot.box(row, best))
        found.append(best)
    return found


@dataclass(frozen=True)
class _Plot:
    """A plot of one width: pixels to a unit across and up, and where the axes end."""

    across: float
    up: float
    end: float

    def taken(self, rows: Sequence[Row]) -> list[Box]:
        """Return what labels must not cover: the dots, and the words about the shade."""
        dots = [(row["importance"] * self.across, row["satisfaction"] * self.up) for row in rows]
        right, top = self.end * self.across, self.end * self.up
        strong = (right - text_width([_STRONG_WORDS], SMALL_SIZE), right, 0.0, float(_LINE))
        below = top - _BELOW_DIAGONAL
        weak = (right - text_width([_WEAK_WORDS], SMALL_SIZE), right, below - _LINE, below)
        return [*((x - 7, x + 7, y - 7, y + 7) for x, y in dots), strong, weak]

    def box(self, row: Row, place: tuple[int, int]) -> Box:
        """Return where a label stands, in pixels."""
        x, y = row["importance"] * self.across, row["satisfaction"] * self.up
        return _box(x, y, text_width([str(row["label"])]), *place)

    def cost(self, row: Row, place: tuple[int, int], taken: Sequence[Box]) -> float:
        """Return how much a label covers, and how far it leaves the plot."""
        box = self.box(row, place)
        covers = sum(_overlap(box, other) for other in taken)
        return covers + 50 * _outside(box, self.end * self.across, self.end * self.up)


def _box(x: float, y: float, width: float, side: int, level: int) -> Box:
    near, middle = x + side * _NEAR[0], y + level * (_NEAR[1] + _LINE / 2)
    low, high = sorted((near, near + side * width))
    return low, high, middle - _LINE / 2, middle + _LINE / 2


def _overlap(one: Box, other: Box) -> float:
    width = min(one[1], other[1]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[2], other[2])
    return max(width, 0.0) * max(height, 0.0)


def _outside(box: Box, width: float, height: float) -> float:
    return sum(max(beyond, 0.0) for beyond in (-box[0], box[1] - width, -box[2], box[3] - height))
