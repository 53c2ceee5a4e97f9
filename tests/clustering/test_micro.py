from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from segmodel.clustering import find_micro_segments, judge_groups
from segmodel.clustering.micro import _holm, _permutation_test
from segmodel.errors import ClusteringError


def segment(seed: int, lift: float = 1.6, part: float = 0.03) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Members of one segment, their value, and a planted group that stands apart and is worth more."""
    generator = np.random.default_rng(seed)
    rows = generator.normal(size=(2000, 4))
    planted = np.arange(2000) < part * 2000
    rows[planted, :2] += 4.0
    value = generator.lognormal(sigma=0.6, size=2000) * np.where(planted, lift, 1.0)
    return rows, value, planted


@pytest.mark.parametrize("seed", range(5))
def test_a_planted_group_of_three_in_a_hundred_is_found(seed: int) -> None:
    rows, value, planted = segment(seed)
    kept = [
        group for group in find_micro_segments(rows, value, ks=(2, 4, 6), n_boot=5, random_state=seed) if group.kept
    ]
    assert len(kept) == 1
    assert (kept[0].members & planted).sum() / (kept[0].members | planted).sum() > 0.8
    assert kept[0].difference > 0
    assert kept[0].share == pytest.approx(0.03, abs=0.005)
    assert kept[0].reason.startswith("Worth treating differently: found again")


@pytest.mark.parametrize("seed", range(5))
def test_a_random_split_is_refused(seed: int) -> None:
    rows, value, _ = segment(seed, part=0)
    labels = (np.random.default_rng(seed + 50).uniform(size=2000) < 0.03).astype(int)
    judged = judge_groups(rows, labels, value, n_boot=5, random_state=seed)
    assert not any(group.kept for group in judged)
    assert all(group.reason.startswith("Not worth treating differently") for group in judged)


def test_two_large_groups_without_a_customer_in_common_are_both_judged() -> None:
    # each is most of what the other leaves, and yet not the same group
    generator = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], (160, 160, 80))
    rows = np.array([[0.0, 0.0], [20.0, 0.0], [0.0, 20.0]])[labels] + generator.normal(size=(400, 2))
    value = np.array([0.0, 5.0, 9.0])[labels] + generator.normal(size=400)
    found = find_micro_segments(rows, value, ks=(3,), n_boot=5, random_state=0)
    assert sorted(int(group.members.sum()) for group in found) == [80, 160, 160]
    assert all(group.kept for group in found)


def test_a_group_that_stands_apart_but_is_worth_the_same_is_refused_with_the_test() -> None:
    rows, value, planted = segment(7, lift=1.0)
    judged = judge_groups(rows, planted.astype(int), value, n_boot=5, random_state=0)
    assert judged[1].jaccard > 0.9
    assert not judged[1].kept
    assert "which chance explains (permutation test, p = " in judged[1].reason


def test_a_random_split_is_called_different_no_more_often_than_stated() -> None:
    found = 0
    for seed in range(60):
        generator = np.random.default_rng(seed)
        group = generator.uniform(size=400) < 0.2
        found += _permutation_test(group, generator.lognormal(size=400), seed)[1] < 0.05
    assert found <= 8  # 60 at 5%: more than 8 has a chance of 0.3%


def test_a_difference_too_small_to_pay_is_refused() -> None:
    generator = np.random.default_rng(1)
    labels = np.repeat([0, 1], 4_000)
    rows = labels[:, np.newaxis] * 9 + generator.normal(size=(8_000, 1))
    judged = judge_groups(rows, labels, labels * 0.1 + generator.normal(size=8_000), n_boot=2, random_state=0)
    assert judged[0].p_value < 0.05
    assert "too little to pay" in judged[0].reason


def test_too_few_customers_are_not_judged_worth_it() -> None:
    rows, value, planted = segment(3, lift=9.0, part=0.008)
    judged = judge_groups(rows, planted.astype(int), value, n_boot=5, random_state=0)
    assert "too few customers" in judged[1].reason
    assert all(group.members.sum() >= 30 for group in find_micro_segments(rows, value, n_boot=5, random_state=0))


def test_the_permutation_test_agrees_with_scipys() -> None:
    _, value, planted = segment(2, lift=1.15)
    difference, p_value = _permutation_test(planted, value, 0)
    theirs = stats.permutation_test(
        (value[planted], value[~planted]),
        lambda first, second: first.mean() - second.mean(),
        n_resamples=1999,
        vectorized=False,
        rng=np.random.default_rng(0),
    )
    assert difference == pytest.approx(theirs.statistic / value.std())
    assert p_value == pytest.approx(theirs.pvalue, abs=0.03)


def test_holm_corrects_step_by_step() -> None:
    assert _holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])  # Holm 1979: 3p, then 2p, never falling
    assert _holm([]) == []


def test_response_and_unknown_outcomes_are_taken() -> None:
    rows, _, planted = segment(4)
    generator = np.random.default_rng(0)
    response = (generator.uniform(size=2000) < np.where(planted, 0.5, 0.1)).astype(float)
    response[::9] = np.nan
    assert judge_groups(rows, planted.astype(int), response, n_boot=5, random_state=0)[1].kept
    assert judge_groups(rows, planted.astype(int), np.ones(2000), n_boot=2, random_state=0)[1].p_value == 1


@pytest.mark.parametrize(
    ("labels", "outcome", "message"),
    [
        ([0, 0, 0], [1, 2, 3], "two at least"),
        ([0, 1], [1, 2, 3], "each of 3 customers"),
        ([0, 1, 1], [1, 2], "one finite number for each of the 3"),
        ([0, 1, 1], ["a", "b", "c"], "found text"),
        ([0, 1, 1], [1, np.inf, 2], "finite"),
    ],
)
def test_bad_input_ends_in_a_sentence(labels: list[int], outcome: list[object], message: str) -> None:
    with pytest.raises(ClusteringError, match=message):
        judge_groups(np.arange(3.0).reshape(-1, 1), labels, outcome)
