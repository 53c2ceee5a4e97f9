"""From one row a customer to a model version, whatever the method."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from segmodel.clustering.choosing import KChoice, choose_k
from segmodel.clustering.guards import check_division
from segmodel.clustering.kmeans import Labels
from segmodel.clustering.looks import look_at, map_customers
from segmodel.clustering.methods.recipes import Recipe, recipe_for
from segmodel.clustering.naming import describe, plain_names, segment_means, standardised_differences
from segmodel.clustering.rules import RFM_FEATURES, VALUE_FEATURES, RuleMap, rfm_map, rule_map, value_tiers
from segmodel.clustering.stability import QUICK_PAIRS
from segmodel.clustering.version import ModelVersion, SegmentInfo
from segmodel.definition import FINDS_K, FOUND_METHODS, Segmentation
from segmodel.errors import ClusteringError, did_you_mean
from segmodel.progress import Progress
from segmodel.scorecard import Scorecard
from segmodel.scorecard.preparation import Floats, as_numbers

if TYPE_CHECKING:
    from segmodel.features import Feature


@dataclass(frozen=True)
class _Fitted:
    scorecard: Scorecard
    names: tuple[str, ...]
    descriptions: tuple[str, ...]
    diagnostics: dict[str, Any]


def features_of(segmentation: Segmentation) -> tuple[str, ...]:
    """Return the features a segmentation needs: those it lists, else those its method or its rules imply.

    Examples
    --------
    >>> features_of(Segmentation(name="tiers", method="value_tiers"))
    ('value',)
    """
    if segmentation.features:
        return segmentation.features
    if segmentation.method == "rules":
        return tuple(dict.fromkeys(feature for rule in segmentation.rules for feature in rule.when))
    return {"rfm": RFM_FEATURES, "value_tiers": VALUE_FEATURES}.get(segmentation.method, ())


def fit_segmentation(
    segmentation: Segmentation,
    frame: pd.DataFrame,
    features: Mapping[str, Feature],
    as_of: datetime.date,
    version: str,
) -> ModelVersion:
    """Fit a segmentation.

    Parameters
    ----------
    segmentation : Segmentation
        What the definition says; its `names` are not applied here, see `ModelVersion.with_names`.
    frame : pandas.DataFrame
        One row a customer: `customer_id`, the features, and `value`. The order of rows does not matter.
    features : mapping of str to Feature
        Labels, units and words, for names and descriptions.
    as_of : datetime.date
        The snapshot the frame shows.
    version : str
        Such as `v001`.

    Raises
    ------
    ClusteringError
        When there are too few customers, the features cannot tell them apart, or the method cannot use one.
    """
    wanted = features_of(segmentation)
    _check(segmentation, frame, wanted)
    ordered = frame.sort_values("customer_id", kind="stable", ignore_index=True)
    if segmentation.method in FOUND_METHODS:
        fitted = _fit_found(segmentation, ordered, wanted, features)
    else:
        fitted = _fit_rules(segmentation, ordered, wanted)
    ids = fitted.scorecard.segments
    return ModelVersion(
        segmentation=segmentation.name,
        version=version,
        basis=segmentation.basis,
        method=segmentation.method,
        k=len(ids),
        fitted_as_of=as_of,
        n_fitted=len(ordered),
        seed=segmentation.seed,
        fingerprint=segmentation.fingerprint(),
        features=fitted.scorecard.features,
        scorecard=fitted.scorecard,
        segments=tuple(
            SegmentInfo(segment, fitted.names[place], fitted.descriptions[place], place)
            for place, segment in enumerate(ids)
        ),
        diagnostics=fitted.diagnostics,
    )


def _fit_found(
    segmentation: Segmentation,
    frame: pd.DataFrame,
    wanted: tuple[str, ...],
    features: Mapping[str, Feature],
) -> _Fitted:
    recipe = recipe_for(segmentation, frame, wanted, features)
    choice = _number_of_segments(segmentation, recipe, frame)
    deployed = recipe.deploy(recipe.fit(recipe.rows, choice.k, segmentation.seed))
    k = deployed.k
    order = _by_value(frame, deployed.labels, k)
    labels = np.argsort(order)[deployed.labels]
    scorecard, details = deployed.build(order)
    traits = recipe.traits
    differences = standardised_differences(traits.matrix, labels, k)
    own, rest = segment_means(traits.frame, traits.names, labels, k)
    empty = [f"s{place + 1} had no customers." for place in range(k) if not (labels == place).any()]
    left_out = [f"Left out: {why}" for why in recipe.dropped.values()]
    return _Fitted(
        scorecard=scorecard,
        names=plain_names(differences, own, rest, traits.names, traits.features),
        descriptions=describe(own, rest, differences, traits.names, traits.features),
        diagnostics={
            "reason": choice.reason or f"Method {segmentation.method} finds the number of segments itself: {k}.",
            "k_table": choice.table,
            "caution": choice.caution,
            **details,
            "features_dropped": dict(recipe.dropped),
            "notes": [*left_out, *deployed.notes, *empty],
        },
    )


_CAUTION = (
    "A convenient division only: these data show no segments worth acting on. Features that tell customers apart "
    "better may show some; Definitions says how this was judged."
)


@dataclass(frozen=True)
class _Number:
    k: int
    reason: str = ""
    table: list[dict[Any, Any]] = field(default_factory=list)
    caution: str = ""


def compare_numbers(
    segmentation: Segmentation,
    frame: pd.DataFrame,
    features: Mapping[str, Feature],
    ks: Iterable[int],
    progress: Progress,
) -> KChoice:
    """Compare numbers of segments for a segmentation, with the method and the preparation it is fitted with.

    Parameters
    ----------
    segmentation, frame, features
        See `fit_segmentation`; numeric features that the segmentation does not use serve to tell whether its segments
        differ in anything an action depends on.
    ks : iterable of int
        Numbers to compare.
    progress : Progress
        Told of each; raises to stop.

    Raises
    ------
    ClusteringError
        When the method has no number to choose, or the features cannot tell customers apart.
    """
    wanted = features_of(segmentation)
    _check(segmentation, frame, wanted)
    if segmentation.method not in FOUND_METHODS or segmentation.method in FINDS_K:
        raise ClusteringError(
            f"Method {segmentation.method} says itself how many segments there are: there is no number to choose."
        )
    ordered = frame.sort_values("customer_id", kind="stable", ignore_index=True)
    recipe = recipe_for(segmentation, ordered, wanted, features)
    choice = _compare(segmentation, recipe, ordered["value"], ks=ks, progress=progress)
    return _looked_at(segmentation, choice, recipe, ordered)


def _looked_at(segmentation: Segmentation, choice: KChoice, recipe: Recipe, frame: pd.DataFrame) -> KChoice:
    """Name the segments of every division, and check each."""
    rows, sampled = recipe.rows[choice.rows], frame.iloc[choice.rows]
    filled = np.where(np.isnan(rows), np.nanmean(rows, axis=0), rows)
    used = features_of(segmentation)
    numeric = [str(name) for name in frame.select_dtypes("number")]
    others = sampled[[name for name in numeric if name not in used]]
    # only answers may show a way of answering: who buys more of everything is a heavy buyer
    items = sampled[[name for name in numeric if name in used]] if segmentation.basis == "needs" else None
    traits, value = recipe.traits.of(choice.rows), as_numbers(sampled["value"], "value")
    looks, guards = {}, {}
    for k, found in choice.segments.items():
        looks[k] = look_at(found.labels, k, traits, value)
        guards[k] = check_division(filled, found.labels, stability=found, actionable=others, items=items)
    drawn = map_customers(filled, traits, choice.seed) if looks else None
    return replace(choice, looks=looks, guards=guards, customer_map=drawn)


def _compare(
    segmentation: Segmentation, recipe: Recipe, value: pd.Series, ks: Iterable[int] = range(2, 11), **settings: Any
) -> KChoice:
    possible = [k for k in ks if recipe.most is None or k <= recipe.most] or [2]
    known = as_numbers(value, "value")
    return choose_k(recipe.rows, possible, random_state=segmentation.seed, fit=recipe.try_fit, value=known, **settings)


def _number_of_segments(segmentation: Segmentation, recipe: Recipe, frame: pd.DataFrame) -> _Number:
    if segmentation.method in FINDS_K:
        return _Number(0)
    if segmentation.k != "auto":
        return _Number(segmentation.k, f"The definition asks for {segmentation.k} segments.")
    choice = _compare(segmentation, recipe, frame["value"], n_boot=QUICK_PAIRS)
    caution = "" if choice.worth_acting_on else _CAUTION
    return _Number(choice.k, choice.reason, _told(choice.table), caution)


def _told(table: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return the choice of k as a model keeps it: with shares too coarse to count a small segment from."""
    return table.round({"smallest_share": 2}).to_dict("records")


