"""One row a segment: names on the left, the plot, and a column of text on the right."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from segmodel.charts.template import (
    MARGIN_BOTTOM,
    MARGIN_TOP,
    SMALL_SIZE,
    TEXT_SIZE,
    Drawing,
    Look,
    plain_lines,
    text_width,
    wrapped,
)

NAME_WIDTH, TEXT_WIDTH = 18, 22
"""Characters of a line of a name, and of the column on the right: both stand beside a plot 460 pixels wide."""
ROW_HEIGHT, LINE_HEIGHT = 48, 17
MINIMUM_HEIGHT = 320
_GAP = 14


@dataclass(frozen=True)
class Rows:
    """Room for names and texts, in lines, and for the numbers beside the outermost marks (`room`, in pixels)."""

    names: Sequence[tuple[str, ...]]
    texts: Sequence[tuple[str, ...]]
    heading: int
    room: tuple[int, int]

    @classmethod
    def of(
        cls, names: Sequence[str], texts: Sequence[str], *, heading: int = 0, room: tuple[int, int] = (0, 0)
    ) -> Rows:
        """Wrap names and texts; a line break in a text stays."""
        parts = [tuple(line for part in text.split("\n") for line in wrapped(part, TEXT_WIDTH)) for text in texts]
        return cls([wrapped(name, NAME_WIDTH) for name in names], parts, heading, room)

    @property
    def left(self) -> int:
        """Pixels left of the plot."""
        return max(text_width([line for lines in self.names for line in lines]) + 12, 72) + self.room[0]

    @property
    def right(self) -> int:
        """Pixels right of the plot."""
        widest = text_width([line for lines in self.texts for line in lines], SMALL_SIZE)
        return self.room[1] + (widest + _GAP + 4 if widest else 8)

    @property
    def row_height(self) -> float:
        """Pixels of a row."""
        tallest = max((len(lines) for lines in (*self.names, *self.texts)), default=1)
        least = (MINIMUM_HEIGHT - MARGIN_TOP - MARGIN_BOTTOM - self.heading) / max(len(self.names), 1)
        return max(ROW_HEIGHT, LINE_HEIGHT * tallest + 8, min(least, 72))

    @property
    def height(self) -> int:
        """Pixels of the figure."""
        around = MARGIN_TOP + MARGIN_BOTTOM + self.heading
        return round(around + self.row_height * max(len(self.names), 1))

    def y(self, row: int) -> int:
        """Return where a row stands: the first on top."""
        return len(self.names) - 1 - row

    def axis(self, style: Look) -> dict[str, object]:
        """Return the axis that carries the names."""
        return {
            "range": [-0.5, max(len(self.names), 1) - 0.5 + self.heading / self.row_height],
            "tickmode": "array",
            "tickvals": [self.y(row) for row in range(len(self.names))],
            "ticktext": [plain_lines(lines) for lines in self.names],
            "tickfont": {"size": TEXT_SIZE, "color": style.palette.ink},
            "ticklabelstandoff": self.room[0],
        }

    def write_texts(self, drawing: Drawing, inks: Sequence[str]) -> None:
        """Write the column on the right."""
        for row, (lines, ink) in enumerate(zip(self.texts, inks, strict=True)):
            if any(lines):
                where = {"xref": "paper", "x": 1, "xanchor": "left", "xshift": self.room[1] + _GAP, "align": "left"}
                drawing.note(plain_lines(lines), ink, SMALL_SIZE, **where, y=self.y(row), yanchor="middle")


def extent(frame: pd.DataFrame, columns: Sequence[str], least: float = 0.0) -> tuple[float, float]:
    """Return the range of an axis that begins at zero, or below where numbers do, and holds what is known.

    Examples
    --------
    >>> extent(pd.DataFrame({"a": [1.0, 3.0], "b": [2.0, float("nan")]}), ["a", "b"])
    (0.0, 3.0)
    """
    values = frame.reindex(columns=list(columns)).to_numpy(dtype=float, na_value=math.nan).ravel()
    known = values[~pd.isna(values)]
    if not known.size:
        return 0.0, least or 1.0
    low, high = min(0.0, float(known.min())), max(float(known.max()), 0.0, least)
    return low, high if high > low else low + 1.0


def share_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return a few round shares from `low` to `high`, zero among them where it lies between.

    Examples
    --------
    >>> share_ticks(0, 0.45)
    [0.0, 0.1, 0.2, 0.3, 0.4]
    """
    steps: Mapping[int, int] = {
        step: math.floor(high * 100 / step + 1e-9) - math.ceil(low * 100 / step - 1e-9) + 1
        for step in (1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000)
    }
    step = next((step for step, count in steps.items() if count <= most), 10_000)
    first, last = math.ceil(low * 100 / step - 1e-9), math.floor(high * 100 / step + 1e-9)
    return [place * step / 100 for place in range(first, last + 1)]
