from __future__ import annotations

import gzip
import os
import resource
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from segmodel.errors import SourceError
from segmodel.sources import readers, textfiles
from segmodel.sources.staging import Staging
from tests.sources.loading import COLUMNS, loaded, quarantined, write

GOOD = "customer,date,amount\nA,2024-03-01,1\n"


def refused(folder: Path, source: dict[str, Any]) -> str:
    """Read a source that must be refused, and return the sentence."""
    with pytest.raises(SourceError) as caught, loaded(folder, transactions=source):
        pass
    assert "Traceback" not in str(caught.value)
    return str(caught.value)


def test_a_missing_file_names_the_nearest_in_its_folder(tmp_path: Path) -> None:
    write(tmp_path, GOOD, "transactions.csv")
    assert "Did you mean 'transactions.csv'?" in refused(tmp_path, {"path": "transaction.csv", "columns": COLUMNS})


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert "The folder 'dta' does not exist" in refused(tmp_path, {"path": "dta/x.csv", "columns": COLUMNS})


def test_a_pattern_without_files_is_refused(tmp_path: Path) -> None:
    assert "No file matches 'data/*.parquet'" in refused(tmp_path, {"path": "data/*.parquet", "columns": COLUMNS})


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    assert "'data' is a folder" in refused(tmp_path, {"path": "data", "columns": COLUMNS})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "'orders.csv' is empty"),
        ("\n\n \n", "'orders.csv' is empty"),
        ("customer,date,amount\n", "has a header but no rows"),
        ("customer,date,amount,date\nA,2024-03-01,1,2\n", "more than one column named 'date' (columns 2 and 4"),
        ("customer,date,amount,Amount\nA,2024-03-01,1,2\n", "more than one column named 'amount'"),
        ("customr,date,amount\nA,2024-03-01,1\n", "there is no column 'customer'. Did you mean 'customr'?"),
    ],
)
def test_files_without_a_usable_table_are_refused(tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence in refused(tmp_path, write(tmp_path, text))


def test_a_required_column_that_is_not_mapped_is_named(tmp_path: Path) -> None:
    source = write(tmp_path, "customer_id,date,amount\nA,2024-03-01,1\n") | {"columns": {}}
    message = refused(tmp_path, source)
    assert "there is no column 'ordered_at'" in message
    assert 'columns = { ordered_at = "..." }' in message


def test_a_mapping_for_a_column_we_do_not_know_is_named(tmp_path: Path) -> None:
    source = write(tmp_path, GOOD)
    source["columns"]["amuont"] = "amount"
    assert "'amuont' is not a column of transactions" in refused(tmp_path, source)


def test_a_wrong_separator_says_which_one_the_header_has(tmp_path: Path) -> None:
    source = write(tmp_path, GOOD.replace(",", ";")) | {"separator": ","}
    message = refused(tmp_path, source)
    assert "contains the semicolon" in message
    assert 'separator = ";"' in message


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_found(tmp_path: Path, separator: str) -> None:
    with loaded(tmp_path, transactions=write(tmp_path, GOOD.replace(",", separator))) as (_, reports):
        assert reports["transactions"].rows_accepted == 1


def test_ten_thousand_columns_are_read(tmp_path: Path) -> None:
    extra = [f"c{number}" for number in range(10_000)]
    header = ",".join(["customer", "date", "amount", *extra])
    row = ",".join(["A", "2024-03-01", "1", *("x" for _ in extra)])
    with loaded(tmp_path, transactions=write(tmp_path, f"{header}\n{row}\n{row[1:]}\n")) as (engine, reports):
        assert reports["transactions"].rows_accepted == 1
        assert quarantined(engine) == [(2, "missing_customer_id")]


def test_more_columns_than_that_are_refused(tmp_path: Path) -> None:
    header = ",".join(f"c{number}" for number in range(readers.MOST_COLUMNS + 1))
    assert "20,001 columns" in refused(tmp_path, write(tmp_path, f"{header}\n{header}\n"))


def test_a_line_of_200_megabytes_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.write(b"customer,date,amount\nA,2024-03-01,1\nB,")
        for _ in range(200):
            file.write(b"x" * 1_000_000)
        file.write(b",1\n")
    # a process of its own, so that its memory is its own; the address space is what is limited
    program = (
        "import resource, sys; from pathlib import Path; from segmodel.sources import textfiles\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (400_000_000, 400_000_000))\n"
        "textfiles.inspect(Path(sys.argv[1]))"
    )
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=False)
    assert "SourceError: 'long.csv' has a line of more than 2 million characters near line 3" in done.stderr
    assert resource.getrlimit(resource.RLIMIT_DATA) != (400_000_000, 400_000_000)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path, GOOD)
    count = Staging.rows

    def count_while_someone_writes(self: Staging, relation: str) -> int:
        with (tmp_path / "orders.csv").open("a") as file:
            file.write("B,2024-03-02,1\n")
        return count(self, relation)

    monkeypatch.setattr(Staging, "rows", count_while_someone_writes)
    assert "changed while it was being read" in refused(tmp_path, source)


@pytest.mark.parametrize("name", ["d[1].csv", "d*.csv", "o'dd\";.csv", "😀 שלום.csv", "<b>.csv"])
def test_file_names_are_taken_as_they_are(tmp_path: Path, name: str) -> None:
    write(tmp_path, GOOD + "Z,2024-03-01,1\n", "d1.csv")
    with loaded(tmp_path, transactions=write(tmp_path, GOOD, name)) as (engine, reports):
        assert reports["transactions"].rows_read == 1
        assert engine.value("SELECT source FROM reconciliation") == name


