from __future__ import annotations

import datetime as dt
from pathlib import Path

import sqlalchemy as sa

from segmodel.council import ActivationLog, NewActivation, SentBatch
from segmodel.council.database import Database


def new(activation_id: str, target: str = "crm", audience: str = "best") -> NewActivation:
    content = {"rows": 2, "segments": {"s1": "Björk & co"}}
    when = dt.date(2026, 7, 31)
    return NewActivation(
        activation_id, "sync", target, audience, "value", "b1", "v001", "hash", content, "Ana", expires_on=when
    )


def test_nothing_given_out_is_an_empty_log_and_makes_no_file(folder: Path) -> None:
    log = ActivationLog(folder)
    assert (log.entries(), log.batches("crm", "best")) == ((), ())
    assert not (folder / "council.db").exists()


def test_what_was_given_out_is_listed_newest_first_with_how_it_ended(folder: Path) -> None:
    log = ActivationLog(folder)
    for name in ("one", "two", "three"):
        log.start(new(name))
    log.finished("one")
    log.failed("two", "it answered 500")
    entries = ActivationLog(folder).entries()
    assert [(each.activation_id, each.state, each.message) for each in entries] == [
        ("three", "broken off", ""),
        ("two", "failed", "it answered 500"),
        ("one", "finished", ""),
    ]
    assert entries[0].content == new("three").content
    assert entries[0].expires_on == dt.date(2026, 7, 31)
    assert entries[0].at.tzinfo is dt.UTC
    assert len(log.entries(2)) == 2


def test_batches_are_told_by_target_and_audience_with_what_is_known_of_them(folder: Path) -> None:
    log = ActivationLog(folder)
    log.start(new("one"))
    log.begin("one", 1, {"c1": "d1"}, ["c9"])
    log.taken("one", 1)
    log.begin("one", 2, {"ü": "d2"}, [])
    log.start(new("other", "post"))
    log.begin("other", 1, {"c3": "d3"}, [])
    assert log.batches("crm", "best") == (
        SentBatch({"c1": "d1"}, ["c9"], is_taken=True),
        SentBatch({"ü": "d2"}, [], is_taken=False),
    )
    assert len(log.batches("post", "best")) == 1
    assert log.batches("crm", "worst") == ()


def test_rows_are_only_ever_added(folder: Path) -> None:
    log = ActivationLog(folder)
    log.start(new("one"))
    log.begin("one", 1, {"c1": "d1"}, [])
    with Database(folder).reading() as connection:
        assert connection is not None
        before = connection.execute(sa.text("SELECT * FROM activations")).all()
        steps = connection.execute(sa.text("SELECT * FROM activation_steps ORDER BY id")).all()
    log.taken("one", 1)
    log.finished("one")
    with Database(folder).reading() as connection:
        assert connection is not None
        assert connection.execute(sa.text("SELECT * FROM activations")).all() == before
        after = connection.execute(sa.text("SELECT * FROM activation_steps ORDER BY id")).all()
    assert after[: len(steps)] == steps
    assert len(after) == len(steps) + 2
