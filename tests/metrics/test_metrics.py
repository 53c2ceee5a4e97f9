from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from segmodel.engines import Engine
from segmodel.metrics import METRICS
from tests.metrics.made import DAYS, make_assignments, measure

KEYS = ["snapshot", "segment", "filter_1", "filter_2"]
LATEST = pd.Timestamp(DAYS[-1])


@pytest.fixture(scope="module")
def assignments() -> pd.DataFrame:
    return make_assignments()


@pytest.fixture(scope="module")
def metrics(assignments: pd.DataFrame) -> pd.DataFrame:
    return measure(assignments)


def one(metrics: pd.DataFrame, segment: str, day: dt.date = DAYS[-1], channel: str = "", region: str = "") -> pd.Series:
    chosen = metrics[
        (metrics["snapshot"] == pd.Timestamp(day))
        & (metrics["segment"] == segment)
        & (metrics["filter_1"] == channel)
        & (metrics["filter_2"] == region)
    ]
    assert len(chosen) == 1
    return chosen.iloc[0]


def groups(assignments: pd.DataFrame) -> pd.DataFrame:
    """Return counts and sums by pandas, for every choice of segment and filters, all of them included."""
    parts = []
    for kept in itertools.product([True, False], repeat=3):
        names = [name for name, on in zip(KEYS[1:], kept, strict=True) if on]
        grouped = assignments.groupby(["snapshot", *names])
        part = grouped.agg(
            customers=("customer_id", "size"),
            value=("value", "sum"),
            revenue=("revenue", "sum"),
            orders=("orders", "sum"),
            recency_median=("days_since_last", "median"),
            active_customers=("orders", lambda orders: (orders > 0).sum()),
            value_sd=("value", "std"),
        ).reset_index()
        parts.append(part.assign(**{name: "" for name in KEYS[1:] if name not in names}))
    return pd.concat(parts, ignore_index=True).sort_values(KEYS, ignore_index=True)


def test_counts_and_sums_equal_pandas_for_every_choice(metrics: pd.DataFrame, assignments: pd.DataFrame) -> None:
    expected = groups(assignments)
    assert (metrics[KEYS].to_numpy() == expected[KEYS].to_numpy()).all()
    shown = ~metrics["suppressed"]
    assert shown.mean() > 0.9
    for name in ("customers", "value", "revenue", "orders", "recency_median"):
        pd.testing.assert_series_equal(
            metrics.loc[shown, name].astype(float), expected.loc[shown, name].astype(float), rtol=1e-12
        )


def test_ratios_follow_from_counts_and_sums(metrics: pd.DataFrame, assignments: pd.DataFrame) -> None:
    expected = groups(assignments)
    totals = expected[expected["segment"] == ""].drop(columns="segment")
    wide = expected.merge(totals, on=["snapshot", "filter_1", "filter_2"], suffixes=("", "_all"), how="left")
    wide = wide.sort_values(KEYS, ignore_index=True)
    formulas = {
        "customer_share": wide["customers"] / wide["customers_all"],
        "value_share": wide["value"] / wide["value_all"],
        "value_index": 100 * (wide["value"] / wide["value_all"]) / (wide["customers"] / wide["customers_all"]),
        "value_per_customer": wide["value"] / wide["customers"],
        "orders_per_customer": wide["orders"] / wide["customers"],
        "average_order_value": wide["revenue"] / wide["orders"],
        "value_per_customer_error": wide["value_sd"] / np.sqrt(wide["customers"]),
    }
    shown = ~metrics["suppressed"]
    assert (wide.loc[shown, "value_all"] > 0).all()
    for name, values in formulas.items():
        pd.testing.assert_series_equal(metrics.loc[shown, name], values[shown], check_names=False, rtol=1e-9)


def test_shares_add_up_to_one(metrics: pd.DataFrame) -> None:
    whole = metrics.groupby(["snapshot", "filter_1", "filter_2"])["suppressed"].transform("sum") == 0
    sums = metrics[whole & (metrics["segment"] != "")].groupby(["snapshot", "filter_1", "filter_2"])
    assert len(sums) >= len(DAYS) * 6
    np.testing.assert_allclose(sums["customer_share"].sum(), 1, atol=1e-12)
    np.testing.assert_allclose(sums["value_share"].sum(), 1, atol=1e-12)


def test_all_values_of_a_filter_add_up_to_all(metrics: pd.DataFrame) -> None:
    for segment, column in itertools.product(["", "s1", "s2", "s3"], ["customers", "value", "orders", "revenue"]):
        total = one(metrics, segment)[column]
        assert sum(one(metrics, segment, channel=c)[column] for c in ("web", "store")) == pytest.approx(total)
        assert sum(one(metrics, segment, region=r)[column] for r in ("north", "south", "west")) == pytest.approx(total)


def test_share_of_customers_has_the_wilson_interval(metrics: pd.DataFrame) -> None:
    for row in metrics[(metrics["segment"] != "") & ~metrics["suppressed"]].itertuples():
        n = round(row.customers / row.customer_share)
        expected = stats.binomtest(int(row.customers), n).proportion_ci(method="wilson")
        assert row.customer_share_low == pytest.approx(expected.low, abs=1e-6)
        assert row.customer_share_high == pytest.approx(expected.high, abs=1e-6)
    whole = one(metrics, "")
    assert whole["customer_share_high"] == 1


