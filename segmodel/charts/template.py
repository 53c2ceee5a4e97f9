"""What all figures share: palette, template, footer, and the functions that place labels."""

from __future__ import annotations

import datetime as dt
import html
import math
import textwrap
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from segmodel import formats

Row = Mapping[Hashable, Any]
"""A row of a small frame, by the names of its columns."""

FONT = '"Source Sans", "Source Sans Pro", sans-serif'
TEXT_SIZE = 13
SMALL_SIZE = 12
FOOTER_SIZE = 11
MARGIN_TOP, MARGIN_BOTTOM = 56, 82
"""Pixels kept free: above for the line saying what is drawn, below for the axis and the footer."""


@dataclass(frozen=True)
class Palette:
    """Inks and grounds of one theme; segment colours stand in the order of segment identity.

    `good`, `fair` and `poor` judge; a shape or a word says the same beside them.
    """

    name: str
    paper: str
    ink: str
    muted: str
    context: str
    rule: str
    segments: tuple[str, ...]
    good: str
    fair: str
    poor: str

    def segment(self, colour: int) -> str:
        """Return the colour of a segment; it belongs to the segment, not to its rank on a page."""
        return self.segments[colour % len(self.segments)]

    def text(self, colour: str) -> str:
        """Return `colour` moved towards ink until small text in it reads well (contrast 4.5 to 1)."""
        for step in range(21):
            mixed = _mix(colour, self.ink, step / 20)
            if contrast(mixed, self.paper) >= 4.5:
                return mixed
        return self.ink

    def tint(self, colour: str, strength: float) -> str:
        """Return `colour` washed out on the paper: an opaque colour, so that overlaps stay calm."""
        return _mix(self.paper, colour, strength)


LIGHT = Palette(
    name="light",
    paper="#FFFFFF",
    ink="#16181F",
    muted="#63666F",
    context="#C3C1BA",
    rule="#E4E2DB",
    segments=("#3C36B2", "#94992E", "#80394E", "#458C99", "#B2816B", "#673980", "#49611D", "#7E7ACC"),
    good="#2A7A4B",
    fair="#B7791F",
    poor="#B3261E",
)
DARK = Palette(
    name="dark",
    paper="#16181D",
    ink="#E9E7E1",
    muted="#A6A8AE",
    context="#5A5E68",
    rule="#353943",
    segments=("#9C97F0", "#C3C862", "#D27E97", "#79BDC9", "#DDB09C", "#B48ACD", "#9DBA66", "#B9B6F2"),
    good="#74C69D",
    fair="#E9B44C",
    poor="#F28B82",
)


@dataclass(frozen=True)
class Footer:
    """What every figure carries: where it comes from, on how many, when, which version.

    `data_start` is the day the data start where they do not fill the window, None where they do.
    """

    source: str
    version: str
    customers: float | None
    as_of: dt.date
    filters: str = ""
    data_start: dt.date | None = None

    def lines(self) -> tuple[str, str]:
        """Return the two lines of the footer, as plain text."""
        count = "hidden" if self.customers is None else formats.counted(round(self.customers), "customer")
        where = " · ".join(part for part in (self.source, self.version, self.filters) if part)
        started = "" if self.data_start is None else formats.window_not_full(formats.day(self.data_start))
        when = " · ".join(part for part in (f"n = {count}", formats.day(self.as_of), started, "Confidential") if part)
        return where, when


@dataclass(frozen=True)
class Look:
    """How a figure is to be drawn: palette, footer and the currency of its money."""

    palette: Palette
    footer: Footer
    currency: str = "GBP"


def look(theme: str | None, footer: Footer, currency: str) -> Look:
    """Return the look for a theme name; anything but `dark` is light."""
    return Look(palette=DARK if theme == "dark" else LIGHT, footer=footer, currency=currency)


