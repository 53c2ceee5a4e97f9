"""Where the council's record is: a SQLite file in the workspace, or the database that a URL names."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url

from segmodel.errors import CouncilError

URL_VARIABLE = "SEGMODEL_COUNCIL_URL"
FILE_NAME = "council.db"
BUSY_SECONDS = 10
_MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 4_207_117_903
"""Number of the advisory lock that PostgreSQL holds for whoever migrates; any, but always the same."""


_READING: dict[str, Any] = {"reads_only": True}
"""Marks connections that need not take turns with writers."""


class Database:
    """The database of the council; connects when it is first used, and brings its tables up to date once.

    Parameters
    ----------
    folder : Path
        The workspace.
    url : str, optional
        SQLAlchemy URL; default: `SEGMODEL_COUNCIL_URL`, else `council.db` in the workspace.
    """

    def __init__(self, folder: Path, url: str | None = None) -> None:
        address = url or os.environ.get(URL_VARIABLE) or ""
        self._file = None if address else folder / FILE_NAME
        self._url = _parsed(address) if address else URL.create("sqlite", database=str(self._file))
        self._engine: sa.Engine | None = None
        self._is_current = False

    @property
    def is_there(self) -> bool:
        """Whether there is anything to read: a file that nobody has written to yet is not."""
        return self._file is None or self._file.is_file()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection to read from.

        Raises
        ------
        CouncilError
            When the database cannot be reached or is damaged.
        """
        with self._plain_errors("read"), self._connect() as connection:
            yield connection.execution_options(**_READING)

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Give a connection whose changes are kept all together, or not at all.

        Raises
        ------
        CouncilError
            When the database cannot be reached or written.
        """
        with self._plain_errors("written"), self._connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Let go of all connections."""
        if self._engine is not None:
            self._engine.dispose()

    def _connect(self) -> sa.Connection:
        if self._engine is None:
            self._engine = _engine(self._url)
        if not self._is_current:
            _migrate(self._engine)
            self._is_current = True
        return self._engine.connect()

    @contextlib.contextmanager
    def _plain_errors(self, done: str) -> Iterator[None]:
        """Turn what the driver says into a sentence that repeats nothing of the address."""
        try:
            yield
        except sa.exc.IntegrityError:
            raise
        except (sa.exc.SQLAlchemyError, ImportError, OSError) as error:
            what = FILE_NAME if self._file else f"the council's database ({self._url.get_backend_name()})"
            raise CouncilError(
                f"{what[0].upper()}{what[1:]} cannot be {done}: {self._first_line(error)}. {self._remedy()}"
            ) from None

    def _first_line(self, error: Exception) -> str:
        cause = getattr(error, "orig", None) or error
        line = (str(cause).strip() or type(cause).__name__).splitlines()[0].strip().rstrip(".")
        hidden = [part for part in (self._url.password, self._url.username, self._url.host, self._url.database) if part]
        for secret in sorted((str(part) for part in hidden), key=len, reverse=True):
            line = re.sub(re.escape(secret), "…", line)
        return line

    def _remedy(self) -> str:
        if self._file:
            return "Check that the workspace's folder may be written to and that its disk is not full."
        return f"Check that the server runs and that {URL_VARIABLE} names it."


def _parsed(address: str) -> URL:
    try:
        return make_url(address)
    except sa.exc.ArgumentError:
        raise CouncilError(
            f"{URL_VARIABLE} is no SQLAlchemy URL. Expected dialect://user:password@host/database, such as "
            "postgresql+psycopg://council@localhost/council."
        ) from None


def _engine(url: URL) -> sa.Engine:
    is_sqlite = url.get_backend_name() == "sqlite"
    arguments: dict[str, Any] = {"timeout": BUSY_SECONDS} if is_sqlite else {}
    if url.get_backend_name() == "postgresql":
        arguments = {"connect_timeout": BUSY_SECONDS}
    engine = sa.create_engine(url, connect_args=arguments, pool_pre_ping=not is_sqlite, hide_parameters=True)
    if is_sqlite:
        event.listen(engine, "connect", _begin_ourselves)
        event.listen(engine, "begin", _take_turns)
    return engine


def _begin_ourselves(connection: Any, record: object) -> None:  # noqa: ARG001 - SQLAlchemy gives both
    """Keep the driver from starting transactions, which it does too late for two writers to take turns."""
    connection.isolation_level = None


def _take_turns(connection: sa.Connection) -> None:
    reads_only = connection.get_execution_options().get("reads_only")
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _migrate(engine: sa.Engine) -> None:
    """Bring the tables up to date, one process at a time."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    newest = scripts.get_current_head()
    with engine.connect().execution_options(**_READING) as connection:
        if _revision(connection) == newest:
            return
    with engine.connect() as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
        found = _revision(connection)
        if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
            raise CouncilError(
                "The council's database was written by a later version of segmodel, which this one does not "
                "understand. Update segmodel here."
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(connection: sa.Connection) -> str | None:
    """Return how far the tables are, or None before the first migration."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return found
