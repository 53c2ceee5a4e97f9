from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.metrics import jaccard_score

from segmodel.clustering import bootstrap_stability, segment_stability
from segmodel.clustering.stability import band, best_jaccards, overlaps
from segmodel.errors import ClusteringError

FAR = make_blobs(200, centers=[[0, 0], [50, 0], [0, 50]], random_state=1)[0]


def test_stability_is_one_for_groups_far_apart() -> None:
    found = bootstrap_stability(FAR, 3, n_boot=4, random_state=0)
    assert found.adjusted_rand.tolist() == [1.0] * 4
    assert found.mean == 1
    assert found.standard_error == 0
    segments = segment_stability(FAR, 3, n_boot=4, random_state=0)
    assert segments.jaccard.tolist() == [1.0] * 3
    assert segments.bands == ("highly stable",) * 3


def test_a_division_of_a_round_cloud_is_not_found_again() -> None:
    rows = np.random.default_rng(0).normal(size=(400, 6))
    assert bootstrap_stability(rows, 5, n_boot=6, n_init=3, random_state=0).mean < 0.6
    assert segment_stability(rows, 5, n_boot=6, n_init=3, random_state=0).jaccard.min() < 0.6


def test_random_labels_have_a_jaccard_far_from_nil() -> None:
    rows = np.random.default_rng(0).normal(size=(2000, 3))
    labels = np.random.default_rng(1).integers(4, size=2000)
    found = segment_stability(rows, 4, n_boot=10, n_init=1, random_state=0, labels=labels)
    assert found.jaccard == pytest.approx(0.15, abs=0.03)


def test_the_seed_repeats_the_stability() -> None:
    rows = np.random.default_rng(2).normal(size=(120, 3))
    runs = [bootstrap_stability(rows, 3, n_boot=3, random_state=seed).adjusted_rand.tolist() for seed in (5, 5, 6)]
    assert runs[0] == runs[1] != runs[2]


def test_the_largest_jaccard_is_that_of_scikit_learn() -> None:
    generator = np.random.default_rng(3)
    first, second = generator.integers(3, size=200), generator.integers(4, size=200)
    expected = [max(jaccard_score(first == a, second == b) for b in range(4)) for a in range(3)]
    assert best_jaccards(first, second, 3) == pytest.approx(expected)


def test_customers_left_out_are_not_counted() -> None:
    assert overlaps(np.array([-1, 0, 1]), np.array([0, -1, 1]), 2, 2).tolist() == [[0, 0], [0, 1]]


@pytest.mark.parametrize(("jaccard", "word"), [(0.85, "highly"), (0.75, "stable"), (0.6, "pattern"), (0.599, "not to")])
def test_the_bands_are_hennigs(jaccard: float, word: str) -> None:
    assert word in band(jaccard)


def test_a_sample_that_misses_most_customers_finds_no_segments() -> None:
    rows = np.zeros((40, 1))
    rows[0], rows[1] = 1, 2
    assert bootstrap_stability(rows, 3, n_boot=5, random_state=0).adjusted_rand.shape == (5,)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"k": 1}, "two segments or more"),
        ({"k": 9}, "9 different customers, found 5"),
        ({"k": 2, "n_boot": 0}, "one bootstrap sample"),
    ],
)
def test_stability_refuses_what_it_cannot_tell(settings: dict[str, int], message: str) -> None:
    with pytest.raises(ClusteringError, match=message):
        bootstrap_stability(np.arange(5.0).reshape(-1, 1), **settings)
    with pytest.raises(ClusteringError, match=message):
        segment_stability(np.arange(5.0).reshape(-1, 1), **settings)


def test_labels_to_test_must_fit_the_customers() -> None:
    with pytest.raises(ClusteringError, match="0 to 1 for each of the 5"):
        segment_stability(np.arange(5.0).reshape(-1, 1), 2, labels=[0, 1, 2, 0, 1])
