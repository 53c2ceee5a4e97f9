"""A build killed at any moment leaves the published one serving, and nothing behind once the next one is done."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmodel.errors import SegmodelError
from segmodel.workspace import Workspace
from tests.support.builds import assert_identical, everything
from tests.support.workspaces import make_transactions, write_workspace

KILLS = 50
KILLS_OF_A_REFRESH = 4
KILLS_OF_DECISIONS = 5
# a clean process that has imported the product and started no thread, to fork from: a build a second, not five
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["segmodel.workspace"])


def build(folder: Path) -> None:
    Workspace(folder).build()


def refresh(folder: Path) -> None:
    Workspace(folder).refresh()


def published_metrics(folder: Path) -> tuple[str, pd.DataFrame]:
    """Return the id of the published build and all it says of both segmentations."""
    with Workspace(folder).open() as published:
        names = published.segmentations()["name"]
        metrics = pd.concat([published.segment_metrics(name) for name in names], ignore_index=True)
        return published.build_id, metrics


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = write_workspace(
        tmp_path / "shop", make_transactions(customers=30, rich=False), settings="history_months = 6"
    )
    Workspace(made).build()
    return made


def test_fifty_kills_leave_a_published_build_that_says_the_same(folder: Path) -> None:
    random = np.random.default_rng(20260630)
    first, expected = published_metrics(folder)
    killed = attempts = 0
    typical = 0.0  # seconds a build takes just now: the machine may be busy with something else
    while killed < KILLS:
        attempts += 1
        assert attempts <= 4 * KILLS, "builds are done before they can be killed: this tests little"
        if attempts % 2:
            shutil.rmtree(folder / "models", ignore_errors=True)  # so that this build fits, and writes its models
        process = PROCESSES.Process(target=build, args=(folder,))
        started = time.perf_counter()
        process.start()
        process.join(random.uniform(0, typical) if typical else None)
        if process.is_alive():
            os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        if process.exitcode == -signal.SIGKILL:
            killed += 1
            typical *= 1.05
        else:
            assert process.exitcode == 0
            typical = time.perf_counter() - started
        build_id, found = published_metrics(folder)
        pd.testing.assert_frame_equal(found, expected)

    Workspace(folder).build()
    last, found = published_metrics(folder)
    pd.testing.assert_frame_equal(found, expected)
    assert last not in {first, build_id}
    stray = [path.name for path in (folder / "store").iterdir() if path.suffix != ".duckdb"]
    assert sorted(stray) == ["current", "lock", "models.lock", "rows"]
    models = sorted(
        str(path.relative_to(folder / "models")) for path in (folder / "models").rglob("*") if path.is_file()
    )
    assert models == ["behaviour/log.jsonl", "behaviour/v001.json", "value/log.jsonl", "value/v001.json"]
    assert {path.name for path in folder.iterdir()} == {"models", "segmentation.toml", "store", "transactions.csv"}


def test_kills_of_a_refresh_lose_nothing_and_double_nothing(folder: Path) -> None:
    lines = folder / "transactions.csv"
    whole = lines.read_text(encoding="utf-8")
    dates = pd.read_csv(lines)["ordered_at"]
    header, *rows = whole.splitlines(keepends=True)
    known = header + "".join(row for row, date in zip(rows, dates, strict=True) if date < "2026-03-05")
    lines.write_text(known, encoding="utf-8")
    definition = folder / "segmentation.toml"  # the build to go back to is not to be dropped on the way
    definition.write_text("keep_builds = 100\n" + definition.read_text(encoding="utf-8"), encoding="utf-8")
    Workspace(folder).build()
    first, before = published_metrics(folder)
    lines.write_text(whole, encoding="utf-8")
    random = np.random.default_rng(20260331)
    killed = attempts = 0
    typical = 0.0
    while killed < KILLS_OF_A_REFRESH:
        attempts += 1
        assert attempts <= 4 * KILLS_OF_A_REFRESH, "refreshes are done before they can be killed: this tests little"
        process = PROCESSES.Process(target=refresh, args=(folder,))
        started = time.perf_counter()
        process.start()
        process.join(random.uniform(0, typical) if typical else None)
        if process.is_alive():
            os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        killed += process.exitcode == -signal.SIGKILL
        build_id, found = published_metrics(folder)
        if build_id == first:
            typical *= 1.05
            pd.testing.assert_frame_equal(found, before)
        else:  # published, whether or not it was killed afterwards
            typical = typical or time.perf_counter() - started
            Workspace(folder).rollback(first)

    report = Workspace(folder).refresh()
    assert report.is_new
    assert report.why_whole == ""
    assert report.taken_over
    assert report.news.added == len(rows) - known.count("\n") + 1
    found_now = everything(folder)
    Workspace(folder).build()
    assert_identical(found_now, everything(folder))
    stray = [path.name for path in (folder / "store").iterdir() if path.suffix != ".duckdb"]
    assert sorted(stray) == ["current", "lock", "models.lock", "rows"]
    kept = sorted(path.name for path in (folder / "store" / "rows").iterdir())
    assert all(name.endswith(".parquet") for name in kept)
    assert len(kept) <= 2


def decide(folder: Path, seed: int) -> None:
    """Propose, promote and go back, over and over."""
    random = np.random.default_rng(seed)
    workspace = Workspace(folder)
    while True:
        for act in (
            lambda: workspace.propose("behaviour", int(random.integers(2, 20)), "Ana", "another"),
            lambda: workspace.promote("behaviour", None, "Ana", "better"),
            lambda: workspace.go_back("behaviour", "Ana", "worse"),
        ):
            with contextlib.suppress(SegmodelError):  # such a version may be there, or in use, already
                act()


def test_kills_while_versions_change_leave_one_in_use_and_every_step_whole(folder: Path) -> None:
    first, _ = published_metrics(folder)
    random = np.random.default_rng(7)
    steps = Workspace(folder).steps("behaviour")
    for attempt in range(KILLS_OF_DECISIONS):
        process = PROCESSES.Process(target=decide, args=(folder, attempt))
        process.start()
        while len(Workspace(folder).steps("behaviour")) == len(steps):  # so that something was decided each time
            process.join(0.01)
            assert process.is_alive()
        process.join(random.uniform(0, 0.5))
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        before, steps = steps, Workspace(folder).steps("behaviour")
        assert steps[: len(before)] == before
        champion = Workspace(folder).models.champion("behaviour")
        assert champion is not None
        Workspace(folder).models.load("behaviour", champion.version)
    assert published_metrics(folder)[0] == first
    assert Workspace(folder).build().fitted_anew == {}