def _fit_rules(segmentation: Segmentation, frame: pd.DataFrame, wanted: tuple[str, ...]) -> _Fitted:
    made: RuleMap
    if segmentation.method == "rfm":
        made, how = rfm_map(frame, wanted), "scores of recency, frequency and spend"
    elif segmentation.method == "value_tiers":
        made, how = value_tiers(frame, wanted), "value, cut at the top 5%, 20% and 50% of customers with value"
    else:
        made, how = rule_map(segmentation.rules), "the rules of the definition, in their order"
    k = len(made.names)
    labels = made.term(tuple(range(k))).contributions(frame).argmax(axis=1)
    order = _by_value(frame, labels, k)
    sizes = np.bincount(labels, minlength=k)
    scorecard = Scorecard(tuple(f"s{place + 1}" for place in range(k)), (0.0,) * k, (made.term(tuple(order.tolist())),))
    empty = [f"'{made.names[place]}' had no customers." for place in order if not sizes[place]]
    return _Fitted(
        scorecard=scorecard,
        names=tuple(made.names[place] for place in order),
        descriptions=tuple(made.stories[place] for place in order),
        diagnostics={
            "reason": f"{k} segments by {how}.",
            "k_table": [],
            "features_dropped": {},
            "notes": [*made.notes, *empty],
        },
    )


