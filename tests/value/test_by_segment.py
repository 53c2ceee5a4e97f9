"""Value by segment: sums that agree, retention by hand, what is hidden, and how much a segmentation separates."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from segmodel.definition import Value
from segmodel.engines import Engine
from segmodel.value import forecast_customers, trailing_value, value_separation
from segmodel.value.by_segment import store_customer_value, store_segment_value
from segmodel.value.draws import draw_forecasts
from tests.support.purchases import simulate_lines
from tests.support.workspaces import load_transactions

DAYS = ("2025-12-31", "2026-12-31")


def assigned(lines: pd.DataFrame, segment: pd.Series) -> pd.DataFrame:
    """Return assignments at two snapshots a year apart, everybody in the same segment at both."""
    year = lines[(lines["ordered_at"] > "2025-12-31") & (lines["ordered_at"] <= "2026-12-31")]
    value = year.groupby("customer_id")["amount"].sum().reindex(segment.index).fillna(0.0)
    rows = pd.DataFrame({"customer_id": segment.index, "segment": segment.to_numpy(), "value": value.to_numpy()})
    return pd.concat([rows.assign(snapshot=pd.Timestamp(day)) for day in DAYS]).assign(
        segmentation="behaviour", is_counted=True
    )


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    return simulate_lines(900, 3 * 365 + 1, seed=8)


@pytest.fixture(scope="module")
def segment(lines: pd.DataFrame) -> pd.Series:
    orders = lines.groupby("customer_id").size()
    return pd.Series(np.select([orders > 12, orders > 3], ["s1", "s2"], "s3"), orders.index)


@pytest.fixture(scope="module")
def engine(lines: pd.DataFrame, segment: pd.Series) -> Iterator[Engine]:
    with Engine.open(None) as opened:
        load_transactions(opened, lines)
        load_assignments(opened, assigned(lines, segment))
        yield opened


def load_assignments(engine: Engine, rows: pd.DataFrame) -> None:
    with engine.loaded("given_rows", rows):
        engine.execute(
            "CREATE OR REPLACE TABLE assignments AS SELECT segmentation, snapshot::DATE AS snapshot, customer_id, "
            "segment, value::DECIMAL(18,4) AS value, is_counted FROM given_rows"
        )
    engine.execute(
        "CREATE OR REPLACE TABLE snapshots AS SELECT DISTINCT snapshot, TRUE AS is_window_complete FROM assignments"
    )


def stored(engine: Engine, settings: Value, minimum_group: int = 10) -> pd.DataFrame:
    for table in ("customer_value", "segment_value"):
        engine.execute(f"DROP TABLE IF EXISTS {table}")
    forecast = forecast_customers(engine, settings, engine.value("SELECT max(snapshot) FROM snapshots"))
    store_customer_value(engine, forecast)
    store_segment_value(engine, "behaviour", forecast, draw_forecasts(forecast, n_draws=20), settings, minimum_group)
    return engine.frame("SELECT * FROM segment_value ORDER BY segment").set_index("segment")


def test_segments_add_up_to_all_customers(engine: Engine) -> None:
    found = stored(engine, Value(), minimum_group=1)
    assert set(found["basis"]) == {"model"}
    parts = found.drop("")
    for name in ("customers", "lifetime_value", "may_leave", "value_at_risk", "lifetime_value_share"):
        assert parts[name].sum() == pytest.approx(found.loc["", name])
    assert (found["lifetime_value_low"] < found["lifetime_value"]).all()
    assert (found["lifetime_value"] < found["lifetime_value_high"]).all()
    assert found.loc["s1", "churn_risk"] < found.loc["s3", "churn_risk"]


def test_without_a_forecast_value_is_last_years_thinned_by_retention(
    engine: Engine, lines: pd.DataFrame, segment: pd.Series
) -> None:
    found = stored(engine, Value(largest_error=0.0001))
    assert set(found["basis"]) == {"trailing"}
    day = lines["ordered_at"]
    before = set(lines.loc[(day > "2024-12-31") & (day <= "2025-12-31"), "customer_id"])
    now = lines[day > "2025-12-31"]
    for name in ("s1", "s2", "s3"):
        members = set(segment.index[segment == name])
        retention = len(members & before & set(now["customer_id"])) / len(members & before)
        value = now.loc[now["customer_id"].isin(members), "amount"].sum()
        expected = trailing_value([value], retention, months=12, discount=0.1)[0]
        assert found.loc[name, "lifetime_value"] == pytest.approx(expected, rel=1e-6)
        assert found.loc[name, "churn_risk"] == pytest.approx(1 - retention)
        interval = stats.binomtest(
            len(members & before) - len(members & before & set(now["customer_id"])), len(members & before)
        ).proportion_ci(method="wilson")
        assert found.loc[name, "churn_risk_low"] == pytest.approx(interval.low)


def test_small_segments_are_hidden_with_one_more(engine: Engine, lines: pd.DataFrame, segment: pd.Series) -> None:
    few = segment.copy()
    few.iloc[:5] = "s4"
    load_assignments(engine, assigned(lines, few))
    found = stored(engine, Value())
    load_assignments(engine, assigned(lines, segment))
    assert found.loc["s4", "suppressed"]
    assert found["suppressed"].sum() == 2
    numbers = found.select_dtypes("number").columns
    assert found.loc[found["suppressed"], numbers].isna().all(axis=None)


def test_separation_is_the_eta_squared_of_an_analysis_of_variance(
    engine: Engine, lines: pd.DataFrame, segment: pd.Series
) -> None:
    found = value_separation(engine, "behaviour")
    value = assigned(lines, segment).iloc[: len(segment)].set_index("customer_id")["value"]
    f = stats.f_oneway(*(value[segment == name] for name in ("s1", "s2", "s3"))).statistic
    n, k = len(segment), 3
    assert found.explained == pytest.approx(f * (k - 1) / (f * (k - 1) + n - k))
    assert found.next_year == pytest.approx(found.explained)
    tenths = pd.qcut(value.rank(method="first"), 10, labels=False)
    between = sum(len(part) * (part.mean() - value.mean()) ** 2 for _, part in value.groupby(tenths))
    assert found.deciles == pytest.approx(between / ((value - value.mean()) ** 2).sum(), rel=1e-3)


def test_random_splits_separate_as_much_as_is_said(engine: Engine, lines: pd.DataFrame, segment: pd.Series) -> None:
    found = value_separation(engine, "behaviour")
    value = assigned(lines, segment).iloc[: len(segment)]["value"].to_numpy()
    random = np.random.default_rng(2)
    labels = pd.factorize(segment)[0]
    total = ((value - value.mean()) ** 2).sum()
    shares = []
    for _ in range(2_000):
        shuffled = random.permutation(labels)
        counts = np.bincount(shuffled)
        means = np.bincount(shuffled, weights=value) / counts
        shares.append((counts * (means - value.mean()) ** 2).sum() / total)
    assert np.mean(shares) == pytest.approx(found.by_chance, rel=0.1)
    assert np.mean(np.array(shares) < found.chance_high) == pytest.approx(0.95, abs=0.02)


def test_large_values_do_not_overflow(engine: Engine, lines: pd.DataFrame, segment: pd.Series) -> None:
    rows = assigned(lines, segment)
    load_assignments(engine, rows.assign(value=rows["value"] * 1e5))
    found = value_separation(engine, "behaviour")
    load_assignments(engine, rows)
    assert found.explained == pytest.approx(value_separation(engine, "behaviour").explained, rel=1e-4)
