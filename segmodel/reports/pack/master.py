"""Master slides in our theme: its fonts and colours, 16 to 9, so that slides people add look like ours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pptx import Presentation
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.util import Emu

SERIF, SANS = "Georgia", "Calibri"
"""Fonts that come with PowerPoint, near to those of the dashboard."""

INK, GREY, ACCENT, RULE = "1F1D1A", "5F5B54", "3C36B2", "D9D5CC"
WIDTH, HEIGHT = Emu(12_192_000), Emu(6_858_000)
"""16 to 9, as PowerPoint begins."""

_ACCENTS = ("3C36B2", "94992E", "80394E", "458C99", "B2816B", "673980")
_TITLE_ONLY = 5
"""Place of the layout with a title and nothing else in the template that comes with python-pptx."""


def new_deck(title: Sequence[int]) -> tuple[Any, Any]:
    """Return an empty presentation, and the layout its slides have.

    Parameters
    ----------
    title : sequence of int
        Left, top, width and height of a title, in EMU.

    Examples
    --------
    >>> deck, layout = new_deck((640_000, 420_000, 10_912_000, 1_150_000))
    >>> layout.name, layout.placeholders[0].left
    ('Title Only', 640000)
    """
    deck: Any = Presentation()
    stretch = WIDTH / deck.slide_width
    deck.slide_width, deck.slide_height = WIDTH, HEIGHT
    master = deck.slide_master
    for shapes in (master.shapes, *(layout.shapes for layout in deck.slide_layouts)):
        for shape in shapes:
            # what has no place of its own has that of the master, which is moved already
            if shape.element.xpath("./p:spPr/a:xfrm"):
                shape.left, shape.width = Emu(round(shape.left * stretch)), Emu(round(shape.width * stretch))
    _paint(master)
    layout = deck.slide_layouts[_TITLE_ONLY]
    for placeholder in (master.placeholders[0], layout.placeholders[0]):
        placeholder.left, placeholder.top, placeholder.width, placeholder.height = map(Emu, title)
    return deck, layout


def _paint(master: Any) -> None:
    """Give the theme our fonts and colours."""
    part = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    theme = part.blob.decode("utf-8")
    theme = theme.replace('name="Office Theme"', 'name="Living Segments"')
    for kind, font in (("major", SERIF), ("minor", SANS)):
        theme = re.sub(rf'(<a:{kind}Font><a:latin typeface=")[^"]*', rf"\g<1>{font}", theme)
    colours = {f"accent{place}": colour for place, colour in enumerate(_ACCENTS, start=1)} | {"dk2": INK, "lt2": RULE}
    for name, colour in colours.items():
        theme = re.sub(rf'(<a:{name}><a:srgbClr val=")[^"]*', rf"\g<1>{colour}", theme)
    # python-pptx offers no way to write a theme
    part._blob = theme.encode("utf-8")  # noqa: SLF001
