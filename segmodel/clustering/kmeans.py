"""K-means, reproducible bit for bit, with the scorecard that equals it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans as SklearnKMeans
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from segmodel.errors import ClusteringError
from segmodel.scorecard import NumericTerm, Preparation, Scorecard
from segmodel.scorecard.preparation import Floats, significant

SMALLEST_VARIANCE = 1e-6
"""Floor of the within-segment variance: customers exactly on their centre would make it zero."""

LARGEST = 1e100
"""Numbers beyond this cannot be squared and summed."""

START_ROWS = 20_000
"""Restarts look for the best start on at most this many rows; the winner is then run on all of them."""

Labels = npt.NDArray[np.int64]


class KMeans(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """K-means (Lloyd 1982, started by k-means++) in scikit-learn's manner.

    Sums of floating-point numbers depend on how threads share the work; this runs on one thread, so that a seed
    gives the same bits whatever the machine's number of cores. Large data: restarts compete on a seeded sample
    of 20,000 rows, and the best of them is run to the end on all rows.

    Parameters
    ----------
    n_clusters : int
        Number of segments.
    n_init : int
        Restarts.
    random_state : int
        Seed.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (n_clusters, n_features)
        Rounded to 12 significant digits.
    labels_ : ndarray of shape (n_samples,)
        Nearest centre of every row.
    inertia_ : float
        Sum of squared distances to the nearest centre.

    Examples
    --------
    >>> KMeans(2).fit(np.array([[0.0], [0.1], [5.0], [5.1]])).cluster_centers_.ravel().round(2).tolist()
    [0.05, 5.05]
    """

    def __init__(self, n_clusters: int, *, n_init: int = 10, random_state: int = 0) -> None:
        self.n_clusters = n_clusters
        self.n_init = n_init
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: None = None) -> KMeans:  # noqa: ARG002
        """Find the centres.

        Raises
        ------
        ClusteringError
            When there are fewer different rows than segments, or a value is missing or infinite.
        """
        rows = checked_rows(X, self.n_clusters, "K-means")
        with threadpool_limits(limits=1):
            fitted = self._search(rows)
            # the order in which k-means finds its centres means nothing: make it one that can be repeated
            centres = np.vectorize(significant, otypes=[float])(fitted.cluster_centers_)
            self.cluster_centers_: Floats = centres[np.lexsort(centres.T[::-1])]
            self.labels_: Labels = self.predict(rows)
        self.inertia_ = float(((rows - self.cluster_centers_[self.labels_]) ** 2).sum())
        return self

    def predict(self, X: npt.ArrayLike) -> Labels:
        """Return the nearest centre of every row; the first on a tie."""
        check_is_fitted(self, "cluster_centers_")
        return nearest_centre(X, self.cluster_centers_)

    def _search(self, rows: Floats) -> Any:
        settings = {"n_clusters": self.n_clusters, "algorithm": "lloyd", "max_iter": 300, "tol": 1e-6}
        start: Any = "k-means++"
        restarts = self.n_init
        if len(rows) > START_ROWS:
            generator = np.random.default_rng(self.random_state)
            chosen = np.sort(generator.choice(len(rows), START_ROWS, replace=False))
            first = SklearnKMeans(**settings, n_init=self.n_init, random_state=self.random_state)
            start, restarts = first.fit(rows[chosen]).cluster_centers_, 1
        final = SklearnKMeans(**settings, init=start, n_init=restarts, random_state=self.random_state)
        return final.fit(rows)


def nearest_centre(X: npt.ArrayLike, centres: Floats) -> Labels:
    """Return the nearest centre of every row; the first on a tie.

    Examples
    --------
    >>> nearest_centre([[0.0], [1.0], [9.0]], np.array([[0.0], [2.0]])).tolist()
    [0, 0, 1]
    """
    half_squares = (centres**2).sum(axis=1) / 2
    nearest: Labels = (np.asarray(X, dtype=np.float64) @ centres.T - half_squares).argmax(axis=1)
    return nearest


def checked_rows(X: npt.ArrayLike, n_segments: int, method: str) -> Floats:
    """Return what a method is asked to divide as finite numbers, one row a customer.

    Raises
    ------
    ClusteringError
        When it is no table of finite numbers, or has fewer different rows than segments are asked for.
    """
    rows = numeric_rows(X, method)
    if n_segments < 1:
        raise ClusteringError(f"{method} needs one segment or more, found {n_segments}.")
    check_distinct(rows, n_segments)
    return rows


def numeric_rows(X: npt.ArrayLike, what: str = "A division", *, missing: bool = False) -> Floats:
    """Return `X` as an array of finite numbers, shape (n, p); with `missing`, NaN may stand for a missing answer.

    Parameters
    ----------
    X : array-like
    what : str
        What needs them, for messages.
    missing : bool

    Raises
    ------
    ClusteringError
        When it is something else.
    """
    try:
        rows = np.ascontiguousarray(X, dtype=np.float64)
    except (TypeError, ValueError):
        raise ClusteringError(f"{what} needs numbers, found text. Prepare the features first.") from None
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise ClusteringError(f"{what} needs one row a customer and a column a feature, found shape {rows.shape}.")
    if np.isinf(rows).any() or (not missing and np.isnan(rows).any()):
        raise ClusteringError(
            f"{what} needs finite numbers, found missing or infinite values. Prepare the features first."
        )
    if rows.size and np.nanmax(np.abs(rows), initial=0.0) > LARGEST:
        raise ClusteringError(
            f"{what} needs numbers up to {LARGEST:.0e}, found larger. Standardise the features first."
        )
    return rows


def check_distinct(rows: Floats, n_segments: int) -> None:
    """Raise ClusteringError when there are fewer different rows than segments are asked for."""
    distinct = count_distinct(rows, n_segments)
    if distinct < n_segments:
        raise ClusteringError(
            f"{n_segments} segments need at least {n_segments} different customers, "
            f"found {distinct} among {len(rows)}. Ask for fewer segments, or load more customers."
        )


def count_distinct(rows: Floats, enough: int) -> int:
    """Return the number of different rows; stops early once a prefix has `enough`."""
    head = len(np.unique(rows[: max(1000, 10 * enough)], axis=0))
    return head if head >= enough else len(np.unique(rows, axis=0))


def kmeans_scorecard(
    centres: Floats, within_ss: float, n_fitted: int, preparations: dict[str, Preparation]
) -> Scorecard:
    """Return k-means as a scorecard: an equal-variance Gaussian mixture with equal weights.

    ``score = (z . c - |c|^2 / 2) / variance``, which is the log density but for a part all segments share: the
    highest score is the nearest centre. The variance is the within-segment sum of squares for each value.

    Parameters
    ----------
    centres : ndarray of shape (k, n_features)
        In the order of the segments.
    within_ss : float
        Sum of squared distances to the nearest centre.
    n_fitted : int
        Customers it was summed over.
    preparations : dict of str to Preparation
        In the order of the columns of `centres`.
    """
    variance = max(within_ss / (n_fitted * centres.shape[1]), SMALLEST_VARIANCE)
    terms = tuple(
        NumericTerm(name, preparation, tuple(significant(float(c) / variance) for c in centres[:, place]))
        for place, (name, preparation) in enumerate(preparations.items())
    )
    prior = tuple(significant(-float((centre**2).sum()) / (2 * variance)) for centre in centres)
    return Scorecard(tuple(f"s{place + 1}" for place in range(len(centres))), prior, terms)