@pytest.mark.parametrize("customers", [5, 6, 7, 19, 397, 1003, 99_991])
def test_nobody_and_everybody_have_exact_ends(customers: int) -> None:
    ends = {"low": METRICS["customer_share_low"].sql, "high": METRICS["customer_share_high"].sql}
    with Engine.open(None) as engine:
        for share, end in ((0, "low"), (1, "high")):
            source = f"(SELECT {share}::DOUBLE AS customer_share, {customers}::BIGINT AS total_customers)"
            assert engine.value(f"SELECT {ends[end]} FROM {source}") == share


@pytest.mark.parametrize("segment", ["s1", "s2", "s3"])
def test_share_of_value_has_the_interval_a_bootstrap_of_customers_gives(
    metrics: pd.DataFrame, assignments: pd.DataFrame, segment: str
) -> None:
    random = np.random.default_rng(1)
    latest = assignments[assignments["snapshot"] == LATEST]
    value, inside = latest["value"].to_numpy(), (latest["segment"] == segment).to_numpy()
    draws = random.integers(0, len(value), (4000, len(value)))
    shares = np.where(inside, value, 0)[draws].sum(axis=1) / value[draws].sum(axis=1)
    row = one(metrics, segment)
    # the spread of 4,000 draws is known to 1 in 90; a linearised ratio is good to some percent at n = 360
    assert row["value_share_high"] - row["value_share"] == pytest.approx(1.96 * shares.std(), rel=0.08)
    assert row["value_share"] - row["value_share_low"] == pytest.approx(1.96 * shares.std(), rel=0.08)


def test_every_interval_of_value_per_customer_holds_the_mean(metrics: pd.DataFrame) -> None:
    shown = metrics[~metrics["suppressed"]]
    assert (shown["value_per_customer_low"] < shown["value_per_customer"]).all()
    assert (shown["value_per_customer"] < shown["value_per_customer_high"]).all()


def test_who_bought_is_counted_and_shared_with_a_wilson_interval(
    metrics: pd.DataFrame, assignments: pd.DataFrame
) -> None:
    expected = groups(assignments)
    shown = metrics["active_customers"].notna()
    assert 0.1 < shown.mean() < 1
    assert not (shown & metrics["suppressed"]).any()
    pd.testing.assert_series_equal(
        metrics.loc[shown, "active_customers"].astype(float), expected.loc[shown, "active_customers"].astype(float)
    )
    for row in metrics[shown].itertuples():
        interval = stats.binomtest(int(row.active_customers), int(row.customers)).proportion_ci(method="wilson")
        assert row.active_share == row.active_customers / row.customers
        assert row.active_share_low == pytest.approx(interval.low, abs=1e-6)
        assert row.active_share_high == pytest.approx(interval.high, abs=1e-6)


def test_a_segment_that_bought_nothing_is_said_to_have_no_buyers() -> None:
    made = make_assignments()
    made.loc[made["segment"] == "s1", "orders"] = 0
    made.loc[made["segment"] != "s1", "orders"] = 2
    row = one(measure(made), "s1")
    assert row["customers"] >= 50
    assert (row["active_customers"], row["active_share"], row["active_share_low"]) == (0, 0, 0)
    assert row["active_share_high"] < 0.1


def test_growth_compares_with_the_year_before_where_its_window_was_full(metrics: pd.DataFrame) -> None:
    for segment, channel in itertools.product(["", "s1", "s2", "s3"], ["", "web", "store"]):
        now, before = one(metrics, segment, DAYS[3], channel), one(metrics, segment, DAYS[2], channel)
        assert now["growth"] == pytest.approx(now["value"] / before["value"] - 1)
        assert now["growth_customers"] == before["customers"]
    # a year before 2025-06-30 the window was not full; before the others there is no snapshot
    early = metrics[metrics["snapshot"] < LATEST]
    assert early["growth"].isna().all()
    assert early["growth_customers"].isna().all()


def test_growth_of_a_loss_is_not_defined() -> None:
    made = make_assignments()
    made.loc[(made["snapshot"] == pd.Timestamp(DAYS[2])) & (made["segment"] == "s3"), "value"] = -1.0
    found = measure(made)
    assert pd.isna(one(found, "s3")["growth"])
    assert one(found, "s3")["growth_customers"] > 0
    assert not pd.isna(one(found, "s1")["growth"])


def test_shares_of_no_value_are_not_defined() -> None:
    found = measure(make_assignments().assign(value=0.0))
    assert found["value_share"].isna().all()
    assert found["value_index"].isna().all()
    assert one(found, "s1")["value_per_customer"] == 0


def test_average_order_value_without_orders_is_not_defined() -> None:
    found = measure(make_assignments().assign(orders=0))
    assert found["average_order_value"].isna().all()


def test_without_filters_there_is_one_row_a_segment_and_snapshot(metrics: pd.DataFrame) -> None:
    plain = measure(make_assignments(), filters=0)
    assert len(plain) == 4 * len(DAYS)
    unfiltered = metrics[(metrics["filter_1"] == "") & (metrics["filter_2"] == "")].reset_index(drop=True)
    pd.testing.assert_frame_equal(plain, unfiltered, check_dtype=False)  # without a NULL, integers stay integers


def test_a_segment_of_a_name_that_would_be_all_does_not_hide_all() -> None:
    made = make_assignments().assign(filter_1="All", filter_2="all")
    assert one(measure(made), "", channel="All")["customers"] == one(measure(made), "")["customers"]


def test_every_metric_of_the_catalogue_is_a_column(metrics: pd.DataFrame) -> None:
    assert list(metrics) == ["segmentation", *KEYS, *METRICS, "suppressed"]
