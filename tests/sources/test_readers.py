from __future__ import annotations

import datetime
import gzip
import json
import sys
import types
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
import sqlalchemy

from segmodel.errors import SourceError
from segmodel.sources import databases
from tests.sources.loading import COLUMNS, loaded, quarantined, write
from tests.sources.workbook import write_workbook

EXPECTED = [
    ("17850", datetime.datetime(2024, 3, 1, 8, 26), Decimal("10.5")),
    ("A", datetime.datetime(2024, 3, 2), Decimal(-2)),
]
CSV = "customer,date,amount\n17850,2024-03-01 08:26,10.5\nA,2024-03-02,-2\n,2024-03-02,1\n"


def check(folder: Path, source: dict[str, Any]) -> None:
    """Read the two good rows and the bad third one of every kind of source."""
    with loaded(folder, transactions={"columns": COLUMNS} | source) as (engine, reports):
        assert engine.rows("SELECT customer_id, ordered_at, amount FROM transactions ORDER BY 2") == EXPECTED
        assert quarantined(engine) == [(3, "missing_customer_id")]
        assert reports["transactions"].rows_read == 3


def test_csv_plain_and_gzipped_whatever_the_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    (tmp_path / "b.csv").write_bytes(gzip.compress(CSV.encode()))
    (tmp_path / "c.csv.gz").write_text(CSV)
    for name in ("a.csv.gz", "b.csv", "c.csv.gz"):
        check(tmp_path, {"path": name})


def test_parquet(tmp_path: Path) -> None:
    duckdb.sql(
        "SELECT * FROM (VALUES ('17850', TIMESTAMP '2024-03-01 08:26', 10.5::DOUBLE), "
        "('A', TIMESTAMP '2024-03-02', -2), (NULL, TIMESTAMP '2024-03-02', 1)) AS t(customer, date, amount)"
    ).write_parquet(str(tmp_path / "t.parquet"))
    check(tmp_path, {"path": "t.parquet"})


def test_parquet_with_numeric_ids_text_dates_and_values_that_are_no_amounts(tmp_path: Path) -> None:
    duckdb.sql(
        "SELECT * FROM (VALUES (17850.0::DOUBLE, '01/03/2024', 1.005::DOUBLE), (2.5, '31/03/2024', 'nan'::DOUBLE), "
        "('nan', '31/03/2024', 1), (3, '31/03/2024', 'inf'), (4, '31/03/2024', 1e300)) AS t(customer, date, amount)"
    ).write_parquet(str(tmp_path / "t.parquet"))
    with loaded(tmp_path, transactions={"path": "t.parquet", "columns": COLUMNS}) as (engine, _):
        assert engine.rows("SELECT customer_id, ordered_at, amount FROM transactions") == [
            ("17850", datetime.datetime(2024, 3, 1), Decimal("1.005"))
        ]
        assert quarantined(engine) == [
            (2, "missing_amount"), (3, "missing_customer_id"), (4, "unparsable_amount"), (5, "unparsable_amount")
        ]  # fmt: skip


def test_parquet_attributes_of_every_type(tmp_path: Path) -> None:
    duckdb.sql(
        "SELECT 1::BIGINT AS customer_id, TRUE AS consent, DATE '2024-03-01' AS joined, 2.5::DECIMAL(5,2) AS score, "
        "[1, 2] AS list, 'x' AS word"
    ).write_parquet(str(tmp_path / "people.parquet"))
    orders = write(tmp_path, "customer,date,amount\nA,2024-03-01,1\n")
    with loaded(tmp_path, transactions=orders, customers={"path": "people.parquet"}) as (engine, _):
        assert engine.rows("SELECT * FROM customers") == [("1", "true", "2024-03-01", 2.5, "[1, 2]", "x")]


@pytest.mark.parametrize("form", ["list", "lines"])
def test_json_as_a_list_and_as_lines(tmp_path: Path, form: str) -> None:
    rows = [
        {"customer": 17850, "date": "2024-03-01 08:26", "amount": 10.5},
        {"customer": "A", "date": "2024-03-02", "amount": "-2"},
        {"date": "2024-03-02", "amount": 1},
    ]
    name = "t.json" if form == "list" else "t.jsonl"
    text = json.dumps(rows) if form == "list" else "\n".join(map(json.dumps, rows))
    (tmp_path / name).write_text(text)
    check(tmp_path, {"path": name})


def test_json_dates_of_unclear_order_are_refused_as_in_text(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps([{"customer": "A", "date": "01/02/2024", "amount": 1}]))
    with pytest.raises(SourceError, match="can be read as"):
        check(tmp_path, {"path": "t.json"})


