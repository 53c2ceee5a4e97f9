from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from segmodel.clustering import KMeans, KMeansSegmenter
from segmodel.clustering.methods import MixedPreparation, mixed_scorecard
from segmodel.errors import ClusteringError


def customers(rows: int = 600) -> tuple[pd.DataFrame, np.ndarray]:
    """Two groups by spend, each divided by region."""
    generator = np.random.default_rng(7)
    truth = generator.integers(4, size=rows)
    regions = np.array(["North", "South"])[truth % 2].astype(object)
    return pd.DataFrame(
        {
            "spend": np.array([10.0, 40.0])[truth // 2] + generator.normal(size=rows) * 4,
            "age": generator.normal(45, 12, rows),
            "region": np.where(generator.random(rows) < 0.05, None, regions),
            "roast": generator.choice(["dark", "light", "medium", "decaf"], p=[0.5, 0.3, 0.15, 0.05], size=rows),
        }
    ), truth


def pairs(columns: np.ndarray) -> float:
    """Mean squared distance of all pairs of different rows."""
    return float(2 * columns.var(axis=0, ddof=1).sum())


def test_a_category_counts_half_of_a_number() -> None:
    frame = customers(3000)[0].dropna()
    prepared = MixedPreparation(weights={"roast": 2.0}).fit(frame).transform(frame)
    spend, age, region, roast = prepared[:, :1], prepared[:, 1:2], prepared[:, 2:4], prepared[:, 4:]
    assert pairs(spend) == pytest.approx(2, rel=0.01)
    assert pairs(age) == pytest.approx(2, rel=0.01)
    # Hennig & Liao 2013: E(X1 - X2)^2 = q * 2 with q = 1/2
    assert pairs(region) == pytest.approx(1, rel=0.01)
    assert pairs(roast) == pytest.approx(4, rel=0.01)


def test_the_scorecard_is_the_nearest_centre() -> None:
    frame, truth = customers()
    preparation = MixedPreparation(weights={"region": 2.0}).fit(frame.drop(columns=["age", "roast"]))
    rows = preparation.transform(frame)
    found = KMeans(4).fit(rows)
    card = mixed_scorecard(found.cluster_centers_, found.inertia_, len(rows), preparation)
    nearest = ((rows[:, np.newaxis] - found.cluster_centers_) ** 2).sum(axis=2).argmin(axis=1)
    assert card.score(frame).argmax(axis=1).tolist() == nearest.tolist() == found.labels_.tolist()
    told = frame["region"].notna()
    assert adjusted_rand_score(truth[told], found.labels_[told]) > 0.95


def test_missing_and_unknown_categories_are_the_average_customer() -> None:
    frame, _ = customers()
    preparation = MixedPreparation().fit(frame)
    odd = frame.head(2).assign(region=["Mars", None])
    np.testing.assert_array_equal(preparation.transform(odd)[:, 2:4], np.zeros((2, 2)))
    mean = preparation.transform(frame.dropna())[:, 2:4].mean(axis=0)
    np.testing.assert_allclose(mean, 0, atol=0.02)


def test_features_that_tell_nobody_apart_are_left_out() -> None:
    frame = customers()[0].assign(
        email=[f"{place}@example.com" for place in range(600)], country="UK", nothing=None, flat=3.0
    )
    dropped = MixedPreparation().fit(frame).dropped_
    assert set(dropped) == {"email", "country", "nothing", "flat"}
    assert "none of them held by 1%" in dropped["email"]
    with pytest.raises(ClusteringError, match="No feature tells the customers apart"):
        MixedPreparation().fit(frame[["email", "country"]])


def test_categories_alone_or_numbers_alone_will_do() -> None:
    frame, _ = customers()
    assert MixedPreparation().fit(frame[["region"]]).transform(frame).shape == (600, 2)
    assert MixedPreparation().fit(frame[["spend"]]).transform(frame).shape == (600, 1)
    with pytest.raises(ClusteringError, match="lack feature 'region'"):
        MixedPreparation().fit(frame[["region"]]).transform(frame[["spend"]])


def test_the_segmenter_is_k_means() -> None:
    rows = MixedPreparation().fit(customers()[0]).transform(customers()[0])
    ours, theirs = KMeansSegmenter(3, random_state=1).fit(rows), KMeans(3, random_state=1).fit(rows)
    assert ours.labels_.tolist() == theirs.labels_.tolist() == ours.predict(rows).tolist()
    assert ours.inertia_ == theirs.inertia_
