"""Every number we show of a segment: one definition, one SQL expression, computed once a build."""

from __future__ import annotations

from segmodel.metrics.catalogue import METRICS, Metric
from segmodel.metrics.compute import compute_metrics, year_before
from segmodel.metrics.kept import definition_tables, features_in, metrics_in, store_definitions
from segmodel.metrics.profiles import compute_profiles
from segmodel.metrics.reach import compute_reach
from segmodel.metrics.stability import compute_stability

__all__ = [
    "METRICS",
    "Metric",
    "compute_metrics",
    "compute_profiles",
    "compute_reach",
    "compute_stability",
    "definition_tables",
    "features_in",
    "metrics_in",
    "store_definitions",
    "year_before",
]
