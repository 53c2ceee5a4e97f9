"""Which version of a segmentation is in use, and how another takes its place: propose, compare, promote, go back."""

from __future__ import annotations

from segmodel.studio.comparison import Comparison, compare_versions
from segmodel.studio.numbers import NumbersCompared, Warned
from segmodel.studio.studio import Number, Studio
from segmodel.studio.versions import Chosen, choose_version

__all__ = [
    "Chosen",
    "Comparison",
    "Number",
    "NumbersCompared",
    "Studio",
    "Warned",
    "choose_version",
    "compare_versions",
]