class Drawing:
    """A figure in the making: marks and notes are collected, and checked by Plotly once at the end.

    Adding them to a figure one by one takes many times as long, since each addition is checked and copied.

    Parameters
    ----------
    style : Look
        Palette and footer.
    height : int
        Pixels of the whole figure; labels are placed in pixels, so it is fixed.
    subtitle : str
        What is measured, in a few words, so that a downloaded picture explains itself.
    left, right : int
        Pixels reserved for labels beside the plot.
    below : int
        More pixels between the axis and the footer, such as for the name of the axis.
    """

    def __init__(self, style: Look, height: int, subtitle: str, left: int = 8, right: int = 8, below: int = 0) -> None:
        self._palette = style.palette
        self._height = height
        self._margin = {"l": left, "r": right, "t": MARGIN_TOP, "b": MARGIN_BOTTOM + below}
        self._traces: list[dict[str, Any]] = []
        self._notes: list[dict[str, Any]] = []
        self._shapes: list[dict[str, Any]] = []
        corner = {"xref": "paper", "yref": "paper", "x": 0, "xanchor": "left", "xshift": 4 - left, "align": "left"}
        self.note(plain(subtitle), self._palette.muted, SMALL_SIZE, **corner, y=1, yshift=52, yanchor="top")
        footer = "<br>".join(plain(line) for line in style.footer.lines())
        bottom = {"y": 0, "yshift": 4 - self._margin["b"], "yanchor": "bottom"}
        self.note(footer, self._palette.muted, FOOTER_SIZE, **corner, **bottom)

    @property
    def plot_height(self) -> int:
        """Pixels between the margins."""
        return self._height - self._margin["t"] - self._margin["b"]

    def marks(self, x: Sequence[Any], y: Sequence[Any], mode: str, **how: Any) -> None:
        """Add lines or markers; without a `hovertemplate` they stay silent."""
        quiet = {} if "hovertemplate" in how else {"hoverinfo": "skip"}
        self._traces.append({"type": "scatter", "x": list(x), "y": list(y), "mode": mode, **quiet, **how})

    def flows(self, **how: Any) -> None:
        """Add nodes and the bands between them; `how` as in Plotly's Sankey."""
        self._traces.append({"type": "sankey", **how})

    def note(self, text: str, colour: str, size: int = TEXT_SIZE, **where: Any) -> None:
        """Add a label: `text` is Plotly text, so what people wrote goes through `plain` first."""
        self._notes.append({"text": text, "showarrow": False, "font": {"size": size, "color": colour}, **where})

    def rule(self, colour: str, **where: Any) -> None:
        """Add a straight line; `where` and how as in Plotly's shapes."""
        self._shapes.append({"type": "line", "line": {"color": colour, **where.pop("line", {})}, **where})

    def box(self, ground: str, **where: Any) -> None:
        """Lay a ground below the marks; `where` as in Plotly's shapes."""
        self._shapes.append({"type": "rect", "layer": "below", "fillcolor": ground, "line": {"width": 0}, **where})

    def figure(self, xaxis: Mapping[str, Any] | None = None, yaxis: Mapping[str, Any] | None = None) -> go.Figure:
        """Return the figure, with our template."""
        layout = {
            "template": template(self._palette),
            "height": self._height,
            "margin": self._margin,
            "annotations": self._notes,
            "shapes": self._shapes,
            "xaxis": dict(xaxis or {}),
            "yaxis": dict(yaxis or {}),
        }
        return go.Figure({"data": self._traces, "layout": layout})


@cache
def template(palette: Palette) -> go.layout.Template:
    """Return our template: no grid, no frame, no legend, the app's typeface.

    It is set on every figure, since importing other packages can change Plotly's default.
    """
    axis = {
        "showgrid": False,
        "zeroline": False,
        "showline": False,
        "ticks": "outside",
        "ticklen": 6,
        "tickcolor": "rgba(0,0,0,0)",
        "tickfont": {"color": palette.muted, "size": SMALL_SIZE},
        "fixedrange": True,
        "automargin": False,
    }
    return go.layout.Template(
        layout=go.Layout(
            font={"family": FONT, "size": TEXT_SIZE, "color": palette.ink},
            paper_bgcolor=palette.paper,
            plot_bgcolor=palette.paper,
            colorway=list(palette.segments),
            showlegend=False,
            hovermode="closest",
            hoverlabel={
                "font": {"family": FONT, "size": TEXT_SIZE, "color": palette.ink},
                "bgcolor": palette.paper,
                "bordercolor": palette.rule,
                "align": "left",
            },
            xaxis=axis,
            yaxis=axis,
        )
    )


