from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pandas as pd
import pytest

from segmodel.definition import Definition, parse_definition
from segmodel.engines import Engine
from segmodel.features import CATALOGUE, available_features, compute_features, plan_snapshots, value_basis
from tests.features.plain import plain_features
from tests.support.workspaces import load_transactions, make_transactions

ALWAYS = ["value", "orders", "revenue", "days_since_last"]


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.open(None) as opened:
        yield opened


def defined(**settings: object) -> Definition:
    content = {
        "name": "x",
        "sources": {"transactions": {"path": "x.csv"}},
        "segmentation": [{"name": "tiers", "method": "value_tiers"}],
    }
    return parse_definition({**content, **settings})


def computed(
    engine: Engine, transactions: pd.DataFrame, definition: Definition, as_of: dt.date | None = None
) -> dict[dt.date, pd.DataFrame]:
    """Return the features of every snapshot, indexed by customer_id."""
    load_transactions(engine, transactions)
    compute_features(engine, available_features(engine), plan_snapshots(engine, definition, as_of))
    frame = engine.frame("SELECT * REPLACE (snapshot::VARCHAR AS snapshot) FROM customer_features ORDER BY customer_id")
    return {
        dt.date.fromisoformat(day): rows.drop(columns="snapshot").set_index("customer_id")
        for day, rows in frame.groupby("snapshot")
    }


