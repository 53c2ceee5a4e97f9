"""Whether a segmentation is still true: measures of drift, the monitor, migration."""

from segmodel.drift.change_point import ChangePoint, find_change
from segmodel.drift.measures import (
    jensen_shannon_distance,
    kolmogorov_smirnov,
    population_stability_index,
    wasserstein_distance,
)
from segmodel.drift.noise import psi_noise_line
from segmodel.drift.stored import store_drift
from segmodel.drift.thresholds import DriftThresholds, call_drift
from segmodel.drift.verdicts import VERDICT_WORDS, Limits, Reason, SegmentVerdict, Verdict, worst

__all__ = [
    "VERDICT_WORDS",
    "ChangePoint",
    "DriftThresholds",
    "Limits",
    "Reason",
    "SegmentVerdict",
    "Verdict",
    "call_drift",
    "find_change",
    "jensen_shannon_distance",
    "kolmogorov_smirnov",
    "population_stability_index",
    "psi_noise_line",
    "store_drift",
    "wasserstein_distance",
    "worst",
]
