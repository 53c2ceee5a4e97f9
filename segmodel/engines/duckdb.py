"""DuckDB, embedded, with an explicit memory limit, thread count and spill folder."""

from __future__ import annotations

import contextlib
import glob
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import numpy as np
import pandas as pd

from segmodel.definition import EngineSettings
from segmodel.engines.quoting import identifier, literal
from segmodel.errors import EngineError, SegmodelError, StoreError

Parameters = Mapping[str, Any]

SCRATCH = "scratch"
"""A database in memory beside one that is written: its tables are found by name alone like the others, and are never
published. What does not fit in memory spills."""

_BESIDE = "build"
"""The name of a database that is only read, where tables are kept apart from it."""

MEMORY_A_THREAD = 550
"""MB the engine may use for each thread where the definition states no limit."""


class Engine:
    """One DuckDB database; every query runs on a cursor of its own, so threads may share an engine.

    Parameters
    ----------
    path : Path or None
        The database file; None keeps everything in memory.
    settings : EngineSettings
        Memory limit and threads.
    spill : Path or None
        Folder for what does not fit in memory.
    read_only : bool
        Open without the right to write, so that others may read too.

    Examples
    --------
    >>> with Engine.open(None) as engine:
    ...     engine.value("SELECT 40 + $more", {"more": 2})
    42
    """

    dialect = "duckdb"
    """Whose SQL queries over large tables are written in."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, search_path: str | None = None, apart: Iterable[str] = ()
    ) -> None:
        self._connection = connection
        self._apart = set(apart)
        self._search_path = f"SET search_path = '{search_path}'" if search_path else None

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
        """Open or create a database; see the class.

        Parameters
        ----------
        path, settings, spill, read_only
            See the class.
        large : Path, optional
            A folder of tables too large for the database, each a folder of Parquet files: found by name like the rest.

        Raises
        ------
        StoreError
            When the file is not a readable DuckDB database.
        """
        settings = settings or EngineSettings()
        config: dict[str, Any] = {
            "autoinstall_known_extensions": False,
            # nothing is downloaded at run time: what the product needs is in the core
            "autoload_known_extensions": False,
        }
        if settings.memory_limit:
            config["memory_limit"] = settings.memory_limit
        if settings.threads:
            config["threads"] = settings.threads
        if spill is not None:
            config["temp_directory"] = str(spill)
        kept_apart = sorted(large.iterdir()) if large is not None and large.is_dir() else []
        with _plain_errors(path):
            if kept_apart and read_only:  # a database opened for reading takes no other beside it, not even in memory
                connection = duckdb.connect(":memory:", config=config)
                connection.execute(f"ATTACH {literal(str(path))} AS {_BESIDE} (READ_ONLY)")
            else:
                connection = duckdb.connect(str(path or ":memory:"), read_only=read_only, config=config)
            connection.execute("SET TimeZone = 'UTC'")
            if not settings.memory_limit:
                threads = connection.execute("SELECT current_setting('threads')").fetchall()[0][0]
                connection.execute(f"SET memory_limit = '{MEMORY_A_THREAD * threads}MB'")
            if not read_only or kept_apart:
                connection.execute(f"ATTACH ':memory:' AS {SCRATCH}")
            for folder in kept_apart:
                connection.execute(parquet_view(folder))
        beside = f"{SCRATCH}.main"
        path_of_names = f"main,{beside}" if not read_only else f"{_BESIDE}.main,{beside}" if kept_apart else None
        return cls(connection, path_of_names, (folder.name for folder in kept_apart))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database; what was written is checkpointed into its file."""
        with _plain_errors():
            self._connection.close()

    def execute(self, sql: str, parameters: Parameters | None = None) -> None:
        """Run a statement and forget its result."""
        with self._cursor() as cursor:
            cursor.execute(sql, parameters)

    def frame(self, sql: str, parameters: Parameters | None = None) -> pd.DataFrame:
        """Run a query and return its rows as a frame."""
        with self._cursor() as cursor:
            return cursor.execute(sql, parameters).df()

    def rows(self, sql: str, parameters: Parameters | None = None) -> list[tuple[Any, ...]]:
        """Run a query and return its rows as tuples."""
        with self._cursor() as cursor:
            return cursor.execute(sql, parameters).fetchall()

    def value(self, sql: str, parameters: Parameters | None = None) -> Any:
        """Run a query and return the first column of its first row, or None."""
        with self._cursor() as cursor:
            row = cursor.execute(sql, parameters).fetchone()
        return row[0] if row else None

    def array(self, sql: str) -> np.ndarray:
        """Run a query of one column without NULLs and return its values; they are the caller's to change."""
        with self._cursor() as cursor:
            (values,) = cursor.execute(sql).fetchnumpy().values()
        return np.asarray(values)

    def columns(self, relation: str) -> dict[str, str]:
        """Return the names and SQL types of the columns of a table or view, in order."""
        return {name: kind for name, kind, *_ in self.rows(f"DESCRIBE {identifier(relation)}")}

    def tables(self) -> tuple[str, ...]:
        """Return the names of the tables, sorted; those kept apart as Parquet are among them."""
        found = self.rows("SELECT table_name FROM duckdb_tables() WHERE NOT internal")
        return tuple(sorted({*self._apart, *(name for (name,) in found)}))

    def keeps_apart(self, columns: Collection[str]) -> bool:
        """Whether a table with such columns has a row a customer or more, and is kept as files beside the database."""
        return self.dialect != "duckdb" and "customer_id" in columns

    def make(self, name: str, sql: str, parameters: Parameters | None = None, *, is_kept: bool = True) -> None:
        """Create or replace a table of a row a customer or more, from a query over such tables.

        Parameters
        ----------
        name, sql, parameters
            Of the table, and the query with its parameters.
        is_kept : bool
            Whether the table is published, or gone when the engine is closed.
        """
        home = "" if is_kept else f"{SCRATCH}."
        self.execute(f"CREATE OR REPLACE TABLE {home}{identifier(name)} AS {sql}", parameters)

    def add(self, name: str, sql: str, parameters: Parameters | None = None) -> None:
        """Add the rows of a query to a table that `make` would make; the first makes it."""
        verb = f"INSERT INTO {identifier(name)}" if name in self.tables() else f"CREATE TABLE {identifier(name)} AS"
        self.execute(f"{verb} {sql}", parameters)

    def view(self, name: str, sql: str) -> None:
        """Create a view over tables of a row a customer or more."""
        self.execute(f"CREATE OR REPLACE VIEW {identifier(name)} AS {sql}")

    def summary(self, sql: str, parameters: Parameters | None = None) -> pd.DataFrame:
        """Return what a query over tables of a row a customer or more comes to: a few rows, or a sample."""
        return self.frame(sql, parameters)

    def totals(self, sql: str, parameters: Parameters | None = None) -> tuple[Any, ...]:
        """Return the one row a query over tables of a row a customer or more comes to."""
        (row,) = self.rows(sql, parameters)
        return row

    @contextlib.contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield one cursor inside a transaction: committed at the end, rolled back on an error."""
        with self._cursor() as cursor:
            cursor.begin()
            try:
                yield cursor
            except BaseException:  # whatever ends the block, an interruption too, is undone and goes on
                cursor.rollback()
                raise
            cursor.commit()

    @contextlib.contextmanager
    def loaded(self, name: str, frame: pd.DataFrame) -> Iterator[None]:
        """Make a frame readable as table `name` for the length of the block."""
        table = f"{SCRATCH}.{identifier(name)}"
        with self._cursor() as cursor:
            cursor.register("_loaded", frame)
            cursor.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM _loaded")
            cursor.unregister("_loaded")
        try:
            yield
        finally:
            self.execute(f"DROP TABLE IF EXISTS {table}")

    @contextlib.contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a cursor that finds the tables of both databases, its errors turned into ours."""
        with _plain_errors(), self._connection.cursor() as cursor:
            if self._search_path:
                cursor.execute(self._search_path)  # a setting of one cursor: it cannot be made once for all
            yield cursor


