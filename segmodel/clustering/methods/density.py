"""Segments as dense groups: HDBSCAN."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import HDBSCAN
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from segmodel.clustering.kmeans import Labels, checked_rows
from segmodel.errors import ClusteringError

UNASSIGNED = -1
"""Label of customers in no dense group."""

SEARCHED_ROWS = 10_000
"""Beyond this many rows, dense groups are searched in a seeded sample."""

SMALLEST_SHARE = 0.02
"""A dense group smaller than this share of the rows is not a segment, unless the caller says otherwise."""

FEWEST = 10
NEIGHBOURS = 10


class HDBSCANSegmenter(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Dense groups with thinner space between them (Campello, Moulavi & Sander 2013).

    The number of segments is found, not given. Rows in no dense group are *unassigned*: their label is -1, and
    `unassigned_share_` reports how many there are. `predict` gives every row a segment, the one most of its five
    nearest assigned rows belong to, for in practice everybody must be dealt with somehow. Beyond 10,000 rows a
    seeded sample is searched; rows outside it get their label from `predict`.

    Parameters
    ----------
    min_segment_size : int, optional
        Rows a dense group must have at least; when left out, 2% of the rows searched, and 10 at least.
    min_samples : int
        Neighbours that make a row part of a dense group; more of them leave more rows unassigned.
    random_state : int, optional
        Seed of the sample; 0 when left out.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,)
        Segment of every row, -1 for unassigned.
    n_segments_ : int
        Number of segments found.
    searched_ : ndarray
        Positions of the rows that were searched; their labels are HDBSCAN's own.
    unassigned_share_ : float
        Share of the rows searched that are in no segment.

    Examples
    --------
    >>> rows = np.concatenate([np.linspace(0, 1, 30), np.linspace(9, 10, 30), [50.0]])[:, np.newaxis]
    >>> found = HDBSCANSegmenter().fit(rows)
    >>> found.n_segments_, found.labels_[-1].item()
    (2, -1)
    """

    def __init__(
        self,
        *,
        min_segment_size: int | None = None,
        min_samples: int = NEIGHBOURS,
        random_state: int | None = None,
    ) -> None:
        self.min_segment_size = min_segment_size
        self.min_samples = min_samples
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: None = None) -> HDBSCANSegmenter:  # noqa: ARG002
        """Search for dense groups.

        Raises
        ------
        ClusteringError
            When fewer than two are found, or a value is missing, infinite or text.
        """
        rows = checked_rows(X, 2, "HDBSCAN")
        self.searched_: Labels = np.arange(len(rows))
        if len(rows) > SEARCHED_ROWS:
            generator = np.random.default_rng(self.random_state or 0)
            self.searched_ = np.sort(generator.choice(len(rows), SEARCHED_ROWS, replace=False))
        searched = rows[self.searched_]
        smallest = self.min_segment_size or max(FEWEST, math.ceil(SMALLEST_SHARE * len(searched)))
        if len(searched) < 2 * smallest:
            raise ClusteringError(
                f"HDBSCAN looks for groups of {smallest} customers or more, and there are only {len(searched)}. "
                "Load more customers, or use another method."
            )
        with threadpool_limits(limits=1):
            found = (
                HDBSCAN(
                    min_cluster_size=smallest, min_samples=min(self.min_samples, len(searched) - 1), n_jobs=1, copy=True
                )
                .fit(searched)
                .labels_
            )
        self.n_segments_ = int(found.max()) + 1
        self.unassigned_share_ = float((found == UNASSIGNED).mean())
        if self.n_segments_ < 2:
            raise ClusteringError(
                "HDBSCAN found no two dense groups with thinner space between them: these customers do not fall "
                "apart by themselves. Use method kmeans for a convenient division, or other features."
            )
        assigned = found != UNASSIGNED
        self.nearest_ = KNeighborsClassifier(n_neighbors=min(5, smallest)).fit(searched[assigned], found[assigned])
        self.labels_: Labels = np.empty(len(rows), dtype=np.int64)
        self.labels_[self.searched_] = found
        rest = np.setdiff1d(np.arange(len(rows)), self.searched_, assume_unique=True)
        if len(rest):
            self.labels_[rest] = self.predict(rows[rest])
        return self

    def predict(self, X: npt.ArrayLike) -> Labels:
        """Return the segment most of the five nearest assigned rows belong to; never -1."""
        check_is_fitted(self, "nearest_")
        segments: Labels = self.nearest_.predict(np.asarray(X, dtype=np.float64)).astype(np.int64)
        return segments
