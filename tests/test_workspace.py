from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pytest

from segmodel.definition import FILE_NAME
from segmodel.errors import (
    ClusteringError,
    DefinitionError,
    FeatureError,
    ScorecardError,
    SegmodelError,
    SourceError,
    StoreError,
)
from segmodel.sources import TABLES
from segmodel.workspace import Workspace
from tests.support.builds import assert_identical, everything
from tests.support.workspaces import KMEANS, TIERS, make_transactions, write_workspace

SHORT = "history_months = 3"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace built once; read it, never write to it."""
    folder = tmp_path_factory.mktemp("workspace") / "shop"
    filters = f'{SHORT}\nfilters = ["main_channel", "favourite_category"]\nminimum_group = 5'
    write_workspace(folder, make_transactions(customers=80), settings=filters)
    Workspace(folder).build()
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace that is not built yet."""
    return write_workspace(tmp_path / "shop", settings=SHORT)


def change(folder: Path, old: str, new: str) -> None:
    path = folder / FILE_NAME
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_build_reports_and_publishes_what_it_made(built: Path) -> None:
    workspace = Workspace(built)
    with workspace.open() as published:
        assert published.build_id == workspace.current()
        listed = published.segmentations()
        assert listed["name"].to_list() == ["behaviour", "value"]
        assert listed["is_primary"].to_list() == [True, False]
        assert listed["version"].to_list() == ["v001", "v001"]
        for row in listed.itertuples():
            segments = published.segments(row.name)
            assert segments["segment"].to_list() == [f"s{place + 1}" for place in range(row.k)]
            assert segments["name"].is_unique


def test_a_build_does_not_keep_who_bought_what(built: Path) -> None:
    with Workspace(built).open() as published:
        tables = published.engine.tables()
        assert not {name for name, table in TABLES.items() if not table.is_kept} & set(tables)
        columns = {column for table in tables for column in published.engine.columns(table)}
    assert "assignments" in tables
    assert not {"amount", "order_id", "ordered_at"} & columns


def test_every_customer_is_in_one_segment_of_each_segmentation_at_every_snapshot(built: Path) -> None:
    with Workspace(built).open() as published:
        counted = published.engine.frame(
            "SELECT snapshot, customer_id, count(*) AS rows, count(DISTINCT segmentation) AS segmentations "
            "FROM assignments GROUP BY ALL"
        )
        described = published.engine.value("SELECT count(*) FROM customer_features")
        latest = published.engine.value("SELECT count(*) FROM customer_features WHERE snapshot = '2026-03-31'")
        totals = published.transaction_totals()
    assert (counted["rows"] == 2).all()
    assert (counted["segmentations"] == 2).all()
    assert len(counted) == described
    assert latest == totals["customers"]
    assert totals["never_bought"] == 1


def test_segments_are_ordered_by_value_per_customer(built: Path) -> None:
    with Workspace(built).open() as published:
        means = published.engine.rows(
            "SELECT segmentation, segment, avg(value)::DOUBLE FROM assignments WHERE snapshot = '2026-03-31' "
            "GROUP BY ALL ORDER BY ALL"
        )
    for name in ("behaviour", "value"):
        values = [mean for segmentation, _, mean in means if segmentation == name]
        assert len(values) >= 3
        assert values == sorted(values, reverse=True)


