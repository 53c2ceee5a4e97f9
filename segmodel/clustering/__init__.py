"""Finding segments: preparation, methods, the choice of their number, and plain names."""

from __future__ import annotations

from segmodel.clustering.across import AcrossNumbers, across_numbers
from segmodel.clustering.bridge import Bridge, bridge_inputs, fit_bridge, with_bridge
from segmodel.clustering.choosing import KChoice, choose_k
from segmodel.clustering.criteria import prediction_strength
from segmodel.clustering.describe import describe_segmentations, read_model
from segmodel.clustering.files import ModelFiles
from segmodel.clustering.fit import compare_numbers, features_of, fit_segmentation
from segmodel.clustering.guards import Guard, check_division
from segmodel.clustering.identity import MINIMUM_OVERLAP, RULE_MADE, Match, carry_identity, match_segments, overlaps
from segmodel.clustering.kmeans import KMeans, kmeans_scorecard
from segmodel.clustering.looks import CustomerMap, Look
from segmodel.clustering.methods import (
    GaussianMixtureSegmenter,
    HDBSCANSegmenter,
    KMeansSegmenter,
    LatentClassSegmenter,
    WardSegmenter,
)
from segmodel.clustering.micro import MicroSegment, find_micro_segments, judge_groups
from segmodel.clustering.prepare import RobustPreparation
from segmodel.clustering.rules import rfm_segment
from segmodel.clustering.sample import respondents_of, sample_customers
from segmodel.clustering.stability import (
    QUICK_PAIRS,
    BootstrapStability,
    Fit,
    Fitted,
    SegmentStability,
    bootstrap_stability,
    segment_stability,
)
from segmodel.clustering.steps import Step, in_use
from segmodel.clustering.version import ModelVersion, SegmentInfo, shown_model

__all__ = [
    "MINIMUM_OVERLAP",
    "QUICK_PAIRS",
    "RULE_MADE",
    "AcrossNumbers",
    "BootstrapStability",
    "Bridge",
    "CustomerMap",
    "Fit",
    "Fitted",
    "GaussianMixtureSegmenter",
    "Guard",
    "HDBSCANSegmenter",
    "KChoice",
    "KMeans",
    "KMeansSegmenter",
    "LatentClassSegmenter",
    "Look",
    "Match",
    "MicroSegment",
    "ModelFiles",
    "ModelVersion",
    "RobustPreparation",
    "SegmentInfo",
    "SegmentStability",
    "Step",
    "WardSegmenter",
    "across_numbers",
    "bootstrap_stability",
    "bridge_inputs",
    "carry_identity",
    "check_division",
    "choose_k",
    "compare_numbers",
    "describe_segmentations",
    "features_of",
    "find_micro_segments",
    "fit_bridge",
    "fit_segmentation",
    "in_use",
    "judge_groups",
    "kmeans_scorecard",
    "match_segments",
    "overlaps",
    "prediction_strength",
    "read_model",
    "respondents_of",
    "rfm_segment",
    "sample_customers",
    "segment_stability",
    "shown_model",
    "with_bridge",
]
