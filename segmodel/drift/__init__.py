"""Whether a segmentation is still true: measures of drift, the monitor, migration."""

from __future__ import annotations

from segmodel.drift.behaviour import BEHAVIOUR
from segmodel.drift.change_point import SHORTEST, ChangePoint, find_change
from segmodel.drift.files import psi_of_files
from segmodel.drift.measures import (
    jensen_shannon_distance,
    kolmogorov_smirnov,
    population_stability_index,
    wasserstein_distance,
)
from segmodel.drift.migration import ALL, LOST, NEW, OUTSIDE, Flows, flows_between, movers
from segmodel.drift.migration_forecast import Backtest, MonthlyFlows, backtest, expected_sizes
from segmodel.drift.migration_rules import Former, former_version, store_rule_changes
from segmodel.drift.migration_store import store_migration
from segmodel.drift.noise import psi_noise_line
from segmodel.drift.stored import store_drift
from segmodel.drift.thresholds import DriftThresholds, call_drift
from segmodel.drift.verdicts import VERDICT_WORDS, Limits, Reason, SegmentVerdict, Verdict, worst

__all__ = [
    "ALL",
    "BEHAVIOUR",
    "LOST",
    "NEW",
    "OUTSIDE",
    "SHORTEST",
    "VERDICT_WORDS",
    "Backtest",
    "ChangePoint",
    "DriftThresholds",
    "Flows",
    "Former",
    "Limits",
    "MonthlyFlows",
    "Reason",
    "SegmentVerdict",
    "Verdict",
    "backtest",
    "call_drift",
    "expected_sizes",
    "find_change",
    "flows_between",
    "former_version",
    "jensen_shannon_distance",
    "kolmogorov_smirnov",
    "movers",
    "population_stability_index",
    "psi_noise_line",
    "psi_of_files",
    "store_drift",
    "store_migration",
    "store_rule_changes",
    "wasserstein_distance",
    "worst",
]
