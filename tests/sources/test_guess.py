from __future__ import annotations

import tomllib
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from segmodel.definition import parse_definition
from segmodel.engines import Engine
from segmodel.errors import SourceError
from segmodel.progress import quiet
from segmodel.sources import TABLES, guess_definition, guess_mapping, load_sources, read_sample
from tests.sources.loading import write


def guessed(file: Path, folder: Path | None = None) -> dict[str, object]:
    """The transactions source of the definition written for a file; the whole must be a valid definition."""
    content = tomllib.loads(guess_definition(file, "Test", folder))
    parse_definition(content, tuple(TABLES))
    return content["sources"]["transactions"]


def test_plain_names_are_recognised_whatever_the_case_and_marks() -> None:
    sample = pd.DataFrame(
        {
            "Order Date": ["2024-03-01", "2024-03-02"],
            "CUSTOMER-ID": ["A", "B"],
            "Order_Total": ["1.50", "2"],
            "Channel": ["web", "app"],
        }
    )
    assert guess_mapping(sample).columns == {
        "customer_id": "CUSTOMER-ID",
        "ordered_at": "Order Date",
        "amount": "Order_Total",
        "channel": "Channel",
    }


def test_values_decide_when_names_do_not() -> None:
    sample = pd.DataFrame(
        {"client": ["A", "B"], "f1": ["31/12/2024", "01/02/2024"], "f2": ["1.50", "2.25"], "f3": ["3", "4"]}
    )
    guess = guess_mapping(sample)
    assert guess.columns == {"customer_id": "client", "ordered_at": "f1", "amount": "f2"}
    assert guess.candidates["ordered_at"][0].reason == "Its values are dates."


def test_a_name_does_not_win_against_its_values() -> None:
    sample = pd.DataFrame(
        {
            "customer": ["A", "B"],
            "date": ["soon", "late"],
            "booked": ["2024-03-01"] * 2,
            "amount": ["x", "y"],
            "paid": ["1.5", "2"],
        }
    )
    assert guess_mapping(sample).columns == {"customer_id": "customer", "ordered_at": "booked", "amount": "paid"}


def test_quantity_times_price_is_an_amount_and_a_total_is_a_better_one() -> None:
    sample = pd.DataFrame({"customer": ["A"], "date": ["2024-03-01"], "qty": ["3"], "Unit Price": ["2.50"]})
    assert guess_mapping(sample).columns["amount"] == 'qty * "Unit Price"'
    with_total = sample.assign(line_total=["7.50"])
    found = [candidate.expression for candidate in guess_mapping(with_total).candidates["amount"]]
    assert found == ["line_total", 'qty * "Unit Price"']


def test_a_status_of_cancelled_is_found() -> None:
    sample = pd.DataFrame(
        {"customer": ["A", "B"], "date": ["2024-03-01"] * 2, "amount": ["1", "2"], "Status": ["paid", "Cancelled"]}
    )
    cancelled = guess_mapping(sample).cancelled
    assert cancelled is not None
    assert cancelled.expression == "lower(trim(Status)) IN ('cancelled')"


def test_an_empty_sample_gives_no_answer_and_no_error() -> None:
    guess = guess_mapping(pd.DataFrame({"customer": [], "date": []}, dtype=object))
    assert guess.missing == ("customer_id", "ordered_at", "amount")


def test_a_file_without_an_amount_is_refused_by_name(tmp_path: Path) -> None:
    write(tmp_path, "customer,date,colour\nA,2024-03-01,red\n")
    with pytest.raises(
        SourceError, match=r"no column looks like amount\. Its columns are 'customer', 'date', 'colour'"
    ):
        guess_definition(tmp_path / "orders.csv", "Test")


def test_a_file_inside_the_workspace_is_written_relative_and_another_in_full(tmp_path: Path) -> None:
    write(tmp_path, "customer,date,amount\nA,2024-03-01,1\n", 'a "b" \\ 😀.csv')
    file = tmp_path / 'a "b" \\ 😀.csv'
    assert guessed(file, tmp_path)["path"] == 'a "b" \\ 😀.csv'
    assert guessed(file, tmp_path / "elsewhere")["path"] == str(file.resolve())


def test_dates_of_unclear_order_are_settled_in_the_definition_and_say_so(tmp_path: Path) -> None:
    write(tmp_path, "customer,date,amount\nA,01/02/2024,1\nA,03/04/2024,1\n")
    assert guessed(tmp_path / "orders.csv")["date_format"] == "%d/%m/%Y"
    assert 'the file allows "%m/%d/%Y" as well: check this' in guess_definition(tmp_path / "orders.csv", "Test")


def test_dates_settled_after_the_sample_need_no_format(tmp_path: Path) -> None:
    lines = "A,01/02/2024,1\n" * 6_000 + "A,12/31/2024,1\n" * 100
    write(tmp_path, "customer,date,amount\n" + lines)
    assert "date_format" not in guessed(tmp_path / "orders.csv")


def test_numbers_with_both_marks_are_settled_in_the_definition(tmp_path: Path) -> None:
    write(tmp_path, "customer;date;amount\nA;2024-03-01;1,50\nA;2024-03-01;1.50\n")
    assert guessed(tmp_path / "orders.csv")["decimal"] == "."


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.json"])
def test_samples_of_every_kind_are_text(tmp_path: Path, name: str) -> None:
    relation = duckdb.sql("SELECT 'A' AS customer, DATE '2024-03-01' AS date, 1.5::DOUBLE AS amount FROM range(9)")
    {
        "t.csv": relation.write_csv,
        "t.parquet": relation.write_parquet,
        "t.json": lambda path: relation.query("r", f"COPY (FROM r) TO '{path}'"),
    }[name](str(tmp_path / name), **({"header": True} if name == "t.csv" else {}))
    sample = read_sample(tmp_path / name, 5)
    assert sample.to_numpy().tolist() == [["A", "2024-03-01", "1.5"]] * 5


def test_a_guessed_definition_loads_with_no_editing(tmp_path: Path) -> None:
    write(
        tmp_path,
        "InvoiceNo,Quantity,InvoiceDate,UnitPrice,CustomerID\n536,2,2010-12-01 08:26,1.5,17850\n"
        "C537,-1,2010-12-02 09:00,1.5,17850\n538,1,2010-12-02,1,\n539,1,2010-12-02,1,5\n",
    )
    content = tomllib.loads(guess_definition(tmp_path / "orders.csv", "Test", tmp_path))
    with Engine.open(None) as engine:
        load_sources(engine, parse_definition(content), tmp_path, quiet)
        assert engine.rows("SELECT customer_id, amount::DOUBLE, is_cancelled FROM transactions ORDER BY amount") == [
            ("17850", -1.5, True), ("5", 1.0, False), ("17850", 3.0, False)
        ]  # fmt: skip
