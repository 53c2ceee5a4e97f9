"""Figures: pure functions from a small frame to a Plotly figure; one template, one palette, one chart a file.

A new chart is a copy of `share_gap.py`: it takes a frame and a `Look`, draws with what is in
`template.py`. Name it here once two pages use it.
"""

from __future__ import annotations

from segmodel.charts.against_expected import against_expected
from segmodel.charts.budget_gap import budget_gap, budget_over_time
from segmodel.charts.calibration import calibration
from segmodel.charts.chunk_drift import chunk_drift
from segmodel.charts.concentration import concentration
from segmodel.charts.crosswalk_heat import crosswalk_heat
from segmodel.charts.funnel import funnel
from segmodel.charts.history import Event, history
from segmodel.charts.holdout import holdout, holdout_weeks
from segmodel.charts.lifetime import lifetime
from segmodel.charts.migration_matrix import migration_matrix
from segmodel.charts.migration_sankey import migration_sankey
from segmodel.charts.numbers import numbers
from segmodel.charts.opportunity_heat import opportunity_heat
from segmodel.charts.opportunity_map import opportunity_map
from segmodel.charts.priority_matrix import priority_matrix
from segmodel.charts.profile import profile
from segmodel.charts.profile_heat import profile_heat
from segmodel.charts.response_curve import response_curve
from segmodel.charts.segment_drift import segment_drift
from segmodel.charts.segment_map import segment_map
from segmodel.charts.share_gap import share_gap
from segmodel.charts.slide_bars import slide_bars
from segmodel.charts.splits import splits
from segmodel.charts.template import DARK, LIGHT, Footer, Look, Palette, look, plotly_config
from segmodel.charts.typing_curve import typing_curve
from segmodel.charts.white_space import white_space

__all__ = [
    "DARK",
    "LIGHT",
    "Event",
    "Footer",
    "Look",
    "Palette",
    "against_expected",
    "budget_gap",
    "budget_over_time",
    "calibration",
    "chunk_drift",
    "concentration",
    "crosswalk_heat",
    "funnel",
    "history",
    "holdout",
    "holdout_weeks",
    "lifetime",
    "look",
    "migration_matrix",
    "migration_sankey",
    "numbers",
    "opportunity_heat",
    "opportunity_map",
    "plotly_config",
    "priority_matrix",
    "profile",
    "profile_heat",
    "response_curve",
    "segment_drift",
    "segment_map",
    "share_gap",
    "slide_bars",
    "splits",
    "typing_curve",
    "white_space",
]
