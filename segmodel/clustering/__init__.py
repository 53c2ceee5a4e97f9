"""Finding segments: preparation, methods, the choice of their number, and plain names."""

from __future__ import annotations

from segmodel.clustering.choosing import KChoice, bootstrap_stability, choose_k, prediction_strength
from segmodel.clustering.describe import describe_segmentations
from segmodel.clustering.files import ModelFiles
from segmodel.clustering.fit import features_of, fit_segmentation
from segmodel.clustering.identity import MINIMUM_OVERLAP, RULE_MADE, Match, carry_identity, match_segments, overlaps
from segmodel.clustering.kmeans import KMeans, kmeans_scorecard
from segmodel.clustering.methods import (
    GaussianMixtureSegmenter,
    HDBSCANSegmenter,
    KMeansSegmenter,
    LatentClassSegmenter,
    WardSegmenter,
)
from segmodel.clustering.prepare import RobustPreparation
from segmodel.clustering.rules import rfm_segment
from segmodel.clustering.sample import sample_customers
from segmodel.clustering.steps import Step, in_use
from segmodel.clustering.version import ModelVersion, SegmentInfo, shown_model

__all__ = [
    "MINIMUM_OVERLAP",
    "RULE_MADE",
    "GaussianMixtureSegmenter",
    "HDBSCANSegmenter",
    "KChoice",
    "KMeans",
    "KMeansSegmenter",
    "LatentClassSegmenter",
    "Match",
    "ModelFiles",
    "ModelVersion",
    "RobustPreparation",
    "SegmentInfo",
    "Step",
    "WardSegmenter",
    "bootstrap_stability",
    "carry_identity",
    "choose_k",
    "describe_segmentations",
    "features_of",
    "fit_segmentation",
    "in_use",
    "kmeans_scorecard",
    "match_segments",
    "overlaps",
    "prediction_strength",
    "rfm_segment",
    "sample_customers",
    "shown_model",
]
