from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path

import pytest

from segmodel.errors import SourceError
from tests.sources.loading import loaded, quarantined, rows_of, write

DAY = datetime.datetime(2024, 3, 1)


def test_every_rule_sends_its_row_to_quarantine_with_its_number_and_content(tmp_path: Path) -> None:
    source = write(
        tmp_path,
        "customer,date,amount\n"
        "A,2024-03-01,10\n"
        ",2024-03-01,10\n"
        "A,,10\n"
        "A,31 February,10\n"
        "A,1850-01-01,10\n"
        "A,2024-03-01,\n"
        "A,2024-03-01,ten\n"
        "A,2024-03-01,inf\n"
        "A,2024-03-01\n"
        "A,2024-03-01,1,2\n"
        "B,2024-03-01,-3.50\n"
        "TEST,2024-03-01,1\n"
        "C,2024-03-01,0\n"
        "null,2024-03-01,0\n",
    )
    source["exclude"] = "customer = 'TEST'"
    with loaded(tmp_path, transactions=source) as (engine, reports):
        assert quarantined(engine) == [
            (2, "missing_customer_id"),
            (3, "missing_ordered_at"),
            (4, "unparsable_ordered_at"),
            (5, "ordered_at_out_of_range"),
            (6, "missing_amount"),
            (7, "unparsable_amount"),
            (8, "unparsable_amount"),
            (9, "malformed_line"),
            (10, "malformed_line"),
            (12, "excluded"),
            (14, "missing_customer_id"),
        ]
        kept = engine.rows("SELECT customer_id, ordered_at, amount, is_cancelled FROM transactions")
        assert kept == [
            ("A", DAY, Decimal(10), False),
            ("B", DAY, Decimal("-3.5"), False),
            ("C", DAY, Decimal(0), False),
        ]
        assert reports["transactions"].rows_read == 14
        content = engine.value("SELECT content FROM quarantine WHERE row_number = 7")
        assert json.loads(content) == {"customer": "A", "date": "2024-03-01", "amount": "ten"}
        assert json.loads(engine.value("SELECT content FROM quarantine WHERE row_number = 9")) == {
            "line": "A,2024-03-01"
        }
        reason = engine.value("SELECT reason FROM quarantine WHERE row_number = 7")
        assert reason == "amount is not a number."


def test_reconciliation_adds_up_for_each_file(tmp_path: Path) -> None:
    write(tmp_path, "customer,date,amount\nA,2024-03-01,1\n,2024-03-02,2\n", "orders_1.csv")
    source = write(tmp_path, "customer,date,amount\nB,2024-03-05,1\nB,2024-03-09,2\nB,x,2\n", "orders_2.csv")
    source["path"] = "orders_*.csv"
    with loaded(tmp_path, transactions=source) as (engine, _):
        found = engine.rows(
            "SELECT source, rows_read, rows_accepted, rows_quarantined, first_at, last_at "
            "FROM reconciliation ORDER BY source"
        )
        assert found == [
            ("orders_1.csv", 2, 1, 1, DAY, DAY),
            ("orders_2.csv", 3, 2, 1, datetime.datetime(2024, 3, 5), datetime.datetime(2024, 3, 9)),
        ]
        modified = engine.value("SELECT modified_at FROM reconciliation WHERE source = 'orders_2.csv'")
        on_disk = (tmp_path / "orders_2.csv").stat().st_mtime
        assert abs(modified.replace(tzinfo=datetime.UTC).timestamp() - on_disk) < 1


def test_nothing_of_the_loading_is_left_behind(tmp_path: Path) -> None:
    with loaded(tmp_path, transactions=write(tmp_path, "customer,date,amount\nA,2024-03-01,1\n")) as (engine, _):
        assert engine.tables() == ("quarantine", "reconciliation", "transactions")
        assert list(engine.columns("transactions").items()) == [
            ("customer_id", "VARCHAR"),
            ("ordered_at", "TIMESTAMP"),
            ("amount", "DECIMAL(18,4)"),
            ("is_cancelled", "BOOLEAN"),
        ]


