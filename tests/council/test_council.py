from __future__ import annotations

import datetime as dt
import logging
import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from segmodel.council import Council, migrate
from segmodel.council.tables import Base
from segmodel.definition import FILE_NAME
from segmodel.errors import ConflictError, CouncilError
from tests.support.real_data import REPOSITORY

ADDRESS = "SEGMODEL_COUNCIL_URL"
CONTENT = '{"weights": {"growth": 30.0}, "notes": {"s1": {"brand": "“très bien” 咖啡 🙂"}}}'


def _workspace(folder: Path, name: str) -> Path:
    folder.mkdir()
    (folder / FILE_NAME).write_text(f'name = "{name}"\n')
    return folder


def _save(council: Council, based_on: int | None = None, **given: Any) -> Any:
    settings = {
        "segmentation": "behaviour",
        "name": "March meeting",
        "who": "Ana",
        "content": CONTENT,
        "evidence": "[]",
        "build_id": "b1",
        "model_version": "v001",
        "based_on": based_on,
    }
    return council.save_scoring(**{**settings, **given})


def _save_from_nothing(folder: Path) -> str:
    try:
        return f"saved {_save(Council(folder)).number}"
    except ConflictError as error:
        return f"told of {error.newest}"


def _save_even_so(folder: Path) -> int:
    number: int = _save(Council(folder), even_so=True).number
    return number


def _engine(folder: Path) -> sqlalchemy.Engine:
    """Another way into the same database than the council's own."""
    address = os.environ.get(ADDRESS) or f"sqlite:///{folder / 'council.db'}"
    return sqlalchemy.create_engine(address, poolclass=sqlalchemy.NullPool)


def test_what_is_saved_comes_back_for_whoever_opens_it(folder: Path) -> None:
    before = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    evidence = '{"holds": 0.93, "rows": [{"segment": "s1", "score": 6.25, "rank": null}]}'
    saved = _save(Council(folder), name="  March\n meeting ", build_id="b1", model_version="v002", evidence=evidence)
    (found,) = Council(folder).scorings("behaviour")
    assert found == saved
    assert (found.number, found.based_on, found.name, found.who) == (1, None, "March meeting", "Ana")
    assert (found.build_id, found.model_version) == ("b1", "v002")
    assert found.content == CONTENT
    assert found.evidence == evidence
    assert found.saved_at.utcoffset() == dt.timedelta(0)
    assert before <= found.saved_at <= dt.datetime.now(dt.UTC)


def test_saving_adds_a_version_and_leaves_the_others(folder: Path) -> None:
    council = Council(folder)
    first = _save(council)
    second = _save(council, 1, name="April meeting", who="Ben", content="{}")
    assert second.number == 2
    assert council.scorings("behaviour") == (second, first)
    assert council.scoring("behaviour", 1).content == CONTENT
    # each segmentation counts its own
    assert _save(council, segmentation="needs").number == 1
    assert council.scorings("value") == ()


def test_the_later_of_two_is_told_who_saved_what_and_may_save_even_so(folder: Path) -> None:
    ana, ben = Council(folder), Council(folder)
    _save(ana)
    _save(ana, 1, name="After lunch")
    with pytest.raises(
        ConflictError, match=r"Ana saved version 2, After lunch, on .* UTC; you began from version 1"
    ) as told:
        _save(ben, 1, who="Ben", name="Mine")
    assert told.value.newest == 2
    assert str(dt.datetime.now(dt.UTC).year) in str(told.value)
    assert len(ben.scorings("behaviour")) == 2
    kept = _save(ben, 1, who="Ben", name="Mine", even_so=True)
    assert (kept.number, kept.based_on) == (3, 1)
    assert [version.name for version in ana.scorings("behaviour")] == ["Mine", "After lunch", "March meeting"]


def test_somebody_who_started_from_nothing_is_told_too(folder: Path) -> None:
    _save(Council(folder))
    with pytest.raises(ConflictError, match="Ana saved version 1"):
        _save(Council(folder), who="Ben")


