"""Linear discriminants judged by leave-one-out in closed form, many sets of questions at once.

Leaving a respondent out changes the mean of their segment and the pooled covariance by one row, so that the distances
without them follow from the distances with them (Ripley 1996, Pattern Recognition and Neural Networks, section 3.2;
`lda(CV = TRUE)` of the R package MASS): no model is fitted again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]

_CELLS = 400_000
"""Numbers a batch of sets works on at once: few enough to stay in the processor's cache."""

RIDGE = 1e-7
"""Share of an answer's variance that is added within segments: answers that follow from others, or are the same for
all of a segment, leave something to divide by. Too little to change what is told otherwise."""


@dataclass(frozen=True)
class Moments:
    """What a linear discriminant needs to know of respondents.

    Attributes
    ----------
    rows : ndarray of shape (n, columns)
        Answers as numbers, less `centre`.
    labels : ndarray of shape (n,)
        Segments, as places from 0.
    centre : ndarray of shape (columns,)
        Means over all respondents.
    means : ndarray of shape (segments, columns)
        Means of the segments, less `centre`.
    within : ndarray of shape (columns, columns)
        Covariance within segments, pooled: divided by n less the number of segments.
    sizes : ndarray of shape (segments,)
        Respondents of each.
    """

    rows: Floats
    labels: Labels
    centre: Floats
    means: Floats
    within: Floats
    sizes: Labels

    @property
    def prior(self) -> Floats:
        """Shares of the segments among the respondents."""
        prior: Floats = self.sizes / self.sizes.sum()
        return prior

    @classmethod
    def of(cls, matrix: Floats, labels: Labels, segments: int) -> Moments:
        """Measure answers.

        Parameters
        ----------
        matrix : ndarray of shape (n, columns)
            Answers as numbers, none missing.
        labels : ndarray of shape (n,)
            Segments, as places from 0; each has two respondents or more.
        segments : int
            How many there are.
        """
        centre = matrix.mean(axis=0)
        rows = np.ascontiguousarray(matrix - centre)
        sizes = np.bincount(labels, minlength=segments)
        means = np.stack([rows[labels == segment].mean(axis=0) for segment in range(segments)])
        deviations = rows - means[labels]
        within = deviations.T @ deviations / (len(rows) - segments)
        within[np.diag_indices_from(within)] += RIDGE * rows.var(axis=0)
        return cls(rows, labels, centre, means, within, sizes)


def leave_one_out_hits(moments: Moments, sets: Sequence[Sequence[int]] | Labels) -> npt.NDArray[np.bool_]:
    """Return who is put right by a discriminant fitted without them, a row a set of columns.

    The prior is the shares of the segments, as in `lda(CV = TRUE)`: it does not change with who is left out.

    Parameters
    ----------
    moments : Moments
    sets : sequence of sequences of int
        Columns, as many in each set.

    Returns
    -------
    ndarray of bool of shape (sets, n)
    """
    chosen = np.asarray(sets, dtype=np.intp)
    n, segments = len(moments.rows), len(moments.sizes)
    hits = np.empty((len(chosen), n), dtype=bool)
    batch = max(1, _CELLS // (n * segments))
    for start in range(0, len(chosen), batch):
        hits[start : start + batch] = _hits(moments, chosen[start : start + batch])
    return hits


def _hits(moments: Moments, columns: Labels) -> npt.NDArray[np.bool_]:
    """Return the same of one batch: columns has shape (sets, p)."""
    n, segments = len(moments.rows), len(moments.sizes)
    own = moments.labels
    rows = moments.rows.T[columns].transpose(0, 2, 1)
    means = moments.means.T[columns].transpose(0, 2, 1)
    inverse = np.linalg.inv(moments.within[columns[:, :, None], columns[:, None, :]])
    weighted = inverse @ means.transpose(0, 2, 1)
    # products x'Ax, x'Am and m'Am of answers x and means m: every distance is made of these
    squares = np.einsum("bnp,bnp->bn", rows @ inverse, rows)
    across = np.ascontiguousarray((rows @ weighted).transpose(0, 2, 1))
    between = means @ weighted
    everyone = np.arange(n)
    own_across = across[:, own, everyone]
    own_distance = squares - 2 * own_across + between[:, own, own]
    size = moments.sizes[own].astype(np.float64)
    degrees = n - segments
    change = size / ((size - 1) * degrees)
    left = 1.0 - change * own_distance
    shrink = (degrees - 1) / degrees
    log_prior = np.log(moments.prior)
    with np.errstate(divide="ignore", invalid="ignore"):
        own_score = log_prior[own] - 0.5 * shrink * own_distance * (size / (size - 1)) ** 2 / left
        right: npt.NDArray[np.bool_] = left > 0
        for segment in range(segments):
            to_segment = across[:, segment]
            both = squares - to_segment - own_across + between[:, segment][:, own]
            distance = squares - 2 * to_segment + between[:, segment, segment][:, None]
            score = log_prior[segment] - 0.5 * shrink * (distance + change * both**2 / left)
            # on a tie the first segment is told, as everywhere
            right &= (own_score > score) | (own == segment) | ((own_score == score) & (own < segment))
    return right
