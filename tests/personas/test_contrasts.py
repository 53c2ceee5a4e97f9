from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from segmodel.personas.contrasts import call_traits, compare_means, compare_shares, others, ratio_interval


def shares(count: float, n: float, count_rest: float, n_rest: float) -> pd.Series:
    return compare_shares(*(np.array([float(each)]) for each in (count, n, count_rest, n_rest))).iloc[0]


def test_index_and_interval_of_a_share_by_hand() -> None:
    found = shares(30, 100, 60, 400)
    assert (found["value"], found["rest"], found["index"]) == (0.3, 0.15, 200.0)
    # Wilson: (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) ÷ (1 + z²/n), with z = 1.96
    assert found["low"] == pytest.approx(0.2189, abs=5e-5)
    assert found["high"] == pytest.approx(0.3958, abs=5e-5)
    assert found["difference"] == pytest.approx(2 * math.asin(math.sqrt(0.3)) - 2 * math.asin(math.sqrt(0.15)))
    assert found["index_low"] < 200 < found["index_high"]


def test_shares_are_tested_as_a_two_by_two_table() -> None:
    found = shares(300, 1000, 600, 4000)
    table = [[300, 700], [600, 3400]]
    assert found["p_value"] == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue, rel=1e-9)


def test_a_share_of_few_is_tested_exactly() -> None:
    found = shares(7, 20, 12, 100)["p_value"]
    tails = [stats.fisher_exact([[7, 13], [12, 88]], alternative=side).pvalue for side in ("less", "greater")]
    assert found == pytest.approx(2 * min(tails), rel=1e-9)


def test_what_everybody_or_nobody_does_is_not_tested() -> None:
    assert math.isnan(shares(20, 20, 100, 100)["p_value"])
    assert math.isnan(shares(0, 20, 0, 100)["p_value"])


def test_nobody_of_the_rest_leaves_the_index_without_an_upper_end() -> None:
    found = shares(30, 100, 0, 400)
    assert math.isinf(found["index"])
    assert math.isinf(found["index_high"])
    assert found["index_low"] > 100


@pytest.mark.parametrize(("own", "rest"), [(0.3, 0.2), (0.08, 0.1), (0.6, 0.3)])
def test_the_interval_of_an_index_holds_the_true_one_in_95_of_100_samples(own: float, rest: float) -> None:
    random = np.random.default_rng(1)
    n, n_rest, runs = 120.0, 400.0, 4000
    counts = [random.binomial(int(n), own, runs).astype(float), random.binomial(int(n_rest), rest, runs).astype(float)]
    found = compare_shares(counts[0], np.full(runs, n), counts[1], np.full(runs, n_rest))
    held = ((found["index_low"] <= 100 * own / rest) & (100 * own / rest <= found["index_high"])).mean()
    assert held == pytest.approx(0.95, abs=0.012)


def test_the_interval_of_a_ratio_is_turned_around_with_the_ratio() -> None:
    ends = [np.array([value]) for value in (0.4, 0.3, 0.5, 0.2, 0.15, 0.26)]
    ratio, low, high = ratio_interval(*ends)
    turned, turned_low, turned_high = ratio_interval(*ends[3:], *ends[:3])
    assert turned[0] == pytest.approx(1 / ratio[0])
    assert (turned_low[0], turned_high[0]) == (pytest.approx(1 / high[0]), pytest.approx(1 / low[0]))


def test_means_are_compared_as_student_welch_and_cohen_say() -> None:
    random = np.random.default_rng(3)
    own, rest = random.normal(10, 2, 60), random.normal(9, 4, 300)
    moments = [np.array([each]) for each in (60.0, own.mean(), own.var(ddof=1), 300.0, rest.mean(), rest.var(ddof=1))]
    found = compare_means(*moments).iloc[0]
    pooled = math.sqrt((59 * own.var(ddof=1) + 299 * rest.var(ddof=1)) / 358)
    p_value = max(stats.ttest_ind(own, rest, equal_var=equal).pvalue for equal in (True, False))
    interval = stats.ttest_1samp(own, 0).confidence_interval()
    assert found["difference"] == pytest.approx((own.mean() - rest.mean()) / pooled)
    assert found["p_value"] == pytest.approx(p_value, rel=1e-9)
    assert (found["low"], found["high"]) == (pytest.approx(interval.low), pytest.approx(interval.high))


def test_nothing_is_said_where_nothing_varies() -> None:
    found = compare_means(*(np.array([each]) for each in (20.0, 3.0, 0.0, 50.0, 3.0, 0.0))).iloc[0]
    assert math.isnan(found["p_value"])
    assert math.isnan(found["difference"])


def test_the_rest_has_the_mean_and_variance_of_its_customers() -> None:
    random = np.random.default_rng(4)
    groups = [random.normal(1e6 + at, 1 + at, size) for at, size in enumerate((5, 40, 12))]
    shape = (1, 3)
    n = np.array([len(each) for each in groups], dtype=float).reshape(shape)
    mean = np.array([each.mean() for each in groups]).reshape(shape)
    variance = np.array([each.var(ddof=1) for each in groups]).reshape(shape)
    n_rest, mean_rest, variance_rest = others(n, mean, variance)
    for place in range(3):
        rest = np.concatenate([each for other, each in enumerate(groups) if other != place])
        assert n_rest[0, place] == len(rest)
        assert mean_rest[0, place] == pytest.approx(rest.mean())
        assert variance_rest[0, place] == pytest.approx(rest.var(ddof=1), rel=1e-6)


def called(p_values: list[float], **columns: object) -> pd.DataFrame:
    frame = pd.DataFrame({"p_value": p_values, "measure": "mean", "value": 1.0, "rest": 0.0, "difference": 1.0})
    return call_traits(frame.assign(**columns))


def test_false_discoveries_are_controlled_as_published() -> None:
    # Benjamini & Hochberg 1995, section 4.1: fifteen tests, of which the first four are rejected at 5%
    p_values = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590,
        1.0,
    ]  # fmt: skip
    assert called(p_values)["called"].tolist() == [True] * 4 + [False] * 11


def test_what_could_not_be_tested_is_neither_called_nor_counted() -> None:
    found = called([math.nan, 0.04, math.nan])
    assert found["called"].tolist() == [False, True, False]
    assert found["q_value"].iloc[1] == 0.04


@pytest.mark.parametrize(
    ("columns", "is_called"),
    [
        ({"difference": 0.19}, False),
        ({"difference": -0.21}, True),
        ({"measure": "share", "value": 0.03, "rest": 0.001, "difference": 0.28}, False),
        ({"measure": "share", "value": 0.3, "rest": 0.2, "difference": 0.23}, True),
    ],
)
def test_what_is_certain_but_trivial_is_not_called(columns: dict[str, object], is_called: bool) -> None:
    assert called([1e-9], **columns)["called"].tolist() == [is_called]
