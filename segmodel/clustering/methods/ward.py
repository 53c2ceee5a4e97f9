"""Ward's hierarchical clustering."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import AgglomerativeClustering
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from segmodel.clustering.kmeans import Labels, checked_rows, count_distinct, nearest_centre
from segmodel.scorecard.preparation import Floats

WARD_ROWS = 4_000
"""Ward needs a distance for every pair of rows: beyond this many, a seeded sample is merged."""


class WardSegmenter(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Merge the two groups that cost the least within-segment sum of squares, again and again (Ward 1963).

    The merging is on all rows up to 4,000, on a seeded sample of that size beyond; rows outside the sample, and new
    ones, belong to the segment with the nearest mean.

    Parameters
    ----------
    n_segments : int
        Number of segments.
    random_state : int, optional
        Seed of the sample; 0 when left out.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,)
        Segment of every row.
    merged_ : ndarray
        Positions of the rows that were merged; their labels are Ward's own.
    means_ : ndarray of shape (n_segments, n_features)
        Mean of the merged rows of every segment.

    Examples
    --------
    >>> WardSegmenter(2).fit([[0.0], [0.1], [5.0], [5.1]]).labels_.tolist()
    [0, 0, 1, 1]
    """

    def __init__(self, n_segments: int, *, random_state: int | None = None) -> None:
        self.n_segments = n_segments
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: None = None) -> WardSegmenter:  # noqa: ARG002
        """Merge the rows.

        Raises
        ------
        ClusteringError
            When there are fewer different rows than segments, or a value is missing, infinite or text.
        """
        rows = checked_rows(X, self.n_segments, "Ward's method")
        self.merged_ = _drawn(rows, self.n_segments, self.random_state or 0)
        merged = rows[self.merged_]
        with threadpool_limits(limits=1):
            found = AgglomerativeClustering(self.n_segments, linkage="ward").fit(merged).labels_
        means = np.array([merged[found == segment].mean(axis=0) for segment in range(self.n_segments)])
        # the numbers Ward gives its groups mean nothing: make them repeatable
        order = np.lexsort(means.T[::-1])
        self.means_: Floats = means[order]
        self.labels_: Labels = self.predict(rows)
        self.labels_[self.merged_] = np.argsort(order)[found]
        return self

    def predict(self, X: npt.ArrayLike) -> Labels:
        """Return the segment with the nearest mean, for every row."""
        check_is_fitted(self, "means_")
        return nearest_centre(X, self.means_)


def _drawn(rows: Floats, n_segments: int, seed: int) -> Labels:
    if len(rows) <= WARD_ROWS:
        return np.arange(len(rows))
    generator = np.random.default_rng(seed)
    chosen: Labels = np.sort(generator.choice(len(rows), WARD_ROWS, replace=False))
    if count_distinct(rows[chosen], n_segments) < n_segments:
        # nearly all rows are alike: the few that differ must be among those merged
        _, different = np.unique(rows, axis=0, return_index=True)
        chosen = np.union1d(chosen[n_segments:], different[:n_segments])
    return chosen
