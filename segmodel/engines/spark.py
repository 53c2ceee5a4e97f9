"""Apache Spark for tables of a row a customer or more, kept as Parquet; DuckDB beside it for what they come to."""

from __future__ import annotations

import contextlib
import glob
import logging
import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from segmodel.definition import EngineSettings
from segmodel.engines.dialect import spark_sql, tables_in
from segmodel.engines.duckdb import Engine, Parameters, parquet_view
from segmodel.engines.quoting import identifier, literal
from segmodel.errors import EngineError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_SPARK_SQL = "org.apache.spark.sql"
_FIXED = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.int96RebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    # a file is complete or not there: what a lost executor wrote never counts
    "spark.sql.sources.commitProtocolClass": f"{_SPARK_SQL}.execution.datasources.SQLHadoopMapReduceCommitProtocol",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
"""What results rest on, so that no option may change it."""
_USUAL = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "8",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "100000",
}
"""What options may change."""
_OF_ONE_MACHINE = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}


_JAVA = 17
_SPARK_TYPES = {"VARCHAR": "STRING", "TIMESTAMP": "TIMESTAMP_NTZ", "INTEGER": "INT"}


class SparkEngine(Engine):
    """A DuckDB database for small tables, and a Spark session that makes the large ones beside it.

    Whatever `make` and `add` are given runs in Spark and ends as Parquet in the folder `large`, where both engines
    read it by name; `summary` runs in Spark too. Everything else runs in DuckDB, over the same files.
    """

    dialect = "spark"

    _large: Path
    _session: SparkSession
    _known: set[str]

    @classmethod
    def open(
        cls,
        path: Path | None,
        settings: EngineSettings | None = None,
        spill: Path | None = None,
        *,
        read_only: bool = False,
        large: Path | None = None,
    ) -> Self:
        """Open or create the database and start Spark; see `Engine.open`.

        Raises
        ------
        EngineError
            When Spark or Java is missing, or the master cannot be reached.
        """
        if large is None or read_only:
            raise EngineError("Spark needs a folder for its tables, and the right to write there.")
        large.mkdir(parents=True, exist_ok=True)
        session = start_session(settings or EngineSettings(), spill)
        try:
            engine = super().open(path, settings, spill, large=large)
        except BaseException:
            _stop(session)
            raise
        engine._large, engine._session, engine._known = large, session, set()  # noqa: SLF001  (our own, made here)
        return engine

    def close(self) -> None:
        """Close the database and stop Spark."""
        try:
            super().close()
        finally:
            _stop(self._session)
            shutil.rmtree(self._scratch, ignore_errors=True)

    def make(self, name: str, sql: str, parameters: Parameters | None = None, *, is_kept: bool = True) -> None:
        """Create or replace a table from a query that Spark runs; see `Engine.make`."""
        self._write(self._home(is_kept) / name, self._query(sql, parameters), "overwrite")

    def add(self, name: str, sql: str, parameters: Parameters | None = None) -> None:
        """Add the rows of a query that Spark runs to a table; the first makes it."""
        self._write(self._large / name, self._query(sql, parameters), "append")

    def view(self, name: str, sql: str) -> None:
        """Create a view for both engines."""
        super().view(name, sql)
        self._query(sql).createOrReplaceTempView(_quoted(name))
        self._known.add(name)

    def summary(self, sql: str, parameters: Parameters | None = None) -> pd.DataFrame:
        """Return what a query comes to that Spark runs."""
        with self._result(sql, parameters) as relation:
            return self.frame(f"FROM {relation}")

    def totals(self, sql: str, parameters: Parameters | None = None) -> tuple[Any, ...]:
        """Return the one row a query comes to that Spark runs."""
        with self._result(sql, parameters) as relation:
            (row,) = self.rows(f"FROM {relation}")
        return row

    @contextlib.contextmanager
    def _result(self, sql: str, parameters: Parameters | None) -> Iterator[str]:
        """Yield a relation of DuckDB with the rows of a query, in their order."""
        # by files, numbered in the order of the query: Spark's own way to Python gives other types than DuckDB does
        folder = self._scratch / uuid.uuid4().hex
        with _plain_errors():
            self._query(sql, parameters).write.parquet(str(folder))
        try:
            yield f"read_parquet({literal(f'{glob.escape(str(folder))}/*.parquet')}, hive_partitioning = false)"
        finally:
            shutil.rmtree(folder)

    def summary_rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what a query comes to that Spark runs, as tuples."""
        with self._result(sql, None) as relation:
            return self.rows(f"FROM {relation}")

    def show_file(self, path: Path, row_number: str) -> str:
        """Show Spark a Parquet file, with the number of each row from 0, and return its name there."""
        name = f"shown_{uuid.uuid4().hex}"
        with _plain_errors():
            found = self._session.read.parquet(path.absolute().as_uri())
            found.selectExpr("*", f"_metadata.row_index AS {row_number}").createOrReplaceTempView(name)
        return name

    def show_rows(self, sql: str) -> str:
        """Show Spark the rows of a query that DuckDB runs, and return the name they have there."""
        name = f"shown_{uuid.uuid4().hex}"
        file = self._home(is_kept=False).with_name(f"{name}.parquet")
        self.execute(f"COPY ({sql}) TO {literal(str(file))} (FORMAT parquet)")
        with _plain_errors():
            self._session.read.parquet(file.absolute().as_uri()).createOrReplaceTempView(name)
        return name

    def map_rows(
        self, name: str, shown: str, sql: str, batch: str, kinds: Mapping[str, str], *, is_first: bool
    ) -> None:
        """Make, or add to, a table that is not published, from rows that executors send through DuckDB in batches.

        Parameters
        ----------
        name : str
            Of the table.
        shown : str
            Rows that Spark knows; see `show_file`.
        sql : str
            What DuckDB makes of a batch of them.
        batch : str
            The name the batch has in `sql`.
        kinds : mapping of str to str
            Names and types of what comes out, as DuckDB calls them.
        is_first : bool
            Make the table anew.
        """
        schema = ", ".join(f"{_quoted(column)} {_SPARK_TYPES.get(kind, kind)}" for column, kind in kinds.items())

        # sent to the executors as it stands, so that they need DuckDB and pyarrow and nothing of ours
        def through_duckdb(batches: Iterator[Any]) -> Iterator[Any]:
            import duckdb  # noqa: PLC0415
            import pyarrow as pa  # noqa: PLC0415

            usual: dict[str, Any] = {
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "threads": 1,
            }
            with duckdb.connect(":memory:", config=usual) as connection:
                connection.execute("SET TimeZone = 'UTC'")
                for each in batches:
                    connection.register(batch, pa.Table.from_batches([each]))
                    yield from connection.sql(sql).to_arrow_table().to_batches()
                    connection.unregister(batch)

        with _plain_errors():
            found = self._session.table(shown).mapInArrow(through_duckdb, schema)
        self._write(self._home(is_kept=False) / name, found, "overwrite" if is_first else "append")

    def keep_apart(self, name: str, *, is_kept: bool = True) -> None:
        """Move a table of the database to the large ones; see `Engine.make`."""
        target = self._home(is_kept) / name
        self.execute(f"COPY (FROM {identifier(name)}) TO {literal(str(target))} (FORMAT parquet, PER_THREAD_OUTPUT)")
        self.execute(f"DROP TABLE {identifier(name)}")
        self._found(target)

    def _home(self, is_kept: bool) -> Path:
        home = self._large if is_kept else self._scratch / "tables"
        home.mkdir(parents=True, exist_ok=True)
        return home

    @property
    def _scratch(self) -> Path:
        """Where small tables and results wait; beside the large tables, as executors must see it too."""
        return self._large.with_name(f"{self._large.name}.passing")

    def _query(self, sql: str, parameters: Parameters | None = None) -> DataFrame:
        """Return a query of ours as Spark's, with the tables it reads made known to it."""
        text = spark_sql(sql, parameters or {})
        for name in tables_in(sql) - self._known:
            self._lend(name)
        with _plain_errors():
            return self._session.sql(text)

    def _lend(self, name: str) -> None:
        """Show Spark a small table of the database as it is now."""
        file = self._scratch / f"{uuid.uuid4().hex}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        self.execute(f"COPY (FROM {identifier(name)}) TO {literal(str(file))} (FORMAT parquet)")
        with _plain_errors():
            self._session.read.parquet(str(file)).createOrReplaceTempView(_quoted(name))

    def _write(self, target: Path, found: DataFrame, mode: str) -> None:
        with _plain_errors():
            found.write.mode(mode).parquet(str(target))
        self._found(target)

    def _found(self, target: Path) -> None:
        with _plain_errors():
            self._session.read.parquet(str(target)).createOrReplaceTempView(_quoted(target.name))
        self._known.add(target.name)
        self._apart.add(target.name)
        self.execute(parquet_view(target))