def test_two_builds_of_the_same_data_are_identical(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_workspace(tmp_path / name, make_transactions(), settings=SHORT)
        Workspace(tmp_path / name).build()
    assert_identical(everything(tmp_path / "one"), everything(tmp_path / "two"))
    models = [(tmp_path / name / "models" / "behaviour" / "v001.json").read_text() for name in ("one", "two")]
    assert models[0] == models[1]


def test_the_number_of_threads_changes_nothing(tmp_path: Path) -> None:
    # beyond the engine's row groups of 122,880 rows, so that threads have something to share
    transactions = make_transactions(customers=9000)
    assert len(transactions) > 130_000
    for threads in (1, 2):
        folder = write_workspace(
            tmp_path / str(threads),
            transactions,
            settings="history_months = 0",
            segmentations=f"[engine]\nthreads = {threads}\n{KMEANS}{TIERS}",
            file="transactions.parquet",
        )
        Workspace(folder).build()
    one, two = everything(tmp_path / "1"), everything(tmp_path / "2")
    assert_identical(one, two)


def test_a_second_build_uses_the_model_of_the_first(folder: Path) -> None:
    first = Workspace(folder).build()
    more = make_transactions(seed=1, customers=70, rich=False)
    more.to_csv(folder / "transactions.csv", index=False)
    second = Workspace(folder).build()
    assert [model.version for model in second.models] == ["v001", "v001"]
    assert [model.hash for model in second.models] == [model.hash for model in first.models]


def test_a_changed_definition_is_a_new_version_and_new_names_are_not(folder: Path) -> None:
    Workspace(folder).build()
    change(folder, 'name = "behaviour"', 'name = "behaviour"\nnames = { s1 = "The best" }')
    named = Workspace(folder).build().models[0]
    assert (named.version, named.segments[0].name) == ("v001", "The best")
    with Workspace(folder).open() as published:
        assert published.segments("behaviour")["name"][0] == "The best"
    change(folder, "k = 3", "k = 2")
    behaviour, value = Workspace(folder).build().models
    assert (behaviour.version, behaviour.k, value.version) == ("v002", 2, "v001")
    # another window means other features: every model is fitted anew
    change(folder, "[sources.transactions]", "[features]\nwindow_months = 6\n[sources.transactions]")
    report = Workspace(folder).build()
    assert [model.version for model in report.models] == ["v003", "v002"]
    assert report.fitted_anew == dict.fromkeys(("behaviour", "value"), "the definition changed")


def test_value_of_another_kind_is_a_new_version_and_the_report_says_so(tmp_path: Path) -> None:
    frame = make_transactions(rich=False)
    folder = write_workspace(tmp_path / "shop", frame, settings=SHORT)
    assert Workspace(folder).build().fitted_anew == dict.fromkeys(("behaviour", "value"), "no model yet")
    assert Workspace(folder).build().fitted_anew == {}
    frame.assign(margin=frame["amount"] / 4).to_csv(folder / "transactions.csv", index=False)
    report = Workspace(folder).build()
    assert [model.version for model in report.models] == ["v002", "v002"]
    assert set(report.fitted_anew.values()) == {"value is now margin, not revenue"}


def test_a_misspelt_segment_is_told_before_anything_is_measured(folder: Path) -> None:
    change(folder, 'name = "behaviour"', 'name = "behaviour"\nnames = { s9 = "The best" }')
    told: list[str] = []
    with pytest.raises(DefinitionError, match="names mentions 's9', but the model has s1, s2, s3"):
        Workspace(folder).build(progress=lambda sentence, _: told.append(sentence))
    assert told[-1] == "Segmenting: Behaviour"
    assert Workspace(folder).current() is None


def test_a_build_as_of_an_earlier_day_ends_there(folder: Path) -> None:
    report = Workspace(folder).build(dt.date(2025, 8, 15))
    assert report.as_of == dt.date(2025, 8, 15)
    with Workspace(folder).open() as published:
        assert published.info()["as_of"] == dt.date(2025, 8, 15)
        assert published.snapshots() == [
            dt.date(2025, month, day) for month, day in ((4, 30), (5, 31), (6, 30), (7, 31), (8, 15))
        ]
        assert published.segmentations()["fitted_as_of"].dt.date.to_list() == [dt.date(2025, 8, 15)] * 2


def test_a_model_may_be_fitted_as_of_an_earlier_day_and_on_a_sample(tmp_path: Path) -> None:
    fitted = KMEANS + "fit_as_of = 2025-11-03\nsample = 100\n"
    folder = write_workspace(
        tmp_path, make_transactions(customers=250, rich=False), segmentations=fitted, settings=SHORT
    )
    (model,) = Workspace(folder).build().models
    assert (model.fitted_as_of, model.n_fitted) == (dt.date(2025, 11, 3), 100)


def test_progress_only_goes_forward_and_ends(folder: Path) -> None:
    told: list[tuple[str, float]] = []
    Workspace(folder).build(progress=lambda sentence, done: told.append((sentence, done)))
    done = [share for _, share in told]
    assert done == sorted(done)
    assert told[-1] == ("Published", 1.0)
    assert all(sentence[0].isupper() for sentence, _ in told)


def test_checking_builds_nothing(folder: Path) -> None:
    (report,) = Workspace(folder).check()
    assert report.rows_read == report.rows_accepted + report.rows_quarantined
    assert report.rows_read == len(pd.read_csv(folder / "transactions.csv"))
    assert {path.name for path in folder.iterdir()} == {FILE_NAME, "transactions.csv"}


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("transactions.csv", "transaction.csv", SourceError, "transactions.csv"),
        ('"frequency"', '"frequencey"', FeatureError, "Did you mean 'frequency'?"),
        ('"frequency"', '"web_share"', FeatureError, "there is no feature 'web_share'"),
        (
            '"frequency"',
            '"discount_share"',
            FeatureError,
            "needs transactions.promotion, which the sources do not give",
        ),
        (SHORT, 'filters = ["region"]', FeatureError, "there is no feature 'region'"),
        (SHORT, "as_of = 2020-01-01", FeatureError, "Nothing was bought up to 2020-01-01"),
    ],
)
def test_a_build_that_fails_leaves_the_published_one(
    folder: Path, old: str, new: str, error: type[SegmodelError], message: str
) -> None:
    Workspace(folder).build()
    before = everything(folder)
    change(folder, old, new)
    with pytest.raises(error) as caught:
        Workspace(folder).build()
    assert message in str(caught.value)
    assert_identical(everything(folder), before)
    stray = {path.name for path in (folder / "store").iterdir() if path.suffix != ".duckdb"}
    assert stray == {"current", "lock", "models.lock", "rows"}


