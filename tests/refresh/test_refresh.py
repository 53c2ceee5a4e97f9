"""A refresh publishes, row by row, what a whole build of the same data would, and computes only what changed."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from segmodel.definition import FILE_NAME
from segmodel.errors import SourceError, StoreError
from segmodel.features import compute
from segmodel.features.settled import add_straddling
from segmodel.refresh import RefreshReport
from segmodel.sources import readers
from segmodel.workspace import Workspace
from tests.support.builds import assert_identical, everything
from tests.support.workspaces import TIERS, make_transactions, write_workspace

SETTINGS = 'history_months = 13\nfilters = ["favourite_category"]\nminimum_group = 5\nkeep_builds = 2'
BEFORE, LAST = "2026-02", "2026-03"


def lines() -> pd.DataFrame:
    """Transactions as a source has them, with the month of each."""
    frame = make_transactions(customers=50, first="2024-09-01")
    frame = frame.assign(state=frame.pop("is_cancelled").map({True: "void", False: "fine"}))
    return frame.assign(month=frame["ordered_at"].dt.strftime("%Y-%m"))


def write(folder: Path, name: str, frame: pd.DataFrame) -> None:
    """Write lines as a file of the source."""
    frame.drop(columns="month", errors="ignore").to_csv(folder / "data" / name, index=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with all but the last month, built; copy it, never write to it."""
    folder = tmp_path_factory.mktemp("refresh") / "shop"
    write_workspace(folder, lines().drop(columns=["month", "state"]).head(1), settings=SETTINGS)
    text = (folder / FILE_NAME).read_text().replace("transactions.csv", "data/*.csv")
    (folder / FILE_NAME).write_text(
        text.replace("[sources.transactions]", "[sources.transactions]\ncancelled = \"state = 'void'\"")
    )
    (folder / "transactions.csv").unlink()
    (folder / "data").mkdir()
    known = lines()
    write(folder, "2025.csv", known[known["month"] < "2026"])
    for month in ("2026-01", BEFORE):
        write(folder, f"{month}.csv", known[known["month"] == month])
    Workspace(folder).build()
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    # with the times of the files: they say whether a file was written to
    return Path(shutil.copytree(made, tmp_path / "shop"))


@pytest.fixture
def month() -> pd.DataFrame:
    """The lines of the last month."""
    known = lines()
    return known[known["month"] == LAST]


def refreshed(folder: Path) -> RefreshReport:
    """Refresh, and hold what is published against a whole build of the same data."""
    report = Workspace(folder).refresh()
    assert report.is_new
    found = everything(folder)
    assert Workspace(folder).build().build_id != report.build_id
    assert_identical(found, everything(folder))
    return report


def days(*texts: str) -> tuple[dt.date, ...]:
    return tuple(dt.date.fromisoformat(text) for text in texts)


def test_a_new_month_costs_its_snapshot_and_takes_over_the_others(folder: Path, month: pd.DataFrame) -> None:
    write(folder, f"{LAST}.csv", month)
    report = refreshed(folder)
    assert report.why_whole == ""
    assert report.computed == days("2026-03-31")
    assert len(report.taken_over) == 13
    assert report.news.new_files == ("data/2026-03.csv",)
    assert (report.news.added, report.news.late, report.news.removed) == (len(month), 0, 0)
    assert report.fitted_anew == {}
    assert any("New files: data/2026-03.csv." in sentence for sentence in report.sentences)


def test_nothing_new_publishes_nothing(folder: Path) -> None:
    before = Workspace(folder).current()
    report = Workspace(folder).refresh()
    assert (report.is_new, report.build_id, Workspace(folder).current()) == (False, before, before)
    assert report.sentences == (f"Nothing is new. Build {before} stays published, as of 2026-02-28.",)
    (folder / "data" / "2025.csv").touch()  # written to, and still the same
    assert not Workspace(folder).refresh().is_new


def test_the_first_refresh_builds_everything(folder: Path) -> None:
    shutil.rmtree(folder / "store")
    report = Workspace(folder).refresh()
    assert report.why_whole == "Nothing was published yet."
    assert report.taken_over == ()
    assert len(report.computed) == 14


