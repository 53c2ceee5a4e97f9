"""Warehouses that hold the tables a build accepted: DuckDB, a real PostgreSQL and a real Spark."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psycopg

from segmodel.engines import Engine, identifier
from segmodel.progress import quiet
from segmodel.sources import load_sources
from segmodel.workspace import Workspace

READ = ("transactions", "customers", "survey")
_TYPES = {"VARCHAR": "TEXT", "DOUBLE": "DOUBLE PRECISION"}


@dataclass(frozen=True)
class Accepted:
    """The tables a build accepted, as Parquet and CSV files in a folder, with the SQL types of their columns."""

    folder: Path
    columns: Mapping[str, Mapping[str, str]]

    def file(self, table: str, kind: str) -> Path:
        return self.folder / f"{table}.{kind}"


def write_accepted(workspace: Workspace, folder: Path) -> Accepted:
    """Read the sources of a workspace as a build does, and write what it accepted."""
    with tempfile.TemporaryDirectory() as spill, Engine.open(Path(spill) / "read.duckdb") as engine:
        load_sources(engine, workspace.definition, workspace.folder, quiet)
        found = {table: engine.columns(table) for table in READ if table in engine.tables()}
        made = Accepted(folder, found)
        for table in found:
            engine.execute(f"COPY {table} TO '{made.file(table, 'parquet')}'")
            engine.execute(f"COPY {table} TO '{made.file(table, 'csv')}' (HEADER FALSE)")
    return made


def run_in_duckdb(accepted: Accepted, sql: str) -> pd.DataFrame:
    with Engine.open(None) as engine:
        for table in accepted.columns:
            engine.execute(f"CREATE VIEW {table} AS FROM '{accepted.file(table, 'parquet')}'")
        return engine.frame(sql)


def load_into_postgres(accepted: Accepted, url: str) -> None:
    with psycopg.connect(_plain(url)) as connection, connection.cursor() as cursor:
        for table, columns in accepted.columns.items():
            listed = ", ".join(f"{identifier(name)} {_TYPES.get(kind, kind)}" for name, kind in columns.items())
            cursor.execute(f"DROP TABLE IF EXISTS {table} CASCADE")
            cursor.execute(f"CREATE TABLE {table} ({listed})")
            with cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:
                copy.write(accepted.file(table, "csv").read_bytes())


def run_in_postgres(url: str, sql: str) -> pd.DataFrame:
    with psycopg.connect(_plain(url)) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description or ()])


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


@contextmanager
def spark_session() -> Iterator[Any]:
    """Yield a Spark of this machine with two threads, without its pages."""
    from pyspark.sql import SparkSession

    with tempfile.TemporaryDirectory(prefix="segmodel-spark-") as folder:
        session = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.sql.warehouse.dir", folder)
            .getOrCreate()
        )
        try:
            yield session
        finally:
            session.stop()


def run_in_spark(session: Any, accepted: Accepted, sql: str) -> pd.DataFrame:
    for table in accepted.columns:
        session.read.parquet(str(accepted.file(table, "parquet"))).createOrReplaceTempView(table)
    # by a file: what Spark's collect reads from leaves its sockets to the garbage collector
    found = accepted.folder / "found_by_spark"
    session.sql(sql).write.mode("overwrite").parquet(str(found))
    with Engine.open(None) as engine:
        return engine.frame(f"FROM '{found}/*.parquet'")


def assert_as_stored(workspace: Workspace, segmentation: str, found: pd.DataFrame) -> int:
    """Hold what a warehouse says against what the build stored, customer by customer; return how many."""
    with workspace.open() as published:
        stored = published.engine.frame(
            "SELECT customer_id, segment, probability, runner_up, assigned_by FROM assignments "
            "WHERE segmentation = $name AND snapshot = (SELECT max(snapshot) FROM snapshots) ORDER BY customer_id",
            {"name": segmentation},
        )
    own = found.sort_values("customer_id", ignore_index=True)
    assert own["customer_id"].to_list() == stored["customer_id"].to_list()
    for column in ("segment", "runner_up", *(("assigned_by",) if "assigned_by" in own else ())):
        assert (own[column].fillna("").to_numpy() == stored[column].fillna("").to_numpy()).all(), column
    np.testing.assert_allclose(own["probability"].astype(float), stored["probability"], rtol=0, atol=1e-9)
    return len(stored)
