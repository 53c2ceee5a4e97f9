"""The same pack as PDF, set by typst."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from segmodel import formats
from segmodel.reports.pack.slide import Bars, Pack
from segmodel.reports.printed.typeset import breakable, typeset


def pack_pdf(pack: Pack) -> bytes:
    """Return the pack as a PDF, a slide a page."""
    data = asdict(pack)
    for told, slide in zip(data["slides"], pack.slides, strict=True):
        told["title"] = breakable(slide.title)
        told["lines"] = [breakable(line) for line in slide.lines]
        if slide.table is not None:
            told["table"] = {
                "headings": slide.table.headings,
                "rows": [[breakable(text) for text in row] for row in slide.table.rows],
                "widths": slide.table.widths,
            }
        told["bars"] = None if slide.bars is None else _drawn(slide.bars)
    (document,) = typeset("slides", data)
    return document


def _drawn(bars: Bars) -> list[dict[str, Any]]:
    """Return bars as they are drawn: by category, each with its length (0 to 1 of the longest) and label."""
    longest = max((value or 0.0 for _, values in bars.series for value in values), default=0.0) or 1.0
    return [
        {
            "name": breakable(category),
            "bars": [
                {
                    "length": max(values[place] or 0.0, 0.0) / longest,
                    "text": f"{formats.shown(values[place], formats.share)} {name}",
                    "colour": colour,
                }
                for (name, values), colour in zip(bars.series, bars.colours, strict=False)
            ],
        }
        for place, category in enumerate(bars.categories)
    ]