def test_words_are_refused_where_a_method_needs_numbers(tmp_path: Path) -> None:
    segmentations = KMEANS.replace('"frequency"', '"main_channel"')
    folder = write_workspace(tmp_path, make_transactions(customers=20), segmentations=segmentations)
    with pytest.raises(FeatureError, match="main_channel holds words, and method kmeans needs numbers"):
        Workspace(folder).build()


def test_a_model_file_edited_by_hand_stops_the_build(folder: Path) -> None:
    Workspace(folder).build()
    path = folder / "models" / "behaviour" / "v001.json"
    path.write_text(path.read_text().replace('"seed": 0', '"seed": 1'))
    current = Workspace(folder).current()
    with pytest.raises(ScorecardError, match=r"v001\.json.*does not match its hash"):
        Workspace(folder).build()
    assert Workspace(folder).current() == current


def test_a_single_customer_cannot_be_segmented(tmp_path: Path) -> None:
    one = make_transactions(customers=1, rich=False)
    with pytest.raises(ClusteringError, match="needs two customers or more, found 1"):
        Workspace(write_workspace(tmp_path, one)).build()


def test_nothing_is_open_before_the_first_build(folder: Path) -> None:
    with pytest.raises(StoreError, match=r"Nothing is published in .* yet\. Build it with: segmodel build"):
        Workspace(folder).open()
    assert Workspace(folder).current() is None


def test_rollback_serves_the_earlier_build(folder: Path) -> None:
    first, second = Workspace(folder).build().build_id, Workspace(folder).build().build_id
    Workspace(folder).rollback(first)
    with Workspace(folder).open() as published:
        assert published.build_id == first
    with Workspace(folder).open(second) as published:
        assert published.info()["build_id"] == second


def test_what_the_build_tells_of_itself(built: Path) -> None:
    with Workspace(built).open() as published:
        info = published.info()
    assert (info["name"], info["currency"], info["value_basis"], info["window_months"]) == (
        "Corner shop",
        "GBP",
        "margin",
        "12",
    )
    assert info["minimum_group"] == 5
    assert json.loads(info["definition"])["name"] == "Corner shop"
