"""Scorings as they were saved: every save is a new version, and nothing is ever overwritten."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from segmodel.council.database import Database
from segmodel.council.tables import PriorityScoring
from segmodel.errors import ConflictError, CouncilError
from segmodel.formats import day


@dataclass(frozen=True)
class SavedScoring:
    """One saved version of a scoring.

    Attributes
    ----------
    number : int
        From 1, by segmentation.
    name, who : str
        What it was called, and who saved it.
    saved_at : datetime
        In UTC.
    based_on : int or None
        The version it was started from.
    build_id, model_version : str
        What it was scored on.
    content, evidence : str
        The scoring, and the matrix as it stood then, as JSON.
    """

    number: int
    name: str
    who: str
    saved_at: dt.datetime
    based_on: int | None
    build_id: str
    model_version: str
    content: str
    evidence: str


class Council:
    """The record of a workspace's council; nothing is opened before it is first used.

    Parameters
    ----------
    folder : Path
        The workspace.
    url : str, optional
        SQLAlchemy URL of a database that workspaces may share; default: `SEGMODEL_COUNCIL_URL`, else a SQLite file in
        the workspace.
    """

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self._database = Database(folder, url)

    def scorings(self, segmentation: str) -> tuple[SavedScoring, ...]:
        """Return the scorings of a segmentation that were saved, newest first.

        Raises
        ------
        CouncilError
            When the database cannot be reached.
        """
        with self._database.reading() as connection:
            if connection is None:
                return ()
            found = connection.execute(self._of(segmentation).order_by(_TABLE.c.number.desc())).mappings().all()
        return tuple(_saved(row) for row in found)

    def scoring(self, segmentation: str, number: int) -> SavedScoring:
        """Return one saved scoring.

        Raises
        ------
        CouncilError
            When there is none of that number, or the database cannot be reached.
        """
        known = self.scorings(segmentation)
        for scoring in known:
            if scoring.number == number:
                return scoring
        there = "none was saved yet"
        if known:
            there = "there is only 1" if len(known) == 1 else f"there are 1 to {known[0].number}"
        raise CouncilError(f"There is no scoring {number} of {segmentation}; {there}.")

    def save_scoring(
        self,
        *,
        segmentation: str,
        name: str,
        who: str,
        content: str,
        evidence: str,
        build_id: str,
        model_version: str,
        based_on: int | None,
        even_so: bool = False,
    ) -> SavedScoring:
        """Save a scoring as the next version.

        Parameters
        ----------
        segmentation, name, who, content, evidence, build_id, model_version
            See `SavedScoring`.
        based_on : int or None
            The newest version when the work on this one began.
        even_so : bool
            Save although another version came since.

        Raises
        ------
        ConflictError
            When another version came since; nothing is lost, and `even_so` saves this one after it.
        CouncilError
            When it has no name, `based_on` was never saved, or the database cannot be reached or written.
        """
        row = {
            "workspace": self._database.workspace(),
            "segmentation": segmentation,
            "name": _on_one_line(name, "the scoring"),
            "who": _on_one_line(who, "whoever saves it"),
            "saved_at": dt.datetime.now(dt.UTC).replace(microsecond=0),
            "based_on": based_on,
            "build_id": build_id,
            "model_version": model_version,
            "content": content,
            "evidence": evidence,
        }
        while True:
            newest = next(iter(self.scorings(segmentation)), None)
            known = 0 if newest is None else newest.number
            if based_on is not None and not 1 <= based_on <= known:
                raise CouncilError(f"Found a scoring based on version {based_on}, which was never saved.")
            if newest is not None and newest.number != based_on and not even_so:
                raise ConflictError(
                    f"{newest.who} saved version {newest.number}, {newest.name}, on {day(newest.saved_at.date())} at "
                    f"{newest.saved_at:%H:%M} UTC; you began from {_called(based_on)}.",
                    newest.number,
                )
            row["number"] = known + 1
            try:
                with self._database.writing() as connection:
                    connection.execute(sa.insert(PriorityScoring).values(**row))
            except sa.exc.IntegrityError:
                # somebody else took the number in between: look again who it was
                continue
            return _saved(row)

    def _of(self, segmentation: str) -> sa.Select[tuple[object, ...]]:
        return sa.select(_TABLE).where(
            _TABLE.c.workspace == self._database.workspace(), _TABLE.c.segmentation == segmentation
        )


_TABLE = PriorityScoring.__table__
_LONGEST = 200


def _on_one_line(text: str, whose: str) -> str:
    """Return a name without breaks, and without characters that databases and pages refuse."""
    plain = " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
    if not plain:
        raise CouncilError(f"Found no name for {whose}. Give one.")
    if len(plain) > _LONGEST:
        raise CouncilError(f"Found a name of {len(plain)} characters for {whose}; expected at most {_LONGEST}.")
    return plain


def _called(number: int | None) -> str:
    return "a fresh one" if number is None else f"version {number}"


def _saved(row: sa.RowMapping | dict[str, object]) -> SavedScoring:
    given = {name: row[name] for name in SavedScoring.__dataclass_fields__}
    at = given["saved_at"]
    # SQLite keeps no time zone
    if isinstance(at, dt.datetime):
        given["saved_at"] = at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)
    return SavedScoring(**given)  # type: ignore[arg-type]  # columns have the types of the fields
