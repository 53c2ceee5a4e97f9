"""DuckDB, embedded, with an explicit memory limit, thread count and spill folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pandas as pd

from segmodel.definition import EngineSettings
from segmodel.engines.quoting import identifier
from segmodel.errors import EngineError, SegmodelError, StoreError

Parameters = Mapping[str, Any]


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

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    @classmethod
    def open(
        cls,
        path: Path | None,
        settings: EngineSettings | None = None,
        spill: Path | None = None,
        *,
        read_only: bool = False,
    ) -> Engine:
        """Open or create a database; see the class.

        Raises
        ------
        StoreError
            When the file is not a readable DuckDB database.
        """
        settings = settings or EngineSettings()
        config: dict[str, Any] = {
            "memory_limit": settings.memory_limit,
            "autoinstall_known_extensions": False,
            # nothing is downloaded at run time: what the product needs is in the core
            "autoload_known_extensions": False,
        }
        if settings.threads:
            config["threads"] = settings.threads
        if spill is not None:
            config["temp_directory"] = str(spill)
        with _plain_errors(path):
            connection = duckdb.connect(str(path or ":memory:"), read_only=read_only, config=config)
            connection.execute("SET TimeZone = 'UTC'")
        return cls(connection)

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
        with _plain_errors(), self._connection.cursor() as cursor:
            cursor.execute(sql, parameters)

    def frame(self, sql: str, parameters: Parameters | None = None) -> pd.DataFrame:
        """Run a query and return its rows as a frame."""
        with _plain_errors(), self._connection.cursor() as cursor:
            return cursor.execute(sql, parameters).df()

    def rows(self, sql: str, parameters: Parameters | None = None) -> list[tuple[Any, ...]]:
        """Run a query and return its rows as tuples."""
        with _plain_errors(), self._connection.cursor() as cursor:
            return cursor.execute(sql, parameters).fetchall()

    def value(self, sql: str, parameters: Parameters | None = None) -> Any:
        """Run a query and return the first column of its first row, or None."""
        with _plain_errors(), self._connection.cursor() as cursor:
            row = cursor.execute(sql, parameters).fetchone()
        return row[0] if row else None

    def columns(self, relation: str) -> dict[str, str]:
        """Return the names and SQL types of the columns of a table or view, in order."""
        return {name: kind for name, kind, *_ in self.rows(f"DESCRIBE {identifier(relation)}")}

    def tables(self) -> tuple[str, ...]:
        """Return the names of the tables, sorted."""
        sql = "SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY table_name"
        return tuple(name for (name,) in self.rows(sql))

    @contextlib.contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield one cursor inside a transaction: committed at the end, rolled back on an error."""
        with _plain_errors(), self._connection.cursor() as cursor:
            cursor.begin()
            try:
                yield cursor
            except BaseException:
                cursor.rollback()
                raise
            cursor.commit()

    @contextlib.contextmanager
    def loaded(self, name: str, frame: pd.DataFrame) -> Iterator[None]:
        """Make a frame readable as table `name` for the length of the block."""
        with _plain_errors(), self._connection.cursor() as cursor:
            cursor.register("_loaded", frame)
            cursor.execute(f"CREATE OR REPLACE TABLE {identifier(name)} AS SELECT * FROM _loaded")
            cursor.unregister("_loaded")
        try:
            yield
        finally:
            self.execute(f"DROP TABLE IF EXISTS {identifier(name)}")


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
