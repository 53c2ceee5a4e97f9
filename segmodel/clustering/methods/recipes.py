"""How each method runs inside a build: from one row a customer to labels and a scorecard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from segmodel.clustering.kmeans import KMeans, Labels, kmeans_scorecard
from segmodel.clustering.methods.density import HDBSCANSegmenter
from segmodel.clustering.methods.distil import distil, linear_scorecard
from segmodel.clustering.methods.factors import factor_scorecard, factor_scores
from segmodel.clustering.methods.latent_class import (
    IndicatorLatentClass,
    indicators,
    items_of,
    latent_class_scorecard,
    most_classes,
    split_items,
)
from segmodel.clustering.methods.mixed import MixedPreparation, mixed_scorecard
from segmodel.clustering.methods.mixture import GaussianMixtureSegmenter, gaussian_scorecard
from segmodel.clustering.methods.traits import Traits, category_traits, item_traits, number_traits
from segmodel.clustering.methods.ward import WardSegmenter
from segmodel.clustering.prepare import RobustPreparation
from segmodel.clustering.stability import Fit
from segmodel.definition import Segmentation
from segmodel.errors import ClusteringError
from segmodel.formats import number, share
from segmodel.scorecard import Scorecard
from segmodel.scorecard.preparation import Floats, significant

if TYPE_CHECKING:
    from segmodel.features import Feature

SMALLEST_VARIANCE = 1e-3
"""Floor of a mixture's variances, of standardised features: a value that many share is no segment of its own."""


@dataclass(frozen=True)
class Deployed:
    """A fitted method in the form that is kept.

    Attributes
    ----------
    labels : ndarray of shape (n,)
        Segment of every customer, as the scorecard gives it.
    k : int
        Number of segments.
    build : callable
        Scorecard and diagnostics for an order of the segments.
    notes : tuple of str
        What a reader of the model should know.
    """

    labels: Labels
    k: int
    build: Callable[[Labels], tuple[Scorecard, dict[str, Any]]]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """A method applied to customers.

    Attributes
    ----------
    rows : ndarray of shape (n, p)
        What is divided: finite numbers, one row a customer.
    fit : callable
        Rows, number of segments and seed to a fitted method; HDBSCAN ignores the number.
    try_fit : callable or None
        The same with few restarts, for the hundreds of fits that comparing numbers of segments takes; None for k-means,
        which `choose_k` brings itself, and for HDBSCAN, which has no number to compare.
    deploy : callable
        What was fitted to the form that is kept.
    traits : Traits
        What names and descriptions are made from.
    dropped : mapping of str to str
        Features left out, with the reason.
    most : int or None
        Segments the data can tell apart at most; None: as many as there are customers.
    """

    rows: Floats
    fit: Fit
    try_fit: Fit | None
    deploy: Callable[[Any], Deployed]
    traits: Traits
    dropped: Mapping[str, str]
    most: int | None = None


@dataclass(frozen=True)
class _Customers:
    """Customers as methods on numbers see them."""

    frame: pd.DataFrame
    rows: Floats
    preparation: RobustPreparation
    seed: int


def recipe_for(
    segmentation: Segmentation, frame: pd.DataFrame, wanted: tuple[str, ...], features: Mapping[str, Feature]
) -> Recipe:
    """Return how a segmentation's method divides these customers.

    Parameters
    ----------
    segmentation : Segmentation
        Of a method that finds its segments: see `segmodel.definition.FOUND_METHODS`.
    frame : pandas.DataFrame
        One row a customer.
    wanted : tuple of str
        The features to use.
    features : mapping of str to Feature
        Labels, units and words.

    Raises
    ------
    ClusteringError
        When a feature cannot be used by the method, or none tells customers apart.
    """
    used = frame[list(wanted)]
    if segmentation.method == "latent_class":
        return _latent_class(used, features)
    if segmentation.method == "mixed":
        return _mixed(used, segmentation.weights, features)
    preparation = RobustPreparation(weights=segmentation.weights).fit(used)
    customers = _Customers(frame, preparation.transform(used), preparation, segmentation.seed)
    if segmentation.factors is not None:
        return _factors(customers, segmentation.factors, features)
    fit, try_fit, deploy = _ON_NUMBERS[segmentation.method]
    return Recipe(
        rows=customers.rows,
        fit=fit,
        try_fit=try_fit,
        deploy=lambda found: deploy(found, customers),
        traits=number_traits(frame, preparation.preparations_, features),
        dropped=preparation.dropped_,
    )


