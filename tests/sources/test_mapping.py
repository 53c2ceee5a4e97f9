from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from segmodel.engines import Engine
from segmodel.errors import SourceError
from segmodel.sources.mapping import read_mapping
from tests.sources.loading import loaded, quarantined, write

COLUMNS = {"Quantity": "VARCHAR", "Unit Price": "VARCHAR", "InvoiceNo": "BIGINT", "Quantity * 2": "VARCHAR"}


def read(text: str, *, as_number: bool = False) -> str:
    return read_mapping(text, COLUMNS, "sources.transactions.columns.amount", as_number=as_number).sql


def test_a_column_name_is_that_column_even_when_it_reads_like_an_expression() -> None:
    assert read("Quantity * 2") == '"Quantity * 2"'
    assert read("unit price") == '"Unit Price"'


@pytest.mark.parametrize(
    "text",
    [
        "(SELECT 1)",
        "Quantity IN (SELECT secret FROM other)",
        "read_csv('/etc/passwd')",
        "getenv('HOME')",
        "read_text('/etc/passwd')",
        "sum(Quantity)",
        "sum(Quantity) OVER ()",
        "random()",
        "current_setting('temp_directory')",
        "$parameter",
        "*",
        "CAST(Quantity AS INT) + nextval('s')",
    ],
)
def test_expressions_may_not_reach_beyond_the_row(text: str) -> None:
    with pytest.raises(SourceError, match=r"which a mapping may not|there is no column"):
        read(text)


@pytest.mark.parametrize("text", ["1; DROP TABLE quarantine", "Quantity; SELECT 1", "Quantity AS x", "'open", "a b c"])
def test_what_is_no_single_expression_is_no_column_either(text: str) -> None:
    with pytest.raises(SourceError, match="there is no column"):
        read(text)


def test_a_misspelt_column_inside_an_expression_is_named() -> None:
    with pytest.raises(SourceError, match=r"Quantty \* 3'.*no column 'Quantty'. Did you mean 'Quantity'"):
        read("Quantty * 3")


def test_a_comment_does_not_reach_the_engine() -> None:
    assert "secret" not in read("Quantity * 3 /* secret */", as_number=True)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Quantity * Price", Decimal("7.65")),
        ("Quantity * Price * 1000000", Decimal(7_650_000)),
        ("Price / (Quantity - 3)", None),
        ("Price % Discount", Decimal("0.55")),
        ("Quantity * Price - Discount", Decimal("6.65")),
        ("abs(Quantity) * round(Price, 1)", Decimal("7.8")),
        ("CASE WHEN Quantity > 2 THEN Price ELSE 0 END", Decimal("2.55")),
        ("CASE WHEN Note = 'x' THEN Price ELSE -1 * Price END", Decimal("2.55")),
        ("coalesce(Missing, Price)", Decimal("2.55")),
        ("greatest(Quantity, Price)", Decimal(3)),
        ("-Price", Decimal("-2.55")),
        ("Price / 2", Decimal("1.275")),
        ("CASE WHEN Quantity BETWEEN 1 AND 10 AND Note LIKE 'x%' THEN 1 ELSE 2 END", Decimal(1)),
        ("CASE WHEN Quantity IN (1, 3) THEN 1 ELSE 2 END", Decimal(1)),
        ("CAST(replace(Note2, '#', '') AS INT)", Decimal(12)),
        ("5", Decimal(5)),
    ],
)
def test_text_columns_are_numbers_where_numbers_are_meant(
    tmp_path: Path, expression: str, expected: Decimal | None
) -> None:
    text = "customer,date,Quantity,Price,Discount,Missing,Note,Note2\nA,2024-03-01,3.0,2.55,1,,x,#12\n"
    source = write(tmp_path, text)
    source["columns"]["margin"] = expression
    source["columns"]["amount"] = "Price"
    if expected is None:
        source["columns"] |= {"margin": f"coalesce({expression}, -1)"}
        expected = Decimal(-1)
    with loaded(tmp_path, transactions=source) as (engine, _):
        assert engine.rows("SELECT margin FROM transactions") == [(expected,)]


def test_division_by_nought_and_overflow_lose_one_row_not_the_file(tmp_path: Path) -> None:
    text = (
        "customer,date,a,b\nA,2024-03-01,1,0\nA,2024-03-01,999999999999,999999999999\n"
        "A,2024-03-01,6,2\nA,2024-03-01,,2\n"
    )
    for expression, lost in (("a / b", 1), ("a * b * 1000", 2)):
        source = write(tmp_path, text)
        source["columns"]["amount"] = expression
        with loaded(tmp_path, transactions=source) as (engine, _):
            assert quarantined(engine) == [(lost, "unparsable_amount"), (4, "missing_amount")]


def test_an_expression_that_does_not_fit_the_types_is_refused_with_its_key(tmp_path: Path) -> None:
    source = write(tmp_path, "customer,date,amount\nA,2024-03-01,1\n") | {"exclude": "amount + 1"}
    expected = pytest.raises(SourceError, match=r"sources.transactions.exclude: expected a condition")
    with expected, loaded(tmp_path, transactions=source):
        pass


def test_conditions_on_numeric_columns_may_be_written_as_text() -> None:
    sql = read("InvoiceNo LIKE 'C%' OR InvoiceNo = 'x'")
    with Engine.open(None) as engine:
        assert engine.value(f'SELECT {sql} FROM (SELECT 5::BIGINT AS "InvoiceNo")') is False
