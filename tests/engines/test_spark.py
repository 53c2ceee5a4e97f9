"""What is said of Spark before there is any, and how our SQL is written for it."""

from __future__ import annotations

import datetime
from importlib.util import find_spec
from pathlib import Path

import pytest
import sqlglot

from segmodel.definition import EngineSettings
from segmodel.engines import SparkEngine
from segmodel.engines.dialect import spark_sql, tables_in
from segmodel.engines.spark import start_session
from segmodel.errors import EngineError

needs_pyspark = pytest.mark.skipif(find_spec("pyspark") is None, reason="the extra 'spark' is not installed")
SPARK = EngineSettings(name="spark")


@needs_pyspark
def test_without_java_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="Spark needs Java 17 or newer, and no program 'java' was found"):
        start_session(SPARK)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineError, match=r"JAVA_HOME names .*, where no Java runs"):
        start_session(SPARK)


@needs_pyspark
def test_old_java_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineError, match="Java 17 or newer; this is Java 11"):
        start_session(SPARK)


@pytest.mark.skipif(find_spec("pyspark") is not None, reason="the extra 'spark' is installed")
def test_without_pyspark_says_what_to_install() -> None:
    with pytest.raises(EngineError, match=r"pip install 'living-segments\[spark\]'"):
        start_session(SPARK)


@needs_pyspark
def test_options_that_results_rest_on_are_refused() -> None:
    with pytest.raises(EngineError, match=r"may not change spark\.sql\.session\.timeZone"):
        start_session(EngineSettings(name="spark", options={"spark.sql.session.timeZone": "Asia/Tokyo"}))


def test_spark_is_no_engine_for_reading_a_build(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="needs a folder"):
        SparkEngine.open(tmp_path / "build.duckdb", read_only=True, large=tmp_path)


def test_parameters_become_constants_that_cannot_be_more() -> None:
    text = spark_sql(
        "SELECT * FROM t WHERE a = $name AND b = $day AND c <= $most AND d IN (SELECT x FROM scratch.u)",
        {"name": "x' OR 1=1 --", "day": datetime.date(2026, 6, 30), "most": 0.5},
    )
    tree = sqlglot.parse_one(text, read="spark")
    assert {table.sql() for table in tree.find_all(sqlglot.exp.Table)} == {"t", "u"}
    assert [found.this for found in tree.find_all(sqlglot.exp.Literal) if found.is_string] == [
        "x' OR 1=1 --",
        "2026-06-30",
    ]
    with pytest.raises(EngineError, match="names parameter 'name'"):
        spark_sql("SELECT $name", {})


def test_tables_are_told_from_steps_of_the_same_statement() -> None:
    text = "WITH a AS (SELECT * FROM b), c AS (SELECT * FROM a JOIN scratch.d USING (x)) SELECT * FROM c"
    assert tables_in(text) == {"b", "d"}
