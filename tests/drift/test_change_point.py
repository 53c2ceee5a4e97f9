from __future__ import annotations

import numpy as np
import pytest

from segmodel.drift import find_change
from segmodel.errors import DriftError


def _series(random: np.random.Generator, months: int, since: int, shift: float, spread: float) -> np.ndarray:
    return random.normal(0, spread, months) + np.where(np.arange(months) >= since, shift, 0.0)


@pytest.mark.parametrize("since", [0, 2, 6, 9])
def test_the_month_of_a_planted_change_is_found_within_one(since: int) -> None:
    random = np.random.default_rng(since)
    found = [find_change(_series(random, 12, since, -0.3, 0.06)) for _ in range(200)]
    near = np.mean([abs(each.since - since) <= 1 for each in found])
    assert near >= 0.97
    assert np.mean([each.p_value <= 0.01 for each in found]) >= 0.95
    assert np.mean([each.shift for each in found]) == pytest.approx(-0.3, abs=0.015)


@pytest.mark.parametrize("months", [4, 8, 12, 24])
def test_series_without_a_change_rarely_look_changed(months: int) -> None:
    random = np.random.default_rng(months)
    p_values = np.array([find_change(random.normal(size=months)).p_value for _ in range(1000)])
    # a p-value is uniform without a change: 3.5 standard errors of 1,000 draws
    for level in (0.05, 0.2, 0.5):
        assert np.mean(p_values <= level) == pytest.approx(level, abs=3.5 * np.sqrt(level * (1 - level) / 1000))


def test_months_that_are_alike_are_not_taken_for_a_change() -> None:
    random = np.random.default_rng(1)
    called = 0
    for _ in range(300):
        noise = random.normal(size=24)
        series = noise.copy()
        for month in range(1, 24):
            series[month] = 0.4 * series[month - 1] + noise[month]
        called += find_change(series).p_value <= 0.01
    assert called / 300 <= 0.05


def test_sampling_noise_keeps_a_smooth_series_from_being_sure() -> None:
    smooth = [0.0, 0.0, 0.0, 0.0, -0.1, -0.1, -0.1, -0.1]
    assert find_change(smooth).p_value < 0.001
    assert find_change(smooth, 0.1).p_value > 0.1


def test_nothing_at_all_is_no_change() -> None:
    found = find_change([0.0] * 6)
    assert (found.shift, found.p_value) == (0.0, 1.0)


@pytest.mark.parametrize(("series", "words"), [([0.1, 0.2], "4 months or more"), ([0.1, np.nan, 0, 0], "missing")])
def test_too_little_is_refused(series: list[float], words: str) -> None:
    with pytest.raises(DriftError, match=words):
        find_change(series)
