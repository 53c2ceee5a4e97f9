"""Saving the next version of something: what two people save at once gets two numbers, and the later one is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from segmodel.council.database import Database
from segmodel.council.tables import Base
from segmodel.errors import ConflictError, CouncilError
from segmodel.formats import day

LONGEST = 200
"""Characters of a name."""


def save_next(
    database: Database,
    table: type[Base],
    row: Mapping[str, Any],
    *,
    what: str,
    newest: Callable[[], tuple[int, str] | None],
    even_so: bool,
) -> dict[str, Any]:
    """Add `row` under the next number and return it as saved.

    Parameters
    ----------
    database : Database
    table : type
        One of `tables`, with a unique `number`.
    row : mapping
        All columns but `number`; `based_on` is the newest number when the work on this one began, or None.
    what : str
        What it is a version of, as messages name it: "scoring".
    newest : callable
        Looks up the newest number, and in words who saved it and when; None where nothing was saved.
    even_so : bool
        Save although another version came since.

    Raises
    ------
    ConflictError
        When another version came since.
    CouncilError
        When `based_on` was never saved, or the database cannot be written.
    """
    based_on = row["based_on"]
    while True:
        last = newest()
        known = 0 if last is None else last[0]
        if based_on is not None and not 1 <= based_on <= known:
            raise CouncilError(f"Found a {what} based on version {based_on}, which was never saved.")
        if last is not None and known != based_on and not even_so:
            raise ConflictError(f"{last[1]}; you began from {_called(based_on)}.", known)
        made = {**row, "number": known + 1}
        try:
            with database.writing() as connection:
                connection.execute(sa.insert(table).values(**made))
        except sa.exc.IntegrityError:
            # somebody else took the number in between: look again who it was
            continue
        return made


def saved_by(who: str, number: int, name: str, at: dt.datetime) -> str:
    """Return who saved a version and when, as whoever comes later is told."""
    called = f", {name}," if name else ""
    return f"{who} saved version {number}{called} on {day(at.date())} at {at:%H:%M} UTC"


def now() -> dt.datetime:
    """Return the time as it is kept: whole seconds in UTC."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def in_utc(at: dt.datetime) -> dt.datetime:
    """Return a time as it comes from a database in UTC; SQLite keeps no time zone."""
    return at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)


def on_one_line(text: str, whose: str) -> str:
    """Return a name without breaks, and without characters that databases and pages refuse.

    Raises
    ------
    CouncilError
        When nothing is left of it, or it is longer than `LONGEST`.
    """
    plain = " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
    if not plain:
        raise CouncilError(f"Found no name for {whose}. Give one.")
    if len(plain) > LONGEST:
        raise CouncilError(f"Found a name of {len(plain)} characters for {whose}; expected at most {LONGEST}.")
    return plain


def _called(number: int | None) -> str:
    return "a fresh one" if number is None else f"version {number}"
