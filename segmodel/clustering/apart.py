"""Whether a group stands apart from its neighbours, or is a part cut from customers who shade into one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from segmodel.clustering.kmeans import Labels
from segmodel.clustering.one_mode import falling_from_its_mode
from segmodel.clustering.single_cloud import CLOUDS, single_cloud
from segmodel.clustering.stability import Fit
from segmodel.scorecard.preparation import Floats

ERROR_RATE = 0.05
"""Chance that any group cut from a single cloud is said to stand apart, shared over the numbers of groups tried."""

LEAST_APART = 0.05
"""Isolation by which a group must be above groups of a single cloud: with many customers, less is measurable too."""


STRONG = 0.71
"""Silhouette of a strong structure (Kaufman & Rousseeuw 1990). Where a feature says yes or no it is enough: who says
yes is far from all others, and in a cloud with that feature as well."""

BLUR = 0.4
"""Standard deviations of a feature below which a gap sets nobody apart: that nobody bought one and a half times, or a
third of two purchases on the web, is how things are counted."""


@dataclass(frozen=True)
class Isolation:
    """How far the groups of one division stand apart, beside groups cut from single clouds.

    Attributes
    ----------
    groups : ndarray of shape (k,)
        Mean simplified silhouette of each group's members: (b - a) / max(a, b), with the distances to the own centre
        and to the nearest other (Hruschka, Campello & de Castro 2006).
    cloud : float
        Mean over single clouds of that of the group that stands apart most.
    stands_apart : ndarray of bool, shape (k,)
        Whether it is beyond a single cloud, by `ERROR_RATE` and by `LEAST_APART`, or strong by itself.
    """

    groups: Floats
    cloud: float
    stands_apart: npt.NDArray[np.bool_]


def isolation(rows: Floats, labels: Labels, k: int) -> Floats:
    """Return the mean simplified silhouette of each group.

    Examples
    --------
    >>> isolation(np.array([[0.0], [2.0], [10.0], [10.0]]), np.array([0, 0, 1, 1]), 2).round(4).tolist()
    [0.8875, 1.0]
    """
    centres = np.array([rows[labels == group].mean(axis=0) for group in range(k)])
    # one centre at a time: rows times centres times features would not fit for many customers
    distances = np.column_stack([np.linalg.norm(rows - centre, axis=1) for centre in centres])
    own = distances[np.arange(len(rows)), labels]
    distances[np.arange(len(rows)), labels] = np.inf
    other = distances.min(axis=1)
    further = np.maximum(own, other)
    silhouettes = np.where(further > 0, (other - own) / np.where(further > 0, further, 1.0), 0.0)
    return np.bincount(labels, weights=silhouettes, minlength=k) / np.bincount(labels, minlength=k)


class SingleClouds:
    """Data without groups, like the rows: each feature falls from one mode, and they keep their correlations.

    Parameters
    ----------
    rows : ndarray of shape (n, p)
        Finite numbers.
    tried : sequence of int
        The numbers of groups the error rate is shared over.
    random_state : int
        Seed.
    clouds : int
        Data sets drawn.
    """

    def __init__(self, rows: Floats, tried: Sequence[int], random_state: int, clouds: int = CLOUDS) -> None:
        generator = np.random.default_rng([random_state, 8])
        blurred = np.column_stack([_blurred(column, generator) for column in rows.T])
        draw = single_cloud(blurred, falling_from_its_mode)
        self._has_categories = any(len(np.unique(column)) == 2 for column in rows.T)
        self._rows, self._tried, self._seed = blurred, len(tried), random_state
        self._clouds = [draw(generator) for _ in range(clouds)]

    def compare(self, labels: Labels, k: int, fit: Fit) -> Isolation:
        """Compare a division of the rows in `k` groups with the same number cut from each cloud."""
        own = isolation(self._rows, labels, k)
        with threadpool_limits(limits=1):
            most = np.array([isolation(cloud, fit(cloud, k, self._seed).labels_, k).max() for cloud in self._clouds])
        spread = max(float(most.std(ddof=1)), 1e-9) * np.sqrt(1 + 1 / len(most))
        above = own - most.mean()
        chance = stats.t.sf(above / spread, len(most) - 1) * self._tried
        apart = (chance < ERROR_RATE) & (above >= LEAST_APART)
        return Isolation(own, float(most.mean()), apart | (self._has_categories & (own >= STRONG)))


def _blurred(column: Floats, generator: np.random.Generator) -> Floats:
    """Return a feature without its small gaps; a yes and a no stay as they are."""
    if len(np.unique(column)) <= 2:
        return column
    blurred: Floats = column + generator.normal(scale=BLUR * column.std(), size=len(column))
    return blurred
