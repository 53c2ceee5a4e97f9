"""Measures of one division of customers: how tight, how far apart, how well another half predicts it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.metrics import calinski_harabasz_score, silhouette_score
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from segmodel.clustering.kmeans import Labels, count_distinct
from segmodel.clustering.stability import Fit, kmeans_fit
from segmodel.scorecard.preparation import Floats

SPLITS = 5
SILHOUETTE_ROWS = 2_000
"""Customers the silhouette is averaged over: a seeded sample, for its cost grows with their square."""


def within_ss(rows: Floats, labels: Labels) -> float:
    """Return the sum of squared distances to the mean of the own segment.

    Examples
    --------
    >>> within_ss(np.array([[0.0], [2.0], [5.0]]), np.array([0, 0, 1]))
    2.0
    """
    total = 0.0
    for segment in np.unique(labels):
        members = rows[labels == segment]
        total += float(((members - members.mean(axis=0)) ** 2).sum())
    return total


def silhouette(rows: Floats, labels: Labels, *, sample: int = SILHOUETTE_ROWS, random_state: int = 0) -> float:
    """Return the average silhouette (Rousseeuw 1987), over a seeded sample where customers are many.

    NaN when there are not two segments or more, or every customer is one of their own.
    """
    if len(rows) > sample:
        chosen = np.random.default_rng([random_state, 4]).choice(len(rows), sample, replace=False)
        rows, labels = rows[chosen], labels[chosen]
    if not 2 <= len(np.unique(labels)) < len(rows):
        return float("nan")
    return float(silhouette_score(rows, labels))


def calinski_harabasz(rows: Floats, labels: Labels) -> float:
    """Return the index of Calinski & Harabasz (1974); NaN as for `silhouette`."""
    if not 2 <= len(np.unique(labels)) < len(rows):
        return float("nan")
    return float(calinski_harabasz_score(rows, labels))


def value_explained(value: Floats, labels: Labels) -> float:
    """Return the share of the variance of value that lies between segments (eta squared), 0 to 1.

    Customers whose value is not known are left out; 0 when value does not vary.

    Examples
    --------
    >>> value_explained(np.array([1.0, 1.0, 3.0, 3.0]), np.array([0, 0, 1, 1]))
    1.0
    """
    known = np.isfinite(value)
    column = value[known][:, np.newaxis]
    total = within_ss(column, np.zeros(len(column), dtype=np.int64)) if len(column) else 0.0
    return 1 - within_ss(column, labels[known]) / total if total > 0 else 0.0


def prediction_strength(
    rows: Floats, k: int, *, n_splits: int = SPLITS, random_state: int = 0, fit: Fit | None = None
) -> float:
    """Return the prediction strength of Tibshirani & Walther (2005), averaged over random halves.

    One half is clustered and so is the other; of each pair of customers that the second half puts together,
    the share the first half's division puts together as well; the worst segment counts.
    """
    # many restarts: a poor local optimum of one half says nothing about the customers
    method = fit or kmeans_fit(10)
    generator = np.random.default_rng([random_state, k, 3])
    strengths = []
    for _ in range(n_splits):
        order = generator.permutation(len(rows))
        halves = rows[order[: len(rows) // 2]], rows[order[len(rows) // 2 :]]
        if min(count_distinct(half, k) for half in halves) < k:
            return 0.0
        with threadpool_limits(limits=1):
            trained, tested = (method(half, k, int(generator.integers(2**31))) for half in halves)
        counts = pd.crosstab(tested.labels_, trained.predict(halves[1])).to_numpy()
        sizes = counts.sum(axis=1)
        together = (counts * (counts - 1)).sum(axis=1) / np.maximum(sizes * (sizes - 1), 1)
        strengths.append(float(together.min()))
    return float(np.mean(strengths))
