"""Scorings as they were saved: every save is a new version, and nothing is ever overwritten."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from segmodel.council.database import Database
from segmodel.council.numbered import in_utc, now, on_one_line, save_next, saved_by
from segmodel.council.tables import PriorityScoring
from segmodel.errors import CouncilError


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
            "name": on_one_line(name, "the scoring"),
            "who": on_one_line(who, "whoever saves it"),
            "saved_at": now(),
            "based_on": based_on,
            "build_id": build_id,
            "model_version": model_version,
            "content": content,
            "evidence": evidence,
        }

        def last() -> tuple[int, str] | None:
            found = next(iter(self.scorings(segmentation)), None)
            if found is None:
                return None
            return found.number, saved_by(found.who, found.number, found.name, found.saved_at)

        return _saved(save_next(self._database, PriorityScoring, row, what="scoring", newest=last, even_so=even_so))

    def _of(self, segmentation: str) -> sa.Select[tuple[object, ...]]:
        return sa.select(_TABLE).where(
            _TABLE.c.workspace == self._database.workspace(), _TABLE.c.segmentation == segmentation
        )


_TABLE = PriorityScoring.__table__


def _saved(row: sa.RowMapping | dict[str, Any]) -> SavedScoring:
    given = {name: row[name] for name in SavedScoring.__dataclass_fields__}
    return SavedScoring(**{**given, "saved_at": in_utc(given["saved_at"])})
