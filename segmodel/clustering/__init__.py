"""Finding segments: preparation, methods, the choice of their number, and plain names."""

from __future__ import annotations

from segmodel.clustering.choosing import KChoice, bootstrap_stability, choose_k, prediction_strength
from segmodel.clustering.describe import describe_segmentations
from segmodel.clustering.files import ModelFiles
from segmodel.clustering.fit import features_of, fit_segmentation
from segmodel.clustering.kmeans import KMeans, kmeans_scorecard
from segmodel.clustering.prepare import RobustPreparation
from segmodel.clustering.rules import rfm_segment
from segmodel.clustering.sample import sample_customers
from segmodel.clustering.version import ModelVersion, SegmentInfo, shown_model

__all__ = [
    "KChoice",
    "KMeans",
    "ModelFiles",
    "ModelVersion",
    "RobustPreparation",
    "SegmentInfo",
    "bootstrap_stability",
    "choose_k",
    "describe_segmentations",
    "features_of",
    "fit_segmentation",
    "kmeans_scorecard",
    "prediction_strength",
    "rfm_segment",
    "sample_customers",
    "shown_model",
]
