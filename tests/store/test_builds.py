from __future__ import annotations

import errno
import fcntl
import multiprocessing
import os
import subprocess
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from segmodel.definition import EngineSettings
from segmodel.engines import Engine
from segmodel.errors import EngineError, StoreError
from segmodel.store import Builds
from segmodel.store.describe import FORMAT

SETTINGS = EngineSettings(threads=1)


@pytest.fixture
def builds(tmp_path: Path) -> Builds:
    return Builds(tmp_path / "store")


def publish(builds: Builds, number: int = 1, keep: int = 5) -> str:
    """Publish a build that holds one number."""
    with builds.writing(SETTINGS, keep) as writing:
        fill(writing.engine, number)
    return writing.build_id


def fill(engine: Engine, number: int, made_as: int = FORMAT) -> None:
    engine.execute(
        "CREATE TABLE build AS SELECT DATE '2026-06-30' AS as_of, $number AS number, $format::INTEGER AS format",
        {"number": number, "format": made_as},
    )


def published(builds: Builds) -> int | None:
    """Return the number in the published build, or None when nothing is published."""
    build_id = builds.current()
    if build_id is None:
        return None
    with builds.open(build_id) as engine:
        return int(engine.value("SELECT number FROM build"))


def names(builds: Builds) -> set[str]:
    return {path.name for path in builds.folder.iterdir()}


def fail_inside(builds: Builds, error: type[BaseException] = ZeroDivisionError) -> None:
    with builds.writing(SETTINGS, 5) as writing:
        fill(writing.engine, 99)
        raise error


def test_a_build_is_published_at_the_end_and_not_before(builds: Builds) -> None:
    assert builds.current() is None
    assert builds.infos() == ()
    first = publish(builds, 1)
    with builds.writing(SETTINGS, 5) as writing:
        fill(writing.engine, 2)
        assert builds.current() == first
        assert published(builds) == 1
        assert [info.build_id for info in builds.infos()] == [first]
    assert builds.current() == writing.build_id
    assert published(builds) == 2
    assert names(builds) == {"current", "lock", f"{first}.duckdb", f"{writing.build_id}.duckdb"}


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, StoreError])
def test_a_failed_build_leaves_the_published_one_and_nothing_else(builds: Builds, error: type[BaseException]) -> None:
    publish(builds, 1)
    before = names(builds)
    with pytest.raises(error):
        fail_inside(builds, error)
    assert published(builds) == 1
    assert names(builds) == before
    assert publish(builds, 2) == builds.current()


def test_a_failure_at_the_last_moment_publishes_nothing(builds: Builds) -> None:
    publish(builds, 1)
    before = names(builds)

    def refuse() -> None:
        raise OSError(28, "No space left on device", "v001.json")

    with (
        pytest.raises(EngineError, match=r"^The store cannot be written: No space left on device: 'v001.json'\.$"),
        builds.writing(SETTINGS, 5, before_publishing=refuse) as writing,
    ):
        fill(writing.engine, 2)
    assert published(builds) == 1
    assert names(builds) == before


