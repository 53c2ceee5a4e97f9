"""The part of the scratch database where text sources wait while their columns are understood."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from segmodel.engines import SCRATCH, Engine, identifier
from segmodel.sources.files import Stamp

SCHEMA = f"{SCRATCH}.staging"


@dataclass(frozen=True)
class Reject:
    """A line that is no row: where it stands, what it says, what is wrong with it."""

    row_number: int
    content: str
    message: str


@dataclass(frozen=True)
class Copy:
    """A file that holds the same as one of its source that was read: its rows are not counted again."""

    source: str
    stamp: Stamp


@dataclass(frozen=True)
class Raw:
    """One file or query, ready to be selected from.

    Attributes
    ----------
    source : str
        What people call it: the path as given, or the address of the database without its password.
    relation : str
        SQL for a FROM clause.
    columns : mapping
        Column names and SQL types, in order.
    row_number : str
        SQL for the number of a row within the source; 1 is the first after the header.
    rows : int
        Rows of the relation; lines in `rejects` are not among them.
    rejects : tuple of Reject
        Lines that could not be taken apart.
    stamp : Stamp or None
        Size and time of the file when reading began; None for a database.
    content : str
        Hash of what the file or query holds; empty where nobody asked for it.
    kept : str or None
        The name its rows are kept under for the next refresh.
    copies : tuple of Copy
        Files that hold the same.
    parquet : Path or None
        The Parquet file that the relation reads; None where it reads something else.
    """

    source: str
    relation: str
    columns: Mapping[str, str]
    row_number: str
    rows: int
    rejects: tuple[Reject, ...] = ()
    stamp: Stamp | None = None
    content: str = ""
    kept: str | None = None
    copies: tuple[Copy, ...] = ()
    parquet: Path | None = None

    @property
    def modified_at(self) -> datetime.datetime | None:
        """When the file was last written; None for a database."""
        return self.stamp.modified_at if self.stamp else None


@dataclass
class Staging:
    """Hands out names for raw tables; see `staging`."""

    engine: Engine
    count: int = field(default=0)

    def name(self) -> str:
        """Return a name, quoted and qualified, that no table has yet."""
        self.count += 1
        return f"{SCHEMA}.raw_{self.count}"

    def add_text(self, frame: pd.DataFrame, table: str, *, append: bool) -> None:
        """Store a frame of strings and Nones, all columns as VARCHAR."""
        columns = ", ".join(f"{identifier(name)}::VARCHAR AS {identifier(name)}" for name in frame.columns)
        head = f"INSERT INTO {table}" if append else f"CREATE TABLE {table} AS"
        with self.engine.transaction() as cursor:
            cursor.register("_chunk", frame)
            cursor.execute(f"{head} SELECT {columns} FROM _chunk")
            cursor.unregister("_chunk")

    def rows(self, relation: str) -> int:
        """Count the rows of a relation."""
        return int(self.engine.value(f"SELECT count(*) FROM {relation}"))


@contextlib.contextmanager
def staging(engine: Engine) -> Iterator[Staging]:
    """Make room for raw tables for the length of the block."""
    engine.execute(f"CREATE SCHEMA {SCHEMA}")
    try:
        yield Staging(engine)
    finally:
        engine.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