def test_late_lines_rebuild_the_snapshots_from_their_date_on(folder: Path, month: pd.DataFrame) -> None:
    late = month.head(2).assign(ordered_at=["2026-01-31 10:00:00", "2026-02-10 11:00:00"])
    write(folder, f"{LAST}.csv", pd.concat([month, late]))
    report = refreshed(folder)
    assert report.computed == days("2026-01-31", "2026-02-28", "2026-03-31")
    assert (report.news.added, report.news.late, report.news.days_changed) == (len(month) + 2, 2, 2)


def test_orders_that_go_on_after_what_is_settled_count_on_their_first_day(
    folder: Path, month: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled: list[dt.date] = []
    monkeypatch.setattr(compute, "add_straddling", lambda *given: (settled.append(given[-1]), add_straddling(*given)))
    known = lines()
    early = known[(known["ordered_at"] < "2025-03-01") & known["order_id"].notna()].drop_duplicates("customer_id")
    assert len(early) > 5
    going_on = early.assign(ordered_at="2026-03-05 12:00:00", channel="phone", is_cancelled=False, state="fine")
    # the same ids at other customers are other orders
    others = going_on.assign(customer_id=going_on["customer_id"].to_numpy()[::-1], ordered_at="2026-03-06 12:00:00")
    write(folder, f"{LAST}.csv", pd.concat([month, going_on[month.columns], others[month.columns]]))
    assert refreshed(folder).computed == days("2026-03-31")
    # all windows of March begin after this snapshot
    assert settled == [dt.date(2025, 3, 31)]


def test_a_file_that_grew_counts_as_its_new_lines(folder: Path, month: pd.DataFrame) -> None:
    path = folder / "data" / f"{BEFORE}.csv"
    path.write_text(path.read_text() + month.drop(columns="month").to_csv(index=False, header=False))
    report = refreshed(folder)
    assert report.computed == days("2026-03-31")
    assert report.news.changed_files == (f"data/{BEFORE}.csv",)
    assert (report.news.added, report.news.days_changed) == (len(month), 0)


def test_a_file_that_says_something_else_of_the_past_is_found_and_said(folder: Path) -> None:
    path = folder / "data" / "2026-01.csv"
    january = pd.read_csv(path)
    changed = pd.to_datetime(january["ordered_at"]) >= "2026-01-20"
    write(folder, "2026-01.csv", january.assign(amount=january["amount"].where(~changed, january["amount"] + 1)))
    report = refreshed(folder)
    assert report.computed == days("2026-01-31", "2026-02-28")
    assert report.news.changed_files == ("data/2026-01.csv",)
    assert report.news.days_changed == january.loc[changed, "ordered_at"].str[:10].nunique()
    assert (report.news.added, report.news.removed) == (0, 0)
    assert any("of the past say something else" in sentence for sentence in report.sentences)


def test_a_file_that_is_gone_takes_its_lines_with_it(folder: Path) -> None:
    count = len(pd.read_csv(folder / "data" / f"{BEFORE}.csv"))
    (folder / "data" / f"{BEFORE}.csv").unlink()
    report = refreshed(folder)
    assert report.news.removed_files == (f"data/{BEFORE}.csv",)
    assert (report.news.added, report.news.removed) == (0, count)
    assert report.as_of == dt.date(2026, 1, 29)


def test_a_file_that_is_there_twice_counts_once_and_says_so(folder: Path, month: pd.DataFrame) -> None:
    write(folder, f"{LAST}.csv", month)
    write(folder, f"{LAST} (1).csv", month)
    report = refreshed(folder)
    assert report.news.added == len(month)
    # a blank sorts before a full stop: the copy is met first
    assert report.news.repeated_files == (f"data/{LAST}.csv",)
    note = f"data/{LAST}.csv: Holds the same as data/{LAST} (1).csv, so its rows count once."
    assert [told for table in report.tables for told in table.notes] == [note]
    with Workspace(folder).open() as published:
        found = published.reconciliation().set_index("source")
    assert found.loc[f"data/{LAST}.csv", ["rows_read", "rows_accepted", "rows_quarantined"]].to_list() == [0, 0, 0]
    assert found.loc[f"data/{LAST} (1).csv", "rows_read"] == len(month)


def test_lines_that_repeat_and_break_rules_are_counted_as_by_a_whole_build(folder: Path, month: pd.DataFrame) -> None:
    text = (
        (folder / FILE_NAME)
        .read_text()
        .replace("[sources.transactions]", '[sources.transactions]\nduplicates = "drop"')
    )
    (folder / FILE_NAME).write_text("max_quarantined = 0.5\n" + text)
    Workspace(folder).build()
    old = pd.read_csv(folder / "data" / "2026-01.csv").head(3)
    broken = month.head(2).assign(amount=["much", ""])
    # met before the files whose lines it repeats
    write(folder, "0.csv", pd.concat([month, old, broken]))
    report = refreshed(folder)
    with Workspace(folder).open() as published:
        rules = published.quarantine_reasons().set_index("rule")["rows"].to_dict()
    assert rules["exact_duplicate"] >= 3
    assert rules["unparsable_amount"] + rules["missing_amount"] == 2
    assert report.why_whole == ""


def test_purchases_dated_in_the_future_wait_until_their_day_has_come(folder: Path, month: pd.DataFrame) -> None:
    ahead = month.head(1).assign(ordered_at="2027-05-05 10:00:00")
    write(folder, f"{LAST}.csv", pd.concat([month, ahead]))
    now = dt.datetime(2026, 4, 2, tzinfo=dt.UTC)
    report = Workspace(folder).refresh(now=now)
    assert report.as_of == dt.date(2026, 3, 31)
    with Workspace(folder).open() as published:
        assert published.quarantine_reasons()["rule"].to_list() == ["ordered_at_in_future"]
    assert not Workspace(folder).refresh(now=now).is_new
    later = Workspace(folder).refresh(now=dt.datetime(2027, 6, 1, tzinfo=dt.UTC))
    assert (later.is_new, later.as_of, later.news.added) == (True, dt.date(2027, 5, 5), 1)
    with Workspace(folder).open() as published:
        assert published.quarantine_reasons().empty


def test_other_values_in_a_filter_assign_everybody_again(folder: Path, month: pd.DataFrame) -> None:
    syrups = month.assign(category="syrups")
    many = pd.concat([syrups.assign(order_id=syrups["order_id"] + f"k{number}") for number in range(9)])
    write(folder, f"{LAST}.csv", pd.concat([month, many]))
    report = refreshed(folder)
    assert report.computed == days("2026-03-31")
    with Workspace(folder).open() as published:
        assert "syrups" in published.filters()["value"].to_list()


def change_names(folder: Path) -> None:
    text = (folder / FILE_NAME).read_text()
    (folder / FILE_NAME).write_text(text.replace("k = 3", 'k = 3\nlabel = "Ways to buy"'))


def promote(folder: Path) -> None:
    Workspace(folder).propose("behaviour", 4, "Ana", "try four")
    Workspace(folder).promote("behaviour", None, "Ana", "better")


def damage(folder: Path) -> None:
    (folder / "store" / f"{Workspace(folder).current()}.duckdb").write_bytes(b"not a database")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (change_names, "The definition changed."),
        (promote, "Another version of behaviour is in use than the published build scored with."),
        (damage, "The published build cannot be started from: "),
    ],
)
def test_where_nothing_may_be_taken_over_everything_is_built_and_the_reason_said(
    folder: Path, month: pd.DataFrame, change: Callable[[Path], None], why: str
) -> None:
    write(folder, f"{LAST}.csv", month)
    change(folder)
    report = refreshed(folder)
    assert report.why_whole.startswith(why)
    assert report.taken_over == ()
    assert any(sentence.startswith("Everything was built anew: ") for sentence in report.sentences)