def test_a_failure_while_pointing_leaves_a_pointer_that_works(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    first = publish(builds, 1)

    def refuse(build_id: str) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(builds, "_point_to", refuse)
    with pytest.raises(EngineError, match="Input/output error"):
        publish(builds, 2)
    assert builds.current() == first
    assert [info.build_id for info in builds.infos()] == [first]
    monkeypatch.undo()
    point_to = builds._point_to

    def point_and_refuse(build_id: str) -> None:
        point_to(build_id)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(builds, "_point_to", point_and_refuse)
    with pytest.raises(EngineError, match="Input/output error"):
        publish(builds, 3)
    assert published(builds) == 3


def test_what_a_killed_build_left_is_gone_after_the_next(builds: Builds) -> None:
    publish(builds, 1)
    left = builds.folder / ".building-2026-01-01T000000Z"
    (left / "spill").mkdir(parents=True)
    (left / "build.duckdb").write_bytes(b"half")
    (builds.folder / ".current.new").write_text("2026-01-01T0000")
    assert published(builds) == 1
    publish(builds, 2)
    assert {name for name in names(builds) if not name.endswith(".duckdb")} == {"current", "lock"}


def test_the_newest_builds_are_kept(builds: Builds) -> None:
    made = [publish(builds, number, keep=3) for number in range(5)]
    assert [info.build_id for info in builds.infos()] == made[:1:-1]
    assert len(set(made)) == 5  # made within a second or two, and each has a name of its own


def test_the_published_build_is_kept_even_when_others_look_newer(
    builds: Builds, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(builds, 1)
    # the clock was set back
    monkeypatch.setattr(builds, "_new_id", lambda: "2001-01-01T000000Z")
    publish(builds, 2, keep=1)
    assert published(builds) == 2


def test_rollback_publishes_an_earlier_build_and_keeps_the_later(builds: Builds) -> None:
    first, second = publish(builds, 1), publish(builds, 2)
    builds.rollback(first)
    assert published(builds) == 1
    assert [(info.build_id, info.is_current) for info in builds.infos()] == [(second, False), (first, True)]


def test_rollback_to_what_is_not_there_or_damaged_changes_nothing(builds: Builds) -> None:
    first, second = publish(builds, 1), publish(builds, 2)
    with pytest.raises(StoreError, match=rf"There is no build '{first[:-2]}'; there: {first}, {second}\. Did you mean"):
        builds.rollback(first[:-2])
    with pytest.raises(StoreError, match="There is no build"):
        builds.rollback("../../etc/passwd")
    builds.path(first).write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match="damaged"):
        builds.rollback(first)
    assert published(builds) == 2


def test_rollback_to_a_build_of_another_version_changes_nothing(builds: Builds) -> None:
    with builds.writing(SETTINGS, 5) as writing:
        fill(writing.engine, 1, made_as=FORMAT - 1)
    publish(builds, 2)
    with pytest.raises(StoreError, match=f"{writing.build_id} was made by another version"):
        builds.rollback(writing.build_id)
    assert published(builds) == 2


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xff\xfe", b"2001-01-01T000000Z\n", b"../../secret"], ids=repr)
def test_a_damaged_pointer_is_told_with_what_is_there(builds: Builds, content: bytes) -> None:
    first = publish(builds, 1)
    (builds.folder / "current").write_bytes(content)
    with pytest.raises(StoreError, match=r"^'store/current'.*[Bb]uild again") as caught:
        builds.current()
    assert str(builds.folder.parent) not in str(caught.value)
    assert [(info.build_id, info.is_current) for info in builds.infos()] == [(first, False)]
    builds.rollback(first)
    assert published(builds) == 1


@pytest.mark.parametrize("damage", ["empty", "cut", "other", "header"])
def test_a_damaged_build_is_told_by_name_and_listed(builds: Builds, damage: str) -> None:
    build_id = publish(builds, 1)
    path = builds.path(build_id)
    content = path.read_bytes()
    changed = {
        "empty": b"",
        "cut": content[:2000],
        "other": b"not a database" * 1000,
        "header": content[:16] + b"\x00" * 4096 + content[4112:],
    }
    path.write_bytes(changed[damage])
    with pytest.raises(StoreError, match=rf"(?s){build_id}.*damaged") as caught:
        builds.open(build_id)
    assert str(builds.folder.parent) not in str(caught.value)
    (info,) = builds.infos()
    assert (info.build_id, info.as_of, info.is_current) == (build_id, None, True)


def test_a_build_damaged_inside_is_told_when_it_is_read(builds: Builds) -> None:
    with builds.writing(SETTINGS, 5) as writing:
        writing.engine.execute("CREATE TABLE build AS SELECT md5(range::VARCHAR) AS text FROM range(100000)")
    path = builds.path(writing.build_id)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 300_000] = os.urandom(300_000)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"), builds.open(writing.build_id) as engine:
        engine.value("SELECT max(text) FROM build")


def _hold_lock(folder: Path, pipe: Connection) -> None:
    with Builds(folder).writing(SETTINGS, 5) as writing:
        fill(writing.engine, 7)
        pipe.send(os.getpid())
        pipe.poll(None)  # until the other end is closed


@pytest.fixture
def another_build(builds: Builds) -> Iterator[Callable[[], int]]:
    """Start a build in another process, which goes on until the end of the test; returns its process id."""
    # spawned, not forked: this process has threads
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_hold_lock, args=(builds.folder, there))

    def start() -> int:
        process.start()
        there.close()  # so that a process that dies is told as the end of the pipe, not waited for
        return int(here.recv())

    yield start
    here.close()
    process.join()


def test_a_second_build_is_told_who_is_building(builds: Builds, another_build: Callable[[], int]) -> None:
    first = publish(builds, 1)
    holder = another_build()
    with pytest.raises(StoreError, match=rf"Another build is running: .+, process {holder}, since \d{{4}}-.*UTC"):
        publish(builds, 2)
    with pytest.raises(StoreError, match=f"process {holder}"):
        builds.rollback(first)
    assert published(builds) == 1
    assert len([name for name in names(builds) if name.startswith(".building")]) == 1


def test_a_killed_holder_does_not_hold_the_lock(builds: Builds, another_build: Callable[[], int]) -> None:
    publish(builds, 1)
    holder = another_build()
    os.kill(holder, 9)
    os.waitpid(holder, 0)
    assert published(builds) == 1
    assert publish(builds, 2)
    assert published(builds) == 2
    assert not [name for name in names(builds) if name.startswith(".")]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with room for 3 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("no small disk can be made here: mounting a tmpfs takes root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_is_told_and_leaves_the_published_build(small_disk: Path) -> None:
    builds = Builds(small_disk / "store")
    publish(builds, 1)
    before = names(builds)
    filler = "CREATE TABLE big AS SELECT md5(range::VARCHAR) AS a, md5(range::VARCHAR) AS b FROM range(100000)"

    def fill_disk() -> None:
        with builds.writing(SETTINGS, 5) as writing:
            writing.engine.execute(filler)

    with pytest.raises(EngineError, match=r"^The disk is full: .*Free some space"):
        fill_disk()
    assert published(builds) == 1
    assert names(builds) == before
    publish(builds, 2)
    assert published(builds) == 2


def test_a_store_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file where the folder should be")
    with pytest.raises(EngineError, match=r"The store cannot be written: File exists"):
        publish(Builds(tmp_path / "store"))


def test_a_drive_that_knows_no_locks_ends_in_a_sentence(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(EngineError, match="The store cannot be written: No locks available"):
        publish(builds)
    assert builds.current() is None
