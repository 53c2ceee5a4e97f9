"""The sample holds what its README says, and what was planted can be found again by other means."""

from __future__ import annotations

import csv
import gzip
import math
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import adjusted_rand_score, silhouette_score

from tests.sample.reading import DATA, FEATURES, SAMPLE, TRANSACTIONS, fitted, table

CONTRACT = {
    "customers.csv.gz": {"customer_id", "email", "region", "postcode_area", "age_band", "joined_via", "is_business"},
    "survey.csv.gz": {"customer_id", "item", "answer"},
    "items.csv": {"item", "text", "kind", "scale", "need"},
    "memberships.csv.gz": {"customer_id", "segmentation", "segment"},
    "verbatims.csv.gz": {"customer_id", "said_at", "text", "source"},
    "interactions.csv.gz": {"customer_id", "at", "kind", "outcome"},
    "spend.csv": {"month", "segment", "amount"},
    "campaigns.csv.gz": {"campaign", "customer_id", "arm", "converted", "revenue", "at"},
    "accounts.csv": {"account_id", "name", "sector", "size"},
    "contacts.csv": {"contact_id", "account_id", "customer_id", "name", "role"},
    "context.csv": {"date", "indicator", "value"},
    "market.csv": {"need_or_category", "size", "our_share", "growth"},
}


def features_as_of(clean: pd.DataFrame, day: str) -> pd.DataFrame:
    """The features of the definition, computed here in pandas from their descriptions."""
    end = pd.Timestamp(day) + pd.Timedelta(days=1)
    bought = clean[(clean["spend"] > 0) & (clean["ordered_at"] < end)]
    bought = bought[bought["ordered_at"] >= end - pd.DateOffset(months=12)]
    orders = bought.drop_duplicates(["customer_id", "order_id"]).groupby("customer_id")
    spend = bought.groupby("customer_id")["spend"].sum()
    promoted = bought[bought["promotion"].notna()].groupby("customer_id")["spend"].sum()
    frame = pd.DataFrame({"frequency": orders["order_id"].nunique()})
    frame["average_order_value"] = spend / frame["frequency"]
    frame["web_share"] = orders["channel"].agg(lambda channel: (channel == "web").mean())
    frame["weekday_share"] = orders["ordered_at"].agg(lambda at: (at.dt.day_of_week < 5).mean())
    frame["discount_share"] = (promoted / spend).reindex(frame.index).fillna(0.0)
    return frame[FEATURES]


def prepared(frame: pd.DataFrame) -> np.ndarray:
    columns = []
    for name in frame:
        values = frame[name].clip(*frame[name].quantile([0.01, 0.99]))
        values = np.log1p(values) if values.skew() > 1 else values
        columns.append(((values - values.mean()) / values.std()).to_numpy())
    return np.column_stack(columns)


def prediction_strength(matrix: np.ndarray, k: int) -> float:
    """Tibshirani & Walther 2005: the worst group's share of pairs kept together, mean of four splits."""
    rng = np.random.default_rng(1)
    strengths = []
    for split in range(4):
        order = rng.permutation(len(matrix))
        first, second = matrix[order[::2]], matrix[order[1::2]]
        own = fitted(second, k, split).labels_
        other = fitted(first, k, split).predict(second)
        worst = 1.0
        for group in range(k):
            counts = np.bincount(other[own == group], minlength=k)
            size = counts.sum()
            worst = min(worst, float((counts * (counts - 1)).sum() / max(size * (size - 1), 1)))
        strengths.append(worst)
    return float(np.mean(strengths))


@pytest.fixture(scope="module")
def latest(clean: pd.DataFrame) -> pd.DataFrame:
    return features_as_of(clean, "2026-06-30")


# --- files -----------------------------------------------------------------------------------------------------------


def same_content(first: Path, second: Path) -> bool:
    """Compare what two files say; compression may differ between library versions."""
    if first.suffix == ".parquet":
        return pq.read_table(first).equals(pq.read_table(second))
    contents = [path.read_bytes() for path in (first, second)]
    if first.suffix == ".gz":
        contents = [gzip.decompress(content) for content in contents]
    return contents[0] == contents[1]


def test_generator_writes_the_committed_files(tmp_path: Path) -> None:
    subprocess.run([sys.executable, SAMPLE / "generate.py", tmp_path], check=True, timeout=120)
    for part in ("data", "truth"):
        committed = {path.relative_to(SAMPLE) for path in (SAMPLE / part).rglob("*") if path.is_file()}
        written = {path.relative_to(tmp_path) for path in (tmp_path / part).rglob("*") if path.is_file()}
        assert written == committed
        different = [str(p) for p in committed if not same_content(SAMPLE / p, tmp_path / p)]
        assert different == []


def test_sample_stays_under_six_megabytes() -> None:
    assert sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file()) < 6_000_000


