from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import HDBSCAN
from sklearn.datasets import make_moons
from sklearn.metrics import adjusted_rand_score

from segmodel.clustering import HDBSCANSegmenter
from segmodel.clustering.methods import UNASSIGNED, density
from segmodel.errors import ClusteringError


def moons_and_strays(rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Two crescents no line can part, and a tenth as many customers who belong to neither."""
    points, truth = make_moons(rows, noise=0.05, random_state=0)
    strays = np.random.default_rng(0).uniform(-6, 6, size=(rows // 10, 2))
    return np.vstack([points, strays]), np.concatenate([truth, np.full(len(strays), UNASSIGNED)])


def test_labels_are_those_of_scikit_learn() -> None:
    rows, truth = moons_and_strays()
    found = HDBSCANSegmenter(min_segment_size=40).fit(rows)
    theirs = HDBSCAN(min_cluster_size=40, min_samples=10, copy=True).fit_predict(rows)
    assert found.labels_.tolist() == theirs.tolist()
    assert found.n_segments_ == 2
    assert found.unassigned_share_ == (theirs == -1).mean() > 0.03
    crescents = truth >= 0
    assert adjusted_rand_score(truth[crescents], found.predict(rows)[crescents]) > 0.98


def test_everybody_gets_a_segment_and_the_assigned_keep_theirs() -> None:
    rows, _ = moons_and_strays()
    found = HDBSCANSegmenter(min_segment_size=40).fit(rows)
    predicted = found.predict(rows)
    assert set(predicted) == {0, 1}
    assigned = found.labels_ != UNASSIGNED
    assert (predicted[assigned] == found.labels_[assigned]).mean() > 0.99


def test_large_data_are_searched_in_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, truth = moons_and_strays(2000)
    monkeypatch.setattr(density, "SEARCHED_ROWS", 700)
    found = HDBSCANSegmenter(random_state=2).fit(rows)
    assert len(found.searched_) == 700
    outside = np.setdiff1d(np.arange(len(rows)), found.searched_)
    assert (found.labels_[outside] >= 0).all()
    crescents = outside[truth[outside] >= 0]
    assert adjusted_rand_score(truth[crescents], found.labels_[crescents]) > 0.95


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.random.default_rng(0).normal(size=(500, 3)), "no two dense groups"),
        (np.zeros((50, 2)), "found 1 among 50"),
        (np.random.default_rng(0).normal(size=(15, 2)), "groups of 10 customers or more, and there are only 15"),
        (np.array([[1.0], [np.nan]]), "HDBSCAN needs finite numbers"),
        (np.ones((1, 2)), "found 1 among 1"),
    ],
)
def test_data_that_do_not_fall_apart_end_in_a_sentence(rows: np.ndarray, message: str) -> None:
    with pytest.raises(ClusteringError, match=message):
        HDBSCANSegmenter().fit(rows)
