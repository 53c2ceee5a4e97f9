"""Which version of a segmentation is in use, and how another takes its place: propose, compare, promote, go back."""

from __future__ import annotations

from segmodel.studio.comparison import Comparison, compare_versions
from segmodel.studio.micro import MicroSegments
from segmodel.studio.numbers import NumbersCompared, Warned
from segmodel.studio.runs import Run, RunFiles, read_run
from segmodel.studio.settings import SETTABLE, Settings, settings_of, with_settings
from segmodel.studio.studio import Number, Studio
from segmodel.studio.versions import Chosen, choose_version, features_in_use

__all__ = [
    "SETTABLE",
    "Chosen",
    "Comparison",
    "MicroSegments",
    "Number",
    "NumbersCompared",
    "Run",
    "RunFiles",
    "Settings",
    "Studio",
    "Warned",
    "choose_version",
    "compare_versions",
    "features_in_use",
    "read_run",
    "settings_of",
    "with_settings",
]
