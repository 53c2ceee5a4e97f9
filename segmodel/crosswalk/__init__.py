"""Existing segmentations side by side: what each tells of the others, where they contradict, which one leads."""

from __future__ import annotations

from segmodel.crosswalk.measures import Agreement, agreement
from segmodel.crosswalk.read import NOT_PLACED, RARE, Crosswalk, Pair, disagreeing
from segmodel.crosswalk.store import FORMER, GIVEN, NO_COLOUR, OWN, store_crosswalk

__all__ = [
    "FORMER",
    "GIVEN",
    "NOT_PLACED",
    "NO_COLOUR",
    "OWN",
    "RARE",
    "Agreement",
    "Crosswalk",
    "Pair",
    "agreement",
    "disagreeing",
    "store_crosswalk",
]
