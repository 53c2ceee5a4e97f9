"""Living Segments: customer segmentations that run like infrastructure.

What people script against is found here, flat; see docs/python.md. It is imported when it is first asked for.

Examples
--------
>>> import segmodel
>>> customers = [[1.0, 2.0], [1.1, 2.1], [8.0, 9.0], [8.1, 9.2]]
>>> segmodel.KMeansSegmenter(2, random_state=0).fit(customers).labels_.tolist() in ([0, 0, 1, 1], [1, 1, 0, 0])
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the types of what is imported when first asked for
    from segmodel.clustering import (
        GaussianMixtureSegmenter,
        HDBSCANSegmenter,
        KMeansSegmenter,
        LatentClassSegmenter,
        WardSegmenter,
        bootstrap_stability,
        choose_k,
        segment_stability,
    )
    from segmodel.drift import (
        jensen_shannon_distance,
        kolmogorov_smirnov,
        population_stability_index,
        psi_noise_line,
        psi_of_files,
        wasserstein_distance,
    )
    from segmodel.monitoring import DriftMonitor
    from segmodel.scorecard import Scorecard
    from segmodel.value import BetaGeoModel, ChurnModel, GammaGammaModel, ModifiedBetaGeoModel, ParetoNBDModel
    from segmodel.workspace import Workspace

__version__ = "0.1.0"

_HOMES = {
    "BetaGeoModel": "value",
    "ChurnModel": "value",
    "DriftMonitor": "monitoring",
    "GammaGammaModel": "value",
    "GaussianMixtureSegmenter": "clustering",
    "HDBSCANSegmenter": "clustering",
    "KMeansSegmenter": "clustering",
    "LatentClassSegmenter": "clustering",
    "ModifiedBetaGeoModel": "value",
    "ParetoNBDModel": "value",
    "Scorecard": "scorecard",
    "WardSegmenter": "clustering",
    "Workspace": "workspace",
    "bootstrap_stability": "clustering",
    "choose_k": "clustering",
    "jensen_shannon_distance": "drift",
    "kolmogorov_smirnov": "drift",
    "population_stability_index": "drift",
    "psi_noise_line": "drift",
    "psi_of_files": "drift",
    "segment_stability": "clustering",
    "wasserstein_distance": "drift",
}

__all__ = [
    "BetaGeoModel",
    "ChurnModel",
    "DriftMonitor",
    "GammaGammaModel",
    "GaussianMixtureSegmenter",
    "HDBSCANSegmenter",
    "KMeansSegmenter",
    "LatentClassSegmenter",
    "ModifiedBetaGeoModel",
    "ParetoNBDModel",
    "Scorecard",
    "WardSegmenter",
    "Workspace",
    "bootstrap_stability",
    "choose_k",
    "jensen_shannon_distance",
    "kolmogorov_smirnov",
    "population_stability_index",
    "psi_noise_line",
    "psi_of_files",
    "segment_stability",
    "wasserstein_distance",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'segmodel' has no attribute '{name}'")
    return getattr(importlib.import_module(f"segmodel.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
