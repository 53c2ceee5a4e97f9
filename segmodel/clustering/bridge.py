"""From segments found in a survey to customers who gave no answers, judged on respondents it has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from segmodel.clustering.kmeans import Labels
from segmodel.clustering.methods.distil import FOLDS
from segmodel.clustering.methods.mixed import MixedPreparation, mixed_terms
from segmodel.clustering.version import ModelVersion
from segmodel.definition import Segmentation
from segmodel.errors import ClusteringError
from segmodel.features import items_in
from segmodel.formats import share
from segmodel.scorecard import Scorecard
from segmodel.scorecard.preparation import significant

if TYPE_CHECKING:
    from segmodel.features import Feature

SHRINKAGE = 0.1
"""Inverse strength of the ridge penalty: respondents are few and what they buy says little of what they need."""


@dataclass(frozen=True)
class Bridge:
    """A model that tells survey segments from what is known of every customer.

    Attributes
    ----------
    scorecard : Scorecard
        Multinomial logistic regression on all respondents, as an additive formula.
    n : int
        Respondents it was fitted on.
    accuracy, accuracy_low : float
        Share of respondents put right by a model fitted without them, and its lower 95% bound (Wilson 1927).
    guessing : float
        Share put right by always guessing the largest segment.
    kappa : float
        Agreement beyond chance (Cohen 1960).
    recall : tuple of float
        Share put right, of the respondents of each segment.
    shares, told_shares : tuple of float
        Share of respondents in each segment, and of those the model puts there without having seen them.
    """

    scorecard: Scorecard
    n: int
    accuracy: float
    accuracy_low: float
    guessing: float
    kappa: float
    recall: tuple[float, ...]
    shares: tuple[float, ...]
    told_shares: tuple[float, ...]

    @property
    def can_tell(self) -> bool:
        """Whether it is better than guessing: otherwise customers without a survey get no segment."""
        return self.accuracy_low > self.guessing


def fit_bridge(frame: pd.DataFrame, labels: Labels, segments: Sequence[str], *, random_state: int = 0) -> Bridge:
    """Fit a bridge from behaviour and profile features to the segments of respondents.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a respondent; numbers and categories, with missing values.
    labels : ndarray of shape (n,)
        Their segments, as places in `segments`.
    segments : sequence of str
        Ids, in their order.
    random_state : int
        Seed of the folds.

    Raises
    ------
    ClusteringError
        When a segment has fewer than five respondents, or no feature tells them apart.
    """
    sizes = np.bincount(labels, minlength=len(segments))
    if sizes.min() < FOLDS:
        raise ClusteringError(f"A bridge needs {FOLDS} respondents or more in every segment.")
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=random_state)
    preparation = MixedPreparation().fit(frame)
    rows = preparation.transform(frame)
    with threadpool_limits(limits=1):
        # preparation looks at no segment, so that it may see who is held out
        told = cross_val_predict(_learner(), rows, labels, cv=folds)
        model = _learner().fit(rows, labels)
    right = told == labels
    return Bridge(
        scorecard=_scorecard(model, preparation, tuple(segments)),
        n=len(labels),
        accuracy=float(right.mean()),
        accuracy_low=float(binomtest(int(right.sum()), len(right)).proportion_ci(0.95, method="wilson").low),
        guessing=float(sizes.max() / len(labels)),
        kappa=float(cohen_kappa_score(labels, told)),
        recall=tuple(float(right[labels == segment].mean()) for segment in range(len(sizes))),
        shares=tuple((sizes / len(labels)).tolist()),
        told_shares=tuple((np.bincount(told, minlength=len(sizes)) / len(labels)).tolist()),
    )


def with_bridge(
    model: ModelVersion, segmentation: Segmentation, frame: pd.DataFrame, features: Mapping[str, Feature]
) -> ModelVersion:
    """Return a model found in a survey with the bridge to customers who gave no answers, where it can tell them.

    Parameters
    ----------
    model : ModelVersion
        Of respondents.
    segmentation : Segmentation
        Says what to tell others from.
    frame : pandas.DataFrame
        The respondents it was fitted on, with the features of `bridge_inputs`.
    features : mapping of str to Feature
        Labels for the notes.
    """
    wanted = bridge_inputs(segmentation, features)
    if not wanted:
        return _untold(model, "The definition gives nothing to tell other customers from.")
    labels = model.scorecard.score(frame).argmax(axis=1)
    try:
        bridge = fit_bridge(frame[list(wanted)], labels, model.scorecard.segments, random_state=model.seed)
    except ClusteringError as error:
        return _untold(model, str(error))
    found = {
        "n": bridge.n,
        "can_tell": bridge.can_tell,
        "accuracy": round(bridge.accuracy, 3),
        "accuracy_low": round(bridge.accuracy_low, 3),
        "guessing": round(bridge.guessing, 3),
        "kappa": round(bridge.kappa, 3),
        # by segment; what would tell of small ones is left out where it is shown, see `shown_model`
        "recall": [round(part, 2) for part in bridge.recall],
        "shares": [round(part, 2) for part in bridge.shares],
        "told_shares": [round(part, 2) for part in bridge.told_shares],
    }
    noted = _noted(model, found, [_judged(bridge)])
    return replace(noted, bridge=bridge.scorecard) if bridge.can_tell else noted


def bridge_inputs(segmentation: Segmentation, features: Mapping[str, Feature]) -> tuple[str, ...]:
    """Return the features that customers without a survey are told from."""
    if segmentation.bridge_features != "all":
        return segmentation.bridge_features
    items = set(items_in(features, features))
    return tuple(name for name in features if name not in items)


def _judged(bridge: Bridge) -> str:
    figures = (
        f"{share(bridge.accuracy)} of respondents it had not seen were put right, and always guessing the largest "
        f"segment puts {share(bridge.guessing)} right"
    )
    if not bridge.can_tell:
        return f"Customers without answers cannot be told apart by what else is known of them: {figures}."
    return f"Customers without answers are placed by what else is known of them: {figures}."


def _untold(model: ModelVersion, why: str) -> ModelVersion:
    return _noted(model, {"can_tell": False}, [f"Customers without answers cannot be told: {why}"])


def _noted(model: ModelVersion, found: Mapping[str, Any], notes: Sequence[str]) -> ModelVersion:
    diagnostics = {**model.diagnostics, "bridge": dict(found), "notes": [*model.diagnostics.get("notes", ()), *notes]}
    return replace(model, diagnostics=diagnostics)


def _learner() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=SHRINKAGE, max_iter=5_000))


def _scorecard(model: Pipeline, preparation: MixedPreparation, segments: tuple[str, ...]) -> Scorecard:
    scaler, formula = model[0], model[-1]
    linear = formula.coef_ / scaler.scale_
    intercepts = formula.intercept_ - linear @ scaler.mean_
    if len(formula.classes_) == 2:  # scikit-learn keeps one row for two classes: the second against the first
        linear, intercepts = np.vstack([np.zeros_like(linear), linear]), np.array([0.0, *intercepts])
    prior = tuple(significant(float(value)) for value in intercepts)
    return Scorecard(segments, prior, mixed_terms(linear, preparation))