def start_session(settings: EngineSettings, spill: Path | None = None) -> SparkSession:
    """Start Spark.

    Parameters
    ----------
    settings : EngineSettings
    spill : Path, optional
        Folder for what does not fit in memory, where Spark runs on this machine.

    Raises
    ------
    EngineError
        When Spark or Java is missing, an option is not ours to change, or the master cannot be reached.
    """
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415  (an extra: most builds do without)
    except ImportError:
        raise EngineError(
            "The definition asks for Spark, which is not installed here: pip install 'living-segments[spark]'."
        ) from None
    _refuse_without_java()
    taken = sorted(set(settings.options) & set(_FIXED))
    if taken:
        raise EngineError(f"[engine] options may not change {taken[0]}: what a build says rests on it.")
    local = {}
    if settings.master.startswith("local"):
        local = _OF_ONE_MACHINE | ({} if spill is None else {"spark.local.dir": str(spill)})
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    with _plain_errors():
        builder = SparkSession.builder.appName("segmodel").master(settings.master)
        for name, value in {**_USUAL, **local, **settings.options, **_FIXED}.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        # it would print a query that fails with a page of Java; our own error says what matters
        logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
        session.sparkContext.setLogLevel("ERROR")
    return session


def _stop(session: SparkSession) -> None:
    """Stop Spark, or forget one whose driver has ended: the next build of this process starts another."""
    from pyspark import SparkContext  # noqa: PLC0415  (an extra)

    try:
        with _plain_errors():
            session.stop()
    except EngineError:
        # Spark keeps the way to its driver for as long as Python runs, and knows no word for giving it up
        gateway = SparkContext._gateway  # noqa: SLF001
        SparkContext._gateway = SparkContext._jvm = SparkContext._active_spark_context = None  # noqa: SLF001
        type(session)._instantiatedSession = None  # noqa: SLF001
        driver = getattr(gateway, "proc", None)
        if driver is not None:
            with contextlib.suppress(OSError):
                driver.stdin.close()
            driver.kill()
            driver.wait()


