"""Where the council record is, and how it is reached: SQLite by default, PostgreSQL by address."""

from __future__ import annotations

import os
import sqlite3
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import sqlalchemy
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from segmodel.council.migrate import State, migrate, state
from segmodel.definition import FILE_NAME as DEFINITION
from segmodel.errors import CouncilError

FILE_NAME = "council.db"
ADDRESS = "SEGMODEL_COUNCIL_URL"
"""The environment variable that names a database instead of the file."""

WAIT_SECONDS = 5
"""How long to wait for a server to answer, or for somebody else's writing to end."""

_LOOK_AGAIN_SECONDS = 0.02
_EXPECTED = "Expected postgresql+psycopg://user:password@host/database."
_PLAIN_REASONS = {
    "readonly database": "its folder or file may not be written",
    "read-only": "its folder or file may not be written",
    "unable to open database file": "its folder or file may not be opened or written",
    "is locked": f"somebody else has been writing to it for {WAIT_SECONDS} seconds",
    "not a database": "the file is damaged, or no SQLite database; restore it from a backup",
    "malformed": "the file is damaged; restore it from a backup",
}


class Database:
    """The database of the council; nothing is opened before it is first used, and no connection is kept.

    Parameters
    ----------
    folder : Path
        The workspace.
    address : str, optional
        SQLAlchemy URL; default: `SEGMODEL_COUNCIL_URL`, else `council.db` in the workspace.
    """

    def __init__(self, folder: Path, address: str | None = None) -> None:
        self._folder = folder
        self._address = (address or os.environ.get(ADDRESS, "")).strip()
        self._is_current = False

    @property
    def is_own_file(self) -> bool:
        """Whether it is the file in the workspace, which no other workspace shares."""
        return not self._address

    @property
    def shown(self) -> str:
        """What it is called in messages: never user, password or host."""
        if not self._address:
            return FILE_NAME
        url = self._url
        return f"{url.get_backend_name()}: {(url.database or '').rpartition('/')[2]}"

    def workspace(self) -> str:
        """Return what tells workspaces of one database apart: the name in the definition, else that of the folder."""
        if self.is_own_file:
            return ""
        try:
            name = tomllib.loads((self._folder / DEFINITION).read_text(encoding="utf-8")).get("name")
        except (OSError, ValueError):
            name = None
        return str(name or self._folder.resolve().name)

    @contextmanager
    def reading(self) -> Iterator[sqlalchemy.Connection | None]:
        """Give a connection to read with, or None where nothing was ever written; makes no file.

        Raises
        ------
        CouncilError
            When it cannot be reached or read.
        """
        file = self._file
        if file is not None and not _is_there(file):
            yield None
            return
        with self._told("read"):
            if not self._is_current:
                with self._engine(file, is_read_only=True).begin() as connection:
                    found = state(connection)
                if found is State.ABSENT:
                    yield None
                    return
                if found is State.BEHIND:
                    self._bring_up_to_date(file)
                self._is_current = True
            with self._engine(file, is_read_only=True).begin() as connection:
                yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlalchemy.Connection]:
        """Give a connection in a transaction that is kept when the block ends well; tables are made on first use.

        Raises
        ------
        CouncilError
            When it cannot be reached or written.
        """
        file = self._file
        with self._told("written"):
            if file is not None and not file.parent.is_dir():
                raise CouncilError(f"The council's record ({self.shown}) cannot be written: its folder is not there.")
            if not self._is_current or (file is not None and not _is_there(file)):
                self._bring_up_to_date(file)
                self._is_current = True
            with self._engine(file).begin() as connection:
                yield connection

    def _bring_up_to_date(self, file: Path | None) -> None:
        if file is not None:
            _write_ahead(file)
        with self._engine(file).begin() as connection:
            migrate(connection)

    @property
    def _url(self) -> URL:
        try:
            url = make_url(self._address)
        except (ArgumentError, ValueError):
            raise CouncilError(f"{ADDRESS} is not an address SQLAlchemy understands. {_EXPECTED}") from None
        if url.get_backend_name() not in {"postgresql", "sqlite"}:
            raise CouncilError(f"{ADDRESS} names a database that is neither PostgreSQL nor SQLite. {_EXPECTED}")
        return url

    @property
    def _file(self) -> Path | None:
        """The file of a SQLite database, else None."""
        if not self._address:
            return self._folder / FILE_NAME
        url = self._url
        if url.get_backend_name() != "sqlite":
            return None
        if not url.database or url.database == ":memory:":
            raise CouncilError(f"{ADDRESS} names a SQLite database without a file, which would keep nothing.")
        return Path(url.database)

    def _engine(self, file: Path | None, *, is_read_only: bool = False) -> sqlalchemy.Engine:
        # without a pool nothing is left open: pages, threads and processes come and go
        shared: dict[str, Any] = {"poolclass": sqlalchemy.NullPool, "hide_parameters": True}
        if file is not None:
            engine = sqlalchemy.create_engine(
                "sqlite://", creator=lambda: _connect(file, is_read_only=is_read_only), **shared
            )
            # the driver's own way begins a transaction too late for two writers to take turns
            begin = "BEGIN" if is_read_only else "BEGIN IMMEDIATE"
            sqlalchemy.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
            return engine
        try:
            return sqlalchemy.create_engine(self._url, connect_args={"connect_timeout": WAIT_SECONDS}, **shared)
        except NoSuchModuleError:
            raise CouncilError(f"{ADDRESS} names a driver that SQLAlchemy does not know. {_EXPECTED}") from None
        except ModuleNotFoundError as error:
            raise CouncilError(
                f"A council record in PostgreSQL needs the Python package '{error.name}', which is not installed. "
                "Install it with: pip install 'living-segments[postgres]'"
            ) from None

    @contextmanager
    def _told(self, done: str) -> Iterator[None]:
        """Turn what the database or the disk refuses into one sentence without any secret."""
        try:
            yield
        except IntegrityError:
            # a number that somebody else took first; whoever saves tries the next
            raise
        except (SQLAlchemyError, sqlite3.Error, OSError, UnicodeError) as error:
            raise CouncilError(f"The council's record ({self.shown}) cannot be {done}: {self._why(error)}.") from None

    def _why(self, error: Exception) -> str:
        text = (str(getattr(error, "orig", None) or error).strip().splitlines() or ["no reason given"])[0]
        for words, reason in _PLAIN_REASONS.items():
            if words in text:
                return reason
        for secret in sorted(self._secrets(), key=len, reverse=True):
            text = text.replace(secret, "***")
        return text.rstrip(".")

    def _secrets(self) -> set[str]:
        if not self._address:
            return set()
        url = self._url
        options = [value for given in url.query.values() for value in ([given] if isinstance(given, str) else given)]
        parts = [self._address, str(url.password or ""), *options]
        return {form for part in parts for form in (part, quote(part), quote_plus(part)) if form}


def _is_there(file: Path) -> bool:
    """Say whether anything was ever written: a file that is being made is empty."""
    try:
        return file.stat().st_size > 0
    except FileNotFoundError:
        return False


def _connect(file: Path, *, is_read_only: bool) -> sqlite3.Connection:
    options = "mode=rwc"
    if is_read_only:
        # where the folder may not be written SQLite cannot make the files it shares with writers, and there are none
        options = "mode=ro" if os.access(file.parent, os.W_OK) else "mode=ro&immutable=1"
    return sqlite3.connect(
        f"{file.resolve().as_uri()}?{options}",
        uri=True,
        timeout=WAIT_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def _write_ahead(file: Path) -> None:
    """Let readers read while somebody writes; the file remembers it.

    SQLite does not wait for its turn here by itself, so it is asked again.
    """
    until = time.monotonic() + WAIT_SECONDS
    connection = _connect(file, is_read_only=False)
    try:
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() >= until:
                    raise
                time.sleep(_LOOK_AGAIN_SECONDS)
            else:
                return
    finally:
        connection.close()