def parquet_view(folder: Path) -> str:
    """Return SQL of the view of a table that is kept apart, as Parquet files in a folder of its name."""
    files = literal(f"{glob.escape(str(folder))}/**/*.parquet")
    name = f"{SCRATCH}.main.{identifier(folder.name)}"
    return f"CREATE OR REPLACE VIEW {name} AS FROM read_parquet({files}, hive_partitioning = false)"


@contextlib.contextmanager
def _plain_errors(path: Path | None = None) -> Iterator[None]:
    """Turn DuckDB's errors into ours."""
    try:
        yield
    except duckdb.Error as error:
        raise _plain_error(error, path) from error


_DISK_FULL = ("No space left", "File too large", "Disk quota exceeded", "max_temp_directory_size")
_DAMAGED = ("not a valid DuckDB", "checksum", "corrupt")


def _plain_error(error: duckdb.Error, path: Path | None) -> SegmodelError:
    """Return ours for DuckDB's: a full disk comes in many kinds, so it is looked for first."""
    text = _first_line(error)
    if any(mark in str(error) for mark in _DISK_FULL):
        return EngineError(f"The disk is full: {text} Free some space and try again.")
    if isinstance(error, duckdb.OutOfMemoryException):
        return EngineError(
            f"The engine ran out of its memory limit: {text} Raise memory_limit under [engine] in segmentation.toml."
        )
    is_broken = isinstance(error, (duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException))
    if is_broken or any(mark.lower() in text.lower() for mark in _DAMAGED):
        return StoreError(f"{_named(path)} is damaged: {text} Build again, or roll back.")
    if isinstance(error, duckdb.IOException):
        return EngineError(f"The engine could not read or write a file: {text}")
    return EngineError(f"The engine refused a query: {text}")


def _named(path: Path | None) -> str:
    return f"The store file '{path.name}'" if path else "The store"


def _first_line(error: Exception) -> str:
    line = str(error).splitlines()[0].strip()
    return line if line.endswith((".", "!", "?")) else line + "."
