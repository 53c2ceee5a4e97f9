"""Whether the same segments come out when the customers are sampled again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from sklearn import config_context
from sklearn.cluster import KMeans as SklearnKMeans
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from segmodel.clustering.exchange import exchange_one_by_one
from segmodel.clustering.kmeans import Labels, check_distinct, nearest_centre, numeric_rows
from segmodel.errors import ClusteringError
from segmodel.scorecard.preparation import Floats

PAIRS = 100
"""Pairs of bootstrap samples (Dolnicar & Leisch 2010): the standard error of the mean is then about 0.01."""

QUICK_PAIRS = 10
"""Pairs that settle the number of segments within a build."""

RESTARTS = 3
"""Restarts of k-means on one bootstrap sample. More make each fit slower and hardly more alike."""

HIGHLY_STABLE, STABLE_SEGMENT, PATTERN = 0.85, 0.75, 0.60
"""Hennig's bands for the mean Jaccard of a segment (Hennig 2007; documentation of fpc's clusterboot)."""


class Fitted(Protocol):
    """What a method gives back: the segment of each customer it was fitted on, and a way to place others."""

    labels_: Labels

    def predict(self, X: Floats) -> Labels:
        """Return the segment of every row."""


Fit = Callable[[Floats, int, int], Fitted]
"""Called with rows, the number of segments and a seed."""


def kmeans_fit(restarts: int) -> Fit:
    """Return k-means with so many restarts, started by k-means++, as a `Fit`.

    It expects one thread, as `threadpool_limits` gives: setting that for every fit would take longer than the fit.
    """

    def fit(rows: Floats, k: int, seed: int) -> Fitted:
        with config_context(assume_finite=True, skip_parameter_validation=True):
            found = SklearnKMeans(k, n_init=restarts, tol=1e-6, random_state=seed).fit(rows)
        return NearestCentre(found.cluster_centers_, rows)

    return fit


def random_start_fit(restarts: int) -> Fit:
    """Return k-means as the R package fpc runs it, as a `Fit`: starts are customers drawn at random.

    Of the restarts the one with the smallest within-segment sum of squares wins; it is then improved by moving single
    customers, which R's algorithm does (Hartigan & Wong 1979). A few such starts miss the best division of a sample
    more often than as many of k-means++, which counts as instability: figures that are to be compared with fpc's need
    it.
    """

    def fit(rows: Floats, k: int, seed: int) -> Fitted:
        with config_context(assume_finite=True, skip_parameter_validation=True):
            found = SklearnKMeans(k, init="random", n_init=restarts, tol=0, random_state=seed).fit(rows)
        return NearestCentre(exchange_one_by_one(rows, found.labels_, k), rows)

    return fit


def reference_fit(restarts: int) -> Fit:
    """Return k-means as the R package flexclust runs it, as a `Fit`.

    Starts are customers drawn at random, and of the restarts the one with the smallest sum of distances wins, not of
    squared distances. On data without clear segments this finds other divisions than `KMeans` does, so figures that
    are to be compared with flexclust's need it.
    """

    def fit(rows: Floats, k: int, seed: int) -> Fitted:
        generator = np.random.default_rng(seed)
        squares = (rows**2).sum(axis=1)
        best, least = np.empty(0), np.inf
        with config_context(assume_finite=True, skip_parameter_validation=True):
            for _ in range(restarts):
                start = int(generator.integers(2**31))
                centres = (
                    SklearnKMeans(k, init="random", n_init=1, tol=0, random_state=start).fit(rows).cluster_centers_
                )
                nearest = squares + ((centres**2).sum(axis=1) - 2 * rows @ centres.T).min(axis=1)
                total = float(np.sqrt(np.maximum(nearest, 0)).sum())
                if total < least:
                    best, least = centres, total
        return NearestCentre(best, rows)

    return fit


class NearestCentre:
    """A division of customers by the nearest of some centres."""

    def __init__(self, centres: Floats, rows: Floats) -> None:
        self.centres = centres
        self.labels_ = self.predict(rows)

    def predict(self, X: npt.ArrayLike) -> Labels:
        """Return the nearest centre of every row."""
        return nearest_centre(X, self.centres)


@dataclass(frozen=True)
class BootstrapStability:
    """How alike two divisions fitted to different bootstrap samples are.

    Attributes
    ----------
    k : int
        Number of segments.
    adjusted_rand : ndarray of shape (n_boot,)
        Adjusted Rand index (Hubert & Arabie 1985) of each pair.
    """

    k: int
    adjusted_rand: Floats

    @property
    def mean(self) -> float:
        """Mean over the pairs."""
        return float(self.adjusted_rand.mean())

    @property
    def standard_error(self) -> float:
        """Monte Carlo standard error of the mean; NaN for one pair."""
        n_boot = len(self.adjusted_rand)
        return float(self.adjusted_rand.std(ddof=1) / np.sqrt(n_boot)) if n_boot > 1 else float("nan")


@dataclass(frozen=True)
class SegmentStability:
    """How well each segment of one division is found again in bootstrap samples.

    Attributes
    ----------
    labels : ndarray of shape (n,)
        The division that was tested.
    jaccards : ndarray of shape (n_boot, k)
        Largest Jaccard index of each segment with any segment of a bootstrap sample.
    """

    labels: Labels
    jaccards: Floats

    @property
    def jaccard(self) -> Floats:
        """Mean of each segment, shape (k,)."""
        mean: Floats = self.jaccards.mean(axis=0)
        return mean

    @property
    def standard_error(self) -> Floats:
        """Monte Carlo standard error of each mean, shape (k,)."""
        error: Floats = self.jaccards.std(axis=0, ddof=1) / np.sqrt(len(self.jaccards))
        return error

    @property
    def bands(self) -> tuple[str, ...]:
        """What each segment may be called; see `band`."""
        return tuple(band(float(value)) for value in self.jaccard)


def band(jaccard: float) -> str:
    """Return Hennig's word for a mean Jaccard.

    Examples
    --------
    >>> band(0.9), band(0.75), band(0.7), band(0.2)
    ('highly stable', 'stable', 'a pattern', 'not to be trusted')
    """
    if jaccard >= HIGHLY_STABLE:
        return "highly stable"
    if jaccard >= STABLE_SEGMENT:
        return "stable"
    return "a pattern" if jaccard >= PATTERN else "not to be trusted"


def bootstrap_stability(
    X: npt.ArrayLike,
    k: int,
    *,
    n_boot: int = PAIRS,
    n_init: int = 10,
    random_state: int | None = None,
    fit: Fit | None = None,
) -> BootstrapStability:
    """Return how alike divisions of pairs of bootstrap samples are (Dolnicar & Leisch 2010).

    Both samples of a pair are clustered, and all customers are placed by each of the two; their agreement is the
    adjusted Rand index. With its own k-means (see `reference_fit`) this is `bootFlexclust` of the R package flexclust.

    Parameters
    ----------
    X : array-like of shape (n, p)
        Prepared features.
    k : int
        Number of segments.
    n_boot : int
        Pairs.
    n_init : int
        Restarts of k-means on each sample; not used with `fit`.
    random_state : int, optional
        Seed; a new one each time when None.
    fit : callable, optional
        Another method: called with rows, k and a seed.

    Raises
    ------
    ClusteringError
        When there are fewer than `k` different customers, or a value is infinite, missing or text.

    Examples
    --------
    >>> far = [[0.0], [0.1], [0.2], [9.0], [9.1], [9.2]] * 5
    >>> bootstrap_stability(far, 2, n_boot=3, random_state=0).adjusted_rand.tolist()
    [1.0, 1.0, 1.0]
    """
    rows = _checked_rows(X, k, n_boot, missing=fit is not None)
    with threadpool_limits(limits=1):
        drawn = Bootstraps(rows, k, fit or reference_fit(n_init), 2 * n_boot, seeded(random_state))
    return BootstrapStability(k, drawn.adjusted_rand())


def segment_stability(
    X: npt.ArrayLike,
    k: int,
    *,
    n_boot: int = PAIRS,
    n_init: int = 10,
    random_state: int | None = None,
    fit: Fit | None = None,
    labels: npt.ArrayLike | None = None,
) -> SegmentStability:
    """Return how well each segment is found again in bootstrap samples (Hennig 2007).

    For each segment the largest Jaccard index with a segment of the bootstrap sample, among the customers drawn into
    it, each of whom counts once however often drawn. With its own k-means (see `random_start_fit`) this is
    `clusterboot` of the R package fpc, with bootmethod "boot" and clustermethod kmeansCBI: the same division, tested
    with the same `n_boot` and `n_init`, has its figures within Monte Carlo error. fpc may test another division, the
    best of `n_init` starts. Random labels reach about 0.15 for four segments, not 0.

    Parameters
    ----------
    X, k, n_boot, random_state, fit
        As for `bootstrap_stability`; `n_boot` counts samples, not pairs.
    n_init : int
        Restarts of k-means on each sample, and ten times as many on all customers; not used with `fit`.
    labels : array-like of shape (n,), optional
        The division to test, 0 to k - 1; one fitted on all customers when None.

    Raises
    ------
    ClusteringError
        As `bootstrap_stability`, or when the labels are not one of 0 to k - 1 for each customer.
    """
    rows = _checked_rows(X, k, n_boot, missing=fit is not None)
    seed = seeded(random_state)
    method = fit or random_start_fit(n_init)
    with threadpool_limits(limits=1):
        if labels is not None:
            own = np.asarray(labels)
        elif fit is not None:
            own = fit(rows, k, seed).labels_
        else:  # one fit only: worth many restarts, so that the division tested is the best there is
            found = kmeans_fit(10 * n_init)(rows, k, seed).labels_
            own = nearest_centre(rows, exchange_one_by_one(rows, found, k))
        if own.shape != (len(rows),) or not np.isin(own, np.arange(k)).all():
            raise ClusteringError(f"Labels must be one of 0 to {k - 1} for each of the {len(rows)} customers.")
        drawn = Bootstraps(rows, k, method, n_boot, seed, once=True)
    return SegmentStability(own.astype(np.int64), drawn.jaccards(own.astype(np.int64)))


class Bootstraps:
    """Divisions fitted to bootstrap samples, and where they place all customers.

    With `once`, a customer drawn several times into a sample counts once in it.

    Attributes
    ----------
    labels : list of ndarray of shape (n,)
        One a sample.
    drawn : list of ndarray of bool, shape (n,)
        Who was in the sample.
    """

    def __init__(self, rows: Floats, k: int, fit: Fit, samples: int, seed: int, *, once: bool = False) -> None:
        generator = np.random.default_rng([seed, k, 1 + once])
        kinds = np.unique(rows, axis=0, return_inverse=True)[1].ravel()
        self.k = k
        self.labels: list[Labels] = []
        self.drawn: list[npt.NDArray[np.bool_]] = []
        for _ in range(samples):
            chosen = np.sort(generator.integers(len(rows), size=len(rows)))
            chosen = np.unique(chosen) if once else chosen
            start = int(generator.integers(2**31))
            sample = rows[chosen]
            # a sample of very few customers may miss most of them: then it finds no segments
            alike = len(np.unique(kinds[chosen])) < k
            self.labels.append(np.zeros(len(rows), dtype=np.int64) if alike else fit(sample, k, start).predict(rows))
            self.drawn.append(np.isin(np.arange(len(rows)), chosen))

    def adjusted_rand(self) -> Floats:
        """Return the agreement of the first and second, third and fourth … division."""
        pairs = zip(self.labels[::2], self.labels[1::2], strict=True)
        return np.array([adjusted_rand_score(first, second) for first, second in pairs])

    def jaccards(self, labels: Labels) -> Floats:
        """Return the largest Jaccard of each segment of `labels` in each sample, shape (samples, k)."""
        return np.array(
            [best_jaccards(labels[who], found[who], self.k) for found, who in zip(self.labels, self.drawn, strict=True)]
        )


def best_jaccards(labels: Labels, others: Labels, k: int) -> Floats:
    """Return for each segment of `labels` the largest Jaccard index with a segment of `others`.

    Examples
    --------
    >>> best_jaccards(np.array([0, 0, 1, 1]), np.array([1, 1, 1, 0]), 2).round(3).tolist()
    [0.667, 0.5]
    """
    shared = overlaps(labels, others, k, int(others.max(initial=0)) + 1)
    either = shared.sum(axis=1, keepdims=True) + shared.sum(axis=0, keepdims=True) - shared
    best: Floats = (shared / np.maximum(either, 1)).max(axis=1)
    return best


def overlaps(labels: Labels, others: Labels, k: int, other_k: int) -> npt.NDArray[np.int64]:
    """Return how many customers each pair of segments shares, shape (k, other_k).

    Customers a method leaves out (label -1) are not counted.
    """
    both = (labels >= 0) & (others >= 0)
    places = labels[both] * other_k + others[both]
    return np.bincount(places, minlength=k * other_k).reshape(k, other_k).astype(np.int64)


def seeded(random_state: int | None) -> int:
    """Return the seed to use: the one given, or a new one."""
    if random_state is None:
        return int(np.random.default_rng().integers(2**31))
    if random_state < 0:
        raise ClusteringError(f"A seed is 0 or more, found {random_state}.")
    return random_state


def _checked_rows(X: npt.ArrayLike, k: int, n_boot: int, *, missing: bool) -> Floats:
    """Return `X` as numbers, one row a customer.

    Raises
    ------
    ClusteringError
        When it is not a table of numbers with `k` different rows or more, or `n_boot` is not positive.
    """
    rows = numeric_rows(X, missing=missing)
    if n_boot < 1:
        raise ClusteringError(f"Stability needs one bootstrap sample or more, found {n_boot}.")
    if k < 2:
        raise ClusteringError(f"A division has two segments or more, found {k}.")
    check_distinct(rows, k)
    return rows
