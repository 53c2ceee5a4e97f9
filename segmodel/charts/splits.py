"""Who splits from whom: a column of segments for each number, with bands for the customers two share."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmodel import formats
from segmodel.charts.template import FOOTER_SIZE, Drawing, Look, plain

HEIGHT = 500
_GAPS = 0.16
"""Of the height, for the room between segments of a column."""
_HALF = 0.13
"""Half the width of a column, of the room between two."""
_SMALLEST = 0.01
"""Of all customers; thinner bands would be hairlines."""
_READABLE = 15
"""Pixels a segment needs to have its number in it."""

Key = tuple[int, int]


def splits(segments: pd.DataFrame, flows: pd.DataFrame, style: Look, chosen: int) -> go.Figure:
    """Draw what becomes of each segment when their number grows (Dolnicar & Leisch 2017).

    Parameters
    ----------
    segments : DataFrame
        One row a segment of each number: `k`, `segment`, `name`, `share`, `place`; unknown shares are drawn thin.
    flows : DataFrame
        One row a band: `k`, `segment`, `next_k`, `next_segment`, `share`. Those under 1% of customers are left out.
    style : Look
        Palette and footer.
    chosen : int
        The number whose column, and the bands that lead to it, are drawn in ink.
    """
    subtitle = "Customers followed from each number of segments to the next; numbers are those of the table"
    drawing = Drawing(style, HEIGHT, subtitle, left=12, right=12)
    ks = sorted({int(k) for k in segments["k"]})
    if len(ks) < 2:
        return drawing.figure({"visible": False}, {"visible": False})
    across = {k: place for place, k in enumerate(ks)}
    tops, sizes = _places(segments)
    palette = style.palette
    plain_bands, leading = _bands(flows[flows["share"] >= _SMALLEST], segments, across, tops, chosen)
    for band, ground in ((plain_bands, palette.context), (leading, palette.muted)):
        drawing.marks(
            *band, "lines", fill="toself", fillcolor=palette.tint(ground, 0.4), line={"width": 0}, connectgaps=False
        )
    rows: Sequence[Mapping[Hashable, Any]] = segments.to_dict("records")
    for row in rows:
        key = (int(row["k"]), int(row["segment"]))
        ink = palette.ink if key[0] == chosen else palette.muted
        x, top, size = across[key[0]], tops[key], sizes[key]
        drawing.marks(
            [x - _HALF, x + _HALF, x + _HALF, x - _HALF],
            [top, top, top - size, top - size],
            "lines",
            fill="toself",
            fillcolor=ink,
            line={"width": 0},
            hoveron="fills",
            hovertemplate=None,  # fills have none: what is said is the text
            hoverinfo="text",
            text=f"{key[0]} segments, segment {key[1]}: {plain(str(row['name']))}, {formats.share(row['share'])}",
        )
        if size * drawing.plot_height >= _READABLE:
            drawing.note(str(key[1]), palette.paper, FOOTER_SIZE, x=x, y=top - size / 2)
    xaxis = {"range": [-0.25, len(ks) - 0.75], "tickmode": "array", "tickvals": list(range(len(ks))), "ticktext": ks}
    return drawing.figure(xaxis, {"range": [0, 1.02], "visible": False})


def _places(segments: pd.DataFrame) -> tuple[dict[Key, float], dict[Key, float]]:
    """Return top and size of every segment, in shares of the height."""
    tops, sizes = {}, {}
    for k, column in segments.sort_values(["k", "place"]).groupby("k"):
        gap = _GAPS / max(len(column) - 1, 1)
        share = column["share"].fillna(0.0).clip(lower=0.004)
        top = 1.0
        for segment, part in zip(column["segment"], share / share.sum(), strict=True):
            key = (int(str(k)), int(segment))
            tops[key], sizes[key] = top, float(part) * (1 - _GAPS)
            top -= sizes[key] + gap
    return tops, sizes


def _bands(
    flows: pd.DataFrame, segments: pd.DataFrame, across: Mapping[int, int], tops: Mapping[Key, float], chosen: int
) -> tuple[tuple[list[Any], list[Any]], tuple[list[Any], list[Any]]]:
    """Return the outlines of all bands, and of those that lead to the chosen number, with a gap after each."""
    place = {(int(k), int(s)): int(p) for k, s, p in segments[["k", "segment", "place"]].to_numpy().tolist()}
    leaving, arriving = dict(tops), dict(tops)
    others: tuple[list[Any], list[Any]] = ([], [])
    leading: tuple[list[Any], list[Any]] = ([], [])
    rows = [
        ((int(flow["k"]), int(flow["segment"])), (int(flow["next_k"]), int(flow["next_segment"])), float(flow["share"]))
        for flow in flows.to_dict("records")
    ]
    for start, stop, share in sorted(rows, key=lambda flow: (flow[0][0], place[flow[0]], place[flow[1]])):
        size = share * (1 - _GAPS)
        x, y = _outline(across[start[0]] + _HALF, across[stop[0]] - _HALF, leaving[start], arriving[stop], size)
        leaving[start] -= size
        arriving[stop] -= size
        band = leading if stop[0] == chosen else others
        band[0].extend([*x, None])
        band[1].extend([*y, None])
    return others, leading


def _outline(left: float, right: float, start: float, stop: float, size: float) -> tuple[list[float], list[float]]:
    """Return the outline of a band that leaves and arrives level."""
    way = np.linspace(0, 1, 9)
    x = np.round(left + (right - left) * way, 3)
    y = np.round(start + (stop - start) * (3 * way**2 - 2 * way**3), 4)
    return [*x.tolist(), *x[::-1].tolist()], [*y.tolist(), *np.round(y[::-1] - size, 4).tolist()]
