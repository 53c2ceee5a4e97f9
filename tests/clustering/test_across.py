from __future__ import annotations

import itertools

import numpy as np
import pytest

from segmodel.clustering import across_numbers
from segmodel.clustering.across import crossings, segment_entropy
from segmodel.errors import ClusteringError


def nested(n: int = 240) -> dict[int, np.ndarray]:
    """Divisions in which one segment is cut at each step, under labels in no order."""
    place = np.arange(n) * 12 // n
    two, three, four = place // 6, np.digitize(place, [3, 6]), np.digitize(place, [3, 6, 9])
    return {2: two, 3: np.array([2, 0, 1])[three], 4: np.array([1, 3, 0, 2])[four]}


def test_segments_cut_from_one_have_no_entropy() -> None:
    segments = across_numbers(nested()).segments
    assert segments.loc[segments["k"] > 2, "entropy"].eq(0).all()
    assert segments.loc[segments["k"] > 2, "stability"].eq(1).all()
    assert segments.loc[segments["k"] == 2, "entropy"].isna().all()


def test_a_segment_drawn_evenly_from_two_is_one_bit_uncertain() -> None:
    assert segment_entropy(np.array([[4.0, 0.0], [4.0, 9.0]])).tolist() == [1.0, 0.0]


def test_bands_of_nested_divisions_do_not_cross() -> None:
    found = across_numbers(nested())
    place = found.segments.set_index(["k", "segment"])["place"]
    flows = found.flows
    left = [place[k, segment] for k, segment in zip(flows["k"], flows["segment"], strict=True)]
    right = [place[k, segment] for k, segment in zip(flows["next_k"], flows["next_segment"], strict=True)]
    lines = list(zip(flows["k"], left, right, strict=True))
    crossed = [
        (one, other)
        for one, other in itertools.combinations(lines, 2)
        if one[0] == other[0] and (one[1] - other[1]) * (one[2] - other[2]) < 0
    ]
    assert crossed == []


def test_crossings_are_those_counted_one_by_one() -> None:
    generator = np.random.default_rng(0)
    table = generator.integers(0, 9, size=(4, 5)).astype(float)
    left, right = generator.permutation(4), generator.permutation(5)
    expected = sum(
        table[a, c] * table[b, d]
        for a, b in itertools.combinations(range(4), 2)
        for c in range(5)
        for d in range(5)
        if (left[a] - left[b]) * (right[c] - right[d]) < 0
    )
    assert crossings([left, right], [table]) == pytest.approx(expected)


def test_every_customer_is_in_one_band_of_each_step() -> None:
    generator = np.random.default_rng(1)
    found = across_numbers({k: generator.integers(k, size=100) for k in (2, 3, 5)})
    assert found.flows.groupby("k")["share"].sum().tolist() == pytest.approx([1, 1])
    assert found.segments.groupby("k")["share"].sum().tolist() == pytest.approx([1, 1, 1])
    assert found.segments.groupby("k")["place"].apply(sorted).tolist() == [[0, 1], [0, 1, 2], [0, 1, 2, 3, 4]]


def test_nothing_to_follow_is_said() -> None:
    with pytest.raises(ClusteringError, match="one division or more"):
        across_numbers({})