def _by_value(frame: pd.DataFrame, labels: Labels, k: int) -> Labels:
    """Return the segments by mean value per customer, highest first; larger first on a tie, empty ones last."""
    value: Floats = np.nan_to_num(as_numbers(frame["value"], "value"))
    sizes = np.bincount(labels, minlength=k)
    sums = np.bincount(labels, weights=value, minlength=k)
    means = np.where(sizes > 0, np.round(sums / np.maximum(sizes, 1), 6), -np.inf)
    order: Labels = np.lexsort((np.arange(k), -sizes, -means))
    return order


def _check(segmentation: Segmentation, frame: pd.DataFrame, wanted: tuple[str, ...]) -> None:
    name = segmentation.name
    columns = [str(column) for column in frame.columns]
    for feature in ("customer_id", "value", *wanted):
        if feature not in columns:
            raise ClusteringError(
                f"Segmentation '{name}' needs '{feature}', which is not known of the customers."
                f"{did_you_mean(feature, columns)}"
            )
    if len(frame) < 2:
        raise ClusteringError(
            f"Segmentation '{name}' needs two customers or more, found {len(frame)}. Load more customers."
        )
    if segmentation.method in FOUND_METHODS and segmentation.k != "auto" and len(frame) < segmentation.k:
        raise ClusteringError(
            f"Segmentation '{name}' asks for {segmentation.k} segments, but there are only {len(frame)} "
            "customers. Ask for fewer segments, or load more customers."
        )