@pytest.mark.parametrize("name", sorted(CONTRACT))
def test_tables_have_the_contract_columns(name: str) -> None:
    opener = gzip.open if name.endswith(".gz") else open
    with opener(DATA / name, "rt", encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert set(header) >= CONTRACT[name]
    assert len(set(header)) == len(header)


def test_transactions_have_the_contract_columns() -> None:
    files = sorted((DATA / "transactions").glob("*.parquet"))
    assert len(files) == 6
    for path in files:
        assert pq.read_schema(path).names == [
            "customer_id", "ordered_at", "amount", "order_id", "margin", "quantity", "channel", "category", "promotion",
        ]  # fmt: skip


def test_definition_names_existing_files_and_the_tested_features() -> None:
    definition = tomllib.loads((SAMPLE / "segmentation.toml").read_text(encoding="utf-8"))
    for source in definition["sources"].values():
        assert list(SAMPLE.glob(source["path"]))
    behaviour = definition["segmentation"][0]
    assert (behaviour["name"], behaviour["k"], behaviour["features"]) == ("behaviour", "auto", FEATURES)
    assert definition["primary"] == "behaviour"


# --- size and dirt ---------------------------------------------------------------------------------------------------


def test_size_is_as_described(clean: pd.DataFrame, segment_of: pd.Series) -> None:
    assert clean["customer_id"].nunique() == len(segment_of) == 6000
    assert set(clean["customer_id"]) == set(segment_of.index)
    assert 130_000 < len(clean) < 170_000
    assert clean["ordered_at"].dt.to_period("M").nunique() == 36
    assert table("survey.csv.gz")["customer_id"].nunique() == 1600
    assert len(table("verbatims.csv.gz")) == 1200


def test_orders_have_several_lines_and_refunds(clean: pd.DataFrame) -> None:
    lines = clean[clean["spend"] > 0].groupby("order_id").size()
    assert 0.03 < (lines == 2).mean() < 0.08
    refunds = clean[clean["spend"] < 0]
    assert 0.005 < len(refunds) / len(clean) < 0.02
    assert refunds["order_id"].isin(lines.index).all()


def test_spoiled_transactions_are_those_recorded(effects: dict[str, Any]) -> None:
    query = """
        SELECT count(*) FILTER (WHERE customer_id IS NULL), count(*) FILTER (WHERE amount IS NULL),
               count(*) FILTER (WHERE ordered_at < TIMESTAMP '1900-01-01'),
               count(*) - (SELECT count(*) FROM (SELECT DISTINCT * FROM read_parquet($path)))
        FROM read_parquet($path)
    """
    with duckdb.connect() as connection:
        counts = connection.sql(query, params={"path": TRANSACTIONS}).fetchall()[0]
    dirt = effects["dirt"]["transactions"]
    kinds = ("missing_customer", "missing_amount", "impossible_date", "exact_duplicate")
    assert dict(zip(kinds, counts, strict=True)) == dirt


def test_spoiled_text_is_that_recorded(effects: dict[str, Any]) -> None:
    customers, answers = table("customers.csv.gz"), table("survey.csv.gz")["answer"]
    assert (customers["customer_id"] == "").sum() == effects["dirt"]["customers"]["missing_id"]
    named = customers[customers["customer_id"] != ""]
    assert named["customer_id"].duplicated().sum() == effects["dirt"]["customers"]["sent_twice"]
    assert (answers == "").sum() == effects["dirt"]["survey"]["blank"]
    assert (answers == "n/a").sum() == effects["dirt"]["survey"]["text"]
    assert 0.05 < (customers["age_band"] == "").mean() < 0.15


# --- behaviour segments ----------------------------------------------------------------------------------------------


def test_behaviour_segments_are_recovered(latest: pd.DataFrame, segment_of: pd.Series) -> None:
    labels = fitted(prepared(latest), 5).labels_
    assert adjusted_rand_score(segment_of[latest.index], labels) >= 0.85


def test_recent_customers_are_recovered(latest: pd.DataFrame, segment_of: pd.Series) -> None:
    customers = table("customers.csv.gz").drop_duplicates("customer_id").set_index("customer_id")
    recent = customers.loc[latest.index, "joined_on"] >= "2026-01-01"
    labels = fitted(prepared(latest), 5).labels_
    assert recent.sum() > 300
    assert adjusted_rand_score(segment_of[latest.index][recent], labels[recent.to_numpy()]) >= 0.75


def test_behaviour_segments_are_recovered_before_the_change(clean: pd.DataFrame, segment_of: pd.Series) -> None:
    earlier = features_as_of(clean, "2025-06-30")
    labels = fitted(prepared(earlier), 5).labels_
    assert adjusted_rand_score(segment_of[earlier.index], labels) >= 0.85


def test_five_is_the_natural_number(latest: pd.DataFrame) -> None:
    matrix = prepared(latest)
    silhouettes = {
        k: silhouette_score(matrix, fitted(matrix, k).labels_, sample_size=2000, random_state=0) for k in range(2, 9)
    }
    assert max(silhouettes, key=silhouettes.__getitem__) == 5
    assert prediction_strength(matrix, 5) > 0.85
    assert max(prediction_strength(matrix, k) for k in (6, 7, 8)) < 0.85


def test_segments_have_their_planted_share_and_unequal_value(
    clean: pd.DataFrame, segment_of: pd.Series, effects: dict[str, Any]
) -> None:
    shares = segment_of.value_counts(normalize=True)
    for key, planted in effects["segments"].items():
        assert shares[key] == pytest.approx(planted["share"], abs=0.001)
    year = clean[clean["ordered_at"] >= pd.Timestamp("2025-07-01")]
    margin = year.groupby(year["customer_id"].map(segment_of))["profit"].sum()
    margin = margin / margin.sum()
    assert margin["everyday_regulars"] == pytest.approx(0.40, abs=0.04)
    assert margin["offices_and_cafes"] == pytest.approx(0.20, abs=0.04)
    assert margin["gift_givers"] < 0.12


def test_spend_is_heavy_tailed_within_segments(clean: pd.DataFrame, segment_of: pd.Series) -> None:
    per_customer = clean.groupby("customer_id")["spend"].sum()
    for _, values in per_customer.groupby(segment_of):
        assert values.quantile(0.99) > 2.5 * values.median()


def test_business_grows_and_gifts_peak_in_december(clean: pd.DataFrame, segment_of: pd.Series) -> None:
    active = clean.groupby(clean["ordered_at"].dt.to_period("M"))["customer_id"].nunique()
    assert active["2026-06"] > 2 * active["2023-07"]
    gifts = clean[clean["customer_id"].map(segment_of) == "gift_givers"]
    monthly = gifts[gifts["ordered_at"].dt.year == 2025].groupby(gifts["ordered_at"].dt.month).size()
    assert monthly[12] > 2.5 * monthly.drop([11, 12]).mean()


# --- the change at month 27 ------------------------------------------------------------------------------------------


def orders_in(clean: pd.DataFrame, customers: pd.Index, first: str, last: str) -> int:
    chosen = clean[clean["customer_id"].isin(customers) & (clean["spend"] > 0)]
    return chosen.loc[chosen["ordered_at"].between(first, last), "order_id"].nunique()


def test_fading_subscribers_buy_less_often_after_the_change(
    clean: pd.DataFrame, segment_of: pd.Series, effects: dict[str, Any]
) -> None:
    change = effects["change"]
    assert change["month_number"] == 27
    span = clean.groupby("customer_id")["ordered_at"].agg(["min", "max"])
    # Who was there a year before the change and still bought in the last months, so that only the pace differs.
    stayed = span[(span["min"] < pd.Timestamp("2024-09-01")) & (span["max"] >= pd.Timestamp("2026-03-01"))].index
    factors = {}
    for key in ("fading_subscribers", "everyday_regulars", "weekend_browsers"):
        customers = stayed[segment_of[stayed] == key]
        after = orders_in(clean, customers, change["from"], "2026-07-01")
        before = orders_in(clean, customers, "2024-09-01", "2025-07-01")
        factors[key] = after / before
    assert factors["fading_subscribers"] == pytest.approx(change["orders_factor"], abs=0.04)
    assert factors["everyday_regulars"] == pytest.approx(1.0, abs=0.06)
    assert factors["weekend_browsers"] == pytest.approx(1.0, abs=0.06)


def test_price_index_and_amounts_rise_together(clean: pd.DataFrame, effects: dict[str, Any]) -> None:
    context = table("context.csv")
    index = context[context["indicator"] == "price_index"].set_index("date")["value"].astype(float)
    assert len(index) == 36
    rise = index["2025-09-01"] / index["2025-08-01"] - 1
    assert rise == pytest.approx(effects["change"]["price_rise"] + 0.0015, abs=0.002)
    # The same people before and after, at full price: the logarithm of the amount moves with the index.
    full_price = clean[clean["promotion"].isna() & (clean["spend"] > 0) & (clean["channel"] == "app")]
    before = full_price[full_price["ordered_at"].between("2025-03-01", "2025-09-01")]
    after = full_price[full_price["ordered_at"].between("2025-09-01", "2026-03-01")]
    both = set(before["customer_id"]) & set(after["customer_id"])
    means = [
        np.log(part[part["customer_id"].isin(both)].groupby("customer_id")["spend"].median()).mean()
        for part in (before, after)
    ]
    assert means[1] - means[0] == pytest.approx(math.log(1.07) + 6 * 0.0015, abs=0.035)
