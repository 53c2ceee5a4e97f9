"""What a slide says, apart from how it is drawn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

_FEW_COLUMNS = 3
_LONG_COLUMN, _SHORT_COLUMN = 60, 40
"""Characters of the widest column of a table with few columns, and with more."""
_AROUND = 5
"""Characters of room that a column has beside its text."""


@dataclass(frozen=True)
class Bars:
    """Shares as bars, a group of bars a category.

    Attributes
    ----------
    categories : tuple of str
    series : tuple of (str, tuple of float or None)
        Name, and a share (0 to 1) a category; None where hidden or not known.
    colours : tuple of str
        Of the series, in their order.
    """

    categories: tuple[str, ...]
    series: tuple[tuple[str, tuple[float | None, ...]], ...]
    colours: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows of text under headings."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def widths(self) -> tuple[int, ...]:
        """How wide columns are, in characters: as what is in them, within reason, as long texts are set in lines."""
        most = _LONG_COLUMN if len(self.headings) <= _FEW_COLUMNS else _SHORT_COLUMN
        return tuple(min(max(map(len, texts)), most) + _AROUND for texts in zip(self.headings, *self.rows, strict=True))


@dataclass(frozen=True)
class Slide:
    """One finding.

    Attributes
    ----------
    title : str
        The finding.
    lines : tuple of str
        What goes with it, a sentence each.
    bars : Bars or None
    table : Table or None
    note : str
        How it was measured, for whoever presents it.
    colour : str
        Of the segment it is about; empty for none.
    """

    title: str
    lines: tuple[str, ...] = ()
    bars: Bars | None = None
    table: Table | None = None
    note: str = ""
    colour: str = ""

    def renamed(self, titles: Mapping[str, str]) -> Slide:
        """Return the slide with segments called what people call them.

        Parameters
        ----------
        titles : mapping of str to str
            What people call each segment, by its name in the model; whole words are replaced, all at once.

        Examples
        --------
        >>> Slide("Regulars grew, Lapsed regulars fell").renamed({"Regulars": "Morning people"}).title
        'Morning people grew, Lapsed regulars fell'
        """
        known = {title: title for title in titles.values()} | dict(titles)
        if all(name == title for name, title in titles.items()):
            return self
        names = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
        pattern = re.compile(rf"(?<!\w)(?:{names})(?!\w)")

        def told(text: str) -> str:
            return pattern.sub(lambda match: known[match.group()], text)

        bars, table = self.bars, self.table
        return replace(
            self,
            title=told(self.title),
            lines=tuple(map(told, self.lines)),
            bars=bars and replace(bars, categories=tuple(map(told, bars.categories))),
            table=table and replace(table, rows=tuple(tuple(map(told, row)) for row in table.rows)),
        )


@dataclass(frozen=True)
class Pack:
    """Slides, and what every one of them says of itself.

    Attributes
    ----------
    title, subtitle : str
        Of the first slide.
    footer : str
        Source, n, date, version, person, and that it is confidential.
    slides : tuple of Slide
    """

    title: str
    subtitle: str
    footer: str
    slides: tuple[Slide, ...]
