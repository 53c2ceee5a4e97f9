"""K-means by moving one customer at a time, as R's does: it leaves divisions that Lloyd's algorithm is stuck in."""

from __future__ import annotations

import numpy as np

from segmodel.clustering.kmeans import Labels
from segmodel.scorecard.preparation import Floats

LEAST_GAIN = 1e-9
"""A smaller fall of the within-segment sum of squares is rounding."""


def exchange_one_by_one(rows: Floats, labels: Labels, k: int) -> Floats:
    """Return the centres after moving customers while a move makes the division tighter.

    Leaving a segment of n customers at squared distance d from its centre saves d * n / (n - 1), joining one costs
    d * n / (n + 1) (Hartigan & Wong 1979). Each time the move that saves most is made.

    Parameters
    ----------
    rows : ndarray of shape (n, p)
        Finite numbers.
    labels : ndarray of shape (n,)
        A division into `k` segments, none of them empty.
    k : int
        Number of segments.

    Returns
    -------
    ndarray of shape (k, p)

    Examples
    --------
    >>> exchange_one_by_one(np.array([[0.0], [1.0], [8.0], [9.0]]), np.array([0, 0, 0, 1]), 2).ravel().tolist()
    [0.5, 8.5]
    """
    own = labels.copy()
    everyone = np.arange(len(rows))
    squares = (rows**2).sum(axis=1)[:, np.newaxis]
    sizes = np.bincount(own, minlength=k).astype(np.float64)
    centres = np.array([rows[own == segment].mean(axis=0) for segment in range(k)])
    apart = squares + (centres**2).sum(axis=1) - 2 * rows @ centres.T
    while True:
        # the last customer of a segment stays
        saved = apart[everyone, own] * np.where(sizes > 1, sizes / np.maximum(sizes - 1, 1), 0.0)[own]
        cost = apart * (sizes / (sizes + 1))
        cost[everyone, own] = np.inf
        nearest = cost.argmin(axis=1)
        gain = saved - cost[everyone, nearest]
        mover = int(gain.argmax())
        if gain[mover] <= LEAST_GAIN:
            return centres
        left, joined = own[mover], nearest[mover]
        centres[left] += (centres[left] - rows[mover]) / (sizes[left] - 1)
        centres[joined] += (rows[mover] - centres[joined]) / (sizes[joined] + 1)
        sizes[left] -= 1
        sizes[joined] += 1
        own[mover] = joined
        changed = centres[[left, joined]]
        apart[:, [left, joined]] = squares + (changed**2).sum(axis=1) - 2 * rows @ changed.T
