from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from segmodel.drift.behaviour import ORDERS, SPEND, against_reference, behaviour_reason, since_when
from segmodel.drift.verdicts import Limits

REFERENCE = dt.date(2025, 6, 30)


def _months(factor: float, since: str, months: int = 24, members: int = 1000) -> pd.DataFrame:
    """A segment that buys once a month, more in December; from `since` on by a factor of it."""
    random = np.random.default_rng(0)
    days = pd.date_range(end="2026-06-30", periods=months, freq="ME")
    rate = np.where(days.month == 12, 2.0, 1.0) * np.where(days >= since, factor, 1.0)
    orders = random.poisson(rate * members)
    return pd.DataFrame(
        {
            "snapshot": days,
            "segment": "s1",
            "members": members,
            "orders": orders.astype(float),
            # of Poisson counts: mean plus mean squared, times members
            "orders_squared": members * (rate + rate**2),
            "spend": orders * 20.0,
        }
    )


def _reason(months: pd.DataFrame, measure: object = ORDERS) -> object:
    compared = against_reference(months, REFERENCE, measure)
    return behaviour_reason(compared, "Subscribers", measure, "June 2025", Limits(), lambda value: f"£{value:.2f}")


def test_a_lasting_fall_is_said_with_its_size_its_noise_and_its_month() -> None:
    reason, p_value = _reason(_months(0.75, "2025-10-01"))
    assert reason.verdict == "unfit"
    assert reason.since == dt.date(2025, 10, 31)
    assert -0.27 < reason.change < -0.23
    assert p_value < 0.001
    assert reason.text.startswith("Subscribers buy 2")
    for words in (
        "less often than when they were defined: ",
        " orders a month since October 2025, ",
        " in the same months of the year to June 2025; far outside noise (95% interval ",
    ):
        assert words in reason.text


def test_seasons_are_no_change() -> None:
    reason, p_value = _reason(_months(1.0, "2025-10-01"))
    assert p_value > 0.01
    assert abs(reason.change) < 0.1


def test_without_a_year_of_reference_the_average_stands_for_it_and_it_is_said() -> None:
    compared = against_reference(_months(0.6, "2025-10-01", months=18), REFERENCE, ORDERS)
    assert not compared["is_seasonal"].any()
    reason, _ = behaviour_reason(compared, "Subscribers", ORDERS, "June 2025", Limits(), str)
    assert "Seasons could not be taken out" in reason.text


def _seldom(seed: int, members: int, by_month: Callable[[int], float], stopped: str = "2099-01-01") -> pd.DataFrame:
    """A segment whose members order at random, by calendar month, and not at all once they have stopped."""
    random = np.random.default_rng(seed)
    days = pd.date_range(end="2026-06-30", periods=24, freq="ME")
    rates = [0.0 if day >= pd.Timestamp(stopped) else by_month(day.month) for day in days]
    orders = [random.poisson(rate, size=members).astype(float) for rate in rates]
    return pd.DataFrame(
        {
            "snapshot": days,
            "segment": "s1",
            "members": members,
            "orders": [each.sum() for each in orders],
            "orders_squared": [(each**2).sum() for each in orders],
            "spend": [each.sum() * 20.0 for each in orders],
        }
    )


def _only_gifts(month: int) -> float:
    return {11: 0.2, 12: 0.6}.get(month, 0.0 if month in {1, 2, 7} else 0.02)


def test_orders_that_stop_are_told_with_the_month_they_stopped() -> None:
    reason, p_value = _reason(_seldom(1, 200, lambda _: 0.3, stopped="2026-01-01"))
    assert reason.verdict == "unfit"
    assert reason.since == dt.date(2026, 1, 31)
    assert reason.headline == "Subscribers have stopped buying"
    assert p_value < 0.001


def test_gifts_that_stop_are_told_although_months_without_orders_are_usual() -> None:
    compared = against_reference(_seldom(1, 1000, _only_gifts), REFERENCE, ORDERS)
    assert compared["is_seasonal"].all()
    quiet = compared[compared["snapshot"].dt.month == 7]
    assert (quiet["level"] == 0).all()
    assert (quiet["expected"] == 0).all()
    assert np.isfinite(compared.loc[compared["snapshot"] > pd.Timestamp(REFERENCE), "deviation"]).all()
    reason, p_value = _reason(_seldom(1, 5000, _only_gifts, stopped="2025-11-01"))
    assert (reason.verdict, p_value < 0.01) == ("unfit", True)


@pytest.mark.parametrize("members", [12, 100])
@pytest.mark.parametrize("by_month", [lambda _: 0.05, _only_gifts], ids=["seldom", "gifts"])
def test_months_without_orders_by_chance_are_no_change(members: int, by_month: Callable[[int], float]) -> None:
    told = [_reason(_seldom(seed, members, by_month)) for seed in range(40)]
    false = sum(p_value <= 0.01 and reason.verdict != "fit" for reason, p_value in told)
    assert false <= 2  # of 40; 1% are allowed


def test_too_few_months_say_nothing() -> None:
    months = _months(0.5, "2026-01-01")
    compared = against_reference(months, dt.date(2026, 3, 31), ORDERS)
    assert behaviour_reason(compared, "Subscribers", ORDERS, "June 2025", Limits(), str) is None


def test_what_an_order_brings_is_followed_on_its_own() -> None:
    months = _months(0.75, "2025-10-01")
    dearer = months.assign(spend=months["spend"] * np.where(months["snapshot"] >= "2026-01-01", 1.4, 1.0))
    reason, _ = _reason(dearer, SPEND)
    assert (reason.verdict, reason.since) == ("unfit", dt.date(2026, 1, 31))
    assert "spend 40% more an order" in reason.text
    assert "£28.00 an order since January 2026, £20.00 in the same months" in reason.text


def test_a_month_without_orders_is_left_out_rather_than_taken_for_an_infinite_fall() -> None:
    months = _months(1.0, "2025-10-01")
    months.loc[20, ["orders", "spend"]] = 0.0
    compared = against_reference(months, REFERENCE, ORDERS)
    assert np.isfinite(compared["deviation"].dropna()).all()


def test_since_when_breaks_at_the_latest_snapshot_without_drift() -> None:
    days = list(pd.date_range("2026-01-31", periods=4, freq="ME"))
    assert since_when(dict(zip(days, [True, True, False, True], strict=True))) == dt.date(2026, 4, 30)
    assert since_when(dict(zip(days, [True, True, True, False], strict=True))) is None
