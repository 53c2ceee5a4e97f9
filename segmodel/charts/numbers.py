"""Numbers of segments against stability: of the whole division above, of each segment below."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from segmodel import formats
from segmodel.charts.template import SMALL_SIZE, Drawing, Look, Palette, plain, text_width
from segmodel.clustering.recommend import FOUND_AGAIN, STABLE
from segmodel.clustering.stability import HIGHLY_STABLE, PATTERN, STABLE_SEGMENT, band

HEIGHT = 500
_Z = 1.96
_SHARE_ABOVE = 0.4
"""Of the height, for the whole division; a gap and the segments take the rest."""
_GAP = 0.12
_WIDEST = 0.62
"""Of the room between two numbers, that the dots of one may take."""
_BANDS = (("highly stable", HIGHLY_STABLE), ("stable", STABLE_SEGMENT), ("a pattern", PATTERN))
_MARKS = {"highly stable": "●", "stable": "○", "a pattern": "◆", "not to be trusted": "✕"}
_SYMBOLS = {"highly stable": "circle", "stable": "circle-open", "a pattern": "diamond", "not to be trusted": "x"}
_WORST = f"{_MARKS['not to be trusted']} under {PATTERN:.2f} not to be trusted"
_BARS = ((STABLE, "stable"), (FOUND_AGAIN, "where to cut is a choice"))


@dataclass(frozen=True)
class _Panel:
    """A part of the plot, from `bottom` to `top` of its height, that shows values from `low` to 1."""

    bottom: float
    top: float
    low: float

    def at(self, value: float) -> float:
        """Return the height of a value."""
        return self.bottom + (self.top - self.bottom) * (max(value, self.low) - self.low) / (1 - self.low)


def numbers(table: pd.DataFrame, segments: pd.DataFrame, style: Look, marked: Mapping[int, str]) -> go.Figure:
    """Draw how well divisions, and each of their segments, are found again when customers are sampled again.

    Parameters
    ----------
    table : DataFrame
        One row a number of segments: `k`, `stability` (mean adjusted Rand index), `stability_error`.
    segments : DataFrame
        One row a segment of each: `k`, `segment`, `name`, `jaccard`.
    style : Look
        Palette and footer.
    marked : mapping of int to str
        Numbers to point out, such as the recommended one and the one in use, each with a word or two.

    Returns
    -------
    Figure
        Above, the agreement with its 95% interval and the bars of the recommendation; below, a mark a segment in
        Hennig's bands (2007), whose shape and colour say the same.
    """
    palette = style.palette
    words = [_band_text(word, limit) for word, limit in _BANDS] + [f"{limit:.2f} {word}" for limit, word in _BARS]
    right = text_width([*words, _WORST], SMALL_SIZE) + 14
    subtitle = (
        "Agreement of divisions of customers sampled again (above), and how much of each segment is found (below)"
    )
    drawing = Drawing(style, HEIGHT, subtitle, left=44, right=right)
    if table.empty or "stability" not in table:
        return drawing.figure({"visible": False}, {"visible": False})
    lows = table["stability"] - _Z * table["stability_error"]
    above = _Panel(1 - _SHARE_ABOVE, 1.0, _floor(min(float(lows.min()), FOUND_AGAIN)))
    below = _Panel(0.0, 1 - _SHARE_ABOVE - _GAP, _floor(min(float(segments["jaccard"].min()), PATTERN)))
    ks = [int(k) for k in table["k"]]
    for k, word in marked.items():
        if k in ks:
            _draw_mark(drawing, palette, k, word)
    _draw_bars(drawing, palette, above)
    _draw_agreement(drawing, palette, above, table)
    _draw_bands(drawing, palette, below)
    for k in ks:
        _draw_segments(drawing, palette, below, k, segments[segments["k"] == k])
    drawing.note("Each segment", palette.ink, SMALL_SIZE, x=0, xref="paper", xanchor="left", y=below.top, yshift=14)
    drawing.note("All together", palette.ink, SMALL_SIZE, x=0, xref="paper", xanchor="left", y=above.top, yshift=14)
    xaxis = {
        "range": [ks[0] - 0.5, ks[-1] + 0.5],
        "tickmode": "array",
        "tickvals": ks,
        "ticktext": [f"{k} segments" if len(ks) == 1 else str(k) for k in ks],
    }
    ticks = [(panel, value) for panel in (below, above) for value in (panel.low, 1.0)]
    yaxis = {
        "range": [-0.04, 1.09],
        "tickmode": "array",
        "tickvals": [panel.at(value) for panel, value in ticks],
        "ticktext": [f"{value:g}" for _, value in ticks],
    }
    return drawing.figure(xaxis, yaxis)


def _floor(value: float) -> float:
    """Return the tenth below a value, 0 at least: marks stand clear of the lower edge."""
    return max(int(value * 10 - 0.3) / 10, 0.0)


def _draw_mark(drawing: Drawing, palette: Palette, k: int, word: str) -> None:
    ground = palette.tint(palette.context, 0.28)
    drawing.box(ground, x0=k - 0.46, x1=k + 0.46, y0=-0.04, y1=1.09)
    drawing.note(plain(word), palette.ink, SMALL_SIZE, x=k, y=1.09, yanchor="bottom")


def _draw_bars(drawing: Drawing, palette: Palette, panel: _Panel) -> None:
    for limit, word in _BARS:
        y = panel.at(limit)
        drawing.rule(palette.muted, x0=0, x1=1, xref="paper", y0=y, y1=y, line={"width": 1, "dash": "dot"})
        _say(drawing, palette.muted, f"{limit:.2f} {word}", y)


def _draw_bands(drawing: Drawing, palette: Palette, panel: _Panel) -> None:
    for word, limit in _BANDS:
        y = panel.at(limit)
        drawing.rule(palette.rule, x0=0, x1=1, xref="paper", y0=y, y1=y, line={"width": 1})
        _say(drawing, palette.text(_ink(palette, word)), _band_text(word, limit), y)
    middle = (panel.at(PATTERN) + panel.bottom) / 2
    low = min(middle, panel.at(PATTERN) - 0.055)
    _say(drawing, palette.text(palette.poor), _WORST, low)


def _band_text(word: str, limit: float) -> str:
    return f"{_MARKS[word]} {limit:.2f} {word}"


def _say(drawing: Drawing, ink: str, text: str, y: float) -> None:
    drawing.note(plain(text), ink, SMALL_SIZE, x=1, xref="paper", xanchor="left", xshift=8, y=y)


def _draw_agreement(drawing: Drawing, palette: Palette, panel: _Panel, table: pd.DataFrame) -> None:
    rows: Sequence[Mapping[Hashable, Any]] = table.to_dict("records")
    for row in rows:
        ends = [min(row["stability"] + sign * _Z * row["stability_error"], 1.0) for sign in (-1, 1)]
        heights = [panel.at(end) for end in ends]
        drawing.marks([row["k"]] * 2, heights, "lines", line={"color": palette.ink, "width": 1.6})
    drawing.marks(
        table["k"].tolist(),
        [panel.at(value) for value in table["stability"]],
        "lines+markers",
        line={"color": palette.ink, "width": 1.6},
        marker={"color": palette.ink, "size": 9},
        text=[f"{row['k']:.0f} segments: agreement {row['stability']:.2f} of 1" for row in rows],
        hovertemplate="%{text}<extra></extra>",
    )


def _draw_segments(drawing: Drawing, palette: Palette, panel: _Panel, k: int, segments: pd.DataFrame) -> None:
    ordered = segments.sort_values("jaccard", ascending=False)
    step = _WIDEST / max(len(ordered) - 1, 3)
    rows: Sequence[Mapping[Hashable, Any]] = ordered.to_dict("records")
    words = [band(row["jaccard"]) for row in rows]
    drawing.marks(
        [k + step * (place - (len(rows) - 1) / 2) for place in range(len(rows))],
        [panel.at(row["jaccard"]) for row in rows],
        "markers",
        marker={
            "color": [_ink(palette, word) for word in words],
            "symbol": [_SYMBOLS[word] for word in words],
            "size": 9,
            "line": {"width": 1.6, "color": [_ink(palette, word) for word in words]},
        },
        text=[
            f"{row['segment']}: {plain(str(row['name']))}<br>{formats.share(row['jaccard'])} found again: {word}"
            for row, word in zip(rows, words, strict=True)
        ],
        hovertemplate=f"{k} segments, segment %{{text}}<extra></extra>",
    )


def _ink(palette: Palette, word: str) -> str:
    return {"a pattern": palette.fair, "not to be trusted": palette.poor}.get(word, palette.good)