def _refuse_without_java() -> None:
    """Raise EngineError where there is no Java, or one too old for Spark 4."""
    home = os.environ.get("JAVA_HOME")
    program = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    told = ""
    if program is not None:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            found = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
            told = found.stderr + found.stdout
    version = re.search(r'version "(\d+)', told)
    if version is None:
        where = f"JAVA_HOME names '{home}', where no Java runs" if home else "no program 'java' was found"
        raise EngineError(f"Spark needs Java {_JAVA} or newer, and {where}. Install it, or set JAVA_HOME.")
    if int(version.group(1)) < _JAVA:
        raise EngineError(f"Spark needs Java {_JAVA} or newer; this is Java {version.group(1)}. Set JAVA_HOME.")


def _quoted(name: str) -> str:
    """Quote a name of a view for Spark."""
    return "`" + name.replace("`", "``") + "`"


_DISK_FULL = ("No space left", "Disk quota exceeded")


@contextlib.contextmanager
def _plain_errors() -> Iterator[None]:
    """Turn the errors of Spark and of the way to it into ours."""
    from py4j.protocol import Py4JError, Py4JNetworkError  # noqa: PLC0415  (an extra)
    from pyspark.errors import PySparkException  # noqa: PLC0415

    try:
        yield
    except (PySparkException, Py4JError, Py4JNetworkError, ConnectionError) as error:
        raise _plain_error(error) from error


def _plain_error(error: Exception) -> EngineError:
    text = str(error)
    if any(mark in text for mark in _DISK_FULL):
        return EngineError("The disk is full while Spark was writing. Free some space and try again.")
    if isinstance(error, ConnectionError) or "Py4JNetworkError" in type(error).__name__:
        return EngineError("Spark was lost: its driver has ended. Look at its log, and build again.")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith(("Caused by:", "[")) or "Exception" in line]
    said = (causes or lines or [type(error).__name__])[0]
    return EngineError(f"Spark refused or lost a query: {said[:400]}")
