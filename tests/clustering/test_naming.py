from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from segmodel.clustering.naming import describe, plain_names, segment_means, standardised_differences
from segmodel.features import Feature


def feature(name: str, unit: str, high: str, low: str, label: str = "") -> Feature:
    return Feature(name, label or name.capitalize(), unit, "", "activity", "", high=high, low=low)


FEATURES = {
    "frequency": feature("frequency", "orders", "frequent", "occasional"),
    "monetary": feature("monetary", "money", "high-spend", "low-spend"),
    "web_share": feature("web_share", "share", "mostly web", "little web", "Share of orders by web"),
    "silent": feature("silent", "number", "", ""),
}
NAMES = tuple(FEATURES)


def test_differences_are_in_pooled_standard_deviations() -> None:
    generator = np.random.default_rng(6)
    inside, rest = generator.normal(3, 2, 50), generator.normal(1, 2, 80)
    matrix = np.concatenate([inside, rest])[:, None]
    labels = np.repeat([0, 1], [50, 80])
    pooled = np.sqrt((49 * inside.var(ddof=1) + 79 * rest.var(ddof=1)) / 128)
    expected = (inside.mean() - rest.mean()) / pooled
    np.testing.assert_allclose(standardised_differences(matrix, labels, 2), [[expected], [-expected]], atol=1e-8)


def test_names_are_the_words_of_the_largest_differences() -> None:
    differences = np.array([[1.4, 1.2, 0.9, 3.0], [-0.8, -0.2, 0.0, 0.0]])
    means = np.array([[9, 900, 0.8, 1], [2, 90, 0.3, 1.0]])
    assert plain_names(differences, means, means[::-1], NAMES, FEATURES) == (
        "Frequent, high-spend, mostly web",
        "Occasional",
    )


def test_mostly_is_only_said_of_a_majority() -> None:
    name = plain_names(
        np.array([[0, 0, 2.0, 0]]), np.array([[1, 1, 0.3, 1]]), np.array([[1, 1, 0.1, 1]]), NAMES, FEATURES
    )
    assert name == ("More web",)


def test_a_word_is_only_said_where_the_plain_means_agree() -> None:
    # typically spends more than most, but one of the others outspends them all; and the other way round
    differences = np.array([[0.6, 1.5, 0, 0], [-0.6, -1.5, 0, 0]])
    means = np.array([[9.0, 90, 0, 0], [2.0, 500, 0, 0]])
    assert plain_names(differences, means, means[::-1], NAMES, FEATURES) == ("Frequent", "Occasional")


def test_nothing_is_said_of_means_nobody_knows() -> None:
    unknown = np.full((1, 4), np.nan)
    assert plain_names(np.ones((1, 4)), np.ones((1, 4)), unknown, NAMES, FEATURES) == ("Close to average",)


@pytest.mark.parametrize("segments", [2, 6])
def test_segments_that_look_alike_get_different_names(segments: int) -> None:
    means, rest = np.ones((segments, 4)), np.zeros((segments, 4))
    same = plain_names(np.tile([1.0, 0.9, 0, 0], (segments, 1)), means, rest, NAMES, FEATURES)
    plain = plain_names(np.zeros((segments, 4)), means, rest, NAMES, FEATURES)
    assert len(set(same)) == len(set(plain)) == segments
    assert plain[0] == "Close to average"


def test_segments_with_the_same_words_differ_by_degree() -> None:
    differences = np.array([[1.0, 2.9, 0, 0], [1.2, 1.5, 0, 0], [0.9, 0.8, 0, 0]])
    means = np.array([[9.0, 900, 0, 0], [8.5, 500, 0, 0], [8.0, 200, 0, 0]])
    assert plain_names(differences, means, np.full((3, 4), 1.0), NAMES, FEATURES) == (
        "Very high-spend, frequent",
        "High-spend, frequent",
        "Fairly high-spend, frequent",
    )


def test_degrees_of_a_low_trait_count_downwards() -> None:
    differences = np.array([[-0.9, 0, 0, 0], [-1.4, 0, 0, 0]])
    means = np.array([[3.0, 1, 1, 1], [1.0, 1, 1, 1]])
    rest = np.full((2, 4), 5.0)
    assert plain_names(differences, means, rest, NAMES, FEATURES) == ("Occasional", "Very occasional")


def test_the_description_compares_with_everyone_else() -> None:
    frame = pd.DataFrame({"frequency": [31.0, 31.0, 10.0, 10.0], "monetary": [50.0, 50.0, 100.0, 100.0]})
    labels, names = np.array([0, 0, 1, 1]), ("frequency", "monetary")
    own, rest = segment_means(frame, names, labels, 2)
    text = describe(own, rest, np.array([[2.0, -1.0], [0.0, 0.0]]), names, FEATURES)
    assert text[0] == "Buys 3.1 times as often as the others; spends 50% less than the others."
    assert text[1].startswith("Differs little")


def test_unknown_means_are_not_compared() -> None:
    frame = pd.DataFrame({"frequency": [1.0, np.nan]})
    own, rest = segment_means(frame, ("frequency",), np.array([0, 1]), 2)
    assert np.isnan(own[1, 0])
    assert np.isnan(rest[0, 0])
    assert describe(own, rest, np.array([[1.0], [1.0]]), ("frequency",), FEATURES)[0].startswith("Differs little")