def _fit_kmeans(rows: Floats, k: int, seed: int) -> KMeans:
    return KMeans(k, random_state=seed).fit(rows)


def _try_mixture(rows: Floats, k: int, seed: int) -> GaussianMixtureSegmenter:
    return GaussianMixtureSegmenter(k, n_init=1, smallest_variance=SMALLEST_VARIANCE, random_state=seed).fit(rows)


def _fit_mixture(rows: Floats, k: int, seed: int) -> GaussianMixtureSegmenter:
    return GaussianMixtureSegmenter(k, smallest_variance=SMALLEST_VARIANCE, random_state=seed).fit(rows)


def _fit_ward(rows: Floats, k: int, seed: int) -> WardSegmenter:
    return WardSegmenter(k, random_state=seed).fit(rows)


def _fit_hdbscan(rows: Floats, k: int, seed: int) -> HDBSCANSegmenter:  # noqa: ARG001
    return HDBSCANSegmenter(random_state=seed).fit(rows)


def _deploy_kmeans(found: KMeans, customers: _Customers) -> Deployed:
    def build(order: Labels) -> tuple[Scorecard, dict[str, Any]]:
        centres = found.cluster_centers_[order]
        card = kmeans_scorecard(centres, found.inertia_, len(customers.rows), customers.preparation.preparations_)
        return card, {"within_ss": significant(found.inertia_), "centres": centres.tolist()}

    return Deployed(found.labels_, len(found.cluster_centers_), build)


def _deploy_mixture(found: GaussianMixtureSegmenter, customers: _Customers) -> Deployed:
    def build(order: Labels) -> tuple[Scorecard, dict[str, Any]]:
        parts = found.weights_[order], found.means_[order], found.variances_[order]
        return gaussian_scorecard(*parts, customers.preparation.preparations_), _likelihood(found)

    unfinished = () if found.converged_ else ("The mixture was still changing slightly when its search ended.",)
    return Deployed(found.labels_, len(found.weights_), build, unfinished)


def _deploy_ward(found: WardSegmenter, customers: _Customers) -> Deployed:
    own = np.full(len(customers.rows), -1, dtype=np.int64)
    own[found.merged_] = found.labels_[found.merged_]
    deployed = _distilled("Ward's method", own, len(found.means_), customers)
    if len(found.merged_) == len(customers.rows):
        return deployed
    merged = (
        f"Ward's method merged a random {number(len(found.merged_))} of the {number(len(customers.rows))} customers."
    )
    return replace(deployed, notes=(merged, *deployed.notes))


def _deploy_hdbscan(found: HDBSCANSegmenter, customers: _Customers) -> Deployed:
    own = np.full(len(customers.rows), -1, dtype=np.int64)
    own[found.searched_] = found.labels_[found.searched_]
    deployed = _distilled("HDBSCAN", own, found.n_segments_, customers)
    unassigned = round(found.unassigned_share_, 2)

    def build(order: Labels) -> tuple[Scorecard, dict[str, Any]]:
        card, details = deployed.build(order)
        return card, {**details, "unassigned_share": unassigned}

    noise = (
        f"{share(found.unassigned_share_)} of customers were in no dense group (unassigned). They did not shape the "
        "segments; the scorecard gives each of them the segment they are most like."
    )
    searched = (
        f"HDBSCAN searched a random {number(len(found.searched_))} of the {number(len(customers.rows))} customers."
    )
    sampled = (searched,) if len(found.searched_) < len(customers.rows) else ()
    return replace(deployed, build=build, notes=(*sampled, noise, *deployed.notes))


def _factors(customers: _Customers, n_factors: int, features: Mapping[str, Feature]) -> Recipe:
    preparations = customers.preparation.preparations_
    scores = factor_scores(customers.rows, n_factors)

    def deploy(found: KMeans) -> Deployed:
        def build(order: Labels) -> tuple[Scorecard, dict[str, Any]]:
            card = factor_scorecard(found, scores, len(customers.rows), preparations, order)
            return card, {"within_ss": significant(found.inertia_), "factors": n_factors}

        return Deployed(found.labels_, len(found.cluster_centers_), build, scores.notes(list(preparations)))

    return Recipe(
        rows=scores.apply(customers.rows),
        fit=_fit_kmeans,
        try_fit=None,
        deploy=deploy,
        traits=number_traits(customers.frame, preparations, features),
        dropped=customers.preparation.dropped_,
    )