def test_paths_may_be_absolute_or_lead_outside(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    source = write(tmp_path, GOOD)
    for path in ("../orders.csv", str(tmp_path / "orders.csv")):
        with loaded(workspace, transactions=source | {"path": path}) as (_, reports):
            assert reports["transactions"].rows_accepted == 1


def test_cp1252_is_recognised_and_utf8_with_a_mark_too(tmp_path: Path) -> None:
    text = "customer,date,amount\nJosé,2024-03-01,1\n"
    for encoding in ("cp1252", "utf-8-sig", "utf-8"):
        (tmp_path / "orders.csv").write_text(text, encoding=encoding, newline="")
        with loaded(tmp_path, transactions={"path": "orders.csv", "columns": COLUMNS}) as (engine, _):
            assert engine.rows("SELECT customer_id FROM transactions") == [("José",)]


def test_a_stated_encoding_is_checked(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_bytes("customer,date,amount\nJosé,2024-03-01,1\n".encode("cp1252"))
    source = {"path": "orders.csv", "columns": COLUMNS, "encoding": "utf-8"}
    assert "is not in utf-8, which the definition states" in refused(tmp_path, source)


def test_a_character_split_between_two_chunks_is_still_utf8(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "orders.csv").write_text("customer,date,amount\nJosé,2024-03-01,1\n", encoding="utf-8")
    for size in range(1, 40):
        monkeypatch.setattr(textfiles, "_CHUNK", size)
        found = textfiles.inspect(tmp_path / "orders.csv")
        assert (found.encoding, found.mixed_line_ends) == ("utf-8", False)


@pytest.mark.parametrize("ends", [("\r\n", "\n"), ("\n", "\r"), ("\r", "\r"), ("\r\n", "\r\n")])
def test_line_ends_of_any_kind_are_read(tmp_path: Path, ends: tuple[str, str]) -> None:
    text = f"customer,date,amount{ends[0]}A,2024-03-01,1{ends[1]}B,2024-03-01,1{ends[0]}C,2024-03-01,1{ends[1]}"
    with loaded(tmp_path, transactions=write(tmp_path, text)) as (engine, _):
        assert engine.rows("SELECT customer_id FROM transactions") == [("A",), ("B",), ("C",)]


def test_lines_inside_quotation_marks_are_one_row(tmp_path: Path) -> None:
    text = 'customer,date,amount,note\r\nA,2024-03-01,1,"two\nlines"\r\nB,2024-03-01,1,""\r\n'
    with loaded(tmp_path, transactions=write(tmp_path, text)) as (_, reports):
        assert reports["transactions"].rows_accepted == 2


def test_lines_swallowed_by_a_short_open_quotation_mark_are_all_counted(tmp_path: Path) -> None:
    text = 'customer,date,amount\nA,2024-03-01,1\n"B,2024-03-01,1\nC,2024-03-01,1\nD,2024-03-01,1\n'
    with loaded(tmp_path, transactions=write(tmp_path, text)) as (engine, reports):
        assert reports["transactions"].rows_read == 4
        assert quarantined(engine) == [(2, "malformed_line"), (3, "malformed_line"), (4, "malformed_line")]


def test_an_open_quotation_mark_that_swallows_a_file_is_refused(tmp_path: Path) -> None:
    text = 'customer,date,amount\nA,2024-03-01,1\n"B,2024-03-01,1\n' + "C,2024-03-01,1\n" * 5_000
    assert "a quotation mark opened in line 3 is never closed" in refused(tmp_path, write(tmp_path, text))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04rest", "is an Excel workbook or zip archive, not a text file"),
        (b"\xff\xfea\x00,\x00", "is UTF-16 text"),
        (gzip.compress(GOOD.encode() * 50)[:-20], "is not a complete gzip file"),
        (b"\x1f\x8bnot gzip at all", "is not a complete gzip file"),
    ],
    ids=["zip", "utf-16", "cut gzip", "no gzip"],
)
def test_files_of_another_kind_are_recognised(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "orders.csv").write_bytes(content)
    assert sentence in refused(tmp_path, {"path": "orders.csv", "columns": COLUMNS})


@pytest.mark.parametrize("name", ["orders.parquet", "orders.json", "orders.xlsx"])
def test_damaged_files_of_every_kind_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"{ this is nothing")
    assert f"'{name}' is not" in refused(tmp_path, {"path": name, "columns": COLUMNS})


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    (tmp_path / "orders.doc").write_text(GOOD)
    assert "expected .csv" in refused(tmp_path, {"path": "orders.doc", "columns": COLUMNS})


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    source = write(tmp_path, GOOD)
    (tmp_path / "orders.csv").chmod(0)
    if os.access(tmp_path / "orders.csv", os.R_OK):
        pytest.skip("this user may read every file")
    assert "cannot be read: Permission denied" in refused(tmp_path, source)


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "orders.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 1_000_000)
    monkeypatch.setattr("segmodel.sources.workbooks.LARGEST_UNPACKED", 500_000)
    assert "unpacks to" in refused(tmp_path, {"path": "orders.xlsx", "columns": COLUMNS})
