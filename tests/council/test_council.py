"""The council's record, on SQLite and on PostgreSQL: versions, conflicts, and databases that are not there."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from segmodel.council import Council, SavedScoring
from segmodel.council.tables import Base
from segmodel.errors import ConflictError, CouncilError
from tests.support.ports import free_port

Open = Callable[[], Council]


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, str | None]]:
    """A workspace, and the URL of its council where that is no file in it; each test starts with nothing there."""
    if request.param == "sqlite":
        yield tmp_path, None
        return
    url = request.getfixturevalue("postgres_url")
    yield tmp_path, url
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE IF EXISTS priority_scorings, alembic_version"))
    engine.dispose()


@pytest.fixture
def council(address: tuple[Path, str | None]) -> Iterator[Council]:
    opened = Council(*address)
    yield opened
    opened.close()


def save(council: Council, who: str = "Ana", based_on: int | None = None, **more: Any) -> SavedScoring:
    given = {"segmentation": "behaviour", "name": f"{who}'s", "content": "{}", "evidence": "[]"}
    return council.save_scoring(
        **{**given, "who": who, "build_id": "b1", "model_version": "v001", "based_on": based_on, **more}
    )


def test_nothing_is_there_before_the_first_save(council: Council, tmp_path: Path) -> None:
    assert council.scorings("behaviour") == ()
    assert list(tmp_path.iterdir()) == []


def test_versions_are_kept_newest_first_with_who_and_when(council: Council) -> None:
    first = save(council, content='{"weights": {"growth": 50.0}}')
    second = save(council, "Ben", based_on=1)
    assert council.scorings("behaviour") == (second, first)
    assert (first.number, second.number, second.based_on) == (1, 2, 1)
    assert abs(dt.datetime.now(dt.UTC) - first.saved_at) < dt.timedelta(minutes=1)
    assert council.scoring("behaviour", 1).content == '{"weights": {"growth": 50.0}}'
    with pytest.raises(CouncilError, match="There is no scoring 7 of behaviour; there are 1 to 2"):
        council.scoring("behaviour", 7)


def test_segmentations_and_workspaces_count_on_their_own(address: tuple[Path, str | None], council: Council) -> None:
    save(council)
    assert save(council, segmentation="needs").number == 1
    other = address[0] / "other"
    other.mkdir()
    (other / "segmentation.toml").write_text('name = "Another shop"\n')
    elsewhere = Council(other, address[1])
    assert elsewhere.scorings("behaviour") == ()
    assert save(elsewhere).number == 1
    elsewhere.close()


def test_the_later_of_two_is_told_and_may_save_all_the_same(council: Council) -> None:
    save(council)
    save(council, "Ben", based_on=1)
    with pytest.raises(ConflictError, match=r"Ben saved version 2, Ben's, on .* after you began") as found:
        save(council, "Cleo", based_on=1)
    assert found.value.newest == 2
    assert len(council.scorings("behaviour")) == 2
    kept = save(council, "Cleo", based_on=1, even_so=True)
    assert (kept.number, kept.based_on) == (3, 1)


def _save_elsewhere(folder: Path, url: str | None, who: str) -> str:
    council = Council(folder, url)
    try:
        return f"saved {save(council, who).number}"
    except ConflictError as error:
        return f"told of {error.newest}"
    finally:
        council.close()


def test_of_processes_that_start_and_save_at_once_one_wins_and_all_others_are_told(
    address: tuple[Path, str | None],
) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        ended = [future.result() for future in [pool.submit(_save_elsewhere, *address, who) for who in "abcd"]]
    assert sorted(ended) == ["saved 1", "told of 1", "told of 1", "told of 1"]


def test_of_threads_that_save_all_the_same_each_has_its_own_version(council: Council) -> None:
    save(council)
    threads = [threading.Thread(target=save, args=(council, who), kwargs={"even_so": True}) for who in "abcdef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [scoring.number for scoring in council.scorings("behaviour")] == [7, 6, 5, 4, 3, 2, 1]


def test_migrations_end_in_the_tables_the_code_knows(address: tuple[Path, str | None], council: Council) -> None:
    save(council)
    engine = sa.create_engine(address[1] or f"sqlite:///{address[0] / 'council.db'}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_a_database_of_a_later_version_is_left_alone(address: tuple[Path, str | None], council: Council) -> None:
    save(council)
    engine = sa.create_engine(address[1] or f"sqlite:///{address[0] / 'council.db'}")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    later = Council(*address)
    with pytest.raises(CouncilError, match="written by a later version of segmodel"):
        later.scorings("behaviour")
    later.close()


def test_a_server_out_of_reach_is_said_without_the_password(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://council:hush-hush@127.0.0.1:{free_port()}/council"
    council = Council(tmp_path, url)
    for attempt in (lambda: council.scorings("behaviour"), lambda: save(council)):
        with pytest.raises(CouncilError, match=r"database \(postgresql\) cannot be read") as found:
            attempt()
        assert "hush" not in str(found.value)
        assert "SEGMODEL_COUNCIL_URL" in str(found.value)


def test_an_address_that_is_none_is_refused_without_repeating_it(tmp_path: Path) -> None:
    with pytest.raises(CouncilError, match="SEGMODEL_COUNCIL_URL is no SQLAlchemy URL") as found:
        Council(tmp_path, "hush-hush")
    assert "hush" not in str(found.value)


def test_the_address_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere.db"
    monkeypatch.setenv("SEGMODEL_COUNCIL_URL", f"sqlite:///{elsewhere}")
    council = Council(tmp_path)
    save(council)
    council.close()
    assert elsewhere.is_file()
    assert not (tmp_path / "council.db").exists()


def test_a_damaged_file_is_said_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "council.db").write_bytes(b"no database at all, but long enough to be read as a header" * 40)
    before = (tmp_path / "council.db").read_bytes()
    council = Council(tmp_path)
    with pytest.raises(CouncilError, match=r"Council.db cannot be read: file is not a database"):
        council.scorings("behaviour")
    assert (tmp_path / "council.db").read_bytes() == before


def test_a_file_that_somebody_else_holds_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segmodel.council.database.BUSY_SECONDS", 0.1)
    council = Council(tmp_path)
    save(council)
    holder = sqlite3.connect(tmp_path / "council.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert len(council.scorings("behaviour")) == 1
    with pytest.raises(CouncilError, match="cannot be written: database is locked"):
        save(council, based_on=1)
    holder.execute("ROLLBACK")
    holder.close()
    assert save(council, based_on=1).number == 2
    council.close()
