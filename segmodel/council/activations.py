"""The log of what went where: only ever added to. It is also what a sync that was broken off goes on from."""

from __future__ import annotations

import datetime as dt
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from segmodel.council.database import Database
from segmodel.council.numbered import in_utc, now, on_one_line
from segmodel.council.tables import Activation, ActivationStep

Kind = Literal["export", "sync"]

BEGUN, TAKEN, FAILED, FINISHED = "begun", "taken", "failed", "finished"
"""Steps of an activation; those that are not of a batch have batch 0."""

_ALL, _STEPS = Activation.__table__, ActivationStep.__table__


@dataclass(frozen=True)
class NewActivation:
    """What is written down before anything is given out.

    Attributes
    ----------
    activation_id : str
        Its own.
    kind : {"export", "sync"}
    target, audience : str
        Where to (of an export the file's name), and the audience's name, empty for one made by hand.
    segmentation, build_id, model_version : str
        What it rests on.
    definition_hash : str
        Of who is in it and what is given of them.
    content : dict
        The request, the funnel and counts, ready for JSON.
    who : str
    expires_on : date
        When whoever got it should have deleted it.
    """

    activation_id: str
    kind: Kind
    target: str
    audience: str
    segmentation: str
    build_id: str
    model_version: str
    definition_hash: str
    content: Mapping[str, Any]
    who: str
    expires_on: dt.date


@dataclass(frozen=True)
class ActivationEntry(NewActivation):
    """A line of the log.

    Attributes
    ----------
    at : datetime
        In UTC.
    state : {"finished", "failed", "broken off"}
        Broken off: begun, and neither finished nor known to have failed.
    message : str
        Why it failed.
    """

    at: dt.datetime
    state: str
    message: str


@dataclass(frozen=True)
class SentBatch:
    """What a batch said: customers, each with a digest of what was given of them, and customers to remove.

    A batch that was begun and not known to be taken may have been taken.
    """

    added: Mapping[str, str]
    removed: Sequence[str]
    is_taken: bool = field(default=False)


class ActivationLog:
    """The log of a workspace; nothing is opened before it is first used.

    Parameters
    ----------
    folder : Path
        The workspace.
    url : str, optional
        As of `Council`.
    """

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self._database = Database(folder, url)

    def start(self, new: NewActivation) -> None:
        """Write down what is about to be given out; raises CouncilError when it cannot be written."""
        row = {
            **asdict(new),
            "workspace": self._database.workspace(),
            "content": json.dumps(new.content, ensure_ascii=False),
            "who": on_one_line(new.who, "whoever gives it out"),
            "at": now(),
        }
        with self._database.writing() as connection:
            connection.execute(sa.insert(Activation).values(**row))

    def begin(self, activation_id: str, batch: int, added: Mapping[str, str], removed: Sequence[str]) -> None:
        """Write down what a batch says, before it is sent."""
        members = zlib.compress(json.dumps({"added": dict(added), "removed": list(removed)}).encode())
        self._step(activation_id, BEGUN, batch, "", members)

    def taken(self, activation_id: str, batch: int) -> None:
        """Write down that a batch was taken."""
        self._step(activation_id, TAKEN, batch)

    def failed(self, activation_id: str, message: str) -> None:
        """Write down why an activation was given up."""
        self._step(activation_id, FAILED, 0, message)

    def finished(self, activation_id: str) -> None:
        """Write down that everything was given out."""
        self._step(activation_id, FINISHED, 0)

    def _step(self, activation_id: str, step: str, batch: int, message: str = "", members: bytes | None = None) -> None:
        row = {
            "activation_id": activation_id,
            "step": step,
            "batch": batch,
            "at": now(),
            "message": message,
            "members": members,
        }
        with self._database.writing() as connection:
            connection.execute(sa.insert(ActivationStep).values(**row))

    def batches(self, target: str, audience: str) -> tuple[SentBatch, ...]:
        """Return every batch of an audience that was begun for a target, oldest first.

        Raises
        ------
        CouncilError
            When the database cannot be reached.
        """
        wanted = (
            sa.select(_STEPS.c.activation_id, _STEPS.c.step, _STEPS.c.batch, _STEPS.c.members)
            .join(_ALL, _ALL.c.activation_id == _STEPS.c.activation_id)
            .where(
                _ALL.c.workspace == self._database.workspace(),
                _ALL.c.kind == "sync",
                _ALL.c.target == target,
                _ALL.c.audience == audience,
                _STEPS.c.step.in_((BEGUN, TAKEN)),
            )
            .order_by(_STEPS.c.id)
        )
        with self._database.reading() as connection:
            rows = [] if connection is None else connection.execute(wanted).all()
        taken = {(row.activation_id, row.batch) for row in rows if row.step == TAKEN}
        found = []
        for row in rows:
            if row.step == BEGUN:
                said = json.loads(zlib.decompress(row.members))
                is_taken = (row.activation_id, row.batch) in taken
                found.append(SentBatch(said["added"], said["removed"], is_taken))
        return tuple(found)

    def entries(self, limit: int = 100) -> tuple[ActivationEntry, ...]:
        """Return the log, newest first.

        Raises
        ------
        CouncilError
            When the database cannot be reached.
        """
        wanted = (
            sa.select(_ALL)
            .where(_ALL.c.workspace == self._database.workspace())
            .order_by(_ALL.c.id.desc())
            .limit(limit)
        )
        with self._database.reading() as connection:
            if connection is None:
                return ()
            rows = connection.execute(wanted).mappings().all()
            ids = [row["activation_id"] for row in rows]
            ends = connection.execute(
                sa.select(_STEPS.c.activation_id, _STEPS.c.step, _STEPS.c.message).where(
                    _STEPS.c.activation_id.in_(ids), _STEPS.c.step.in_((FAILED, FINISHED))
                )
            ).all()
        states = {end.activation_id: (end.step, end.message) for end in ends}
        return tuple(_entry(row, *states.get(row["activation_id"], ("broken off", ""))) for row in rows)


def _entry(row: sa.RowMapping, state: str, message: str) -> ActivationEntry:
    given = {name: row[name] for name in NewActivation.__dataclass_fields__}
    return ActivationEntry(
        **{**given, "content": json.loads(row["content"])}, at=in_utc(row["at"]), state=state, message=message
    )
