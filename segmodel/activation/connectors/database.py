"""A table of a database, such as that of a CRM: one row a customer and audience, kept in step by upsert."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from segmodel.activation.connectors.connector import Batch
from segmodel.alerts import SendError
from segmodel.definition import DatabaseTarget
from segmodel.errors import ActivationError, SourceError
from segmodel.sources import open_database

KEY = ("audience", "customer_id")
_NUMBERS = {"probability", "value", "churn_risk", "days_since_last"}
_AT_ONCE = 500
"""Ids or rows in one statement."""


class DatabaseConnector:
    """Keeps the rows of an audience in a table; the table itself tells what is there.

    Parameters
    ----------
    target : DatabaseTarget
    folder : Path
        The workspace.

    Raises
    ------
    ActivationError
        When the address is none, or names an environment variable that is not set.
    """

    batch_size: int | None = 5_000

    def __init__(self, target: DatabaseTarget, folder: Path) -> None:  # noqa: ARG002 - as all connectors
        self._name = target.name
        schema, _, self._table_name = target.table.rpartition(".")
        self._schema = schema or None
        try:
            self._engine, self._shown, self._plain = open_database(target.uri)
        except SourceError as error:
            raise ActivationError(f"Target {target.name} cannot be reached: {error}") from None

    def check(self, columns: Sequence[str]) -> None:
        """Make the table where it is not there; refuse one that cannot take the rows."""
        with self._told("looked at"):
            table = self._table(columns)
            inspector = sa.inspect(self._engine)
            if not inspector.has_table(self._table_name, self._schema):
                table.create(self._engine, checkfirst=True)
                return
            problems = list(self._problems(inspector, table))
        if problems:
            raise ActivationError(
                f"Table '{self._table_name}' of {self._shown} cannot take this audience: {'; '.join(problems)}. Change "
                f"the table, or name another one in target {self._name}; where there is none, it is made."
            )

    def held(self, audience: str, columns: Sequence[str]) -> pd.DataFrame | None:
        """Return the rows of an audience as they are in the table."""
        table = self._table(columns)
        wanted = sa.select(*(table.c[name] for name in columns)).where(table.c.audience == audience)
        with self._told("read"), self._engine.connect() as connection:
            rows = [tuple(row) for row in connection.execute(wanted)]
        return pd.DataFrame(rows, columns=list(columns), dtype=object)

    def apply(self, batch: Batch) -> None:
        """Apply a batch in one transaction."""
        table = self._table(batch.columns)
        rows = batch.added.astype(object).where(batch.added.notna(), None).to_dict("records")
        added = [{"audience": batch.audience, **{str(name): value for name, value in row.items()}} for row in rows]
        try:
            with self._engine.begin() as connection:
                for ids in _parts(list(batch.removed)):
                    gone = (table.c.audience == batch.audience) & table.c.customer_id.in_(ids)
                    connection.execute(sa.delete(table).where(gone))
                for part in _parts(added):
                    self._upsert(connection, table, part)
        except SQLAlchemyError as error:
            raise SendError(self._plain(error).rstrip("."), is_passing=isinstance(error, OperationalError)) from None

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _upsert(self, connection: sa.Connection, table: sa.Table, rows: list[Mapping[str, Any]]) -> None:
        kind = connection.dialect.name
        others = [column.name for column in table.columns if column.name not in KEY]
        if kind in {"postgresql", "sqlite"}:
            insert = postgresql.insert(table) if kind == "postgresql" else sqlite.insert(table)
            changed = {name: insert.excluded[name] for name in others}
            ready = insert.on_conflict_do_update(index_elements=list(KEY), set_=changed) if changed else None
            connection.execute(insert.on_conflict_do_nothing() if ready is None else ready, rows)
        elif kind in {"mysql", "mariadb"}:
            known = mysql.insert(table)
            changed = {name: known.inserted[name] for name in others} or {"audience": known.inserted["audience"]}
            connection.execute(known.on_duplicate_key_update(**changed), rows)
        else:
            ids = [row["customer_id"] for row in rows]
            there = (table.c.audience == rows[0]["audience"]) & table.c.customer_id.in_(ids)
            connection.execute(sa.delete(table).where(there))
            connection.execute(sa.insert(table), rows)

    def _table(self, columns: Sequence[str]) -> sa.Table:
        return sa.Table(
            self._table_name,
            sa.MetaData(schema=self._schema),
            sa.Column("audience", sa.String(80), primary_key=True),
            sa.Column("customer_id", sa.String(255), primary_key=True),
            *(sa.Column(name, _type(name), nullable=True) for name in columns if name not in KEY),
        )

    def _problems(self, inspector: sa.Inspector, table: sa.Table) -> Iterator[str]:
        """Say what keeps a table that is there from taking the rows."""
        there = {each["name"]: each for each in inspector.get_columns(self._table_name, self._schema)}
        for column in table.columns:
            if column.name not in there:
                yield f"column {column.name} is missing"
            elif not _fits(column.type, there[column.name]["type"]):
                yield f"column {column.name} is {there[column.name]['type']}, expected {column.type}"
        for name, each in there.items():
            if name not in table.c and not each["nullable"] and each.get("default") is None:
                yield f"column {name} must have a value, and this audience has none for it"
        primary = inspector.get_pk_constraint(self._table_name, self._schema)["constrained_columns"]
        unique: list[Sequence[str | None]] = [
            each["column_names"] for each in inspector.get_unique_constraints(self._table_name, self._schema)
        ]
        indexes = inspector.get_indexes(self._table_name, self._schema)
        unique += [each["column_names"] for each in indexes if each.get("unique")]
        if not any(set(names) == set(KEY) for names in (primary, *unique)):
            yield f"({', '.join(KEY)}) is neither its primary key nor unique"

    @contextmanager
    def _told(self, done: str) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            why = self._plain(error).rstrip(".")
            raise ActivationError(f"Table '{self._table_name}' of {self._shown} cannot be {done}: {why}.") from None


def _type(name: str) -> sa.types.TypeEngine[Any]:
    if name == "days_since_last":
        return sa.BigInteger()
    return sa.Double() if name in _NUMBERS else sa.String(320)


def _fits(wanted: sa.types.TypeEngine[Any], found: sa.types.TypeEngine[Any]) -> bool:
    """Say whether a column takes the values."""
    if isinstance(wanted, sa.String):
        return isinstance(found, sa.String)
    if isinstance(wanted, sa.Integer):
        return isinstance(found, (sa.Integer, sa.Numeric))
    return isinstance(found, (sa.Numeric, sa.Float))


def _parts(items: list[Any]) -> Iterator[list[Any]]:
    return (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))
