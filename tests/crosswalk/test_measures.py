"""Measures of agreement against scikit-learn, scipy, values computed by hand and what must always hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, completeness_score, homogeneity_score

from segmodel.crosswalk import agreement

TABLES = hnp.arrays(np.int64, st.tuples(st.integers(2, 5), st.integers(2, 6)), elements=st.integers(0, 40)).filter(
    lambda table: (table.sum(axis=1) > 0).sum() > 1 and (table.sum(axis=0) > 0).sum() > 1
)


def labels(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows and the columns of as many customers as a table counts."""
    rows, columns = np.indices(table.shape).reshape(2, -1)
    return np.repeat(rows, table.ravel()), np.repeat(columns, table.ravel())


@settings(max_examples=60, deadline=None)
@given(TABLES)
def test_as_scikit_learn(table: np.ndarray) -> None:
    rows, columns = labels(table)
    found = agreement(table)
    assert found.rand == pytest.approx(adjusted_rand_score(rows, columns), abs=1e-9)
    assert found.mutual_information == pytest.approx(adjusted_mutual_info_score(rows, columns), abs=1e-7)
    # what the rows leave unknown of the columns is what homogeneity takes away from one
    assert found.tells_columns == pytest.approx(homogeneity_score(columns, rows), abs=1e-9)
    assert found.tells_rows == pytest.approx(completeness_score(columns, rows), abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(TABLES)
def test_as_scipy(table: np.ndarray) -> None:
    kept = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    test = stats.chi2_contingency(kept, lambda_="log-likelihood", correction=False)
    assert agreement(table).p == pytest.approx(test.pvalue, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(TABLES, st.randoms(use_true_random=False))
def test_order_and_direction_change_nothing(table: np.ndarray, random: object) -> None:
    found, turned = agreement(table), agreement(table.T)
    assert found.tells_rows == pytest.approx(turned.tells_columns)
    assert found.right_rows == turned.right_columns
    for name in ("rand", "mutual_information", "cramers_v", "p"):
        assert getattr(found, name) == pytest.approx(getattr(turned, name), abs=1e-9, nan_ok=True)
    shuffled = agreement(np.random.default_rng(0).permutation(table, axis=0))
    assert shuffled.tells_columns == pytest.approx(found.tells_columns)


def test_cramers_v_by_hand() -> None:
    # n = 100, chi-squared = 36, phi² = 0.36; Bergsma: 0.36 − 1/99 over min(2 − 1/99) − 1
    table = np.array([[40, 10], [10, 40]])
    expected = math.sqrt((0.36 - 1 / 99) / (1 - 1 / 99))
    assert agreement(table).cramers_v == pytest.approx(expected, abs=1e-12)


def test_what_is_told_by_hand() -> None:
    # columns: 50 and 50, one bit; the first row is half and half, the second all of one kind
    table = np.array([[30, 30], [0, 20], [20, 0]])
    found = agreement(table)
    assert found.tells_columns == pytest.approx(1 - 0.6)
    assert (found.right_columns, found.base_columns) == (0.7, 0.5)


def test_the_same_twice_is_one() -> None:
    found = agreement(np.diag([5, 20, 75]))
    assert [found.tells_columns, found.tells_rows, found.rand, found.mutual_information, found.right_rows] == [1] * 5


@pytest.mark.parametrize("table", [[[10, 20, 5]], [[10], [3]], [[0, 0], [0, 0]], [[7]]])
def test_one_that_does_not_divide_tells_nothing(table: list[list[int]]) -> None:
    found = agreement(np.array(table))
    assert not found.is_told
    assert math.isnan(found.cramers_v)


def test_chance_is_what_random_segments_come_to() -> None:
    random = np.random.default_rng(20261124)
    rows, columns = random.integers(0, 4, (400, 500)), random.integers(0, 5, (400, 500))
    bounds = [[-0.5, 3.5], [-0.5, 4.5]]
    found = [
        agreement(np.histogram2d(a, b, [4, 5], bounds)[0].astype(np.int64)) for a, b in zip(rows, columns, strict=True)
    ]
    told, line = np.mean([each.tells_columns for each in found]), found[0].chance_columns
    assert told == pytest.approx(line, rel=0.06)
    # one in a hundred is called related; four hundred tries, so 0 to 10 (binomial, 99.7%)
    assert sum(each.is_told for each in found) <= 10