def test_of_many_processes_that_start_and_save_at_once_one_wins(folder: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        found = pool.map(_save_from_nothing, [folder] * 4, chunksize=1)
    assert sorted(found) == ["saved 1", *["told of 1"] * 3]
    assert len(Council(folder).scorings("behaviour")) == 1


def test_many_threads_saving_even_so_lose_nothing(folder: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(_save_even_so, [folder] * 24))
    assert sorted(numbers) == list(range(1, 25))
    assert [version.number for version in Council(folder).scorings("behaviour")] == list(range(24, 0, -1))


def test_database_itself_refuses_a_number_twice(folder: Path) -> None:
    _save(Council(folder))
    columns = "workspace, segmentation, number, name, who, saved_at, build_id, model_version, content, evidence"
    again = f"INSERT INTO priority_scorings ({columns}) SELECT {columns} FROM priority_scorings"
    with _engine(folder).begin() as connection, pytest.raises(sqlalchemy.exc.IntegrityError):
        connection.exec_driver_sql(again)


def test_migrations_make_the_tables_the_code_reads(folder: Path) -> None:
    _save(Council(folder))
    with _engine(folder).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one() == migrate._known()[0]


def test_record_of_a_later_version_is_left_alone(folder: Path) -> None:
    _save(Council(folder))
    with _engine(folder).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(CouncilError, match="later version of segmodel"):
        Council(folder).scorings("behaviour")
    with pytest.raises(CouncilError, match="later version of segmodel"):
        _save(Council(folder), 1)
    with _engine(folder).connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM priority_scorings").scalar_one() == 1


LATER = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{newest}"


def upgrade() -> None:
    op.add_column("priority_scorings", sa.Column("place", sa.Text, server_default="Leeds"))
"""


@pytest.mark.parametrize("first", ["read", "saved"])
def test_record_of_an_earlier_version_is_brought_along(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    saved = _save(Council(folder))
    later = tmp_path / "100% later"
    shutil.copytree(migrate.MIGRATIONS, later, ignore=shutil.ignore_patterns("__pycache__"))
    (later / "versions" / "next_place.py").write_text(LATER.replace("{newest}", migrate._known()[0]))
    monkeypatch.setattr(migrate, "MIGRATIONS", later)
    monkeypatch.setattr(migrate, "_known", migrate._known.__wrapped__)
    versions = [saved] if first == "read" else [_save(Council(folder), 1), saved]
    assert list(Council(folder).scorings("behaviour")) == versions
    with _engine(folder).connect() as connection:
        found = connection.exec_driver_sql("SELECT place FROM priority_scorings").scalars().all()
    assert found == ["Leeds"] * len(versions)


def test_reading_before_anything_was_saved_changes_nothing(folder: Path) -> None:
    assert Council(folder).scorings("behaviour") == ()
    with pytest.raises(CouncilError, match="none was saved yet"):
        Council(folder).scoring("behaviour", 1)
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]
    if ADDRESS in os.environ:
        assert sqlalchemy.inspect(_engine(folder)).get_table_names() == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": " \n"}, "no name for the scoring"),
        ({"who": ""}, "no name for whoever saves it"),
        ({"name": "x" * 201}, "201 characters"),
        ({"based_on": 7}, "version 7, which was never saved"),
        ({"based_on": 0}, "version 0, which was never saved"),
        ({"content": "\ud800"}, "cannot be written"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(tmp_path: Path, given: dict[str, Any], message: str) -> None:
    with pytest.raises(CouncilError, match=message):
        _save(Council(tmp_path), **given)
    assert Council(tmp_path).scorings("behaviour") == ()


def test_characters_that_databases_refuse_do_not_stop_anybody(folder: Path) -> None:
    saved = _save(Council(folder), name="March\x00\u202emeeting \ud800", who="A\x00na")
    assert (saved.name, saved.who) == ("March meeting", "A na")
    assert Council(folder).scorings("behaviour") == (saved,)


def test_numbers_that_do_not_exist_are_told_with_those_that_do(folder: Path) -> None:
    council = Council(folder)
    _save(council)
    with pytest.raises(CouncilError, match="no scoring 4 of behaviour; there is only 1"):
        council.scoring("behaviour", 4)
    _save(council, 1)
    with pytest.raises(CouncilError, match="there are 1 to 2"):
        council.scoring("behaviour", 4)


def test_workspaces_that_share_a_server_do_not_see_each_other(
    tmp_path: Path, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ADDRESS, empty_database)
    one, other = _workspace(tmp_path / "one", "Corner shop"), _workspace(tmp_path / "other", "Harbour Coffee")
    _save(Council(one))
    assert Council(other).scorings("behaviour") == ()
    assert _save(Council(other)).number == 1
    # moved to another folder or machine it is the same workspace
    assert len(Council(one.rename(tmp_path / "moved")).scorings("behaviour")) == 1
    # without a definition that can be read, the folder's name tells
    (tmp_path / "bare").mkdir()
    assert _save(Council(tmp_path / "bare")).number == 1


def test_file_of_a_workspace_stays_its_own_when_it_is_renamed(tmp_path: Path) -> None:
    folder = _workspace(tmp_path / "shop", "Corner shop")
    _save(Council(folder))
    (folder / FILE_NAME).write_text('name = "Harbour Coffee"')
    assert len(Council(folder).scorings("behaviour")) == 1


def test_readers_go_on_while_somebody_writes(tmp_path: Path) -> None:
    _save(Council(tmp_path))
    with sqlite3.connect(tmp_path / "council.db") as writer:
        assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE priority_scorings SET name = 'not yet'")
        assert Council(tmp_path).scorings("behaviour")[0].name == "March meeting"
        writer.rollback()
    writer.close()


def test_database_kept_busy_by_somebody_else_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segmodel.council.database.WAIT_SECONDS", 0.05)
    _save(Council(tmp_path))
    with sqlite3.connect(tmp_path / "council.db") as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(CouncilError, match="cannot be written: somebody else has been writing"):
            _save(Council(tmp_path), 1)
    writer.close()


def test_damaged_file_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "council.db").write_text("not a database at all" * 50)
    with pytest.raises(CouncilError, match="cannot be read: the file is damaged"):
        Council(tmp_path).scorings("behaviour")
    with pytest.raises(CouncilError, match="the file is damaged"):
        _save(Council(tmp_path))
    assert (tmp_path / "council.db").read_text() == "not a database at all" * 50


def test_folder_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    assert Council(tmp_path / "nowhere").scorings("behaviour") == ()
    with pytest.raises(CouncilError, match="its folder is not there"):
        _save(Council(tmp_path / "nowhere"))
    assert not (tmp_path / "nowhere").exists()


READ_ONLY = """
import os, sys, tempfile
from pathlib import Path
from segmodel.council import Council
from segmodel.errors import CouncilError

def save(folder):
    named = dict.fromkeys(["segmentation", "name", "who", "content", "evidence", "build_id", "model_version"], "a")
    Council(Path(folder)).save_scoring(**named, based_on=None)

with tempfile.TemporaryDirectory() as folder:
    save(folder)  # imports all it needs, which another account may not
    Council(Path(folder)).scorings("behaviour")
if os.geteuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
print(len(Council(Path(sys.argv[1])).scorings("behaviour")))
try:
    save(sys.argv[1])
except CouncilError as error:
    print(error)
"""


@pytest.mark.parametrize("saved", [0, 1])
def test_folder_that_may_not_be_written_is_read_and_saving_says_why(saved: int) -> None:
    # not pytest's own folder: that one is closed to the account without rights that root becomes here
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for _ in range(saved):
            _save(Council(folder))
            (folder / "council.db").chmod(0o444)
        folder.chmod(0o555)
        ended = subprocess.run(
            [sys.executable, "-c", READ_ONLY, folder], cwd=REPOSITORY, capture_output=True, text=True, check=True
        )
        folder.chmod(0o755)
    count, message = ended.stdout.splitlines()
    assert count == str(saved)
    assert message.startswith("The council's record (council.db) cannot be written: its folder or file may not be")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://olga:s3cr3t@127.0.0.1:1/council",
        "postgresql+psycopg://olga:p%40ss%2Fs3cr3t@127.0.0.1:1/council?application_name=s3cr3t",
        "postgresql+nonsense://olga:s3cr3t@127.0.0.1/council",
        "postgresql+psycopg://olga:s3cr3t@127.0.0.1:1/council?sslmode=s3cr3t",
        "mysql://olga:s3cr3t@127.0.0.1/council",
        "olga:s3cr3t",
        "postgresql+psycopg://olga:s3cr3t@127.0.0.1:s3cr3t/council",
        "sqlite://",
    ],
)
def test_address_that_cannot_be_used_is_told_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(ADDRESS, address)
    council = Council(tmp_path)
    for attempt in (lambda: council.scorings("behaviour"), lambda: _save(council)):
        with pytest.raises(CouncilError) as told:
            attempt()
        assert "council" in str(told.value).lower()
        assert str(told.value).endswith((".", "'"))
        assert "s3cr3t" not in f"{told.value}{caplog.text}{council.__dict__}"


def test_address_may_name_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ADDRESS, f"sqlite:///{tmp_path / 'shared.db'}")
    one = _workspace(tmp_path / "one", "Corner shop")
    _save(Council(one))
    assert (tmp_path / "shared.db").exists()
    assert Council(_workspace(tmp_path / "other", "Harbour Coffee")).scorings("behaviour") == ()
    assert len(Council(one).scorings("behaviour")) == 1


def test_migrations_are_shipped_with_the_package() -> None:
    from setuptools import find_namespace_packages

    packages = find_namespace_packages(str(REPOSITORY), include=["segmodel*", "app*"])
    assert {"segmodel.council.migrations", "segmodel.council.migrations.versions"} <= set(packages)
