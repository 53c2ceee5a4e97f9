"""The holdout has the share that was asked, does not depend on what people are like, and is the same everywhere."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from scipy import stats

from segmodel.activation.holdout import held_out_sql, is_held_out
from segmodel.engines import Engine

IDS = [f"c{number:05d}" for number in range(20_000)]


def held(seed: str, share: float) -> np.ndarray:
    return np.array([is_held_out(seed, each, share) for each in IDS])


def test_sql_and_python_hold_out_the_same() -> None:
    odd = [*IDS[:2000], "", "Ünï", "a'b", "1\x1f2", "  "]
    with Engine.open(None) as engine:
        engine.execute("CREATE TABLE people (place INTEGER, id VARCHAR)")
        for place, each in enumerate(odd):
            engine.execute("INSERT INTO people VALUES ($place, $id)", {"place": place, "id": each})
        for seed, share in (("1", 0.1), ("O'Brien", 0.37), ("", 0.0)):
            found = engine.rows(f"SELECT {held_out_sql(seed, 'id', share)} FROM people ORDER BY place")
            assert [each for (each,) in found] == [is_held_out(seed, each, share) for each in odd]


def test_it_is_the_share_of_the_hash_that_is_documented() -> None:
    for each in IDS[:200]:
        number = int(hashlib.sha256(f"7\x1f{each}".encode()).hexdigest()[:13], 16)
        assert is_held_out("7", each, 0.25) == (number < 0.25 * 16**13)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.5])
def test_its_share_is_what_was_asked(share: float) -> None:
    count = held("1", share).sum()
    expected = np.array([share, 1 - share]) * len(IDS)
    assert stats.chisquare([count, len(IDS) - count], expected).pvalue > 0.01


def test_it_does_not_depend_on_the_order_of_ids_nor_on_another_seed() -> None:
    first, other = held("1", 0.2), held("2", 0.2)
    blocks = np.arange(len(IDS)) // 2000
    last_digit = np.array([int(each[-1]) for each in IDS])
    for against in (blocks, last_digit, other):
        table = np.array(
            [[np.sum((against == value) & (first == told)) for told in (False, True)] for value in np.unique(against)]
        )
        assert stats.chi2_contingency(table).pvalue > 0.01


def test_a_larger_share_holds_out_the_same_and_more() -> None:
    small, large = held("1", 0.1), held("1", 0.3)
    assert not (small & ~large).any()
    assert not held("1", 0.0).any()
