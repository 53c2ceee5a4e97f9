"""Living Segments: customer segmentations that run like infrastructure."""

from __future__ import annotations

__version__ = "0.1.0"
