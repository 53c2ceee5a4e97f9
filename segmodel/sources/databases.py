"""Queries on databases, through SQLAlchemy or, for `adbc+` addresses, through an installed ADBC driver."""

from __future__ import annotations

import importlib
import os
import re
from typing import Any

import pandas as pd
import sqlalchemy
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from segmodel.errors import SourceError
from segmodel.sources.staging import Raw, Staging
from segmodel.sources.workbooks import as_text

_CHUNK = 50_000
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


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
    try:
        url = make_url(address)
        database = sqlalchemy.create_engine(url)
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise SourceError(
            f"uri is not an address SQLAlchemy understands ({error}). Expected dialect://user:password@host/database."
        ) from None
    except ModuleNotFoundError as error:
        raise SourceError(
            f"reading {url.get_backend_name()} needs the Python package '{error.name}', which is not installed."
        ) from None
    shown = url.render_as_string(hide_password=True)
    try:
        return _read_sqlalchemy(staging, database, shown, query)
    except SQLAlchemyError as error:
        raise SourceError(f"the query on {shown} failed: {_plain(error, url)}") from None
    finally:
        database.dispose()


def _from_environment(match: re.Match[str]) -> str:
    name = match.group(1)
    if name not in os.environ:
        raise SourceError(f"uri names the environment variable {name}, which is not set.")
    return os.environ[name]


def _plain(error: SQLAlchemyError, url: URL) -> str:
    """First line of the driver's message, without the password should the driver repeat it."""
    text = (str(getattr(error, "orig", None) or error).strip().splitlines() or ["no reason given"])[0]
    return text.replace(str(url.password), "***") if url.password else text


def _read_sqlalchemy(staging: Staging, database: sqlalchemy.Engine, shown: str, query: str) -> Raw:
    table = staging.name()
    count = 0
    with database.connect().execution_options(stream_results=True) as connection:
        result = connection.exec_driver_sql(query)
        if not result.returns_rows:
            raise SourceError(f"the query on {shown} returns no rows because it is not a SELECT.")
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
        raise SourceError(f"the query on {shown} returns two columns named '{twice}'. Rename one with AS.")
    return names


def _raw(table: str, columns: dict[str, str], count: int, shown: str) -> Raw:
    if not count:
        raise SourceError(f"the query on {shown} returns no rows.")
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
    shown = re.sub(r"://[^@/]*@", "://***@", address)
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
        raise SourceError(f"the query on {shown} failed: {str(error).splitlines()[0]}") from None
    described = staging.engine.rows(f"DESCRIBE {table}")
    columns = {str(row[0]): str(row[1]) for row in described}
    return _raw(table, columns, staging.rows(table), shown)
