"""The summary of customers against pandas, and against the one published for CDNOW."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from segmodel.engines import Engine
from segmodel.errors import ValueModelError
from segmodel.value import customer_summary, weekly_repeat_purchases
from tests.support.real_data import real_data
from tests.support.workspaces import load_transactions

AS_OF, UNTIL = dt.date(2026, 3, 31), dt.date(2026, 5, 31)


def some_transactions() -> pd.DataFrame:
    random = np.random.default_rng(11)
    n = 3_000
    return pd.DataFrame(
        {
            "customer_id": random.integers(0, 400, n).astype(str),
            "ordered_at": pd.Timestamp("2025-11-01") + pd.to_timedelta(random.integers(0, 230 * 24, n), unit="h"),
            "amount": np.round(random.normal(20, 15, n), 2),
            "is_cancelled": random.random(n) < 0.05,
        }
    )


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.open(None) as opened:
        yield opened


def test_summary_is_what_pandas_makes_of_the_lines(engine: Engine) -> None:
    lines = some_transactions()
    load_transactions(engine, lines)
    found = customer_summary(engine, as_of=AS_OF, until=UNTIL, unit="days").set_index("customer_id")
    lines["day"] = lines["ordered_at"].dt.normalize()
    bought = lines[(lines["amount"] >= 0) & ~lines["is_cancelled"]]
    days = bought.groupby(["customer_id", "day"])["amount"].sum().reset_index()
    seen, later = days[days["day"] <= "2026-03-31"], days[(days["day"] > "2026-03-31") & (days["day"] <= "2026-05-31")]
    assert len(found) == seen["customer_id"].nunique() < 401
    for customer, rows in seen.groupby("customer_id"):
        row, first = found.loc[customer], rows["day"].min()
        assert row["frequency"] == len(rows) - 1
        assert row["recency"] == (rows["day"].max() - first).days
        assert row["T"] == (pd.Timestamp(AS_OF) - first).days
        repeat = rows.loc[rows["day"] > first, "amount"]
        assert row["monetary_value"] == pytest.approx(repeat.mean() if len(repeat) else 0.0)
        after = later[later["customer_id"] == customer]
        assert row["later_purchases"] == len(after)
        assert row["later_spend"] == pytest.approx(after["amount"].sum())
        is_refund = (lines["customer_id"] == customer) & (lines["amount"] < 0) & (lines["day"] <= "2026-03-31")
        assert row["refunds"] == pytest.approx(-lines.loc[is_refund, "amount"].sum())


def test_cdnow_summary_is_the_one_published(engine: Engine) -> None:
    lines = pd.read_csv(real_data("cdnow/transactions_sample.csv.gz"), dtype={"sample_customer_id": str})
    names = {"sample_customer_id": "customer_id", "date": "ordered_at", "dollar_value": "amount"}
    load_transactions(engine, lines.rename(columns=names)[list(names.values())])
    found = customer_summary(engine, as_of=dt.date(1997, 9, 30), until=dt.date(1998, 6, 30))
    expected = pd.read_csv(real_data("cdnow/calibration_39_weeks.csv")).sort_values("sample_customer_id")
    assert found["customer_id"].astype(int).to_list() == expected["sample_customer_id"].to_list()
    pairs = {"frequency": "x", "recency": "t_x", "T": "T", "monetary_value": "zbar", "later_purchases": "x_star"}
    for ours, theirs in pairs.items():
        np.testing.assert_allclose(found[ours], expected[theirs], atol=1e-4, err_msg=ours)
    np.testing.assert_allclose(found["later_spend"], expected["spend_star"], atol=0.01)


def test_weeks_hold_every_repeat_purchase(engine: Engine) -> None:
    lines = some_transactions()
    load_transactions(engine, lines)
    came, again = weekly_repeat_purchases(engine, as_of=AS_OF, until=UNTIL)
    summary = customer_summary(engine, as_of=AS_OF, until=UNTIL)
    assert came["customers"].sum() == len(summary)
    # 2025-11-01 to 2026-05-31 are 212 days: 30 whole weeks and two days
    assert again["week"].to_list() == list(range(1, 31))
    bought = lines[(lines["amount"] >= 0) & ~lines["is_cancelled"]]
    days = bought.assign(day=bought["ordered_at"].dt.normalize()).drop_duplicates(["customer_id", "day"])
    days = days[days["customer_id"].isin(summary["customer_id"]) & (days["day"] <= "2026-05-31")]
    days = days[days["day"] > days.groupby("customer_id")["day"].transform("min")]
    week = (days["day"] - pd.Timestamp("2025-11-01")).dt.days // 7 + 1
    assert again["purchases"].to_list() == [int((week == number).sum()) for number in range(1, 31)]


def test_all_purchases_on_one_day_are_one(engine: Engine) -> None:
    times = pd.to_datetime(["2026-01-05 09:00", "2026-01-05 18:00", "2026-02-02 10:00"])
    load_transactions(engine, pd.DataFrame({"customer_id": ["a", "a", "b"], "ordered_at": times, "amount": 5.0}))
    found = customer_summary(engine)
    assert found["frequency"].to_list() == [0, 0]
    assert found["T"].to_list() == [4, 0]
    assert found["monetary_value"].to_list() == [0, 0]


def test_periods_without_purchases_are_named(engine: Engine) -> None:
    with pytest.raises(ValueModelError, match="no table of transactions"):
        customer_summary(engine)
    load_transactions(engine, some_transactions())
    with pytest.raises(ValueModelError, match="Nobody bought anything by 2020-01-01"):
        customer_summary(engine, as_of=dt.date(2020, 1, 1))
    with pytest.raises(ValueModelError, match="must end after 2026-05-31"):
        customer_summary(engine, as_of=UNTIL, until=AS_OF)
    with pytest.raises(ValueModelError, match="Found unit 'months'"):
        customer_summary(engine, unit="months")
