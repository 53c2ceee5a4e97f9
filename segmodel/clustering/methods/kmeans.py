"""K-means as a method among others."""

from __future__ import annotations

import numpy.typing as npt
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted

from segmodel.clustering.kmeans import KMeans, Labels
from segmodel.scorecard.preparation import Floats


class KMeansSegmenter(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """K-means: segments around centres, as compact as can be; see `segmodel.clustering.KMeans`.

    Parameters
    ----------
    n_segments : int
        Number of segments.
    n_init : int
        Restarts.
    random_state : int, optional
        Seed; 0 when left out, so that two runs give the same segments.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,)
        Segment of every row.
    cluster_centers_ : ndarray of shape (n_segments, n_features)
        Centres.
    inertia_ : float
        Within-segment sum of squares.

    Examples
    --------
    >>> KMeansSegmenter(2).fit([[0.0], [0.1], [5.0], [5.1]]).predict([[0.2], [4.0]]).tolist()
    [0, 1]
    """

    def __init__(self, n_segments: int, *, n_init: int = 10, random_state: int | None = None) -> None:
        self.n_segments = n_segments
        self.n_init = n_init
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: None = None) -> KMeansSegmenter:  # noqa: ARG002
        """Find the segments; raises ClusteringError as `KMeans.fit` does."""
        self.fitted_ = KMeans(self.n_segments, n_init=self.n_init, random_state=self.random_state or 0).fit(X)
        self.labels_: Labels = self.fitted_.labels_
        self.cluster_centers_: Floats = self.fitted_.cluster_centers_
        self.inertia_ = self.fitted_.inertia_
        return self

    def predict(self, X: npt.ArrayLike) -> Labels:
        """Return the nearest centre of every row."""
        check_is_fitted(self, "fitted_")
        return self.fitted_.predict(X)
