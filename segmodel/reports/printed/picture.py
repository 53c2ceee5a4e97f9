"""Pictures people give, before anything is done with them."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps

from segmodel.errors import StoryError

LARGEST_BYTES = 8_000_000
LARGEST_PIXELS = 40_000_000
SIDE = 1_200
"""Pixels of the longer side a picture is kept with."""

_KINDS = ("PNG", "JPEG", "WEBP")


def checked_picture(content: bytes) -> bytes:
    """Return a picture as PNG, upright, no larger than it is shown, and without what cameras write into files.

    Raises
    ------
    StoryError
        When it is no PNG, JPEG or WebP picture, is damaged, or too large.
    """
    if len(content) > LARGEST_BYTES:
        raise StoryError(
            f"The picture has {len(content) / 1e6:.1f} MB; expected at most {LARGEST_BYTES // 1_000_000} MB."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_KINDS) as opened:
                width, height = opened.size
                if width * height > LARGEST_PIXELS:
                    raise StoryError(
                        f"The picture has {width:,} × {height:,} pixels; expected at most 40 million in all."
                    )
                upright = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise StoryError("The picture cannot be read; expected a PNG, JPEG or WebP file that is not damaged.") from None
    upright.thumbnail((SIDE, SIDE))
    kept = io.BytesIO()
    upright.save(kept, format="PNG", optimize=True)
    return kept.getvalue()
