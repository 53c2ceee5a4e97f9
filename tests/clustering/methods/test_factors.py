from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import FactorAnalysis

from segmodel.clustering import fit_segmentation
from segmodel.clustering.kmeans import KMeans
from segmodel.clustering.methods.factors import factor_scores
from segmodel.clustering.prepare import RobustPreparation
from segmodel.definition import Segmentation
from segmodel.errors import ClusteringError
from segmodel.features import Feature

ITEMS = [f"q{place}" for place in range(8)]


def answers(n: int = 600, seed: int = 3) -> pd.DataFrame:
    """Return eight items, four on each of two factors, and three groups that differ in the factors."""
    random = np.random.default_rng(seed)
    group = np.arange(n) % 3
    factors = np.array([[2.0, 0.0], [-2.0, 1.5], [0.0, -2.0]])[group] + random.normal(0, 0.5, (n, 2))
    items = np.repeat(factors, 4, axis=1) * np.r_[np.ones(7), -1.0] + random.normal(0, 0.7, (n, 8))
    return pd.DataFrame(items, columns=ITEMS).assign(
        customer_id=[f"c{place:04d}" for place in range(n)], value=random.random(n), group=group
    )


def test_scores_are_those_of_the_factor_analysis() -> None:
    rows = answers()[ITEMS].to_numpy()
    found = factor_scores(rows, 2)
    theirs = FactorAnalysis(2, rotation="varimax", svd_method="lapack", max_iter=5_000).fit(rows)
    scores = theirs.transform(rows)
    scores /= scores.std(axis=0)
    # which factor comes first, and which way it points, is free
    correlations = np.abs(np.corrcoef(found.apply(rows).T, scores.T)[:2, 2:])
    np.testing.assert_allclose(np.sort(correlations.max(axis=1)), 1.0, atol=1e-9)
    np.testing.assert_allclose(found.apply(rows).std(axis=0), 1.0)
    common = theirs.get_covariance().trace() - theirs.noise_variance_.sum()
    assert found.explained == pytest.approx(common / rows.var(axis=0).sum())


def test_a_factor_is_told_by_what_it_rests_on() -> None:
    _, first, second = factor_scores(answers()[ITEMS].to_numpy(), 2).notes(ITEMS)
    members = {frozenset("".join(note[len("Factor 1 rests on ") : -1]).split(", ")) for note in (first, second)}
    assert members == {frozenset(ITEMS[:4]), frozenset([*ITEMS[4:7], "less q7"])}


def test_segments_found_in_factor_scores_are_scored_exactly() -> None:
    frame = answers()
    segmentation = Segmentation(name="needs", features=tuple(ITEMS), k=3, factors=2)
    words = {name: Feature(name, name, "answer", "", "survey", "") for name in ITEMS}
    model = fit_segmentation(segmentation, frame, words, pd.Timestamp("2026-06-30").date(), "v001")
    prepared = RobustPreparation().fit_transform(frame[ITEMS])
    scores = factor_scores(prepared, 2).apply(prepared)
    own = KMeans(3, random_state=0).fit(scores)
    pairs = pd.crosstab(model.scorecard.predict(frame)["segment"], own.predict(scores))
    assert (pairs > 0).sum().sum() == 3  # every segment is one of theirs, whole
    assert (pd.crosstab(own.labels_, frame["group"]).max(axis=1) > 190).all()
    assert any("2 factor scores" in note for note in model.diagnostics["notes"])


def test_more_factors_than_features_are_refused() -> None:
    with pytest.raises(ClusteringError, match="8 factors were asked of 8 features"):
        factor_scores(answers()[ITEMS].to_numpy(), 8)
