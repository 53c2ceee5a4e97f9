"""The forecast of a build: believed where a held-out year bears it out, and set aside with a reason where not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from segmodel.definition import Value
from segmodel.engines import Engine
from segmodel.errors import ValueModelError
from segmodel.value import Forecast, forecast_customers
from segmodel.value.draws import draw_forecasts, group_draws
from segmodel.value.recent import recent_columns
from segmodel.value.summary import summarise
from tests.support.purchases import simulate_lines
from tests.support.real_data import real_data
from tests.support.workspaces import load_transactions, make_transactions

END = dt.date(2026, 1, 1)


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    return simulate_lines(1_500, 3 * 365, seed=5)


@pytest.fixture(scope="module")
def engine(lines: pd.DataFrame) -> Iterator[Engine]:
    with Engine.open(None) as opened:
        load_transactions(opened, lines)
        yield opened


@pytest.fixture(scope="module")
def forecast(engine: Engine) -> Forecast:
    return forecast_customers(engine, Value(discount=0.0), END)


def test_forecast_foretells_the_year_that_follows(forecast: Forecast, lines: pd.DataFrame) -> None:
    assert forecast.basis == "model"
    later = lines[lines["ordered_at"] > pd.Timestamp(END)]
    later = later[later["customer_id"].isin(forecast.customers["customer_id"])]
    assert forecast.customers["lifetime_spend"].sum() == pytest.approx(later["amount"].sum(), rel=0.1)


def test_risk_is_higher_for_those_who_bought_nothing_more(forecast: Forecast, lines: pd.DataFrame) -> None:
    later = set(lines.loc[lines["ordered_at"] > pd.Timestamp(END), "customer_id"])
    came_back = forecast.customers["customer_id"].isin(later)
    risk = forecast.customers["churn_risk"]
    assert risk[~came_back].mean() > 0.7
    assert risk[came_back].mean() < 0.2
    assert risk.between(0, 1).all()


def test_holdout_holds_the_last_year_against_the_forecast(forecast: Forecast) -> None:
    assert forecast.holdout is not None
    assert forecast.holdout.as_of == END - dt.timedelta(days=365)
    assert forecast.holdout.until == END
    assert f"{forecast.holdout.check.actual:,.0f} made" in forecast.reason


def test_where_nobody_leaves_there_is_no_forecast_but_a_reason() -> None:
    with Engine.open(None) as engine:
        load_transactions(engine, simulate_lines(600, 3 * 365, seed=6, leave=1e-6))
        found = forecast_customers(engine, Value())
    assert found.basis == "trailing"
    assert "no customer ever leaves" in (found.model.warning_ or "" if found.model else "")
    assert "Do not read lifetime value as fact" in found.reason
    assert found.customers["lifetime_spend"].isna().all()


def test_error_past_the_limit_of_the_definition_sets_the_forecast_aside(engine: Engine) -> None:
    found = forecast_customers(engine, Value(largest_error=0.0001), END)
    assert found.basis == "trailing"
    assert "the error is more than" in found.reason


def test_few_days_of_purchases_cannot_be_held_out(lines: pd.DataFrame) -> None:
    with Engine.open(None) as engine:
        load_transactions(engine, lines[lines["ordered_at"] < "2024-04-01"])
        found = forecast_customers(engine, Value())
    assert found.basis == "trailing"
    assert found.holdout is None
    assert "fewer than 180 days" in found.reason


def test_nobody_came_back_is_no_failure() -> None:
    once = pd.DataFrame(
        {"customer_id": ["a", "b"], "ordered_at": pd.to_datetime(["2025-01-01"] * 2), "amount": [3.0, 4]}
    )
    with Engine.open(None) as engine:
        load_transactions(engine, once)
        found = forecast_customers(engine, Value())
    assert found.basis == "trailing"
    assert "bought on a second day" in found.reason


def test_nothing_bought_is_said() -> None:
    refunds = pd.DataFrame({"customer_id": ["a"], "ordered_at": pd.to_datetime(["2025-01-01"]), "amount": [-3.0]})
    with Engine.open(None) as engine:
        load_transactions(engine, refunds)
        with pytest.raises(ValueModelError, match="Nobody bought anything"):
            forecast_customers(engine, Value())


def test_cdnow_is_forecast_with_its_published_error() -> None:
    """Of the whole 78 weeks the second half is held out, the split of Fader, Hardie & Lee 2005."""
    given = pd.read_csv(real_data("cdnow/transactions_sample.csv.gz"), dtype={"sample_customer_id": str})
    frame = pd.DataFrame(
        {
            "customer_id": given["sample_customer_id"],
            "ordered_at": pd.to_datetime(given["date"]),
            "amount": given["dollar_value"],
        }
    )
    with Engine.open(None) as engine:
        load_transactions(engine, frame)
        found = forecast_customers(engine, Value())
    assert found.holdout is not None
    assert found.holdout.check.actual == 1882
    assert found.basis == "model"
    assert len(found.customers) == 2357


@pytest.mark.parametrize("margin", [None, 0.4])
def test_recent_years_are_what_pandas_makes_of_the_lines(margin: float | None) -> None:
    frame = make_transactions(seed=3, customers=40)
    frame = frame if margin is None else frame.drop(columns="margin")
    end = dt.date(2026, 2, 28)
    with Engine.open(None) as engine:
        load_transactions(engine, frame)
        found = summarise(engine, end, more=recent_columns(engine, end, margin)).set_index("customer_id")
    counted = frame[(frame["ordered_at"].dt.date <= end) & ~(frame["is_cancelled"] & (frame["amount"] >= 0))]
    worth = counted["margin"] if margin is None else counted["amount"] * margin
    last = counted["ordered_at"] >= "2025-03-01"
    expected = worth[last].groupby(counted["customer_id"]).sum().reindex(found.index).fillna(0)
    np.testing.assert_allclose(found["value"], expected, atol=1e-6)
    before = (counted["ordered_at"] >= "2024-03-01") & ~last
    for name, rows in (("bought", last), ("came", before), ("came_back", last)):
        assert set(found.index[found[name]]) == set(counted.loc[rows & (counted["amount"] >= 0), "customer_id"])


def test_retention_of_a_short_history_is_that_from_its_first_half_to_its_second() -> None:
    days = pd.to_datetime(["2025-01-01", "2025-04-10", "2025-05-01", "2025-03-01", "2025-06-29"])
    frame = pd.DataFrame({"customer_id": list("aabcd"), "ordered_at": days, "amount": 10.0})
    with Engine.open(None) as engine:
        load_transactions(engine, frame)
        end = dt.date(2025, 6, 29)
        found = summarise(engine, end, more=recent_columns(engine, end)).set_index("customer_id")
    assert found["came"].to_dict() == {"a": True, "b": False, "c": True, "d": False}
    assert found["came_back"].to_dict() == {"a": True, "b": True, "c": False, "d": True}


def test_draws_scatter_around_the_forecast(forecast: Forecast) -> None:
    draws = draw_forecasts(forecast, n_draws=40)
    assert draws is not None
    groups = pd.Series(
        np.where(forecast.customers["frequency"] > 3, "often", "rarely"), forecast.customers["customer_id"]
    )
    moved = group_draws(draws, groups)
    assert set(moved) == {"", "often", "rarely"}
    for ratio, change in moved.values():
        assert abs(ratio.mean() - 1) < 3 * ratio.std() / np.sqrt(40) + 0.02
        assert 0.005 < ratio.std() < 0.2
        assert abs(change.mean()) < 0.02


def test_no_forecast_has_no_draws(engine: Engine) -> None:
    assert draw_forecasts(forecast_customers(engine, Value(largest_error=0.0001), END)) is None
