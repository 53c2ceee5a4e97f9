"""Whether customers are more than a single cloud, and the gap statistic: both compare with data that have no segments.

K-means cuts any cloud, a long one even stably: repeatable is not the same as real. The test here asks how tight the
same number of groups is in data made to have one cloud only, with every feature distributed as it is in the data, but
for groups that a feature shows by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from segmodel.clustering.criteria import within_ss
from segmodel.clustering.one_mode import with_one_mode
from segmodel.clustering.stability import Fit
from segmodel.scorecard.preparation import Floats

CLOUDS = 20
"""Reference data sets made for the test."""

ERROR_RATE = 0.01
"""Chance that data from a single cloud pass the test for any number of segments, shared over those tried."""

LEAST_TIGHTER = 0.05
"""Groups must be this much tighter than in a single cloud: with thousands of customers, less is measurable too."""

LEAST_TIGHTER_YES_NO = 0.02
"""The same for yes-no items, which are compared with a cloud that the one factor most of them share has made long."""

LARGEST_LOADING = 0.995
"""Items that are answered alike by everyone would leave a factor model without a solution."""

MOMENTS = 30
"""Terms of the expansion that turns a correlation of normal scores into one of features."""

Reference = Callable[[np.random.Generator], Floats]
"""Draws one data set without segments."""


@dataclass(frozen=True)
class CloudTest:
    """How much tighter one number of groups is in the data than in a single cloud.

    Attributes
    ----------
    k : int
        Number of groups.
    tighter : float
        Share by which the within-segment sum of squares is below that of a single cloud; negative where above.
    p_value : float
        Of a single cloud being as tight for any of the numbers tried (t of a new draw, Bonferroni).
    asked : float
        How much tighter they must be.
    """

    k: int
    tighter: float
    p_value: float
    asked: float

    @property
    def passes(self) -> bool:
        """Whether a single cloud is ruled out, by chance and by size."""
        return self.p_value < ERROR_RATE and self.tighter >= self.asked


def single_cloud(rows: Floats, margin: Callable[[Floats], Floats] = with_one_mode) -> Reference:
    """Return what draws data with margins like those of `rows` and no segments.

    The features keep their correlations: a Gaussian copula with the margins of the data (Cario & Nelson 1997), each
    smoothed to one mode where it has several (see `one_mode`). A round or a long Gaussian cloud and independent skewed
    features are cases of it; SigClust (Liu et al. 2008) compares with a Gaussian cloud likewise.

    Where every feature has two values (yes and no), groups show in nothing but the correlations, and a cloud that keeps
    all of them hides any. There the cloud has one common factor (Spearman 1904), along which customers say yes to more
    or to fewer items: a scale without groups, as a test of one ability. Independent items are a case of it.

    Parameters
    ----------
    rows : ndarray of shape (n, p)
        Finite numbers.
    margin : callable
        Returns the sorted values of a feature without the groups that it shows by itself.
    """
    if _is_yes_no(rows):
        ordered = np.sort(rows, axis=0)
        root = _one_factor(_latent_correlations(rows, ordered))
    else:
        ordered = np.column_stack([margin(column) for column in rows.T])
        root = _square_root(_calibrated(_latent_correlations(rows, ordered), rows, ordered))
    return lambda generator: _drawn(ordered, root, generator)


def compare_with_clouds(
    rows: Floats, ks: Sequence[int], fit: Fit, random_state: int, clouds: int = CLOUDS
) -> tuple[CloudTest, ...]:
    """Compare the tightness of the data with that of single clouds, for each number of groups.

    The error rate holds over all of `ks` together.

    Parameters
    ----------
    rows : ndarray of shape (n, p)
        Finite numbers.
    ks : sequence of int
        Numbers of groups.
    fit : callable
        The method, for the data and for the clouds alike.
    random_state : int
        Seed.
    clouds : int
        Reference data sets.
    """
    generator = np.random.default_rng([random_state, 5])
    reference = single_cloud(rows)
    with threadpool_limits(limits=1):
        own = _log_within(rows, ks, fit, generator)
        drawn = np.array([_log_within(reference(generator), ks, fit, generator) for _ in range(clouds)])
    below = drawn.mean(axis=0) - own
    # no spread at all (a handful of customers) is no evidence
    spread = np.where(drawn.std(axis=0, ddof=1) > 0, drawn.std(axis=0, ddof=1), np.inf)
    asked = LEAST_TIGHTER_YES_NO if _is_yes_no(rows) else LEAST_TIGHTER
    chance = stats.t.sf(below / (spread * np.sqrt(1 + 1 / clouds)), clouds - 1) * len(ks)
    return tuple(
        CloudTest(k, float(-np.expm1(-difference)), min(float(p), 1.0), asked)
        for k, difference, p in zip(ks, below, chance, strict=True)
    )


def gap_statistic(
    rows: Floats, ks: Sequence[int], fit: Fit, *, random_state: int = 0, clouds: int = CLOUDS
) -> tuple[Floats, Floats]:
    """Return the gap for each k, and its standard error (Tibshirani, Walther & Hastie 2001).

    The reference is uniform over the box along the principal axes of the data. The error includes the factor for
    the number of reference sets.

    Returns
    -------
    gap, error : ndarray of shape (len(ks),)
    """
    generator = np.random.default_rng([random_state, 6])
    with threadpool_limits(limits=1):
        own = _log_within(rows, ks, fit, generator)
        drawn = np.array([_log_within(uniform_box(rows, generator), ks, fit, generator) for _ in range(clouds)])
    error: Floats = drawn.std(axis=0) * np.sqrt(1 + 1 / clouds)
    return drawn.mean(axis=0) - own, error


def uniform_box(rows: Floats, generator: np.random.Generator) -> Floats:
    """Return as many rows, uniform over the box along the principal axes that holds the data."""
    middle = rows.mean(axis=0)
    axes = np.linalg.svd(rows - middle, full_matrices=False)[2]
    turned = (rows - middle) @ axes.T
    drawn: Floats = generator.uniform(turned.min(axis=0), turned.max(axis=0), size=turned.shape) @ axes + middle
    return drawn


def _log_within(rows: Floats, ks: Sequence[int], fit: Fit, generator: np.random.Generator) -> Floats:
    seeds = generator.integers(2**31, size=len(ks))
    found = [within_ss(rows, fit(rows, k, int(seed)).labels_) for k, seed in zip(ks, seeds, strict=True)]
    return np.log(np.maximum(found, np.finfo(float).tiny))


def _is_yes_no(rows: Floats) -> bool:
    return all(len(np.unique(column)) <= 2 for column in rows.T)


def _latent_correlations(rows: Floats, ordered: Floats) -> Floats:
    """Return the correlations of normal scores that give features with the margins `ordered` those of `rows`.

    Each feature is a function of a normal score. With its coefficients on normalised Hermite polynomials, two
    features whose scores correlate by r correlate by sum over m of a_m * b_m * r^m (Mehler's formula): a function of
    r that rises wherever features rise with their scores, so halving finds it.
    """
    n, columns = rows.shape
    scores = stats.norm.ppf((np.arange(n) + 0.5) / n)
    spread = ordered.std(axis=0)
    standard = (ordered - ordered.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    previous, current = np.ones(n), scores
    coefficients = []
    for degree in range(1, MOMENTS + 1):
        coefficients.append((current[:, np.newaxis] * standard).mean(axis=0))
        previous, current = current, (scores * current - np.sqrt(degree) * previous) / np.sqrt(degree + 1)
    moments = np.array(coefficients)
    products = moments[:, :, np.newaxis] * moments[:, np.newaxis, :]
    wanted = _correlations(rows)
    low, high = np.full((columns, columns), -1.0), np.full((columns, columns), 1.0)
    for _ in range(40):
        middle = (low + high) / 2
        # Horner's rule, from the highest power down
        reached = np.zeros_like(middle)
        for product in products[::-1]:
            reached = (reached + product) * middle
        low, high = np.where(reached < wanted, middle, low), np.where(reached < wanted, high, middle)
    # a feature that is the same for everyone goes with nothing
    varies = (spread > 0) & (rows.std(axis=0) > 0)
    found: Floats = np.where(varies[:, np.newaxis] & varies, (low + high) / 2, 0.0)
    np.fill_diagonal(found, 1.0)
    return found


def _drawn(ordered: Floats, root: Floats, generator: np.random.Generator) -> Floats:
    """Return one cloud: normal scores with these correlations, and of each feature the values in their order."""
    cloud = generator.standard_normal((len(ordered), root.shape[1])) @ root.T
    return np.take_along_axis(ordered, cloud.argsort(axis=0).argsort(axis=0), axis=0)


def _correlations(rows: Floats) -> Floats:
    """Return the correlations of features; 0 with one that never varies."""
    spread = rows.std(axis=0)
    standard = (rows - rows.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    found: Floats = standard.T @ standard / len(rows)
    return found


def _calibrated(latent: Floats, rows: Floats, ordered: Floats) -> Floats:
    """Return the correlations of normal scores, corrected by what draws with them reach.

    With a few hundred customers the expansion is off by a hundredth: where features nearly coincide, that is as much
    as all that tells them apart, and the clouds would be too wide.
    """
    wanted = _correlations(rows)
    for _ in range(3):
        generator = np.random.default_rng(0)
        root = _square_root(latent)
        reached = np.mean([_correlations(_drawn(ordered, root, generator)) for _ in range(CLOUDS)], axis=0)
        latent = np.clip(latent + wanted - reached, -1.0, 1.0)
        np.fill_diagonal(latent, 1.0)
    return latent


def _square_root(correlations: Floats) -> Floats:
    """Return a root of the nearest correlation matrix: pairs matched one by one need not fit together."""
    values, vectors = np.linalg.eigh((correlations + correlations.T) / 2)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    size = np.sqrt((root**2).sum(axis=1, keepdims=True))
    scaled: Floats = root / np.where(size > 0, size, 1.0)
    return scaled


def _one_factor(correlations: Floats) -> Floats:
    """Return a root of the correlations that one common factor gives: iterated principal axes (Harman 1976)."""
    reduced = (correlations + correlations.T) / 2
    loadings = np.zeros(len(reduced))
    for _ in range(100):
        np.fill_diagonal(reduced, loadings**2)
        values, vectors = np.linalg.eigh(reduced)
        loadings = np.clip(vectors[:, -1] * np.sqrt(max(values[-1], 0.0)), -LARGEST_LOADING, LARGEST_LOADING)
    root: Floats = np.column_stack([loadings, np.diag(np.sqrt(1 - loadings**2))])
    return root