def test_a_workbook_and_a_named_sheet_of_it(tmp_path: Path) -> None:
    serial = (datetime.datetime(2024, 3, 1, 8, 26) - datetime.datetime(1899, 12, 30)) / datetime.timedelta(days=1)
    rows = [
        ["customer", "date", "amount"],
        [17850.0, f"={serial!r}", 10.5],
        ["A", "2024-03-02", "-2"],
        [None, "2024-03-02", 1.0],
    ]
    write_workbook(tmp_path / "t.xlsx", {"notes": [["nothing here"]], "orders": rows})
    check(tmp_path, {"path": "t.xlsx", "sheet": "orders"})
    with pytest.raises(SourceError, match=r"no sheet 'ordrs'\. Did you mean 'orders'"):
        check(tmp_path, {"path": "t.xlsx", "sheet": "ordrs"})
    with pytest.raises(SourceError, match="has a header but no rows"):
        check(tmp_path, {"path": "t.xlsx"})


def _fill(uri: str) -> None:
    database = sqlalchemy.create_engine(uri)
    frame = pd.DataFrame(
        {
            "customer": ["17850", "A", None],
            "date": [
                datetime.datetime(2024, 3, 1, 8, 26),
                datetime.datetime(2024, 3, 2),
                datetime.datetime(2024, 3, 2),
            ],
            "amount": [10.5, -2, 1],
        }
    )
    frame.to_sql("orders", database, index=False, if_exists="replace")
    database.dispose()


def test_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uri = f"sqlite:///{tmp_path / 'shop.db'}"
    _fill(uri)
    monkeypatch.setattr("segmodel.sources.databases._CHUNK", 2)
    query = "SELECT * FROM orders WHERE customer NOT LIKE '%:x' OR customer IS NULL"
    check(tmp_path, {"uri": uri, "query": query})
    with loaded(tmp_path, transactions={"columns": COLUMNS, "uri": f"{uri}?timeout=5", "query": query}) as (engine, _):
        assert engine.rows("SELECT DISTINCT source FROM reconciliation") == [("sqlite: shop.db",)]
        assert engine.rows("SELECT DISTINCT source FROM quarantine") == [("sqlite: shop.db",)]


def test_postgres(tmp_path: Path, postgres_url: str) -> None:
    _fill(postgres_url)
    check(tmp_path, {"uri": postgres_url, "query": "SELECT customer, date, amount::numeric FROM orders"})
    with pytest.raises(SourceError, match='relation "nowhere" does not exist'):
        check(tmp_path, {"uri": postgres_url, "query": "SELECT * FROM nowhere"})


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://user:hunter2@127.0.0.1:1/shop?connect_timeout=2",
        "postgresql+psycopg://127.0.0.1:1/shop?user=user&password=hunter2&connect_timeout=2",
        "postgresql+psycopg://user@127.0.0.1:1/shop?sslpassword=hunter2&connect_timeout=2",
        "postgresql+psycopg://user:x@y/hunter2@127.0.0.1:1/shop",
        "postgresql+psycopg://user:hunter2:hunter2@127.0.0.1:hunter2/shop",
    ],
)
def test_a_database_that_does_not_answer_never_shows_its_password(tmp_path: Path, address: str) -> None:
    with pytest.raises(SourceError) as caught:
        check(tmp_path, {"uri": address, "query": "SELECT 1"})
    assert "hunter2" not in str(caught.value)
    assert "127.0.0.1:1" not in str(caught.value)


