from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from threadpoolctl import threadpool_limits

from segmodel.clustering import bootstrap_stability, choose_k, prediction_strength
from segmodel.errors import ClusteringError


def blobs(k: int, rows: int = 600) -> np.ndarray:
    found = make_blobs(rows, n_features=5, centers=k, cluster_std=1.6, random_state=k)[0]
    return (found - found.mean(axis=0)) / found.std(axis=0)


@pytest.mark.parametrize("k", [3, 5, 6])
def test_planted_groups_are_counted(k: int) -> None:
    choice = choose_k(blobs(k))
    assert choice.k == k
    assert choice.reason.startswith(f"{k} segments")


def test_a_round_cloud_is_called_what_it_is() -> None:
    choice = choose_k(np.random.default_rng(0).normal(size=(600, 5)))
    assert not choice.table["stable"].any()
    assert "no clear segments" in choice.reason
    assert choice.k >= 3


def test_two_planted_groups_are_not_sold_as_more() -> None:
    choice = choose_k(blobs(2))
    assert choice.k == 2
    assert "Two groups seldom help" in choice.reason


def test_the_choice_is_repeated_bit_for_bit_whatever_the_threads() -> None:
    found = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            found.append(choose_k(blobs(4, 300), random_state=11, ks=(2, 3, 4)).table)
    assert found[0].equals(found[1])


def test_prediction_strength_tells_true_groups_from_cut_ones() -> None:
    assert prediction_strength(blobs(3), 3) > 0.95
    assert prediction_strength(blobs(3), 5) < 0.8


def test_stability_is_one_for_groups_far_apart() -> None:
    far = make_blobs(200, centers=[[0, 0], [50, 0], [0, 50]], random_state=1)[0]
    assert bootstrap_stability(far, 3, n_boot=4).tolist() == [1.0] * 4


def test_the_time_does_not_grow_with_the_customers() -> None:
    assert choose_k(np.tile(blobs(3), (10, 1)), ks=(2, 3)).n == 2000


def test_few_customers_limit_the_choice() -> None:
    assert choose_k(np.array([[0.0], [1.0]])).k == 2
    assert choose_k(np.array([[0.0], [1.0], [5.0], [5.1]])).k in {2, 3}
    with pytest.raises(ClusteringError, match="all are alike"):
        choose_k(np.ones((5, 2)))
