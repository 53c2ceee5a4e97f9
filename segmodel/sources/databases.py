"""Queries on databases, through SQLAlchemy or, for `adbc+` addresses, through an installed ADBC driver."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import unquote_plus

import pandas as pd
import sqlalchemy
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from segmodel.errors import SourceError
from segmodel.sources.staging import Raw, Staging
from segmodel.sources.workbooks import as_text

_CHUNK = 50_000
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
# An address that leaves no doubt where its parts end; where there is doubt, no part of it is shown.
_FILE = re.compile(r"^[^:]+:///(?:[^@?#]*/)?([^@/?#]+)(?:[?#][^@]*)?$")
_SERVER = re.compile(r"^[^:]+://(?:[^@/?#]*@)?[^@/?#]+/([^@/?#]+)(?:[/?#][^@]*)?$")


def read_query(staging: Staging, uri: str, query: str) -> Raw:
    """Run a query and put its rows into the scratch database as text.

    Parameters
    ----------
    staging : Staging
        Where the rows go, a chunk at a time.
    uri : str
        `dialect+driver://user:${PASSWORD}@host/database` for SQLAlchemy, or `adbc+driver://...`, which imports
        the package `adbc_driver_<driver>`. `${NAME}` is replaced by that environment variable, so that
        no password need stand in a definition.
    query : str
        One SELECT in the dialect of the database.

    Raises
    ------
    SourceError
        When the driver is missing, the database cannot be reached, or the query fails or returns nothing.
    """
    address = _VARIABLE.sub(_from_environment, uri)
    if address.startswith("adbc+"):
        return _read_adbc(staging, address.removeprefix("adbc+"), query)
    url, database = _connected_to(address)
    shown = _named(url)
    try:
        return _read_sqlalchemy(staging, database, shown, query)
    except SQLAlchemyError as error:
        raise SourceError(f"the query on '{shown}' failed: {_plain(error, address)}") from None
    finally:
        database.dispose()


def open_database(uri: str) -> tuple[sqlalchemy.Engine, str, Callable[[Exception], str]]:
    """Return a database by its address, for others than those who read a source.

    Parameters
    ----------
    uri : str
        As of `read_query`, but for SQLAlchemy only.

    Returns
    -------
    Engine
    str
        What messages call it.
    callable
        Returns the first line of what went wrong there, without any secret.

    Raises
    ------
    SourceError
        When it is no address, or the driver is missing.
    """
    address = _VARIABLE.sub(_from_environment, uri)
    url, database = _connected_to(address)
    return database, _named(url), lambda error: _plain(error, address)


def _connected_to(address: str) -> tuple[URL, sqlalchemy.Engine]:
    """Return an address in its parts, and the engine for it; messages quote nothing of it but the driver."""
    expected = "Expected dialect://user:password@host/database."
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise SourceError(f"uri is not an address SQLAlchemy understands. {expected}") from None
    if url.host and "@" in f"{url.host}{url.database or ''}":
        raise SourceError("uri has more than one '@'. Write an '@' in a name or password as %40.")
    try:
        return url, sqlalchemy.create_engine(url)
    except NoSuchModuleError:
        raise SourceError(
            f"uri is not an address SQLAlchemy understands: there is no dialect '{url.drivername}'. {expected}"
        ) from None
    except ModuleNotFoundError as error:
        raise SourceError(
            f"reading {url.get_backend_name()} needs the Python package '{error.name}', which is not installed."
        ) from None
    except (ArgumentError, TypeError, ValueError):
        raise SourceError(f"uri has options that {url.drivername} does not know. {expected}") from None


def _named(url: URL) -> str:
    """Return backend and database name, of a file the last part: builds and messages show nothing else."""
    name = url.database or ""
    if not url.host:
        name = re.split(r"[\\/]", name)[-1]
    return f"{url.get_backend_name()}: {name}" if name and name != ":memory:" else url.get_backend_name()


def _named_adbc(address: str) -> str:
    found = _FILE.match(address) or _SERVER.match(address)
    driver = address.split(":", 1)[0]
    return f"{driver}: {found.group(1)}" if found else driver


def _from_environment(match: re.Match[str]) -> str:
    name = match.group(1)
    if name not in os.environ:
        raise SourceError(f"uri names the environment variable {name}, which is not set.")
    return os.environ[name]


def _plain(error: Exception, address: str) -> str:
    """First line of the driver's message, without what it may repeat of the address: password, options, all of it."""
    text = (str(getattr(error, "orig", None) or error).strip().splitlines() or ["no reason given"])[0]
    for secret in sorted(_secrets(address), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _secrets(address: str) -> set[str]:
    """Return what of an address a message must not hold, as it is written and as it is meant."""
    parts = [address]
    authority, has_user, _ = address.partition("://")[2].rpartition("@")
    if has_user:
        parts += [authority, authority.partition(":")[2]]
    # drivers take a password as an option too, and ODBC a whole list of options as one
    parts += _option_values(address.partition("?")[2])
    return {form for part in parts for form in (part, unquote_plus(part)) if form}


def _option_values(options: str) -> Iterator[str]:
    for option in options.split("&"):
        value = option.partition("=")[2]
        yield value
        inner: Iterable[str] = unquote_plus(value).split(";")
        yield from (one.partition("=")[2].strip("{}") for one in inner)


def _read_sqlalchemy(staging: Staging, database: sqlalchemy.Engine, shown: str, query: str) -> Raw:
    table = staging.name()
    count = 0
    with database.connect().execution_options(stream_results=True) as connection:
        result = connection.exec_driver_sql(query)
        if not result.returns_rows:
            raise SourceError(f"the query on '{shown}' returns no rows because it is not a SELECT.")
        names = _checked_names([str(name) for name in result.keys()], shown)  # noqa: SIM118 - no mapping
        for rows in result.partitions(_CHUNK):
            _store(staging, table, names, rows, append=count > 0)
            count += len(rows)
    return _raw(table, dict.fromkeys(names, "VARCHAR"), count, shown)


def _store(staging: Staging, table: str, names: list[str], rows: Any, *, append: bool) -> None:
    body = [[as_text(value) for value in row] for row in rows]
    staging.add_text(pd.DataFrame(body, columns=names, dtype=object), table, append=append)


def _checked_names(names: list[str], shown: str) -> list[str]:
    folded = [name.casefold() for name in names]
    twice = next((name for name in names if folded.count(name.casefold()) > 1), None)
    if twice is not None:
        raise SourceError(f"the query on '{shown}' returns two columns named '{twice}'. Rename one with AS.")
    return names


def _raw(table: str, columns: dict[str, str], count: int, shown: str) -> Raw:
    if not count:
        raise SourceError(f"the query on '{shown}' returns no rows.")
    return Raw(shown, table, columns, "rowid + 1", count)


def _read_adbc(staging: Staging, address: str, query: str) -> Raw:
    driver = address.split(":", 1)[0]
    if not re.fullmatch(r"[a-z]+", driver):
        raise SourceError(
            f"uri names the ADBC driver '{driver}'; expected lower case letters, as in adbc+postgresql://."
        )
    package = f"adbc_driver_{driver}"
    try:
        dbapi = importlib.import_module(f"{package}.dbapi")
    except ModuleNotFoundError:
        raise SourceError(
            f"reading adbc+{driver} needs the Python package '{package.replace('_', '-')}', which is not installed. "
            "Install it, or use an address for SQLAlchemy."
        ) from None
    shown = _named_adbc(address)
    table = staging.name()
    try:
        with dbapi.connect(address) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            batches = cursor.fetch_record_batch()
            with staging.engine.transaction() as inner:
                inner.register("_batches", batches)
                inner.execute(f"CREATE TABLE {table} AS SELECT * FROM _batches")
                inner.unregister("_batches")
    except dbapi.Error as error:
        raise SourceError(f"the query on '{shown}' failed: {_plain(error, address)}") from None
    described = staging.engine.rows(f"DESCRIBE {table}")
    columns = {str(row[0]): str(row[1]) for row in described}
    return _raw(table, columns, staging.rows(table), shown)
