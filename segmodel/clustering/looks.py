"""What a person looks at of a division: a map of the customers, what sets segments apart, and what each is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from segmodel.clustering.kmeans import Labels
from segmodel.clustering.methods.traits import Traits
from segmodel.clustering.naming import describe, plain_names, segment_means, standardised_differences
from segmodel.formats import listed
from segmodel.scorecard.preparation import Floats

DOTS, PART = 1_500, 0.8
"""Customers on a map at most, and of all of them: dots are a random part, so that a group cannot be counted by them."""

TELLS = 0.5
"""Correlation from which a feature is said to lie along an axis of the map; two at most."""


@dataclass(frozen=True)
class CustomerMap:
    """Customers in the plane in which they differ most: their first two principal components (Pearson 1901).

    Attributes
    ----------
    dots : ndarray of shape (n, 2)
    places : ndarray of shape (n,)
        Which of the rows they are.
    axes : tuple of str
        What each direction tells, in words; empty where no feature lies along it.
    shown : float
        Share of the variance of the prepared features that the plane holds.
    """

    dots: Floats
    places: Labels
    axes: tuple[str, str]
    shown: float


@dataclass(frozen=True)
class Look:
    """One division in words and numbers.

    Attributes
    ----------
    names, descriptions : tuple of str
        Of each segment.
    profile : DataFrame
        One row a segment and feature: segment (from 0), feature, label, unit, difference (mean of the segment less
        that of the others, in pooled standard deviations of the prepared feature), mean, rest_mean (as people know
        the feature), largest difference of a feature first.
    value_ratio : tuple of float
        Mean value of each segment, by the mean of all; NaN where it is not known, or means nothing.
    """

    names: tuple[str, ...]
    descriptions: tuple[str, ...]
    profile: pd.DataFrame
    value_ratio: tuple[float, ...]


def map_customers(rows: Floats, traits: Traits, random_state: int) -> CustomerMap:
    """Project customers onto the plane in which they differ most, and draw a seeded sample of them.

    Parameters
    ----------
    rows : ndarray of shape (n, p)
        What divisions are found in, complete.
    traits : Traits
        Of the same customers, for the words.
    random_state : int
        Seed of the sample.
    """
    if rows.shape[1] == 1:  # a plane needs two directions; the second of them is nothing
        rows = np.column_stack([rows, np.zeros(len(rows))])
    with threadpool_limits(limits=1):
        found = PCA(2, svd_solver="full").fit(rows)
        plane = found.transform(rows)
    # a component may point either way: its largest part is to be positive
    largest = np.abs(found.components_).argmax(axis=1)
    plane *= np.where(found.components_[[0, 1], largest] < 0, -1.0, 1.0)
    drawn = min(DOTS, max(int(PART * len(rows)), 1))
    places = np.random.default_rng([random_state, 1]).choice(len(rows), drawn, replace=False)
    first, second = (_along(column, traits) for column in plane.T)
    return CustomerMap(plane[places], places, (first, second), float(found.explained_variance_ratio_.sum()))


def look_at(labels: Labels, k: int, traits: Traits, value: Floats) -> Look:
    """Describe one division.

    Parameters
    ----------
    labels : ndarray of shape (n,)
        Segment of each customer, from 0.
    k : int
        Number of segments.
    traits : Traits
        Of the same customers.
    value : ndarray of shape (n,)
        Value of each; NaN where not known.
    """
    differences = standardised_differences(traits.matrix, labels, k)
    own, rest = segment_means(traits.frame, traits.names, labels, k)
    return Look(
        names=plain_names(differences, own, rest, traits.names, traits.features),
        descriptions=describe(own, rest, differences, traits.names, traits.features),
        profile=_profile(differences, own, rest, traits),
        value_ratio=_value_ratio(labels, k, value),
    )


def _profile(differences: Floats, own: Floats, rest: Floats, traits: Traits) -> pd.DataFrame:
    most = np.abs(np.nan_to_num(differences)).max(axis=0)
    order = np.argsort(-most, kind="stable")
    rows = []
    for segment in range(len(differences)):
        for place in order:
            name = traits.names[place]
            feature = traits.features.get(name)
            rows.append(
                {
                    "segment": segment,
                    "feature": name,
                    "label": name if feature is None else feature.label,
                    "unit": "" if feature is None else feature.unit,
                    "difference": round(float(differences[segment, place]), 3),
                    "mean": float(f"{own[segment, place]:.4g}"),
                    "rest_mean": float(f"{rest[segment, place]:.4g}"),
                }
            )
    return pd.DataFrame(rows)


def _value_ratio(labels: Labels, k: int, value: Floats) -> tuple[float, ...]:
    known = ~np.isnan(value)
    overall = value[known].mean() if known.any() else 0.0
    if not overall > 0:  # a ratio to a loss means nothing
        return (float("nan"),) * k
    means = [value[known & (labels == segment)] for segment in range(k)]
    return tuple(round(float(part.mean() / overall), 3) if len(part) else float("nan") for part in means)


def _along(direction: Floats, traits: Traits) -> str:
    """Return what the customers at the far end have more, or less, of than the others."""
    correlations: Mapping[str, float] = {
        name: float(np.corrcoef(column, direction)[0, 1])
        for name, column in zip(traits.names, traits.matrix.T, strict=True)
        if column.std() > 0 and direction.std() > 0
    }
    strongest = sorted(correlations, key=lambda name: -abs(correlations[name]))[:2]
    told = {name: correlations[name] for name in strongest if abs(correlations[name]) >= TELLS}
    parts = []
    for word, sign in (("more", 1), ("less", -1)):
        labels = [_label(name, traits) for name in told if sign * told[name] > 0]
        parts += [f"{word} of: {listed(labels)}"] if labels else []
    return "; ".join(parts)


def _label(name: str, traits: Traits) -> str:
    feature = traits.features.get(name)
    return name if feature is None else feature.label
