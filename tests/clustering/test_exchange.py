from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from sklearn.cluster import KMeans

from segmodel.clustering.exchange import exchange_one_by_one
from segmodel.clustering.kmeans import nearest_centre


def spread(rows: np.ndarray, labels: np.ndarray) -> float:
    return float(sum(((rows[labels == part] - rows[labels == part].mean(axis=0)) ** 2).sum() for part in set(labels)))


@pytest.mark.parametrize("seed", range(5))
def test_no_single_move_is_left_that_makes_the_division_tighter(seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(40, 3))
    stuck = KMeans(4, init="random", n_init=1, random_state=seed).fit(rows)
    found = nearest_centre(rows, exchange_one_by_one(rows, stuck.labels_, 4))
    least = spread(rows, found)
    assert least <= stuck.inertia_ + 1e-9
    for customer, segment in product(range(40), range(4)):
        moved = found.copy()
        moved[customer] = segment
        assert spread(rows, moved) >= least - 1e-8


def test_centres_are_the_means_and_no_segment_is_emptied() -> None:
    rows = np.array([[0.0], [0.0], [0.0], [5.0]])
    assert sorted(exchange_one_by_one(rows, np.array([0, 1, 2, 2]), 3).ravel().round(9).tolist()) == [0, 0, 5]