@pytest.mark.parametrize(("policy", "kept", "lost"), [("keep", 4, 0), ("drop", 2, 2)])
def test_exact_duplicates_are_counted_whether_kept_or_dropped(
    tmp_path: Path, policy: str, kept: int, lost: int
) -> None:
    text = "customer,date,amount,note\nA,2024-03-01,1,x\nA,2024-03-01,1,x\nA,2024-03-01,1,y\nA,2024-03-01,1,x\n"
    with loaded(tmp_path, transactions=write(tmp_path, text) | {"duplicates": policy}) as (engine, reports):
        report = reports["transactions"]
        assert (report.duplicate_rows, report.rows_accepted, report.rows_quarantined) == (2, kept, lost)
        assert quarantined(engine) == [(2, "exact_duplicate"), (4, "exact_duplicate")][:lost]


def test_duplicates_across_files_belong_to_the_later_file(tmp_path: Path) -> None:
    write(tmp_path, "customer,date,amount\nA,2024-03-01,1\n", "orders_1.csv")
    source = write(tmp_path, "customer,date,amount\nB,2024-03-01,1\nA,2024-03-01,1\n", "orders_2.csv")
    with loaded(tmp_path, transactions=source | {"path": "orders_?.csv", "duplicates": "drop"}) as (engine, _):
        assert engine.rows("SELECT source, duplicate_rows FROM reconciliation ORDER BY 1") == [
            ("orders_1.csv", 0),
            ("orders_2.csv", 1),
        ]
        assert engine.rows("SELECT source, row_number, rule FROM quarantine") == [
            ("orders_2.csv", 2, "exact_duplicate")
        ]


def test_a_file_that_loses_too_much_is_refused_with_reason_and_example(tmp_path: Path) -> None:
    text = "customer,date,amount\nA,2024-03-01,1\nA,2024-03-01,one\nA,2024-03-01,two\n"
    message = r"2 of 3 rows \(67%\).*max_quarantined allows 50%.*2 times: amount is not a number.*row 2.*\"one\""
    with pytest.raises(SourceError, match=message), loaded(tmp_path, 0.5, transactions=write(tmp_path, text)):
        pass


def test_all_rows_bad_is_refused_whatever_is_allowed(tmp_path: Path) -> None:
    source = write(tmp_path, "customer,date,amount\n,2024-03-01,1\n")
    with pytest.raises(SourceError, match="none would be left"), loaded(tmp_path, 1.0, transactions=source):
        pass


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("17850.0", "17850"), (" C 1 ", "C 1"), ("007", "007"), ("12.50", "12.50"), ("100", "100"),
        ("\u00a0K9\t", "K9"), ("10", "10"), ("A.0", "A.0"), ("Bu", "Bu"),
    ],
)  # fmt: skip
def test_ids_are_trimmed_and_lose_only_a_decimal_nought(tmp_path: Path, written: str, expected: str) -> None:
    assert rows_of(tmp_path, f"customer,date,amount\n{written},2024-03-01,1\n") == [(expected, DAY, Decimal(1))]


def test_names_with_quotes_markup_paths_and_right_to_left_text_arrive_unchanged(tmp_path: Path) -> None:
    names = ["O'Brien; DROP TABLE x", "<b>Bob</b>", "../../etc", "שלום עולם", "😀 Smith", '"quoted", with comma']
    lines = "".join('"' + name.replace('"', '""') + '",2024-03-01,1\n' for name in names)
    found = rows_of(tmp_path, "customer,date,amount\n" + lines)
    assert [row[0] for row in found] == names


def test_column_names_with_quotes_markup_and_right_to_left_text_can_be_mapped(tmp_path: Path) -> None:
    source = write(tmp_path, '"לקוח <b>";"da""te; \'x\'",😀/..\nA;ignored,1\n'.replace(",", ";"))
    source["columns"] = {"customer_id": "לקוח <b>", "ordered_at": "'2024-03-01'", "amount": "😀/.."}
    with loaded(tmp_path, transactions=source) as (engine, _):
        assert engine.rows("SELECT customer_id, ordered_at, amount FROM transactions") == [("A", DAY, Decimal(1))]


def test_cancelled_names_refunds(tmp_path: Path) -> None:
    text = "customer,date,amount,order\nA,2024-03-01,5,536\nA,2024-03-02,-5,C536\nA,2024-03-02,-5,\n"
    source = write(tmp_path, text) | {"cancelled": "\"order\" LIKE 'C%'"}
    with loaded(tmp_path, transactions=source) as (engine, _):
        assert engine.rows("SELECT amount, is_cancelled FROM transactions ORDER BY ALL") == [
            (Decimal(-5), False),
            (Decimal(-5), True),
            (Decimal(5), False),
        ]


