"""Bringing the council's tables up to date: on first use, by one process at a time."""

from __future__ import annotations

from enum import Enum
from functools import cache
from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from segmodel.errors import CouncilError

MIGRATIONS = Path(__file__).with_name("migrations")

_LOCK = 0x5E6C0DE1
"""Any number, but always this one: PostgreSQL lets one session at a time hold it."""


class State(Enum):
    """How the tables of a database stand to those this version knows."""

    ABSENT = "absent"
    BEHIND = "behind"
    CURRENT = "current"


def state(connection: sqlalchemy.Connection) -> State:
    """Return how a database stands; changes nothing.

    Raises
    ------
    CouncilError
        When a later version of the product has changed it.
    """
    found = MigrationContext.configure(connection).get_current_revision()
    if found is None:
        return State.ABSENT
    known = _known()
    if found not in known:
        raise CouncilError(
            f"The council's database was written by a later version of segmodel: its tables are at step {found}, and "
            f"this one knows up to {known[0]}. Update segmodel here."
        )
    return State.CURRENT if found == known[0] else State.BEHIND


def migrate(connection: sqlalchemy.Connection) -> None:
    """Bring a database up to date inside the transaction that has begun on `connection`.

    Of two processes that start at once the second waits and then finds nothing to do: in SQLite the transaction itself
    has the only right to write, in PostgreSQL a lock that ends with the transaction.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sqlalchemy.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    if state(connection) is not State.CURRENT:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    # a percent sign would be read as the start of a variable
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


@cache
def _known() -> tuple[str, ...]:
    """Return the steps this version knows, newest first."""
    return tuple(step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions())
