"""What people write about segments: every save is a new version, and two who write at once are told of each other."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from segmodel.council.database import Database
from segmodel.council.numbered import in_utc, now, on_one_line, save_next, saved_by
from segmodel.council.tables import Picture
from segmodel.council.tables import Writing as _Writing
from segmodel.errors import CouncilError

STORY = "story"
"""Kind of a persona's story; its subject is the segment."""

QUOTES = "quotes"
"""Kind of the choice of quotes that may be shown; its subject is the segment."""

BRIEF = "brief"
"""Kind of a brief; its subject is the segment and, after a slash, for whom it is."""

LARGEST_TEXT = 1_000_000
"""Characters that one version may have."""


@dataclass(frozen=True)
class Draft:
    """Something to be saved.

    Attributes
    ----------
    kind : str
        `STORY`, `QUOTES` or `BRIEF`.
    segmentation, subject : str
        What it is about; see the kinds.
    content, evidence : str
        What was written, and the facts as they stand, as JSON.
    build_id, model_version : str
        What is published.
    """

    kind: str
    segmentation: str
    subject: str
    content: str
    evidence: str
    build_id: str
    model_version: str


@dataclass(frozen=True)
class Writing(Draft):
    """One saved version.

    Attributes
    ----------
    number : int
        From 1, by kind, segmentation and subject.
    who : str
        Who saved it.
    saved_at : datetime
        In UTC.
    based_on : int or None
        The version it was started from.
    is_approved : bool
        Whether whoever saved it approved it for use.
    """

    number: int
    who: str
    saved_at: dt.datetime
    based_on: int | None
    is_approved: bool


class Writings:
    """What people wrote in a workspace; nothing is opened before it is first used.

    Parameters
    ----------
    folder : Path
        The workspace.
    url : str, optional
        As of `Council`.
    """

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self._database = Database(folder, url)

    def newest(self, kind: str, segmentation: str) -> dict[str, Writing]:
        """Return the newest version of every subject.

        Raises
        ------
        CouncilError
            When the database cannot be reached.
        """
        found: dict[str, Writing] = {}
        for writing in self._find(kind, segmentation):
            found.setdefault(writing.subject, writing)
        return found

    def history(self, kind: str, segmentation: str, subject: str) -> tuple[Writing, ...]:
        """Return every version about one subject, newest first.

        Raises
        ------
        CouncilError
            When the database cannot be reached.
        """
        return tuple(self._find(kind, segmentation, _TABLE.c.subject == subject))

    def save(
        self, draft: Draft, *, who: str, based_on: int | None, is_approved: bool = False, even_so: bool = False
    ) -> Writing:
        """Save the next version.

        Parameters
        ----------
        draft : Draft
        who : str
        based_on : int or None
            The newest version when the work on this one began.
        is_approved : bool
            Whether whoever saves it approves it for use.
        even_so : bool
            Save although another version came since.

        Raises
        ------
        ConflictError
            When another version came since; nothing is lost, and `even_so` saves this one after it.
        CouncilError
            When nobody is named, it is too long, `based_on` was never saved, or the database cannot be written.
        """
        if len(draft.content) > LARGEST_TEXT:
            raise CouncilError(f"Found {len(draft.content):,} characters to save; expected at most {LARGEST_TEXT:,}.")
        row = {
            **{field.name: getattr(draft, field.name) for field in fields(Draft)},
            "workspace": self._database.workspace(),
            "who": on_one_line(who, "whoever saves it"),
            "saved_at": now(),
            "based_on": based_on,
            "is_approved": is_approved,
            # PostgreSQL keeps no NUL in text
            "content": draft.content.replace("\0", ""),
        }

        def last() -> tuple[int, str] | None:
            found = next(iter(self.history(draft.kind, draft.segmentation, draft.subject)), None)
            return None if found is None else (found.number, saved_by(found.who, found.number, "", found.saved_at))

        return _told(save_next(self._database, _Writing, row, what=draft.kind, newest=last, even_so=even_so))

    def keep_picture(self, content: bytes) -> str:
        """Keep a picture and return its digest; the same one is kept once.

        Raises
        ------
        CouncilError
            When the database cannot be written.
        """
        digest = hashlib.sha256(content).hexdigest()
        if self.picture(digest) is None:
            row = {"workspace": self._database.workspace(), "digest": digest, "content": content}
            try:
                with self._database.writing() as connection:
                    connection.execute(sa.insert(Picture).values(**row))
            except sa.exc.IntegrityError:
                # somebody else gave the same one in between
                pass
        return digest

    def picture(self, digest: str) -> bytes | None:
        """Return a picture by its digest, or None where there is none.

        Raises
        ------
        CouncilError
            When the database cannot be reached.
        """
        with self._database.reading() as connection:
            if connection is None:
                return None
            found: bytes | None = connection.execute(
                sa.select(_PICTURES.c.content).where(
                    _PICTURES.c.workspace == self._database.workspace(), _PICTURES.c.digest == digest
                )
            ).scalar()
        return found

    def _find(self, kind: str, segmentation: str, *which: sa.ColumnElement[bool]) -> list[Writing]:
        wanted = (
            sa.select(_TABLE)
            .where(
                _TABLE.c.workspace == self._database.workspace(),
                _TABLE.c.kind == kind,
                _TABLE.c.segmentation == segmentation,
                *which,
            )
            .order_by(_TABLE.c.number.desc())
        )
        with self._database.reading() as connection:
            if connection is None:
                return []
            return [_told(row) for row in connection.execute(wanted).mappings()]


_TABLE, _PICTURES = _Writing.__table__, Picture.__table__


def _told(row: sa.RowMapping | dict[str, Any]) -> Writing:
    given = {field.name: row[field.name] for field in fields(Writing)}
    return Writing(**{**given, "saved_at": in_utc(given["saved_at"])})
