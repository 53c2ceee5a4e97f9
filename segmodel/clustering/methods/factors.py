"""Factor scores: a few dimensions behind many answers, and k-means on them as an additive scorecard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import FactorAnalysis
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from segmodel.clustering.kmeans import SMALLEST_VARIANCE, KMeans, Labels
from segmodel.clustering.methods.distil import linear_scorecard
from segmodel.errors import ClusteringError
from segmodel.formats import share
from segmodel.scorecard import Preparation, Scorecard
from segmodel.scorecard.preparation import Floats

LOADS = 0.5
"""Correlation with a factor from which a feature is said to belong to it (Hair et al. 2014)."""


@dataclass(frozen=True)
class FactorScores:
    """Scores of a factor analysis, which are linear in the features.

    Attributes
    ----------
    centre : ndarray of shape (p,)
        Means of the features.
    weights : ndarray of shape (p, n_factors)
        Score coefficients (Thomson 1939's regression method), scaled so that every score has standard deviation 1.
    loadings : ndarray of shape (p, n_factors)
        Rotated loadings (varimax; Kaiser 1958), largest factor first.
    explained : float
        Share of the variance of the features that the factors have in common with them.
    """

    centre: Floats
    weights: Floats
    loadings: Floats
    explained: float

    def apply(self, rows: Floats) -> Floats:
        """Return one row a customer and one column a factor."""
        scores: Floats = (rows - self.centre) @ self.weights
        return scores

    def notes(self, names: list[str]) -> tuple[str, ...]:
        """Return in sentences how much the factors tell, and what each rests on."""
        told = f"{self.weights.shape[1]} factor scores, which hold {share(self.explained)} of the variance"
        found = [f"Segments were found in {told} of {len(names)} features."]
        for place, column in enumerate(self.loadings.T, start=1):
            order = np.argsort(-np.abs(column), kind="stable")
            said = [f"{'less ' if column[at] < 0 else ''}{names[at]}" for at in order if abs(column[at]) >= LOADS]
            found.append(f"Factor {place} rests on {', '.join(said) or 'no feature by itself'}.")
        return tuple(found)


def factor_scores(rows: Floats, n_factors: int) -> FactorScores:
    """Fit a maximum-likelihood factor analysis with varimax rotation.

    Parameters
    ----------
    rows : ndarray of shape (n, p)
        Prepared features.
    n_factors : int
        Fewer than p.

    Raises
    ------
    ClusteringError
        When fewer features are left than factors asked for, or a factor has nothing to rest on.
    """
    if n_factors >= rows.shape[1]:
        raise ClusteringError(
            f"{n_factors} factors were asked of {rows.shape[1]} features that tell customers apart. Ask for fewer."
        )
    with threadpool_limits(limits=1):
        model = FactorAnalysis(n_factors, rotation="varimax", svd_method="lapack", max_iter=5_000).fit(rows)
    loadings = model.components_.T
    order = np.argsort(-(loadings**2).sum(axis=0), kind="stable")
    # the sign of a factor is free: most of what it rests on is to be positive
    signs = np.where(loadings[:, order].sum(axis=0) < 0, -1.0, 1.0)
    loadings = loadings[:, order] * signs
    precision = loadings.T / model.noise_variance_
    weights = np.linalg.solve(np.eye(n_factors) + precision @ loadings, precision).T
    spread = ((rows - model.mean_) @ weights).std(axis=0)
    if spread.min() <= SMALLEST_VARIANCE:
        raise ClusteringError(f"{n_factors} factors are more than these features have in common. Ask for fewer.")
    total = float(rows.var(axis=0).sum())
    return FactorScores(model.mean_, weights / spread, loadings, float((loadings**2).sum()) / total)


def factor_scorecard(
    found: KMeans, scores: FactorScores, n_fitted: int, preparations: Mapping[str, Preparation], order: Labels
) -> Scorecard:
    """Return k-means on factor scores as a scorecard, exactly: scores are linear in features, and so is the formula.

    Parameters
    ----------
    found : KMeans
        Fitted to the scores.
    scores : FactorScores
    n_fitted : int
        Customers it was fitted on.
    preparations : mapping of str to Preparation
        The features behind the scores, in their order.
    order : ndarray of shape (k,)
        The segments in the order they are to have.
    """
    centres = found.cluster_centers_[order]
    variance = max(found.inertia_ / (n_fitted * centres.shape[1]), SMALLEST_VARIANCE)
    linear = centres @ scores.weights.T / variance
    intercepts = -(centres**2).sum(axis=1) / (2 * variance) - linear @ scores.centre
    return linear_scorecard(intercepts, linear, preparations)
