"""Draws the pictures of choosing-segments.md from simulated customers: `python docs/pictures.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from segmodel.clustering import AcrossNumbers, KChoice, choose_k

HERE = Path(__file__).parent
BLUE, GREY, INK = "#2a6f97", "#9aa5b1", "#1f2933"
LEFT, TOP, WIDTH, HEIGHT = 60, 40, 560, 240


def customers(segments: int) -> np.ndarray:
    """Return 1,200 customers: so many groups apart, or with one group a long cloud."""
    generator = np.random.default_rng(4)
    if segments == 1:
        return generator.normal(size=(1200, 1)) * 1.5 + generator.normal(size=(1200, 4)) * 0.6
    centres = generator.normal(size=(segments, 4)) * 2.5
    return centres[generator.integers(segments, size=1200)] + generator.normal(size=(1200, 4))


def picture(title: str, body: list[str], note: str) -> str:
    """Return an SVG with a title and a note below."""
    text = f'font-family="sans-serif" fill="{INK}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 350" role="img" aria-label="{title}">',
            '<rect width="680" height="350" fill="#ffffff"/>',
            f'<text x="20" y="24" font-size="15" font-weight="bold" {text}>{title}</text>',
            *body,
            f'<text x="20" y="338" font-size="12" {text}>{note}</text>',
            "</svg>\n",
        ]
    )


def lines(tables: dict[str, pd.DataFrame], column: str, top: float) -> list[str]:
    """Return one line a table over the number of segments, named at its end."""
    body = []
    ends = [TOP + HEIGHT * (1 - max(table[column].iloc[-1], 0) / top) for table in tables.values()]
    close = abs(ends[0] - ends[1]) < 16
    for (name, table), colour, nudge in zip(tables.items(), (BLUE, GREY), (-4, 12), strict=True):
        across = LEFT + (table["k"] - 2) / 8 * (WIDTH - 90)
        up = TOP + HEIGHT * (1 - table[column].clip(lower=0) / top)
        points = [f"{x:.1f},{y:.1f}" for x, y in zip(across, up, strict=True)]
        body.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="3"/>')
        x, y = points[-1].split(",")
        at = f'x="{float(x) + 8}" y="{float(y) + (nudge if close else 4)}"'
        body.append(f'<text {at} font-size="12" font-family="sans-serif">{name}</text>')
        if name != "one long cloud":
            body += [
                f'<text x="{x:.1f}" y="{TOP + HEIGHT + 20}" font-size="12" font-family="sans-serif">{k}</text>'
                for k, x in zip(table["k"], across, strict=True)
            ]
    for step in (0.0, 0.25, 0.5, 0.75, 1.0):
        height = TOP + HEIGHT * (1 - step)
        body.append(f'<line x1="{LEFT}" x2="{LEFT + WIDTH - 90}" y1="{height}" y2="{height}" stroke="#e4e7eb"/>')
        label = f"{step * top:.0%}"
        body.append(f'<text x="20" y="{height + 4}" font-size="12" font-family="sans-serif">{label}</text>')
    return body


def flows(found: AcrossNumbers) -> list[str]:
    """Return columns of segments with a band for the customers two share."""
    ks = sorted(found.segments["k"].unique())
    across = {k: LEFT + place * (WIDTH - 20) / (len(ks) - 1) for place, k in enumerate(ks)}
    tops: dict[tuple[int, int], float] = {}
    body = []
    for k, column in found.segments.sort_values(["k", "place"]).groupby("k"):
        gap = 40 / len(column)
        height = float(TOP)
        for segment, share in zip(column["segment"], column["share"], strict=True):
            tops[k, segment] = height
            size = share * (HEIGHT - 20)
            body.append(f'<rect x="{across[k]}" y="{height:.1f}" width="14" height="{size:.1f}" fill="{BLUE}"/>')
            height += size + gap
        body.append(f'<text x="{across[k]}" y="{TOP + HEIGHT + 34}" font-size="12" font-family="sans-serif">{k}</text>')
    place = found.segments.set_index(["k", "segment"])["place"].to_dict()
    leaving, arriving = dict(tops), dict(tops)
    ordered = sorted(
        found.flows.itertuples(index=False),
        key=lambda flow: (flow.k, place[flow.k, flow.segment], place[flow.next_k, flow.next_segment]),
    )
    for flow in ordered:
        size = flow.share * (HEIGHT - 20)
        start, stop = leaving[flow.k, flow.segment], arriving[flow.next_k, flow.next_segment]
        leaving[flow.k, flow.segment] += size
        arriving[flow.next_k, flow.next_segment] += size
        left, right = across[flow.k] + 14, across[flow.next_k]
        middle = (left + right) / 2
        low, high = start + size, stop + size
        path = (
            f"M{left:.1f},{start:.1f} C{middle:.1f},{start:.1f} {middle:.1f},{stop:.1f} {right:.1f},{stop:.1f} "
            f"v{size:.1f} C{middle:.1f},{high:.1f} {middle:.1f},{low:.1f} {left:.1f},{low:.1f} Z"
        )
        body.append(f'<path d="{path}" fill="{GREY}" fill-opacity="0.5"/>')
    return body


def main() -> None:
    """Write the pictures."""
    groups: KChoice = choose_k(customers(5), n_boot=20, random_state=0)
    cloud = choose_k(customers(1), n_boot=20, random_state=0)
    tables = {"five groups": groups.table, "one long cloud": cloud.table}
    pictures = {
        "choosing-cloud.svg": picture(
            "How much tighter groups are than in a single cloud",
            lines(tables, "tighter", 0.8),
            "Number of segments. Five groups stand out most at five; a long cloud never does.",
        ),
        "choosing-stability.svg": picture(
            "Agreement of divisions when customers are sampled again",
            lines(tables, "stability", 1.0),
            "Number of segments. A long cloud cut in two agrees well, too: repeatable is not the same as real.",
        ),
        "choosing-splits.svg": picture(
            "Who splits from whom",
            flows(groups.across()),
            "Number of segments. Up to five, groups come apart whole; from six on, they are cut in pieces.",
        ),
    }
    for name, text in pictures.items():
        (HERE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
