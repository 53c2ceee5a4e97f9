"""Whether the interval of value per customer holds the truth as often as it says."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy import optimize, stats

from segmodel.engines import Engine
from segmodel.metrics import METRICS
from segmodel.metrics.compute import metrics_sql

Z95 = 1.959964
NO_YEARS = "years AS (SELECT NULL::DATE AS snapshot, NULL::DATE AS earlier WHERE false)"
COLUMNS = ["value_per_customer", "value_per_customer_error", "value_per_customer_low", "value_per_customer_high"]


def intervals(samples: npt.NDArray[np.float64]) -> pd.DataFrame:
    """Return mean, standard error and interval of each sample (samples by customers), as a build computes them."""
    many, customers = samples.shape
    frame = pd.DataFrame({"sample": np.repeat(np.arange(many), customers), "value": samples.ravel()})
    with Engine.open(None) as engine, engine.loaded("given", frame):
        engine.execute(
            "CREATE TABLE assignments AS SELECT 'made' AS segmentation, TRUE AS is_counted, "
            "DATE '2026-06-30' AS snapshot, "
            "'s' || lpad(sample::VARCHAR, 6, '0') AS segment, value::DECIMAL(18,4) AS value, "
            "value::DECIMAL(18,4) AS revenue, 1 AS orders, 1 AS days_since_last FROM given"
        )
        rows = engine.frame(f"WITH {NO_YEARS}, {metrics_sql(0)}", {"segmentation": "made"})
    return rows[rows["segment"] != ""][COLUMNS].astype(float).reset_index(drop=True)


def long_tailed(samples: int, customers: int, seed: int = 11) -> npt.NDArray[np.float64]:
    """Draw values of which 40% are nothing and the others log-normal (sigma 1), in pounds and pence."""
    random = np.random.default_rng(seed)
    return np.round(100 * random.lognormal(0, 1, (samples, customers)) * (random.random((samples, customers)) > 0.4), 2)


TRUE_MEAN = 100 * 0.6 * np.exp(0.5)


@pytest.mark.parametrize(
    ("customers", "samples", "at_least"), [(30, 3000, 0.91), (100, 2000, 0.925), (1000, 400, 0.93)]
)
def test_the_interval_holds_the_truth_more_often_than_the_normal_one(
    customers: int, samples: int, at_least: float
) -> None:
    found = intervals(long_tailed(samples, customers))
    mean, error, low, high = (found[name].to_numpy() for name in COLUMNS)
    coverage = np.mean((low <= TRUE_MEAN) & (high >= TRUE_MEAN))
    normal = np.mean(np.abs(mean - TRUE_MEAN) <= Z95 * error)
    assert coverage > at_least
    # at 1,000 customers the two are nearly the same
    assert coverage > normal + {30: 0.03, 100: 0.01, 1000: -0.02}[customers]
    # a normal interval misses above nearly always: what it misses is a mean that is larger than it says
    above, below = np.mean(high < TRUE_MEAN), np.mean(low > TRUE_MEAN)
    normal_above, normal_below = np.mean(mean + Z95 * error < TRUE_MEAN), np.mean(mean - Z95 * error > TRUE_MEAN)
    assert above - below < normal_above - normal_below


def test_values_that_lie_evenly_are_held_95_times_in_100() -> None:
    found = intervals(np.round(np.random.default_rng(3).normal(40, 60, (4000, 12)), 2))
    covered = (found["value_per_customer_low"] <= 40) & (found["value_per_customer_high"] >= 40)
    assert covered.mean() == pytest.approx(0.95, abs=0.015)  # 4,000 draws know it to 0.0034


def holds(mean: float, sample: npt.NDArray[np.float64]) -> float:
    """Return Hall's transformation of the t statistic for a supposed mean, from SciPy's moments."""
    skew = float(stats.skew(sample)) / np.sqrt(len(sample))
    t = (sample.mean() - mean) / stats.sem(sample)
    return float(t + skew * t**2 / 3 + skew**2 * t**3 / 27 + skew / 6)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("customers", [5, 10, 57, 400])
def test_the_ends_are_where_halls_transformation_reaches_the_points_of_students_t(customers: int, sign: int) -> None:
    sample = sign * long_tailed(1, customers, seed=customers)[0]
    point = stats.t.ppf(0.975, customers - 1)
    reach = 1000 * stats.sem(sample)
    found = intervals(sample[None, :]).iloc[0]
    for name, wanted in (("low", point), ("high", -point)):
        end = optimize.brentq(
            lambda mean, wanted=wanted: holds(mean, sample) - wanted, sample.mean() - reach, sample.mean() + reach
        )
        off = found[f"value_per_customer_{name}"] - end
        assert abs(off) < 0.002 * stats.sem(sample)  # the expansion of Student's t is good to 0.0009 from n = 5 on


def test_the_interval_is_the_one_a_bootstrap_of_the_t_statistic_gives() -> None:
    sample = long_tailed(1, 300, seed=8)[0]
    random = np.random.default_rng(5)
    drawn = sample[random.integers(0, 300, (20_000, 300))]
    t = (drawn.mean(axis=1) - sample.mean()) / (drawn.std(axis=1, ddof=1) / np.sqrt(300))
    below, above = np.quantile(t, [0.025, 0.975])
    found = intervals(sample[None, :]).iloc[0]
    error = stats.sem(sample)
    assert found["value_per_customer_high"] == pytest.approx(sample.mean() - below * error, abs=0.12 * error)
    assert found["value_per_customer_low"] == pytest.approx(sample.mean() - above * error, abs=0.12 * error)


@pytest.mark.parametrize("size", [1.0, 33.33, 999_999.0, 2.5e9, 1e12])
def test_equal_values_have_no_interval_and_large_ones_do_not_run_over(size: float) -> None:
    same = intervals(np.full((1, 50), size)).iloc[0]
    assert same["value_per_customer_low"] == pytest.approx(size, rel=1e-6)
    assert same["value_per_customer_high"] == pytest.approx(size, rel=1e-6)
    spread = size * np.random.default_rng(2).lognormal(0, 1, (1, 50))
    scaled = intervals(spread).iloc[0] / size
    expected = intervals(spread / size * 1000).iloc[0] / 1000
    np.testing.assert_allclose(scaled, expected, rtol=0.02 if size == 1 else 2e-3)


def test_the_interval_does_not_depend_on_the_order_of_customers() -> None:
    sample = long_tailed(1, 5000, seed=4)
    turned = sample[:, np.random.default_rng(1).permutation(5000)]
    pd.testing.assert_frame_equal(intervals(sample), intervals(turned), check_exact=True)


def test_all_its_helpers_stay_off_the_pages() -> None:
    helpers = {"value_cubes", "value_per_customer_skew", "value_per_customer_quantile", "value_per_customer_error"}
    assert not any(METRICS[name].is_shown or METRICS[name].of for name in helpers)
