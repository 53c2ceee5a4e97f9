"""Diagonal Gaussian mixture, with the scorecard that equals it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from segmodel.clustering.kmeans import START_ROWS, Labels, checked_rows
from segmodel.scorecard import NumericTerm, Preparation, Scorecard
from segmodel.scorecard.preparation import Floats, significant

_rounded = np.vectorize(significant, otypes=[float])


class GaussianMixtureSegmenter(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Mixture of normal distributions with a variance of its own for each segment and feature.

    Fitted by expectation-maximisation (Dempster, Laird & Rubin 1977) as scikit-learn does it, on one thread. Unlike
    k-means, segments may differ in size and in spread. Large data: restarts compete on a seeded sample of 20,000
    rows, and the best of them is run to the end on all rows.

    Parameters
    ----------
    n_segments : int
        Number of segments.
    n_init : int
        Restarts.
    smallest_variance : float
        Added to every variance, so that a value many customers share does not become a segment without spread.
    random_state : int, optional
        Seed; 0 when left out, so that two runs give the same segments.

    Attributes
    ----------
    weights_ : ndarray of shape (n_segments,)
        Share of customers expected in each segment.
    means_, variances_ : ndarray of shape (n_segments, n_features)
        Rounded to 12 significant digits.
    labels_ : ndarray of shape (n_samples,)
        Most probable segment of every row.
    log_likelihood_ : float
        Natural logarithm, summed over the rows.
    n_parameters_ : int
        Numbers estimated.
    bic_ : float
        Bayesian information criterion (Schwarz 1978), -2 log-likelihood + parameters * ln(rows): lower is better.
    converged_ : bool
        Whether the best restart ended within 500 steps.

    Examples
    --------
    >>> rows = np.array([[0.0], [0.2], [0.1], [5.0], [9.0], [7.0]])
    >>> GaussianMixtureSegmenter(2).fit(rows).labels_.tolist()
    [0, 0, 0, 1, 1, 1]
    """

    def __init__(
        self,
        n_segments: int,
        *,
        n_init: int = 10,
        smallest_variance: float = 1e-6,
        random_state: int | None = None,
    ) -> None:
        self.n_segments = n_segments
        self.n_init = n_init
        self.smallest_variance = smallest_variance
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: None = None) -> GaussianMixtureSegmenter:  # noqa: ARG002
        """Find the segments.

        Raises
        ------
        ClusteringError
            When there are fewer different rows than segments, or a value is missing, infinite or text.
        """
        rows = checked_rows(X, self.n_segments, "A Gaussian mixture")
        with threadpool_limits(limits=1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # told by converged_
            found = self._search(rows)
        # the order in which the segments are found means nothing: make it one that can be repeated
        order = np.lexsort(_rounded(found.means_).T[::-1])
        self.weights_: Floats = _rounded(found.weights_[order])
        self.means_: Floats = _rounded(found.means_[order])
        self.variances_: Floats = _rounded(found.covariances_[order])
        self.converged_ = bool(found.converged_)
        joint = self._log_joint(rows)
        self.labels_: Labels = joint.argmax(axis=1)
        self.log_likelihood_ = float(np.logaddexp.reduce(joint, axis=1).sum())
        self.n_parameters_ = self.n_segments - 1 + 2 * self.n_segments * rows.shape[1]
        self.bic_ = self.n_parameters_ * float(np.log(len(rows))) - 2 * self.log_likelihood_
        return self

    def predict(self, X: npt.ArrayLike) -> Labels:
        """Return the most probable segment of every row; the first on a tie."""
        check_is_fitted(self, "means_")
        likeliest: Labels = self._log_joint(np.asarray(X, dtype=np.float64)).argmax(axis=1)
        return likeliest

    def _log_joint(self, rows: Floats) -> Floats:
        columns = [
            np.log(weight) - 0.5 * (np.log(2 * np.pi * variance) + (rows - mean) ** 2 / variance).sum(axis=1)
            for weight, mean, variance in zip(self.weights_, self.means_, self.variances_, strict=True)
        ]
        return np.column_stack(columns)

    def _search(self, rows: Floats) -> GaussianMixture:
        settings: dict[str, Any] = {
            "n_components": self.n_segments,
            "covariance_type": "diag",
            "reg_covar": self.smallest_variance,
            "max_iter": 500,
            "tol": 1e-5,
            "random_state": self.random_state or 0,
        }
        if len(rows) <= START_ROWS:
            return GaussianMixture(**settings, n_init=self.n_init).fit(rows)
        generator = np.random.default_rng(self.random_state or 0)
        chosen = np.sort(generator.choice(len(rows), START_ROWS, replace=False))
        first = GaussianMixture(**settings, n_init=self.n_init).fit(rows[chosen])
        return GaussianMixture(
            **settings,
            weights_init=first.weights_ / first.weights_.sum(),
            means_init=first.means_,
            precisions_init=first.precisions_,
        ).fit(rows)


def gaussian_scorecard(
    weights: Floats, means: Floats, variances: Floats, preparations: Mapping[str, Preparation]
) -> Scorecard:
    """Return a diagonal Gaussian mixture, or Gaussian naive Bayes, as a scorecard.

    ``score = ln(weight) - 1/2 sum(ln(2 pi v) + m^2 / v) + sum(m / v * z - 1 / (2 v) * z^2)``: the logarithm of the
    joint density, so that the scorecard's probabilities are the method's own.

    Parameters
    ----------
    weights : ndarray of shape (k,)
        Prior probabilities, in the order of the segments.
    means, variances : ndarray of shape (k, n_features)
        Of the prepared features.
    preparations : mapping of str to Preparation
        In the order of the columns.
    """
    constants = np.log(weights) - 0.5 * (np.log(2 * np.pi * variances) + means**2 / variances).sum(axis=1)
    linear, quadratic = _rounded(means / variances), _rounded(-0.5 / variances)
    terms = tuple(
        NumericTerm(name, preparation, tuple(linear[:, place].tolist()), tuple(quadratic[:, place].tolist()))
        for place, (name, preparation) in enumerate(preparations.items())
    )
    return Scorecard(
        tuple(f"s{place + 1}" for place in range(len(weights))), tuple(_rounded(constants).tolist()), terms
    )