@pytest.fixture
def with_customers(folder: Path) -> Path:
    """The workspace with ages of customers and without margins on some lines, built."""
    ages = pd.DataFrame({"customer_id": [f"c{number:04d}" for number in range(50)], "age": range(20, 70)})
    ages.to_csv(folder / "customers.csv", index=False)
    text = (folder / FILE_NAME).read_text()
    (folder / FILE_NAME).write_text(text + '\n[sources.customers]\npath = "customers.csv"\n')
    first = folder / "data" / "2025.csv"
    frame = pd.read_csv(first)
    frame.assign(margin=frame["margin"].where(frame.index % 3 > 0)).to_csv(first, index=False)
    Workspace(folder).build()
    return folder


def test_what_is_known_of_customers_whatever_the_date_decides_whether_snapshots_stand(
    with_customers: Path, month: pd.DataFrame
) -> None:
    path = with_customers / "customers.csv"
    more = path.read_text() + "c9999,33\n"
    path.write_text(more)
    report = refreshed(with_customers)  # somebody who never bought changes no snapshot
    assert (report.why_whole, report.news.changed_files) == ("", ("customers.csv",))
    path.write_text(more.replace("c0001,21", "c0001,22"))
    assert refreshed(with_customers).why_whole == (
        "What is known of 1 customer whatever the date (age) changed, so every snapshot would change."
    )
    # the margin of these lines moves what lines without one are valued by
    write(with_customers, f"{LAST}.csv", month.assign(margin=month["amount"] * 0.9))
    assert "state no margin and are valued by the average margin rate" in refreshed(with_customers).why_whole


