from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmodel.engines import Engine
from segmodel.errors import StoreError
from segmodel.features import CATALOGUE
from segmodel.metrics import METRICS, features_in, metrics_in
from segmodel.reports.documents import metrics_document
from segmodel.store import PublishedBuild
from segmodel.workspace import Workspace
from tests.support.workspaces import make_transactions, write_workspace

LATEST = dt.date(2026, 3, 31)
SETTINGS = 'history_months = 2\nfilters = ["main_channel", "favourite_category"]\nminimum_group = 5'


@pytest.fixture(scope="module")
def transactions() -> pd.DataFrame:
    return make_transactions(customers=80)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, transactions: pd.DataFrame) -> Iterator[PublishedBuild]:
    folder = tmp_path_factory.mktemp("published")
    dirty = transactions.astype({"customer_id": object, "amount": object})
    dirty.loc[[3, 5], "customer_id"] = None
    dirty.loc[[7, 8, 9], "amount"] = "many"
    write_workspace(folder, dirty, settings=SETTINGS)
    Workspace(folder).build()
    with Workspace(folder).open() as opened:
        yield opened


def test_rows_read_are_accepted_or_quarantined(published: PublishedBuild, transactions: pd.DataFrame) -> None:
    (row,) = published.reconciliation().itertuples(index=False)
    assert row.rows_read == len(transactions)
    assert row.rows_accepted == len(transactions) - 5
    assert row.rows_quarantined == 5
    assert published.transaction_totals()["lines"] == row.rows_accepted


def test_quarantine_tells_reasons_with_examples(published: PublishedBuild) -> None:
    reasons = published.quarantine_reasons()
    assert reasons["rows"].to_list() == [3, 2]
    examples = published.quarantine_examples("transactions", reasons["rule"][0], limit=2)
    assert len(examples) == 2
    assert examples["content"].str.contains("many").all()
    assert examples["row_number"].to_list() == [8, 9]


def test_filters_list_every_value_once(published: PublishedBuild) -> None:
    filters = published.filters()
    assert filters["filter"].unique().tolist() == ["main_channel", "favourite_category"]
    assert not filters.duplicated(["filter", "value"]).any()
    counted = published.engine.rows(
        "SELECT main_channel FROM customer_features WHERE snapshot = $day AND main_channel IS NOT NULL "
        "GROUP BY 1 ORDER BY count(*) DESC, 1",
        {"day": LATEST},
    )
    channels = filters[(filters["filter"] == "main_channel") & (filters["value"] != "Unknown")]
    assert channels["value"].to_list() == [name for (name,) in counted]


def test_a_filter_restricts_and_its_name_decides_not_its_place(published: PublishedBuild) -> None:
    both = published.segment_metrics("behaviour", (("favourite_category", "beans"), ("main_channel", "web")))
    turned = published.segment_metrics("behaviour", (("main_channel", "web"), ("favourite_category", "beans")))
    pd.testing.assert_frame_equal(both, turned)
    counted = published.engine.value(
        "SELECT count(*) FROM customer_features "
        "WHERE snapshot = $day AND main_channel = 'web' AND favourite_category = 'beans'",
        {"day": LATEST},
    )
    everyone = both[(both["snapshot"] == pd.Timestamp(LATEST)) & (both["segment"] == "")]
    assert everyone["customers"].to_list() == [counted]


def test_metrics_have_a_row_for_all_customers_at_every_snapshot(published: PublishedBuild) -> None:
    metrics = published.segment_metrics("value")
    everyone = metrics[metrics["segment"] == ""]
    assert everyone["snapshot"].dt.date.to_list() == published.snapshots()
    assert {"segmentation", "filter_1", "filter_2"}.isdisjoint(metrics)


def test_the_list_of_a_segment_is_its_customers_most_valuable_first(published: PublishedBuild) -> None:
    segments = published.segments("value")
    lists = {segment: published.segment_customers("value", segment) for segment in segments["segment"]}
    for listed in lists.values():
        assert listed["value"].is_monotonic_decreasing
    everyone = pd.concat(lists.values())["customer_id"]
    assert everyone.is_unique
    assert len(everyone) == published.transaction_totals()["customers"]
    by_name = published.segment_customers("value", segments["name"][1])
    pd.testing.assert_frame_equal(by_name, lists[segments["segment"][1]])


def test_an_earlier_list_is_that_of_its_snapshot(published: PublishedBuild) -> None:
    first = published.snapshots()[0]
    listed = published.segment_customers("value", "s1", first)
    assert len(listed) == published.engine.value(
        "SELECT count(*) FROM assignments WHERE segmentation = 'value' AND segment = 's1' AND snapshot = $day",
        {"day": first},
    )


def test_profiles_come_by_segment_with_the_largest_difference_first(published: PublishedBuild) -> None:
    profiles = published.profiles("behaviour")
    for _, rows in profiles.groupby("segment"):
        sizes = rows["difference"].abs().dropna().to_numpy()
        assert (np.diff(sizes) <= 0).all()
    assert not profiles["feature"].isin(["main_channel", "favourite_category"]).any()


def test_snapshots_say_whether_their_window_is_full(published: PublishedBuild) -> None:
    details = published.snapshot_details()
    assert details["snapshot"].dt.date.to_list() == published.snapshots()
    assert details["is_month_end"].all()
    assert details["is_window_complete"].all()


def test_a_build_keeps_the_definitions_it_was_made_with(published: PublishedBuild) -> None:
    assert metrics_in(published.metrics()) == METRICS
    features = features_in(published.features())
    computed = published.engine.columns("customer_features")
    assert {"frequency", "monetary", "value", "main_channel"} <= set(features) <= set(computed)
    assert features["frequency"] == CATALOGUE["frequency"]


def test_a_metric_added_later_is_null_in_an_older_build(
    published: PublishedBuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    then = metrics_document(published)
    monkeypatch.setitem(METRICS, "worth", dataclasses.replace(METRICS["value_per_customer"], name="worth"))
    document = metrics_document(published)
    for name, content in document["segmentations"].items():
        for segment, before in zip(content["segments"], then["segmentations"][name]["segments"], strict=True):
            assert segment == before | {"worth": None}


def test_unknown_names_are_told_with_those_there_are(published: PublishedBuild) -> None:
    with pytest.raises(StoreError, match=r"no segmentation 'behavior' .* behaviour, value\. Did you mean 'behaviour'"):
        published.segment_metrics("behavior")
    with pytest.raises(StoreError, match="no filter 'channel'"):
        published.segment_metrics("behaviour", (("channel", "web"),))
    with pytest.raises(StoreError, match=r"no segment 's9' in behaviour; there are s1 \("):
        published.segment_customers("behaviour", "s9")
    with pytest.raises(StoreError, match="no segmentation"):
        published.profiles("'; DROP TABLE build; --")


def test_a_build_of_another_version_says_so(tmp_path: Path) -> None:
    with Engine.open(tmp_path / "old.duckdb") as engine:
        engine.execute("CREATE TABLE build AS SELECT 'x' AS build_id, 0 AS format")
        with pytest.raises(StoreError, match="another version"):
            PublishedBuild("2026-06-30T101502Z", engine)
