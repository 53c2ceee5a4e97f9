"""An abstract emblem for a segment without a picture: the same for the same segment, always."""

from __future__ import annotations

import hashlib
import math

SIZE = 200
_RINGS = 3


def emblem_svg(segment: str, colour: str) -> str:
    """Return an emblem as SVG: a flower whose petals' number, turn, length and width follow from the segment's id.

    It is the same from every side, so that nobody takes it for a chart.

    Parameters
    ----------
    segment : str
        Segmentation and id, so that two segmentations differ.
    colour : str
        `#3C36B2`.

    Examples
    --------
    >>> emblem_svg("behaviour s1", "#3C36B2") == emblem_svg("behaviour s1", "#3C36B2")
    True
    >>> emblem_svg("behaviour s1", "#3C36B2") == emblem_svg("behaviour s2", "#3C36B2")
    False
    """
    drawn = hashlib.sha256(segment.encode()).digest()
    middle = SIZE / 2
    parts = [f'<circle cx="{middle}" cy="{middle}" r="{middle}" fill="{colour}" fill-opacity="0.12"/>']
    count = 5 + drawn[0] % 5
    for ring in range(_RINGS):
        reach = 26 + 18 * ring + drawn[3 * ring + 1] % 14
        width = 9 + drawn[3 * ring + 2] % 8
        for petal in range(count):
            angle = 360 * (petal + ring / 2) / count + drawn[1]
            away = middle + math.cos(math.radians(angle)) * reach, middle + math.sin(math.radians(angle)) * reach
            parts.append(
                f'<ellipse cx="{away[0]:.1f}" cy="{away[1]:.1f}" rx="{width:.1f}" ry="{width * 0.45:.1f}" '
                f'transform="rotate({angle:.1f} {away[0]:.1f} {away[1]:.1f})" fill="{colour}" '
                f'fill-opacity="{0.85 - 0.2 * ring:.2f}"/>'
            )
    parts.append(f'<circle cx="{middle}" cy="{middle}" r="9" fill="{colour}"/>')
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}">{"".join(parts)}</svg>'
