from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans as SklearnKMeans
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from segmodel.clustering import KMeans, RobustPreparation, kmeans_scorecard
from segmodel.clustering import kmeans as module
from segmodel.errors import ClusteringError


def cloud(rows: int = 600, columns: int = 4) -> np.ndarray:
    return np.random.default_rng(5).normal(size=(rows, columns)).round(9)


def test_scoring_is_the_nearest_centre_of_scikit_learn() -> None:
    frame = pd.DataFrame(cloud() * [1, 10, 100, 0.1], columns=list("abcd"))
    preparation = RobustPreparation().fit(frame)
    matrix = preparation.transform(frame)
    ours = KMeans(5, random_state=1).fit(matrix)
    theirs = SklearnKMeans(5, init=ours.cluster_centers_, n_init=1, max_iter=1).fit(matrix)
    theirs.cluster_centers_ = ours.cluster_centers_
    expected = theirs.predict(matrix)
    card = kmeans_scorecard(ours.cluster_centers_, ours.inertia_, len(matrix), preparation.preparations_)
    np.testing.assert_array_equal(ours.labels_, expected)
    assert card.predict(frame)["segment"].tolist() == [f"s{place + 1}" for place in expected]


def test_the_solution_is_as_good_as_scikit_learn_finds() -> None:
    rows = make_blobs(500, centers=6, n_features=3, random_state=2)[0]
    theirs = SklearnKMeans(6, n_init=20, random_state=9).fit(rows).inertia_
    assert KMeans(6).fit(rows).inertia_ <= theirs * (1 + 1e-6)


def test_threads_do_not_change_a_bit() -> None:
    found = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            found.append(KMeans(4, random_state=3).fit(cloud(5000)).cluster_centers_.tobytes())
    assert found[0] == found[1]


def test_the_order_of_centres_can_be_repeated() -> None:
    centres = KMeans(4, random_state=3).fit(cloud()).cluster_centers_
    assert centres[:, 0].tolist() == sorted(centres[:, 0])


def test_large_data_are_started_on_a_sample_and_finished_on_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, truth = make_blobs(3000, centers=4, n_features=3, random_state=4)
    whole = KMeans(4).fit(rows)
    monkeypatch.setattr(module, "START_ROWS", 300)
    sampled = KMeans(4).fit(rows)
    assert sampled.inertia_ == pytest.approx(whole.inertia_, rel=1e-6)
    assert adjusted_rand_score(truth, sampled.labels_) > 0.95


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.zeros((10, 2)), "different customers, found 1 among 10"),
        (np.array([[1.0], [2.0]]), "found 2 among 2"),
        (np.array([[1.0], [np.nan], [3.0]]), "finite"),
        (np.array([1.0, 2.0, 3.0]), "shape"),
    ],
)
def test_data_that_cannot_be_divided_end_in_a_sentence(rows: np.ndarray, message: str) -> None:
    with pytest.raises(ClusteringError, match=message):
        KMeans(3).fit(rows)