def test_a_second_row_of_a_customer_is_quarantined_and_other_columns_are_kept(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(
        "id,region,age,postcode,empty\nA,North,41,0123,\nB,,x,0456,\nA,South,50,0789,\nC,West,30,0111,\n"
    )
    orders = write(tmp_path, "customer,date,amount\nA,2024-03-01,1\n")
    people = {"path": "people.csv", "columns": {"customer_id": "id"}}
    with loaded(tmp_path, transactions=orders, customers=people) as (engine, reports):
        assert engine.rows("SELECT row_number, rule FROM quarantine") == [(3, "duplicate_key")]
        assert reports["customers"].rows_accepted == 3
        assert engine.columns("customers") == {
            "customer_id": "VARCHAR",
            "region": "VARCHAR",
            "age": "VARCHAR",
            "postcode": "VARCHAR",
            "empty": "VARCHAR",
        }
        assert engine.rows("SELECT region, postcode FROM customers WHERE customer_id = 'A'") == [("North", "0123")]


def test_an_attribute_is_a_number_when_every_value_is_one(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("customer_id,age,visits\nA,41,\nB,,3.5\n")
    orders = write(tmp_path, "customer,date,amount\nA,2024-03-01,1\n")
    with loaded(tmp_path, transactions=orders, customers={"path": "people.csv"}) as (engine, _):
        assert engine.rows("SELECT age, visits FROM customers ORDER BY customer_id") == [(41.0, None), (None, 3.5)]


def test_a_wide_survey_becomes_one_row_an_answer(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_text("respondent,price,taste\nA,7,3\nB,,5\n,1,1\n")
    survey = {"path": "wide.csv", "columns": {"customer_id": "respondent"}}
    with loaded(tmp_path, survey=survey) as (engine, reports):
        assert engine.rows("SELECT * FROM survey ORDER BY ALL") == [
            ("A", "price", "7"),
            ("A", "taste", "3"),
            ("B", "taste", "5"),
        ]
        report = reports["survey"]
        assert (report.rows_read, report.rows_accepted, report.rows_quarantined) == (3, 2, 1)
        assert engine.tables() == ("quarantine", "reconciliation", "survey")


def test_a_long_survey_keeps_skipped_answers(tmp_path: Path) -> None:
    (tmp_path / "long.csv").write_text("customer_id,item,answer\nA,price,7\nA,taste,\n")
    with loaded(tmp_path, survey={"path": "long.csv"}) as (engine, _):
        assert engine.rows("SELECT * FROM survey ORDER BY item") == [("A", "price", "7"), ("A", "taste", None)]


def test_an_optional_column_that_is_no_number_is_quarantined_and_an_empty_one_is_not(tmp_path: Path) -> None:
    source = write(tmp_path, "customer,date,amount,margin\nA,2024-03-01,1,\nA,2024-03-01,1,lots\nA,2024-03-01,1,n/a\n")
    with loaded(tmp_path, transactions=source) as (engine, _):
        assert quarantined(engine) == [(2, "unparsable_margin")]
        assert engine.rows("SELECT margin FROM transactions") == [(None,), (None,)]


def test_flags_and_months_are_read(tmp_path: Path) -> None:
    orders = write(tmp_path, "customer,date,amount\nA,2024-03-01,1\n")
    (tmp_path / "campaigns.csv").write_text(
        "campaign,customer_id,arm,converted\nx,A,treatment,Yes\nx,B,control,0\nx,C,control,maybe\n"
    )
    (tmp_path / "spend.csv").write_text("month,segment,amount\n2024-03,a,5\n2024-04,a,6\n")
    sources = {"campaigns": {"path": "campaigns.csv"}, "spend": {"path": "spend.csv"}}
    with loaded(tmp_path, transactions=orders, **sources) as (engine, _):
        assert engine.rows("SELECT converted FROM campaigns ORDER BY customer_id") == [(True,), (False,)]
        assert quarantined(engine) == [(3, "unparsable_converted")]
        assert engine.rows("SELECT month FROM spend") == [(datetime.date(2024, 3, 1),), (datetime.date(2024, 4, 1),)]