def test_a_message_of_a_driver_is_shown_without_what_it_repeats_of_the_address() -> None:
    address = "mssql+pyodbc://ana:p%40ss@host/shop?odbc_connect=DRIVER%3D%7Bx%7D%3BPWD%3Dhunter2%3B&token=a%2Fb"
    message = f"login of ana with p@ss or p%40ss, PWD=hunter2, token a/b or a%2Fb, on {address}\nmore"
    shown = databases._plain(ValueError(message), address)
    assert shown == "login of ana with *** or ***, PWD=***, token *** or ***, on ***"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("postgresql+psycopg://ana:hunter2@host/sales?password=hunter2", "postgresql: sales"),
        ("postgresql:///sales", "postgresql: sales"),
        ("sqlite:////home/ana/shop.db?timeout=5", "sqlite: shop.db"),
        ("sqlite://", "sqlite"),
        ("mssql+pyodbc:///?odbc_connect=PWD%3Dhunter2", "mssql"),
    ],
)
def test_a_database_is_named_by_backend_and_name_only(address: str, name: str) -> None:
    assert databases._named(sqlalchemy.make_url(address)) == name


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("postgresql://ana:hunter2@host:5432/sales?password=hunter2", "postgresql: sales"),
        ("postgresql://host/sales?user=ana&password=hun@ter2", "postgresql"),
        ("postgresql://ana:hun/ter2@host/sales", "postgresql"),
        ("postgresql://ana:hun@ter2@host/sales", "postgresql"),
        ("postgresql://ana:hun?ter2@host/sales", "postgresql"),
        ("snowflake://ana:hunter2@account/sales/public", "snowflake: sales"),
        ("sqlite:///home/ana/shop.db", "sqlite: shop.db"),
        ("postgresql://host?password=hunter2", "postgresql"),
    ],
)
def test_a_database_read_by_adbc_is_named_by_driver_and_name_only(address: str, name: str) -> None:
    assert databases._named_adbc(address) == name


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ({"uri": "nothing", "query": "SELECT 1"}, "not an address SQLAlchemy understands"),
        ({"uri": "nosuch://x", "query": "SELECT 1"}, "not an address SQLAlchemy understands"),
        ({"uri": "mysql+nosuch://x/y", "query": "SELECT 1"}, "not an address SQLAlchemy understands"),
        ({"uri": "sqlite://", "query": "SELECT 1 AS a, 2 AS A"}, "two columns named"),
        ({"uri": "sqlite://", "query": "SELECT 1 AS a WHERE 1 = 0"}, "returns no rows"),
        ({"uri": "sqlite://", "query": "CREATE TABLE t (a)"}, "not a SELECT"),
        ({"uri": "sqlite:///${SEGMODEL_NOT_SET}", "query": "SELECT 1"}, "environment variable SEGMODEL_NOT_SET"),
        ({"uri": "adbc+nosuchdriver://x", "query": "SELECT 1"}, "needs the Python package 'adbc-driver-nosuchdriver'"),
        ({"uri": "adbc+../x://x", "query": "SELECT 1"}, "expected lower case letters"),
    ],
)
def test_databases_that_cannot_be_read_say_why(tmp_path: Path, source: dict[str, str], sentence: str) -> None:
    with pytest.raises(SourceError, match=sentence):
        check(tmp_path, source)


def test_a_password_may_stand_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_FILE", str(tmp_path / "shop.db"))
    _fill(f"sqlite:///{tmp_path / 'shop.db'}")
    check(tmp_path, {"uri": "sqlite:///${SHOP_FILE}", "query": "SELECT * FROM orders"})


class _Cursor:
    """The part of an ADBC cursor that is used."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def cursor(self) -> _Cursor:
        return self

    def execute(self, query: str) -> None:
        if query != "SELECT * FROM orders":
            raise _DriverError("no such table")

    def fetch_record_batch(self) -> pa.RecordBatchReader:
        table = pa.table(
            {
                "customer": ["17850", "A", None],
                "date": [
                    datetime.datetime(2024, 3, 1, 8, 26),
                    datetime.datetime(2024, 3, 2),
                    datetime.datetime(2024, 3, 2),
                ],
                "amount": [10.5, -2.0, 1.0],
            }
        )
        return table.to_reader()


class _DriverError(Exception):
    pass


def test_an_adbc_driver_is_used_when_its_package_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package, dbapi = types.ModuleType("adbc_driver_made"), types.ModuleType("adbc_driver_made.dbapi")
    addresses: list[str] = []

    def connect(address: str) -> _Cursor:
        addresses.append(address)
        return _Cursor()

    dbapi.connect, dbapi.Error = connect, _DriverError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "adbc_driver_made", package)
    monkeypatch.setitem(sys.modules, "adbc_driver_made.dbapi", dbapi)
    check(tmp_path, {"uri": "adbc+made://user:hunter2@host/shop", "query": "SELECT * FROM orders"})
    assert addresses == ["made://user:hunter2@host/shop"]
    with pytest.raises(SourceError) as caught:
        check(tmp_path, {"uri": "adbc+made://user:hunter2@host/shop", "query": "SELECT * FROM nowhere"})
    assert "no such table" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_file_may_lack_an_optional_column_that_others_have(tmp_path: Path) -> None:
    (tmp_path / "t_1.csv").write_text("customer_id,ordered_at,amount\nA,2024-03-01,1\n")
    (tmp_path / "t_2.csv").write_text("amount,channel,customer_id,ordered_at\n2,web,B,2024-03-02\n")
    with loaded(tmp_path, transactions={"path": "t_*.csv"}) as (engine, _):
        assert engine.rows("SELECT customer_id, amount, channel FROM transactions ORDER BY 1") == [
            ("A", Decimal(1), None),
            ("B", Decimal(2), "web"),
        ]
