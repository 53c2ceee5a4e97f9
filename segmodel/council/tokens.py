"""Tokens other systems ask the API with: what each may, until when, and whether it was taken back."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from segmodel.council.database import Database
from segmodel.council.numbered import in_utc, now, on_one_line
from segmodel.council.tables import ApiToken
from segmodel.errors import CouncilError, did_you_mean

SCOPES = ("lookup", "score", "segments", "metrics")
"""What a token may be for: a customer's segments, scoring features, the list of segments, their metrics."""

_PREFIX = "lsk_"
_BYTES = 32
_TABLE = ApiToken.__table__


@dataclass(frozen=True)
class Token:
    """What is known of a token; never the token.

    Attributes
    ----------
    token_id : int
    name : str
        Which system has it.
    scopes : tuple of str
        Of `SCOPES`.
    made_by : str
    made_at : datetime
        In UTC.
    expires_on : date or None
        The last day it works; None: until it is revoked.
    revoked_at : datetime or None
    used_on : date or None
        The last day it was used.
    """

    token_id: int
    name: str
    scopes: tuple[str, ...]
    made_by: str
    made_at: dt.datetime
    expires_on: dt.date | None
    revoked_at: dt.datetime | None
    used_on: dt.date | None

    def is_valid(self, today: dt.date) -> bool:
        """Whether it works on a day."""
        return self.revoked_at is None and (self.expires_on is None or today <= self.expires_on)


class Tokens:
    """The tokens of a workspace; nothing is opened before it is first used.

    Parameters
    ----------
    folder : Path
        The workspace.
    url : str, optional
        As of `Council`.
    """

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self._database = Database(folder, url)

    def create(
        self, name: str, scopes: Iterable[str], who: str, expires_on: dt.date | None = None
    ) -> tuple[str, Token]:
        """Make a token and return it, this once, with what is kept of it.

        Raises
        ------
        CouncilError
            When a scope is unknown, there is none, the day is past, or it cannot be written.
        """
        wanted = tuple(dict.fromkeys(scopes))
        unknown = [scope for scope in wanted if scope not in SCOPES]
        if unknown or not wanted:
            found = f"Found scope '{unknown[0]}'" if unknown else "A token needs a scope"
            hint = did_you_mean(unknown[0], SCOPES) if unknown else ""
            raise CouncilError(f"{found}; there is {', '.join(SCOPES)}.{hint}")
        if expires_on is not None and expires_on < now().date():
            raise CouncilError(f"A token that expires on {expires_on} would never work: that day is past.")
        plain = _PREFIX + secrets.token_urlsafe(_BYTES)
        row = {
            "workspace": self._database.workspace(),
            "name": on_one_line(name, "which system has the token"),
            "digest": _digest(plain),
            "scopes": " ".join(wanted),
            "made_by": on_one_line(who, "whoever makes a token"),
            "made_at": now(),
            "expires_on": expires_on,
        }
        with self._database.writing() as connection:
            connection.execute(sa.insert(ApiToken).values(**row))
        found_token = self.find(plain)
        if found_token is None:
            raise CouncilError("The token was written and cannot be found again. Try again.")
        return plain, found_token

    def find(self, plain: str) -> Token | None:
        """Return what is known of a token, valid or not; None of one that was never made."""
        # by a digest of 256 random bits: what the time of a comparison tells is of no use to anybody
        return next(iter(self._read(_TABLE.c.digest == _digest(plain))), None)

    def list(self) -> tuple[Token, ...]:
        """Return every token that was made, oldest first."""
        return self._read(sa.true())

    def _read(self, condition: sa.ColumnElement[bool]) -> tuple[Token, ...]:
        wanted = (
            sa.select(_TABLE).where(_TABLE.c.workspace == self._database.workspace(), condition).order_by(_TABLE.c.id)
        )
        with self._database.reading() as connection:
            rows = [] if connection is None else connection.execute(wanted).mappings().all()
        return tuple(
            Token(
                row["id"],
                row["name"],
                tuple(row["scopes"].split()),
                row["made_by"],
                in_utc(row["made_at"]),
                row["expires_on"],
                None if row["revoked_at"] is None else in_utc(row["revoked_at"]),
                row["used_on"],
            )
            for row in rows
        )

    def revoke(self, token_id: int, who: str) -> Token:
        """Take a token back for good.

        Raises
        ------
        CouncilError
            When there is none of that number, it was taken back before, or it cannot be written.
        """
        known = {token.token_id: token for token in self.list()}
        if token_id not in known:
            raise CouncilError(f"There is no token {token_id}; there: {', '.join(map(str, known)) or 'none'}.")
        if known[token_id].revoked_at is not None:
            raise CouncilError(f"Token {token_id} was revoked before.")
        change = sa.update(ApiToken).where(_TABLE.c.id == token_id)
        with self._database.writing() as connection:
            connection.execute(change.values(revoked_at=now(), revoked_by=on_one_line(who, "whoever revokes a token")))
        return {token.token_id: token for token in self.list()}[token_id]

    def was_used(self, token_id: int, day: dt.date) -> None:
        """Write down the last day a token was used."""
        with self._database.writing() as connection:
            connection.execute(sa.update(ApiToken).where(_TABLE.c.id == token_id).values(used_on=day))


def _digest(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()
