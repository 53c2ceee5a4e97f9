from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmodel.definition import Definition, parse_definition
from segmodel.engines import Engine
from segmodel.errors import FeatureError
from segmodel.features import months_before, plan_snapshots
from tests.features.plain import step_back
from tests.support.workspaces import load_transactions

DAY = dt.date.fromisoformat


@pytest.fixture
def engine() -> Iterator[Engine]:
    """Purchases on every day from 2023-11-15 to 2026-03-10, and a refund and a cancelled order later on."""
    days = pd.date_range("2023-11-15", "2026-03-10")
    transactions = pd.DataFrame({"customer_id": "a", "ordered_at": days, "amount": 1.0, "is_cancelled": False})
    later = pd.DataFrame(
        {
            "customer_id": "a",
            "ordered_at": pd.to_datetime(["2026-05-01", "2026-06-01"]),
            "amount": [-1.0, 1.0],
            "is_cancelled": [False, True],
        }
    )
    with Engine.open(None) as opened:
        load_transactions(opened, pd.concat([transactions, later], ignore_index=True))
        yield opened


def defined(**settings: object) -> Definition:
    content = {
        "name": "x",
        "sources": {"transactions": {"path": "x.csv"}},
        "segmentation": [{"name": "tiers", "method": "value_tiers"}],
    }
    return parse_definition({**content, **settings})


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2024-02-29", 12, "2023-02-28"),
        ("2025-02-28", 12, "2024-02-29"),  # a month end stays a month end
        ("2024-02-28", 12, "2023-02-28"),
        ("2026-03-31", 1, "2026-02-28"),
        ("2026-03-30", 1, "2026-02-28"),
        ("2026-03-28", 1, "2026-02-28"),
        ("2026-01-31", 2, "2025-11-30"),
        ("2025-11-30", 2, "2025-09-30"),
        ("2025-11-30", 1, "2025-10-31"),
        ("2026-12-15", 0, "2026-12-15"),
        ("2026-01-15", 13, "2024-12-15"),
    ],
)
def test_months_before(day: str, months: int, expected: str) -> None:
    assert months_before(DAY(day), months) == DAY(expected)


@given(st.dates(dt.date(1950, 1, 1), dt.date(2100, 12, 31)), st.integers(0, 240))
def test_months_before_agrees_with_calendar_periods(day: dt.date, months: int) -> None:
    assert months_before(day, months) == step_back(day, months)


def test_the_latest_snapshot_is_the_day_of_the_last_purchase(engine: Engine) -> None:
    assert plan_snapshots(engine, defined())[-1].day == DAY("2026-03-10")
    assert plan_snapshots(engine, defined(as_of=DAY("2025-06-30")))[-1].day == DAY("2025-06-30")
    assert plan_snapshots(engine, defined(as_of=DAY("2025-06-30")), DAY("2025-05-05"))[-1].day == DAY("2025-05-05")


def test_history_is_month_ends_and_the_day_a_year_before(engine: Engine) -> None:
    found = plan_snapshots(engine, defined(history_months=12))
    month_ends = [day.date() for day in pd.date_range("2025-02-28", "2026-02-28", freq="ME")]
    assert [s.day for s in found] == sorted([*month_ends, DAY("2025-03-10"), DAY("2026-03-10")])
    assert [s.day for s in found if s.is_month_end] == month_ends


def test_history_starts_with_the_first_purchase_and_says_when_its_window_is_full(engine: Engine) -> None:
    found = plan_snapshots(engine, defined(history_months=60), DAY("2024-11-30"))
    assert found[0].day == DAY("2023-11-30")
    full = {s.day for s in found if s.is_window_complete}
    # the window of 2024-11-14 starts the day of the first purchase; that of October two weeks before it
    assert full == {DAY("2024-11-30")}
    (edge,) = plan_snapshots(engine, defined(history_months=0), DAY("2024-11-14"))[-1:]
    assert edge.is_window_complete
    (early,) = plan_snapshots(engine, defined(history_months=0), DAY("2024-11-13"))[-1:]
    assert not early.is_window_complete


def test_a_day_to_fit_on_is_a_snapshot(engine: Engine) -> None:
    tiers = {"name": "tiers", "method": "value_tiers", "fit_as_of": DAY("2025-07-12")}
    found = plan_snapshots(engine, defined(history_months=1, segmentation=[tiers]))
    assert DAY("2025-07-12") in [s.day for s in found]


def test_a_day_before_the_first_purchase_is_refused(engine: Engine) -> None:
    with pytest.raises(
        FeatureError, match=r"Nothing was bought up to 2020-01-01: the first purchase is of 2023-11-15\."
    ):
        plan_snapshots(engine, defined(), DAY("2020-01-01"))


def test_no_purchase_at_all_is_refused(engine: Engine) -> None:
    engine.execute("DELETE FROM transactions WHERE amount > 0 AND NOT is_cancelled")
    with pytest.raises(FeatureError, match="No purchase was found"):
        plan_snapshots(engine, defined())