_Fit = Callable[[Floats, int, int], Any]

_ON_NUMBERS: dict[str, tuple[_Fit, _Fit | None, Callable[[Any, _Customers], Deployed]]] = {
    "kmeans": (_fit_kmeans, None, _deploy_kmeans),
    "gaussian_mixture": (_fit_mixture, _try_mixture, _deploy_mixture),
    "ward": (_fit_ward, _fit_ward, _deploy_ward),
    "hdbscan": (_fit_hdbscan, None, _deploy_hdbscan),
}


def _distilled(what: str, own: Labels, k: int, customers: _Customers) -> Deployed:
    """Return a formula for a method that has none; `own` holds its labels, -1 where it gave none."""
    learned = distil(customers.rows, own, random_state=customers.seed)

    def build(order: Labels) -> tuple[Scorecard, dict[str, Any]]:
        card = linear_scorecard(
            learned.intercepts[order],
            learned.linear[order],
            customers.preparation.preparations_,
            learned.quadratic[order],
        )
        by_segment = [round(learned.fidelity_by_segment[place], 3) for place in order]
        return card, {"fidelity": round(learned.fidelity, 4), "fidelity_by_segment": by_segment}

    labels: Labels = build(np.arange(k))[0].score(customers.frame).argmax(axis=1)
    note = (
        f"{what} has no formula of its own, so customers are scored by one that was taught its segments. It puts "
        f"{share(learned.fidelity)} of customers it was not shown where {what} put them."
    )
    return Deployed(labels, k, build, (note,))


def _latent_class(frame: pd.DataFrame, features: Mapping[str, Feature]) -> Recipe:
    items, dropped = items_of(frame)
    if len(items) < 2:
        raise ClusteringError(
            f"Method latent_class needs two items or more with different answers, found {len(items)}."
            + "".join(f" {why}" for why in dropped.values())
        )
    rows = indicators(frame, items)
    sizes = tuple(len(item.levels) for item in items)
    silent = float((rows.sum(axis=1) == 0).mean())

    def deploy(found: IndicatorLatentClass) -> Deployed:
        def build(order: Labels) -> tuple[Scorecard, dict[str, Any]]:
            answers = split_items(found.probabilities_[:, order], items)
            return latent_class_scorecard(found.weights_[order], answers, items), _likelihood(found)

        asked = f"{share(silent)} of customers answered none of the items: they are put in the largest segment."
        return Deployed(found.labels_, len(found.weights_), build, (asked,) if silent else ())

    return Recipe(
        rows=rows,
        fit=lambda rows, k, seed: IndicatorLatentClass(k, sizes=sizes, random_state=seed).fit(rows),
        try_fit=lambda rows, k, seed: IndicatorLatentClass(k, sizes=sizes, n_init=5, random_state=seed).fit(rows),
        deploy=deploy,
        traits=item_traits(frame, items, features),
        dropped=dropped,
        most=most_classes(sizes),
    )


def _mixed(frame: pd.DataFrame, weights: Mapping[str, float], features: Mapping[str, Feature]) -> Recipe:
    preparation = MixedPreparation(weights=weights).fit(frame)
    rows = preparation.transform(frame)

    def deploy(found: KMeans) -> Deployed:
        def build(order: Labels) -> tuple[Scorecard, dict[str, Any]]:
            card = mixed_scorecard(found.cluster_centers_[order], found.inertia_, len(rows), preparation)
            return card, {"within_ss": significant(found.inertia_)}

        return Deployed(found.labels_, len(found.cluster_centers_), build)

    levels = {name: used.levels for name, used in preparation.categories_.items()}
    numbers = number_traits(frame, preparation.preparations_, features)
    return Recipe(
        rows=rows,
        fit=_fit_kmeans,
        try_fit=None,
        deploy=deploy,
        traits=numbers + category_traits(frame, levels, features),
        dropped=preparation.dropped_,
    )


def _likelihood(found: GaussianMixtureSegmenter | IndicatorLatentClass) -> dict[str, Any]:
    return {
        "log_likelihood": significant(found.log_likelihood_),
        "n_parameters": found.n_parameters_,
        "bic": significant(found.bic_),
    }