def assert_equal(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    assert set(found) == set(expected)
    assert list(found.index) == list(expected.index)
    for name in expected:
        if name in {"main_channel", "favourite_category"}:
            assert [None if pd.isna(text) else text for text in found[name]] == [
                None if pd.isna(text) else text for text in expected[name]
            ]
        else:
            # money has four decimals in the store
            pd.testing.assert_series_equal(
                found[name].astype(float),
                expected[name].astype(float),
                check_names=False,
                check_index_type=False,
                rtol=1e-9,
                atol=6e-4 if name == "value" else 1e-8,
            )


@pytest.mark.parametrize(("window", "margins_missing"), [(12, False), (3, True), ("all", False)])
def test_every_feature_equals_a_plain_computation_at_every_snapshot(
    engine: Engine, window: int | str, margins_missing: bool
) -> None:
    transactions = make_transactions(seed=3, customers=25, margins_missing=margins_missing)
    definition = defined(history_months=14, features={"window_months": window})
    by_snapshot = computed(engine, transactions, definition, dt.date(2026, 3, 17))
    assert len(by_snapshot) == 17  # 15 month ends, the day itself and the day a year before
    for day in sorted(by_snapshot)[::4]:  # the plain computation is slow
        found = by_snapshot[day]
        assert_equal(found, plain_features(transactions, day, window))
    names = {*CATALOGUE, *ALWAYS, "web_share", "store_share", "phone_share"} - {"channel_share"}
    assert set(found) == names


@pytest.mark.parametrize("seed", range(3))
def test_three_columns_are_enough(engine: Engine, seed: int) -> None:
    transactions = make_transactions(seed=seed, customers=15, rich=False)
    by_snapshot = computed(engine, transactions, defined(history_months=2))
    assert value_basis(engine) == "revenue"
    for day, found in by_snapshot.items():
        assert_equal(found, plain_features(transactions, day))
        assert found["value"].astype(float).sum() == pytest.approx(found["monetary"].sum())


@pytest.mark.parametrize("as_of", [dt.date(2026, 3, 31), dt.date(2026, 2, 11), dt.date(2024, 2, 29)])
def test_history_knows_nothing_of_the_future(engine: Engine, as_of: dt.date) -> None:
    transactions = make_transactions(seed=11, customers=20)
    history = computed(engine, transactions, defined(history_months=12), as_of)
    assert max(history) == as_of
    for day, found in history.items():
        then = transactions[transactions["ordered_at"].dt.date <= day]
        with Engine.open(None) as another:
            alone = computed(another, then, defined(history_months=0), day)[day]
        pd.testing.assert_frame_equal(found[sorted(alone)], alone[sorted(alone)], check_index_type=False)


def test_windows_are_open_at_their_start_and_closed_at_their_end(engine: Engine) -> None:
    days = ["2025-02-28", "2025-03-01", "2026-02-28", "2026-03-01"]
    transactions = pd.DataFrame(
        {
            "customer_id": ["out", "first", "last", "after"],
            "ordered_at": pd.to_datetime([f"{day} 23:59:59" for day in days]),
            "amount": [1.0, 2.0, 4.0, 8.0],
        }
    )
    found = computed(engine, transactions, defined(history_months=0), dt.date(2026, 2, 28))[dt.date(2026, 2, 28)]
    assert found["monetary"].to_dict() == {"out": 0.0, "first": 2.0, "last": 4.0}
    assert found["recency_days"].to_dict() == {"out": 365.0, "first": 364.0, "last": 0.0}


def test_an_order_over_a_month_end_counts_once_however_many_snapshots_there_are(engine: Engine) -> None:
    transactions = pd.DataFrame(
        {
            "customer_id": "a",
            "ordered_at": pd.to_datetime(["2026-01-31", "2026-02-01", "2026-02-10"]),
            "amount": 1.0,
            "order_id": ["one", "one", "two"],
            "channel": ["web", "web", "store"],
        }
    )
    for months in (0, 3):
        found = computed(engine, transactions, defined(history_months=months))[dt.date(2026, 2, 10)].loc["a"]
        assert found["frequency"] == 2
        assert found["web_share"] == 0.5


def test_customers_who_only_gave_back_or_cancelled_are_not_there(engine: Engine) -> None:
    transactions = pd.DataFrame(
        {
            "customer_id": ["buyer", "for nothing", "refunded", "void"],
            "ordered_at": pd.Timestamp("2026-01-05"),
            "amount": [5.0, 0.0, -5.0, 5.0],
            "is_cancelled": [False, False, False, True],
        }
    )
    (found,) = computed(engine, transactions, defined(history_months=0)).values()
    assert list(found.index) == ["buyer", "for nothing"]
    assert found["frequency"].to_list() == [1, 1]


def test_same_order_id_of_two_customers_is_two_orders(engine: Engine) -> None:
    transactions = pd.DataFrame(
        {"customer_id": ["a", "b"], "ordered_at": pd.Timestamp("2026-01-05"), "amount": 5.0, "order_id": "7"}
    )
    (found,) = computed(engine, transactions, defined(history_months=0)).values()
    assert found["frequency"].to_dict() == {"a": 1, "b": 1}


def test_attributes_of_customers_become_features(engine: Engine) -> None:
    load_transactions(engine, make_transactions(seed=1, customers=5, rich=False))
    people = pd.DataFrame({"customer_id": ["c0001", "c0002"], "region": ["north", None], "age": [41.0, 52.0]})
    with engine.loaded("customers", people):
        features = available_features(engine)
        assert (features["region"].unit, features["age"].unit) == ("category", "number")
        compute_features(engine, features, plan_snapshots(engine, defined(history_months=0)))
    found = engine.frame("SELECT customer_id, region, age FROM customer_features").set_index("customer_id")
    assert len(found) == 5
    assert found["age"].dropna().to_dict() == {"c0001": 41.0, "c0002": 52.0}
    assert found["region"].dropna().to_dict() == {"c0001": "north"}


def test_awkward_values_of_a_channel_make_usable_features(engine: Engine) -> None:
    names = ["O'Brien; DROP", "日本", "{literal}", "<b>Web</b>"]
    transactions = pd.DataFrame(
        {
            "customer_id": "a",
            "ordered_at": pd.date_range("2026-01-01", periods=len(names)),
            "amount": 1.0,
            "channel": names,
        }
    )
    (found,) = computed(engine, transactions, defined(history_months=0)).values()
    shares = [name for name in found if name.endswith("_share") and name not in CATALOGUE]
    assert len(shares) == len(names)
    assert (found[shares] == 0.25).all(axis=None)


def test_two_channels_that_differ_in_case_both_keep_a_feature(engine: Engine) -> None:
    transactions = pd.DataFrame(
        {
            "customer_id": "a",
            "ordered_at": pd.date_range("2026-01-01", periods=4),
            "amount": 1.0,
            "channel": ["Web", "Web", "Web", "web"],
        }
    )
    (found,) = computed(engine, transactions, defined(history_months=0)).values()
    shares = {name: found[name].iloc[0] for name in found if name.startswith("web")}
    assert sorted(shares.values()) == [0.25, 0.75]
