"""Methods that find segments, each with the scorecard it ends in; one face: fit, predict, labels_, random_state."""

from __future__ import annotations

from segmodel.clustering.methods.density import UNASSIGNED, HDBSCANSegmenter
from segmodel.clustering.methods.distil import Distilled, distil, linear_scorecard
from segmodel.clustering.methods.kmeans import KMeansSegmenter
from segmodel.clustering.methods.latent_class import LatentClassSegmenter, latent_class_scorecard
from segmodel.clustering.methods.mixed import MixedPreparation, mixed_scorecard
from segmodel.clustering.methods.mixture import GaussianMixtureSegmenter, gaussian_scorecard
from segmodel.clustering.methods.ward import WardSegmenter

__all__ = [
    "UNASSIGNED",
    "Distilled",
    "GaussianMixtureSegmenter",
    "HDBSCANSegmenter",
    "KMeansSegmenter",
    "LatentClassSegmenter",
    "MixedPreparation",
    "WardSegmenter",
    "distil",
    "gaussian_scorecard",
    "latent_class_scorecard",
    "linear_scorecard",
    "mixed_scorecard",
]
