from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import distance

from segmodel.drift import (
    jensen_shannon_distance,
    kolmogorov_smirnov,
    population_stability_index,
    psi_noise_line,
    wasserstein_distance,
)
from segmodel.drift.noise import psi_p_values
from segmodel.errors import DriftError

RANDOM = np.random.default_rng(5)
OLD, NEW = RANDOM.normal(0, 1, 4_000), RANDOM.normal(0.2, 1.3, 3_000)
WORDS_OLD, WORDS_NEW = ["a"] * 50 + ["b"] * 50, ["a"] * 70 + ["c"] * 30


def test_the_index_is_that_of_the_textbook() -> None:
    # shares by hand: half a customer is added to every bin
    q, p = np.array([50.5, 50.5]) / 101, np.array([80.5, 20.5]) / 101
    expected = float(((p - q) * np.log(p / q)).sum())
    assert population_stability_index(WORDS_OLD, ["a"] * 80 + ["b"] * 20) == pytest.approx(expected, abs=1e-12)


def test_bins_lie_between_the_quantiles_of_the_reference() -> None:
    edges = np.quantile(OLD, np.arange(1, 10) / 10)
    counts = [np.bincount(np.searchsorted(edges, part), minlength=10) for part in (OLD, NEW)]
    q, p = ((part + 0.5) / (part.sum() + 5) for part in counts)
    assert population_stability_index(OLD, NEW) == pytest.approx(float(((p - q) * np.log(p / q)).sum()), abs=2e-3)


def test_distances_are_those_of_scipy() -> None:
    assert kolmogorov_smirnov(OLD, NEW) == pytest.approx(stats.ks_2samp(OLD, NEW).statistic)
    expected = stats.wasserstein_distance(OLD, NEW) / OLD.std()
    assert wasserstein_distance(OLD, NEW) == pytest.approx(expected)
    edges = np.quantile(OLD, np.arange(1, 10) / 10, method="inverted_cdf")
    counts = [np.bincount(np.searchsorted(edges, part), minlength=10) for part in (OLD, NEW)]
    assert jensen_shannon_distance(OLD, NEW) == pytest.approx(distance.jensenshannon(*counts, base=2))


def test_new_and_vanished_categories_count() -> None:
    assert kolmogorov_smirnov(WORDS_OLD, WORDS_NEW) == pytest.approx(0.5)
    assert wasserstein_distance(WORDS_OLD, WORDS_NEW) == pytest.approx(0.5)
    assert jensen_shannon_distance(["a"], ["b"]) == pytest.approx(1.0)
    assert population_stability_index(WORDS_OLD, WORDS_NEW) > 1


def test_a_shift_by_a_standard_deviation_has_distance_one() -> None:
    assert wasserstein_distance(OLD, OLD + OLD.std()) == pytest.approx(1.0)


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=60), st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=60))
def test_equal_samples_are_at_no_distance_and_none_is_below_zero(old: list[float], new: list[float]) -> None:
    for measure in (population_stability_index, jensen_shannon_distance, kolmogorov_smirnov, wasserstein_distance):
        assert measure(old, old) == pytest.approx(0.0, abs=1e-7)
        assert measure(old, new) >= 0
    assert population_stability_index(old, new) == pytest.approx(population_stability_index(old, new[::-1]))
    assert kolmogorov_smirnov(old, new) <= 1
    assert jensen_shannon_distance(old, new) <= 1 + 1e-12


def test_a_constant_reference_notices_whatever_is_not_that_value() -> None:
    same = [7.0] * 100
    assert population_stability_index(same, same) == 0
    assert population_stability_index(same, [7.0] * 50 + [8.0] * 50) > 1
    assert population_stability_index(same, [7.0] * 50 + [6.0] * 50) > 1
    assert wasserstein_distance(same, [8.0] * 10) == float("inf")


def test_missing_values_are_left_out() -> None:
    holes = [1.0, np.nan, 2.0, 3.0, None]
    assert kolmogorov_smirnov(holes, [1.0, 2.0, 3.0]) == 0
    assert population_stability_index(["a", None, "b"], ["a", "b"]) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ([1.0, 2.0], [], "current sample has no value"),
        ([np.nan], [1.0], "reference sample has no value"),
        ([1.0, 2.0], ["a"], "numbers, the current one words"),
        ([1.0, np.inf], [1.0], "infinite"),
    ],
)
def test_what_cannot_be_compared_is_refused(old: list[object], new: list[object], words: str) -> None:
    for measure in (population_stability_index, jensen_shannon_distance, kolmogorov_smirnov, wasserstein_distance):
        with pytest.raises(DriftError, match=words):
            measure(old, new)


def test_one_bin_is_refused() -> None:
    with pytest.raises(DriftError, match="two bins"):
        population_stability_index(OLD, NEW, bins=1)


def test_the_noise_line_is_the_published_one() -> None:
    assert psi_noise_line(1000, 1000, 10) == pytest.approx(0.0433, abs=5e-5)
    assert np.isnan(psi_noise_line(0, 1000, 10))
    assert np.isnan(psi_noise_line(1000, 1000, 1))
    with pytest.raises(DriftError, match="between 0 and 1"):
        psi_noise_line(10, 10, 10, level=1.0)


@pytest.mark.parametrize(("n", "m"), [(1_000, 1_000), (400, 2_000)])
def test_without_drift_the_line_is_passed_once_in_a_hundred(n: int, m: int) -> None:
    random = np.random.default_rng(n)
    line, repeats = psi_noise_line(n, m, 10), 600
    indices = np.array(
        [population_stability_index(random.normal(size=n), random.normal(size=m)) for _ in range(repeats)]
    )
    # four standard errors of a share of 1 in 100
    assert np.mean(indices > line) <= 0.01 + 4 * np.sqrt(0.01 * 0.99 / repeats)
    p_values = psi_p_values(indices, np.full(repeats, n), np.full(repeats, m), np.full(repeats, 10))
    assert np.mean(p_values <= 0.2) == pytest.approx(0.2, abs=4 * np.sqrt(0.2 * 0.8 / repeats))