def plotly_config(file_name: str) -> dict[str, object]:
    """Return the configuration of a chart on screen: one button, always visible, that saves a PNG."""
    return {
        "displayModeBar": True,
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": "png", "scale": 2, "filename": file_name},
    }


def plain(text: str) -> str:
    """Return text that Plotly draws as it is: no tags, no entities, no formulas between dollar signs.

    Examples
    --------
    >>> plain("<b>A & B</b> $x$")
    '&lt;b&gt;A &amp; B&lt;/b&gt; &#36;x&#36;'
    """
    return html.escape(text, quote=False).replace("$", "&#36;")


def plain_lines(lines: Sequence[str]) -> str:
    """Return lines as Plotly text, isolated so that right-to-left names do not turn numbers around."""
    return "<br>".join(f"\u2068{plain(line)}\u2069" for line in lines)


def wrapped(text: str, width: int) -> tuple[str, ...]:
    """Return `text` in lines of at most `width` characters; long words are split, nothing is cut off.

    Examples
    --------
    >>> wrapped("Office and café buyers", 12)
    ('Office and', 'café buyers')
    """
    return tuple(textwrap.wrap(text, width, break_on_hyphens=False)) or ("",)


def shortened(lines: Sequence[str], most: int = 3) -> tuple[str, ...]:
    """Return the first lines, the last of them ending in … where more are left out; the hover has the whole text.

    Examples
    --------
    >>> shortened(("How important", "to you is", "coffee"), most=2)
    ('How important', 'to you is…')
    """
    return tuple(lines) if len(lines) <= most else (*lines[: most - 1], f"{lines[most - 1]}…")


def known_number(row: Row, name: str) -> float | None:
    """Return a number of a row, None where it is missing or not known.

    Examples
    --------
    >>> known_number({"share": 0.5, "low": float("nan")}, "share"), known_number({"low": float("nan")}, "low")
    (0.5, None)
    """
    value = row.get(name)
    return None if value is None or value is pd.NA or math.isnan(value) else float(value)


def text_width(lines: Sequence[str], size: int = TEXT_SIZE) -> int:
    """Return a safe estimate, in pixels, of the width of the longest of these lines."""
    return round(max((sum(_character_width(c) for c in line) for line in lines), default=0) * size)


def spread(wanted: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Return centres as near as can be to those wanted, so that marks of these sizes do not overlap.

    The order stays. When the marks do not all fit between `low` and `high`, they shrink in proportion.

    Examples
    --------
    >>> spread([10, 11, 30], sizes=[4, 4, 4], low=0, high=40)
    [8.5, 12.5, 30.0]
    """
    if not wanted:
        return []
    order = sorted(range(len(wanted)), key=lambda index: (wanted[index], index))
    scale = min(1.0, (high - low) / sum(sizes)) if sum(sizes) else 1.0
    ordered = [sizes[index] * scale for index in order]
    # Centres less the room of the marks before them must not fall: pooling neighbours finds the nearest.
    before = [sum(ordered[:rank]) + size / 2 for rank, size in enumerate(ordered)]
    blocks: list[tuple[float, int]] = []
    for room, index in zip(before, order, strict=True):
        mean, count = wanted[index] - room, 1
        while blocks and blocks[-1][0] > mean:
            other, others = blocks.pop()
            mean, count = (mean * count + other * others) / (count + others), count + others
        blocks.append((mean, count))
    starts = [mean for mean, count in blocks for _ in range(count)]
    placed = [0.0] * len(wanted)
    for index, start, room in zip(order, starts, before, strict=True):
        placed[index] = float(min(max(start, low), max(high - sum(ordered), low)) + room)
    return placed


def contrast(first: str, second: str) -> float:
    """Return the WCAG 2.2 contrast ratio of two colours.

    Examples
    --------
    >>> round(contrast("#FFFFFF", "#000000"))
    21
    """
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [part / 255 for part in _channels(colour)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mix(first: str, second: str, weight: float) -> str:
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * weight):02X}" for a, b in pairs)


def _character_width(character: str) -> float:
    """Return the width of a character in ems of Source Sans, rounded up; wide scripts count double."""
    if character in "il.,:;|'!jtf()[] ":
        return 0.32
    if character in "mwMW%@":
        return 0.86
    if ord(character) > 0x2E80:
        return 1.05
    return 0.64 if character.isupper() else 0.53
