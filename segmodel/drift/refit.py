"""Whether a segmentation fitted today would still be the champion's, beyond what sampling alone makes of it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import adjusted_rand_score

from segmodel.clustering import ModelVersion, fit_segmentation, sample_customers
from segmodel.definition import FOUND_METHODS, Segmentation
from segmodel.engines import Engine
from segmodel.errors import ClusteringError, FeatureError
from segmodel.features import Feature

CUSTOMERS = 2_000
"""Customers of each fit: enough that five segments come out alike, few enough for some fits in a second."""

REPEATS = 12
"""Fits of each date."""

_CLEARLY_LESS = 0.1
"""Difference in mean agreement from which a refit is another segmentation; less would change few customers."""


@dataclass(frozen=True)
class RefitTest:
    """How well segmentations fitted anew agree with the champion: at its own date, and today.

    Attributes
    ----------
    then, now : float
        Mean adjusted Rand index with the champion, of bootstrap samples of the reference snapshot and of the latest.
    then_low : float
        The lowest at the reference snapshot: what resampling alone brings about.
    differs : bool
        Whether fits of today agree clearly less: by a tenth or more, and on average less than any of the reference.
    note : str
        Why there is no test; empty where there is one.
    """

    then: float = float("nan")
    now: float = float("nan")
    then_low: float = float("nan")
    differs: bool = False
    note: str = ""


def refit_test(
    engine: Engine, model: ModelVersion, features: Mapping[str, Feature], reference: datetime.date, today: datetime.date
) -> RefitTest:
    """Fit the champion's method again at two dates and compare with the champion.

    Each fit is on a bootstrap sample of at most `CUSTOMERS` customers; it and the champion then place the sampled
    customers once each, and the adjusted Rand index (Hubert & Arabie 1985) of the two is taken.

    Parameters
    ----------
    engine : Engine
        Holds `customer_features`.
    model : ModelVersion
        The champion.
    features : mapping of str to Feature
        Those the engine has.
    reference, today : date
        Snapshots.
    """
    settings = model.diagnostics.get("settings")
    if settings is None or model.method not in FOUND_METHODS:
        return RefitTest(note="Its rules are set by people or cut at shares, so there is nothing to find anew.")
    asked = Segmentation.model_validate({**settings, "name": model.segmentation})
    if asked.method != "hdbscan":
        asked = asked.model_copy(update={"k": model.k})
    asked = asked.model_copy(update={"sample": CUSTOMERS})
    try:
        then = _agreements(engine, model, asked, features, reference)
        now = _agreements(engine, model, asked, features, today)
    except (ClusteringError, FeatureError) as error:
        return RefitTest(note=f"It could not be fitted again: {error}")
    fall = float(then.mean() - now.mean())
    return RefitTest(
        then=float(then.mean()),
        now=float(now.mean()),
        then_low=float(then.min()),
        differs=bool(fall >= _CLEARLY_LESS and now.mean() < then.min()),
    )


def _agreements(
    engine: Engine, model: ModelVersion, asked: Segmentation, features: Mapping[str, Feature], day: datetime.date
) -> np.ndarray:
    marks = () if model.respondents is None else model.respondents.straight_liner_columns
    frame = sample_customers(engine, asked, day, (*model.scorecard.features, *marks), model.respondents)
    own = model.scorecard.predict(frame)["segment"].to_numpy()
    random = np.random.default_rng(asked.seed)
    found = np.empty(REPEATS)
    for repeat in range(REPEATS):
        chosen = random.integers(0, len(frame), len(frame))
        drawn = frame.iloc[chosen].assign(customer_id=[f"{place:06d}" for place in range(len(frame))])
        anew = fit_segmentation(_reseeded(asked, repeat), drawn, features, day, model.version)
        found[repeat] = adjusted_rand_score(own, anew.scorecard.predict(frame)["segment"].to_numpy())
    return found


def _reseeded(asked: Segmentation, repeat: int) -> Segmentation:
    """Return a segmentation whose restarts are those of one repeat."""
    return asked.model_copy(update={"seed": asked.seed + repeat})
