"""An abstract emblem for a segment without a picture: the same for the same segment, always."""

from __future__ import annotations

import hashlib
import math

SIZE = 200
_RINGS = 3


def emblem_svg(segment: str, colour: str) -> str:
    """Return an emblem as SVG: rings of petals whose number, turn and length follow from the segment's id.

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
    for ring in range(_RINGS):
        count, turn, reach = 3 + drawn[3 * ring] % 6, drawn[3 * ring + 1], 30 + drawn[3 * ring + 2] % 45
        width = reach * 0.32
        for petal in range(count):
            angle = 360 * petal / count + turn
            away = middle + math.cos(math.radians(angle)) * reach, middle + math.sin(math.radians(angle)) * reach
            parts.append(
                f'<ellipse cx="{away[0]:.1f}" cy="{away[1]:.1f}" rx="{width:.1f}" ry="{width * 0.45:.1f}" '
                f'transform="rotate({angle:.1f} {away[0]:.1f} {away[1]:.1f})" fill="{colour}" '
                f'fill-opacity="{0.85 - 0.2 * ring:.2f}"/>'
            )
    parts.append(f'<circle cx="{middle}" cy="{middle}" r="9" fill="{colour}"/>')
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}">{"".join(parts)}</svg>'
