from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmodel.engines import Engine
from segmodel.errors import SourceError
from segmodel.sources.convert import text_sql
from segmodel.sources.numbers import number_sql
from tests.sources.loading import loaded, quarantined, rows_of, write

DAY = datetime.datetime(2024, 12, 31)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open(None) as opened:
        yield opened


def dates_of(folder: Path, *written: str, **stated: Any) -> list[datetime.datetime]:
    lines = "".join(f"C{number};{text};1\n" for number, text in enumerate(written))
    return [row[1] for row in rows_of(folder, "customer;date;amount\n" + lines, **stated)]


@pytest.mark.parametrize(
    "written",
    ["2024-12-31", "2024/12/31", "2024.12.31", "31/12/2024", "12/31/2024", "31.12.2024", "31-12-2024", "31/12/24",
     "12/31/24", "31 Dec 2024", "31-Dec-2024", "31 December 2024", "Dec 31, 2024", "20241231", "2024-12-31T00:00:00Z",
     "2024-12-31 00:00", "31/12/2024 00:00:00", "12/31/2024 12:00 AM"],
)  # fmt: skip
def test_the_usual_forms_are_read(tmp_path: Path, written: str) -> None:
    assert dates_of(tmp_path, written) == [DAY]


def test_one_day_past_twelve_settles_the_order_of_the_whole_column(tmp_path: Path) -> None:
    assert dates_of(tmp_path, "01/02/2024", "31/12/2024") == [datetime.datetime(2024, 2, 1), DAY]
    assert dates_of(tmp_path, "01/02/2024", "12/31/2024") == [datetime.datetime(2024, 1, 2), DAY]


def test_the_order_is_settled_over_all_files(tmp_path: Path) -> None:
    write(tmp_path, "customer,date,amount\nA,01/02/2024,1\n", "orders_1.csv")
    source = write(tmp_path, "customer,date,amount\nA,31/12/2024,1\n", "orders_2.csv") | {"path": "orders_*.csv"}
    with loaded(tmp_path, transactions=source) as (engine, _):
        assert engine.value("SELECT min(ordered_at) FROM transactions") == datetime.datetime(2024, 2, 1)


def test_dates_that_can_be_read_two_ways_are_refused_with_both_formats(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        dates_of(tmp_path, "01/02/2024 10:30", "03/04/2024 11:45")
    assert "(such as 01/02/2024 10:30)" in str(caught.value)
    assert 'date_format = "%d/%m/%Y %H:%M" or date_format = "%m/%d/%Y %H:%M"' in str(caught.value)


def test_a_mixture_of_both_orders_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="can be read as"):
        dates_of(tmp_path, "31/12/2024", "12/31/2024", "01/02/2024")


def test_one_typing_error_does_not_unsettle_a_settled_column(tmp_path: Path) -> None:
    written = [f"{day:02}/03/2024" for day in range(1, 32)] * 4 + ["03/31/2024"]
    assert len(dates_of(tmp_path, *written)) == 124


def test_a_stated_format_is_used(tmp_path: Path) -> None:
    found = dates_of(tmp_path, "01/02/2024", date_format="%m/%d/%Y")
    assert found == [datetime.datetime(2024, 1, 2)]


def test_dates_with_and_without_a_time_may_be_mixed(tmp_path: Path) -> None:
    found = dates_of(tmp_path, "31/12/2024", "31/12/2024 17:45")
    assert found == [DAY, datetime.datetime(2024, 12, 31, 17, 45)]


@pytest.mark.parametrize(
    ("written", "number"),
    [("1,234.50", "1234.5"), ("£4.20", "4.2"), ("(3.50)", "-3.5"), ("5-", "-5"), ("1e3", "1000"), ("+.5", "0.5"),
     ("12.50 GBP", "12.5"), ("100", "100"), ("0.0", "0"), ("-0.01", "-0.01"), ("850", "850")],
)  # fmt: skip
def test_numbers_with_a_point(tmp_path: Path, written: str, number: str) -> None:
    assert rows_of(tmp_path, f"customer;date;amount\nA;2024-12-31;{written}\n") == [("A", DAY, Decimal(number))]


def test_a_decimal_comma_is_found(tmp_path: Path) -> None:
    text = "customer;date;amount\nA;2024-12-31;1.234,50\nA;2024-12-31;1.234\nA;2024-12-31;7\nA;2024-12-31;-2,5\n"
    assert [row[2] for row in rows_of(tmp_path, text)] == [
        Decimal("1234.5"), Decimal(1234), Decimal(7), Decimal("-2.5")
    ]  # fmt: skip


def test_a_stated_decimal_settles_what_cannot_be_seen(tmp_path: Path) -> None:
    text = "customer;date;amount\nA;2024-12-31;1.234\n"
    assert rows_of(tmp_path, text)[0][2] == Decimal("1.234")
    assert rows_of(tmp_path, text, decimal=",")[0][2] == Decimal(1234)


def test_numbers_with_both_marks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r'State decimal = "," or decimal = "\."'):
        rows_of(tmp_path, "customer;date;amount\nA;2024-12-31;1,50\nA;2024-12-31;2.50\n")


@pytest.mark.parametrize("written", ["nan", "inf", "ten", "1.2.3", "1,2,3.4", "0x10", "--1", "99999999999999999999"])
def test_what_is_no_amount_is_quarantined(tmp_path: Path, written: str) -> None:
    source = write(tmp_path, f"customer;date;amount\nA;2024-12-31;{written}\nA;2024-12-31;1\n")
    with loaded(tmp_path, transactions=source) as (engine, _):
        (found,) = quarantined(engine)
        assert found[0] == 1
        assert found[1] in {"unparsable_amount", "missing_amount"}


@settings(max_examples=60, deadline=None)
@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4, allow_nan=False))
def test_every_number_comes_back_in_every_way_of_writing_it(engine: Engine, value: Decimal) -> None:
    pointed = [f"{value:f}", f"{value:,.4f}", f" {value:f} ", f"€{value:,.4f}" if value >= 0 else f"-€{-value:,.4f}"]
    comma = [text.translate(str.maketrans(",.", ".,")) for text in pointed]
    for mark, texts in ((".", pointed), (",", comma)):
        sql = number_sql(text_sql("x", "VARCHAR"), mark, "DECIMAL(18,4)")
        for text in texts:
            assert engine.value(f"SELECT {sql} FROM (SELECT $x::VARCHAR AS x)", {"x": text}) == value, text


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="u0a9Z \t\r\n\u00a0x.", max_size=8))
def test_trimming_takes_blanks_and_nothing_else(engine: Engine, text: str) -> None:
    found = engine.value(f"SELECT {text_sql('x', 'VARCHAR')} FROM (SELECT $x::VARCHAR AS x)", {"x": text})
    assert found == (text.strip(" \t\r\n\u00a0") or None)
