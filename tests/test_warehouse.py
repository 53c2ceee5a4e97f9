from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
import sqlglot

from segmodel.engines import DIALECTS, Engine
from segmodel.errors import ScorecardError, StoreError
from segmodel.warehouse import scorecard_sql, warehouse_sql
from segmodel.workspace import Workspace
from tests.support.warehouse import Accepted, assert_as_stored, run_in_duckdb, write_accepted
from tests.support.workspaces import KMEANS, TIERS, make_transactions, write_workspace

ODD = "Shop */ DROP TABLE customers; --"
OWN = """
[[segmentation]]
name = "own"
method = "rules"
[[segmentation.rules]]
segment = "Often */ & 'much'"
when = { frequency = [5, ""], monetary = [200, ""] }
"""
NAMES = ("behaviour", "value", "own")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("warehouse") / "shop"
    lines = make_transactions(seed=4, customers=90)
    write_workspace(folder, lines, settings="history_months = 5", segmentations=KMEANS + TIERS + OWN)
    path = folder / "segmentation.toml"
    text = path.read_text(encoding="utf-8")
    name = next(line for line in text.splitlines() if line.startswith("name = "))
    path.write_text(text.replace(name, f'name = "{ODD}"', 1), encoding="utf-8")
    Workspace(folder).build()
    return Workspace(folder)


@pytest.fixture(scope="module")
def accepted(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Accepted:
    return write_accepted(workspace, tmp_path_factory.mktemp("accepted"))


@pytest.mark.parametrize("name", NAMES)
def test_the_chain_places_every_customer_as_the_build_did(workspace: Workspace, accepted: Accepted, name: str) -> None:
    with workspace.open() as published:
        text = warehouse_sql(published, name)
    assert assert_as_stored(workspace, name, run_in_duckdb(accepted, text)) > 80


def test_the_chain_tells_of_another_day(workspace: Workspace, accepted: Accepted) -> None:
    with workspace.open() as published:
        day = published.snapshots()[1]
        found = run_in_duckdb(accepted, warehouse_sql(published, "behaviour", as_of=day))
        stored = published.engine.frame(
            "SELECT customer_id, segment FROM assignments WHERE segmentation = 'behaviour' AND snapshot = $day",
            {"day": day},
        )
    assert dict(zip(found["customer_id"], found["segment"], strict=True)) == dict(stored.to_numpy().tolist())
    assert set(found["snapshot"]) == {pd.Timestamp(day)}


def test_a_chain_as_of_today_is_of_the_day_it_is_run(workspace: Workspace, accepted: Accepted) -> None:
    with workspace.open() as published:
        text = warehouse_sql(published, "behaviour", as_of="today")
    assert "CURRENT_DATE" in text
    (today,) = set(run_in_duckdb(accepted, text)["snapshot"])
    assert abs(today.date() - dt.datetime.now(dt.UTC).date()) <= dt.timedelta(days=1)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", NAMES)
def test_every_dialect_reads_back_as_one_statement_that_reads_contract_tables_only(
    workspace: Workspace, name: str, dialect: str
) -> None:
    with workspace.open() as published:
        for text, given in (
            (warehouse_sql(published, name, dialect, view="segments_now"), {"transactions"}),
            (scorecard_sql(published, name, dialect), {"customer_features"}),
        ):
            (statement,) = sqlglot.parse(text, read=dialect)
            tables = {table.name for table in statement.find_all(sqlglot.exp.Table)}
            steps = {step.alias for step in statement.find_all(sqlglot.exp.CTE)}
            assert tables - steps - {"segments_now"} == given
            assert " FILTER" not in text.upper()


def test_the_query_says_which_model_it_is(workspace: Workspace) -> None:
    with workspace.open() as published:
        head = "\n".join(warehouse_sql(published, "own", "snowflake").splitlines()[:3])
    for words in ("model v001, hash ", "build 20", "Confidential", "s1 Often * / & 'much'"):
        assert words in head


def test_names_need_no_quotes_where_they_are_plain(workspace: Workspace) -> None:
    with workspace.open() as published:
        assert '"' not in warehouse_sql(published, "behaviour", "snowflake").split("\n", 3)[3]
        assert 'VIEW "select" AS' in warehouse_sql(published, "behaviour", "snowflake", view="select")
        assert "VIEW `My segments; --` AS" in warehouse_sql(published, "behaviour", "bigquery", view="My segments; --")


def test_a_view_can_be_made_and_read(workspace: Workspace, accepted: Accepted) -> None:
    with workspace.open() as published:
        text = warehouse_sql(published, "behaviour", view="My segments; --")
    with Engine.open(None) as engine:
        engine.execute(f"CREATE TABLE transactions AS FROM '{accepted.file('transactions', 'parquet')}'")
        engine.execute(text)
        found = engine.frame('SELECT * FROM "My segments; --"')
    assert assert_as_stored(workspace, "behaviour", found) > 80


def test_ids_may_be_numbers_in_the_warehouse(workspace: Workspace, accepted: Accepted) -> None:
    with workspace.open() as published:
        text = warehouse_sql(published, "behaviour")
    with Engine.open(None) as engine:
        lines = f"SELECT * REPLACE (hash(customer_id) AS customer_id) FROM '{accepted.file('transactions', 'parquet')}'"
        engine.execute(f"CREATE TABLE transactions AS {lines}")
        by_number = engine.frame(text)
        engine.execute(f"CREATE OR REPLACE TABLE transactions AS FROM '{accepted.file('transactions', 'parquet')}'")
        by_text = engine.frame(text)
    assert sorted(by_number["segment"]) == sorted(by_text["segment"])
    assert by_number["customer_id"].str.fullmatch("[0-9]+").all()


def test_what_cannot_be_written_is_told(workspace: Workspace) -> None:
    with workspace.open() as published:
        with pytest.raises(ScorecardError, match=r"'duckbd' is no dialect we write; .*Did you mean 'duckdb'"):
            warehouse_sql(published, "behaviour", "duckbd")
        with pytest.raises(ScorecardError, match="is no dialect"):
            scorecard_sql(published, "behaviour", "mysql")
        with pytest.raises(StoreError, match="no segmentation 'behavor'"):
            warehouse_sql(published, "behavor")
