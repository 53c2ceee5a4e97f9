"""Who left and what marketing spend moves: both planted, both found again by other means."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.sample.reading import table, truth_table

MONTHS = 36
YEAR = 365.25


@pytest.fixture(scope="module")
def spend() -> pd.DataFrame:
    """Logarithm of spend by month, a column a segment."""
    rows = table("spend.csv")
    rows = rows.assign(month=pd.PeriodIndex(rows["month"], freq="M"), amount=rows["amount"].astype(float))
    return np.log(rows.pivot_table(index="month", columns="segment", values="amount"))


@pytest.fixture(scope="module")
def margin(clean: pd.DataFrame, segment_of: pd.Series) -> pd.DataFrame:
    """Logarithm of margin by month, a column a planted segment."""
    rows = clean.assign(month=clean["ordered_at"].dt.to_period("M"), segment=clean["customer_id"].map(segment_of))
    return np.log(rows.pivot_table(index="month", columns="segment", values="profit", aggfunc="sum"))


def season_and_trend() -> np.ndarray:
    return np.column_stack([np.eye(12)[np.arange(MONTHS) % 12], np.linspace(-1, 1, MONTHS)])


def own_variation(values: pd.Series) -> float:
    """Standard deviation of what month of the year and trend do not explain."""
    controls = season_and_trend()
    left = values.to_numpy() - controls @ np.linalg.lstsq(controls, values.to_numpy(), rcond=None)[0]
    return float(np.sqrt(left @ left / (MONTHS - controls.shape[1])))


def elasticity(margin: pd.Series, spend: pd.Series) -> tuple[float, float]:
    """Ordinary least squares of one logarithm on the other, and its standard error."""
    design = np.column_stack([spend, season_and_trend()])
    found, *_ = np.linalg.lstsq(design, margin.to_numpy(), rcond=None)
    left = margin.to_numpy() - design @ found
    variance = left @ left / (MONTHS - design.shape[1]) * np.linalg.inv(design.T @ design)
    return float(found[0]), float(np.sqrt(variance[0, 0]))


# --- spend -----------------------------------------------------------------------------------------------------------


def test_budget_shares_are_those_planted(spend: pd.DataFrame, effects: dict[str, Any]) -> None:
    total = np.exp(spend).sum()
    for planted in effects["segments"].values():
        assert total[planted["label"]] / total.sum() == pytest.approx(planted["budget_share"], abs=1e-5)


def test_budgets_vary_on_their_own_only_where_they_are_tested(spend: pd.DataFrame, effects: dict[str, Any]) -> None:
    tested = {planted["label"]: planted["tests_budget"] for planted in effects["segments"].values()}
    assert sum(tested.values()) == 3
    for label, is_tested in tested.items():
        found = own_variation(spend[label])
        assert (0.35 < found < 0.6) if is_tested else (found < 0.12)


def test_elasticities_are_those_planted(margin: pd.DataFrame, spend: pd.DataFrame, effects: dict[str, Any]) -> None:
    for key, planted in effects["segments"].items():
        found, error = elasticity(margin[key], spend[planted["label"]])
        assert abs(found - planted["spend_elasticity"]) < 2 * error
        assert (error < 0.05) if planted["tests_budget"] else (error > 0.15)


def test_response_can_be_told_from_none_where_it_is_worth_knowing(
    margin: pd.DataFrame, spend: pd.DataFrame, effects: dict[str, Any]
) -> None:
    told = {}
    for key, planted in effects["segments"].items():
        found, error = elasticity(margin[key], spend[planted["label"]])
        told[key] = found > 2 * error
    assert {key for key, is_told in told.items() if is_told} == {"weekend_browsers", "everyday_regulars"}


# --- leaving ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def left_on() -> pd.Series:
    return pd.to_datetime(truth_table("segments.csv.gz").set_index("customer_id")["left_on"])


@pytest.fixture(scope="module")
def joined_on() -> pd.Series:
    customers = table("customers.csv.gz").drop_duplicates("customer_id").set_index("customer_id")
    return pd.to_datetime(customers["joined_on"])


def test_as_many_left_as_the_planted_rate_says(
    left_on: pd.Series, joined_on: pd.Series, segment_of: pd.Series, effects: dict[str, Any]
) -> None:
    first, last = (pd.Timestamp(effects["period"][name]) for name in ("first_day", "last_day"))
    years = (last - joined_on.loc[left_on.index].clip(lower=first)).dt.days / YEAR
    rate = segment_of.map({key: planted["leaving_a_year"] for key, planted in effects["segments"].items()})
    chance = 1 - np.exp(-rate * years)
    counts = pd.DataFrame({"found": left_on.notna(), "expected": chance, "variance": chance * (1 - chance)})
    by_segment = counts.groupby(segment_of).sum()
    assert ((by_segment["found"] - by_segment["expected"]).abs() < 3 * np.sqrt(by_segment["variance"])).all()
    shares = left_on.notna().groupby(segment_of).mean()
    assert shares.idxmin() == "offices_and_cafes"
    assert set(shares.nlargest(2).index) == {"fading_subscribers", "gift_givers"}


def test_who_left_buys_no_more(clean: pd.DataFrame, left_on: pd.Series) -> None:
    orders = clean[clean["spend"] > 0]
    # An order keeps its week, so one shortly before leaving may fall a few days after.
    late = orders["ordered_at"] >= orders["customer_id"].map(left_on) + pd.Timedelta(days=14)
    first = orders.groupby("customer_id")["order_id"].first()
    assert set(orders.loc[late, "order_id"]) <= set(first)
    gone = left_on[left_on < "2026-01-01"].index
    assert len(gone) > 250
    later = orders[orders["ordered_at"] >= "2026-01-15"]
    assert later["customer_id"].isin(gone).sum() <= 0.01 * len(gone)