def test_a_database_is_read_whole_and_compared(folder: Path, month: pd.DataFrame) -> None:
    with sqlite3.connect(folder / "shop.db") as database:
        known = pd.concat([pd.read_csv(path) for path in sorted((folder / "data").glob("*.csv"))])
        known.to_sql("lines", database, index=False)
    text = (folder / FILE_NAME).read_text()
    uri = f'uri = "sqlite:///{folder}/shop.db"\nquery = "SELECT * FROM lines"'
    (folder / FILE_NAME).write_text(text.replace('path = "data/*.csv"', uri))
    assert Workspace(folder).refresh().why_whole == "The definition changed."
    assert not Workspace(folder).refresh().is_new
    with sqlite3.connect(folder / "shop.db") as database:
        month.drop(columns="month").to_sql("lines", database, index=False, if_exists="append")
    report = refreshed(folder)
    assert (report.computed, report.news.added) == (days("2026-03-31"), len(month))
    assert report.news.databases == ("sqlite: shop.db",)


def test_text_read_before_is_not_taken_apart_again(
    folder: Path, month: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, f"{LAST}.csv", month)
    taken_apart = []
    read_csv = readers._read_csv

    def watched(staging, source, path, *others):
        taken_apart.append(path.name)
        return read_csv(staging, source, path, *others)

    monkeypatch.setattr(readers, "_read_csv", watched)
    Workspace(folder).refresh()
    assert taken_apart == [f"{LAST}.csv"]


def test_rows_are_kept_as_long_as_a_build_that_rests_on_them(folder: Path, month: pd.DataFrame) -> None:
    rows = folder / "store" / "rows"
    first = {path.name for path in rows.iterdir()}
    assert len(first) == 3
    (rows / ".half.parquet.new").touch()  # as a kill leaves it
    write(folder, f"{BEFORE}.csv", month)
    Workspace(folder).refresh()
    assert len({path.name for path in rows.iterdir()} - first) == 1
    assert first <= {path.name for path in rows.iterdir()}  # two builds are kept, and one reads the old file
    Workspace(folder).build()
    left = {path.name for path in rows.iterdir()}
    assert (len(left), len(left & first)) == (3, 2)


def test_bad_input_and_a_running_build_leave_what_is_published(folder: Path, month: pd.DataFrame) -> None:
    workspace = Workspace(folder)
    before = workspace.current()
    with workspace.builds.locked(), pytest.raises(StoreError, match="Another build is running"):
        workspace.refresh()
    write(folder, f"{LAST}.csv", month.assign(amount="much"))
    path = folder / FILE_NAME
    path.write_text("max_quarantined = 0.01\n" + path.read_text())
    with pytest.raises(SourceError, match="amount"):
        workspace.__class__(folder).refresh()
    (folder / "data" / f"{LAST}.csv").write_text("")
    with pytest.raises(SourceError, match="is empty"):
        Workspace(folder).refresh()
    assert Workspace(folder).current() == before


def test_segmentations_of_tiers_and_short_histories_refresh_too(tmp_path: Path) -> None:
    known = make_transactions(customers=30, rich=False)
    folder = write_workspace(tmp_path / "shop", known[known["ordered_at"] < "2026-03-20"], segmentations=TIERS,
                             settings="history_months = 0")  # fmt: skip
    first = Workspace(folder).build()
    known.to_csv(folder / "transactions.csv", index=False)
    report = refreshed(folder)
    # the day on which the segments were found stays, so that drift can be told from it
    assert (report.taken_over, report.why_whole) == ((first.as_of,), "")
