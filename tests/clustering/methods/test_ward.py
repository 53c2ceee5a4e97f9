from __future__ import annotations

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

from segmodel.clustering import WardSegmenter
from segmodel.clustering.methods import ward
from segmodel.errors import ClusteringError


def test_groups_are_those_scipy_merges() -> None:
    rows = np.random.default_rng(1).normal(size=(300, 4))
    theirs = fcluster(linkage(rows, "ward"), 5, criterion="maxclust")
    assert adjusted_rand_score(WardSegmenter(5).fit(rows).labels_, theirs) == 1.0


def test_beyond_the_sample_a_customer_goes_to_the_nearest_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, truth = make_blobs(900, centers=4, n_features=3, random_state=4)
    monkeypatch.setattr(ward, "WARD_ROWS", 200)
    found = WardSegmenter(4, random_state=1).fit(rows)
    assert len(found.merged_) == 200
    assert adjusted_rand_score(truth, found.labels_) > 0.95
    nearest = ((rows[:, np.newaxis] - found.means_) ** 2).sum(axis=2).argmin(axis=1)
    assert found.predict(rows).tolist() == nearest.tolist()


def test_the_few_who_differ_are_among_those_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.zeros((500, 2))
    rows[3], rows[77] = 1.0, 2.0
    monkeypatch.setattr(ward, "WARD_ROWS", 20)
    assert len(set(WardSegmenter(3).fit(rows).labels_)) == 3


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.zeros((10, 2)), "found 1 among 10"),
        (np.array([[1.0], [np.nan], [3.0]]), "Ward's method needs finite numbers"),
        (np.ones((1, 1)), "found 1 among 1"),
        (np.array([["a"], ["b"]]), "found text"),
    ],
)
def test_data_that_cannot_be_divided_end_in_a_sentence(rows: np.ndarray, message: str) -> None:
    with pytest.raises(ClusteringError, match=message):
        WardSegmenter(3).fit(rows)
