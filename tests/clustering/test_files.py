from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from segmodel.clustering import ModelFiles, Step, in_use
from segmodel.errors import ScorecardError, StoreError
from segmodel.store import locked
from tests.clustering.test_identity import model

AT = dt.datetime(2026, 6, 30, 10, 15, 2, tzinfo=dt.UTC)


@pytest.fixture
def files(tmp_path: Path) -> ModelFiles:
    return ModelFiles(tmp_path / "models", lock=tmp_path / "store" / "models.lock")


def step(action: str, version: str, why: str = "") -> Step:
    return Step(action, version, "Ana", why, AT)  # type: ignore[arg-type]


def test_versions_are_kept_as_they_are_and_every_step_with_them(files: ModelFiles) -> None:
    first, second = model(3), model(2, version="v002")
    assert files.next_version("behaviour") == "v001"
    assert files.champion("behaviour") is None
    with files.changing():
        files.save(first, step("fitted", "v001", "no model yet"))
        files.save(second, step("proposed", "v002", "fewer: “plain” words\nare enough"))
    assert files.versions("behaviour") == ("v001", "v002")
    assert files.load("behaviour", "v001") == first
    assert files.champion("behaviour") == step("fitted", "v001", "no model yet")
    assert files.ids("behaviour") == {"s1", "s2", "s3"}
    lines = (files.folder / "behaviour" / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["at"] for line in lines] == ["2026-06-30T10:15:02Z"] * 2
    assert files.steps("behaviour")[1].why == "fewer: “plain” words\nare enough"


def test_a_version_is_never_written_twice(files: ModelFiles) -> None:
    with files.changing():
        files.save(model(3), step("fitted", "v001"))
        with pytest.raises(ScorecardError, match="Somebody else saved version v001"):
            files.save(replace(model(2), seed=1), step("proposed", "v001"))
    assert files.load("behaviour", "v001") == model(3)
    assert len(files.steps("behaviour")) == 1


def test_the_name_of_a_version_that_was_deleted_is_not_used_again(files: ModelFiles) -> None:
    with files.changing():
        files.save(model(3), step("fitted", "v001"))
        files.save(model(2, version="v002"), step("proposed", "v002"))
    (files.folder / "behaviour" / "v002.json").unlink()
    assert files.next_version("behaviour") == "v003"


@pytest.mark.parametrize("version", ["v009", "../v001", "v1", ""])
def test_a_version_that_is_not_there_is_told(files: ModelFiles, version: str) -> None:
    with files.changing():
        files.save(model(3), step("fitted", "v001"))
    with pytest.raises(ScorecardError, match=r"There is no version .* of behaviour; there: v001"):
        files.load("behaviour", version)


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "[]",
        "{}",
        '{"action": "fitted", "version": "v001"}',
        step("fitted", "v001").to_line().replace("fitted", "blessed").strip(),
        step("fitted", "v001").to_line().replace("v001", "../x").strip(),
        step("fitted", "v001").to_line().replace("2026-06", "June").strip(),
    ],
)
def test_a_damaged_log_is_told_by_file_and_line(files: ModelFiles, line: str) -> None:
    with files.changing():
        files.save(model(3), step("fitted", "v001"))
    log = files.folder / "behaviour" / "log.jsonl"
    log.write_text(log.read_text() + line + "\n")
    with pytest.raises(ScorecardError, match=r"'models/behaviour/log\.jsonl': Line 2 is damaged"):
        files.champion("behaviour")


def test_many_at_once_lose_no_step(files: ModelFiles) -> None:
    def record(number: int) -> None:
        with files.changing():
            version = files.next_version("behaviour")
            files.save(model(2, version=version), step("proposed", version, str(number)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(record, range(12)))
    assert files.versions("behaviour") == tuple(f"v{number:03d}" for number in range(1, 13))
    assert sorted(int(step.why) for step in files.steps("behaviour")) == list(range(12))


def test_what_a_killed_writer_left_is_gone_after_the_next(files: ModelFiles) -> None:
    left = files.folder / "behaviour" / ".v001.json.new"
    left.parent.mkdir(parents=True)
    left.write_text('{"half": ')
    with files.changing():
        files.save(model(3), step("fitted", "v001"))
    assert sorted(path.name for path in left.parent.iterdir()) == ["log.jsonl", "v001.json"]


def test_a_held_lock_says_who_holds_it(tmp_path: Path) -> None:
    with (
        locked(tmp_path / "lock", "Somebody is at it"),
        pytest.raises(StoreError, match=r"Somebody is at it: .* on .*, process \d+, since .* UTC\. Wait"),
        locked(tmp_path / "lock", "Somebody is at it"),
    ):
        pass
    with locked(tmp_path / "lock", "Somebody is at it"):
        pass


def test_going_back_undoes_the_latest_change_each_time() -> None:
    steps = [step("fitted", "v001"), step("proposed", "v002"), step("promoted", "v002"), step("promoted", "v003")]
    assert [each.version for each in in_use(steps)] == ["v001", "v002", "v003"]
    steps.append(step("rolled back", "v002"))
    assert [each.version for each in in_use(steps)] == ["v001", "v002"]
    steps.append(step("rolled back", "v001"))
    assert [each.version for each in in_use(steps)] == ["v001"]
    steps.append(step("promoted", "v004"))
    assert [each.version for each in in_use(steps)] == ["v001", "v004"]
