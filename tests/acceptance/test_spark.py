"""A build by Apache Spark says what one by DuckDB says; one that loses an executor finishes or publishes nothing."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest

from segmodel.errors import SegmodelError
from segmodel.sources import guess_definition
from segmodel.workspace import Workspace
from tests.support.builds import assert_alike, everything
from tests.support.real_data import real_data
from tests.support.workspaces import make_transactions, write_workspace

pytestmark = pytest.mark.skipif(
    find_spec("pyspark") is None or shutil.which("java") is None,
    reason="Spark is not installed: it takes Java 17 and the extra 'spark'",
)

NINE_DIGITS = 1e-9
ON_THIS_MACHINE = 'engine = { name = "spark", master = "local[2]" }\n'
IN_PROCESSES = 'engine = { name = "spark", master = "local-cluster[2,1,2048]" }\n'
"""Two executors, each a process of its own with one core and 2 GB."""


def with_engine(folder: Path, to: Path, engine: str) -> Path:
    """Copy a workspace without what was built, to be built by another engine."""
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("store", "models"))
    definition = to / "segmentation.toml"
    definition.write_text(engine + definition.read_text(encoding="utf-8"), encoding="utf-8")
    return to


def assert_same_build(one: Path, other: Path) -> None:
    assert_alike(everything(one), everything(other), NINE_DIGITS)


def test_sample_says_the_same_in_every_table(built_sample: Path, tmp_path: Path) -> None:
    folder = with_engine(built_sample, tmp_path / "sample", ON_THIS_MACHINE)
    Workspace(folder).build()
    assert_same_build(built_sample, folder)
    (build,) = (folder / "store").glob("*.duckdb")
    apart = {path.name for path in build.with_suffix(".tables").iterdir()}
    assert apart == {"assignments", "customer_features", "campaigns", "memberships"}
    # what names a customer is not published, and nothing is left lying about
    assert {path.name for path in (folder / "store").iterdir() if not path.name.startswith(build.stem)} <= {
        "current", "lock", "models.lock", "rows",
    }  # fmt: skip


@pytest.mark.real_data
def test_online_retail_says_the_same_in_every_table(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    text = guess_definition(real_data("online_retail/lines.csv.gz"), "Online Retail", plain)
    (plain / "segmentation.toml").write_text(text, encoding="utf-8")
    folder = with_engine(plain, tmp_path / "spark", ON_THIS_MACHINE)
    for each in (plain, folder):
        Workspace(each).build()
    assert_same_build(plain, folder)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    folder = write_workspace(
        tmp_path / "shop", make_transactions(customers=60, rich=True), settings="history_months = 6"
    )
    Workspace(folder).build()
    return folder


def test_executors_in_processes_of_their_own_say_the_same(plain: Path, tmp_path: Path) -> None:
    folder = with_engine(plain, tmp_path / "cluster", IN_PROCESSES)
    Workspace(folder).build()
    assert_same_build(plain, folder)


@pytest.mark.parametrize("after", [0.0, 3.0, 6.0])
def test_a_lost_executor_costs_time_or_the_build_but_publishes_no_half(
    plain: Path, tmp_path: Path, after: float
) -> None:
    folder = with_engine(plain, tmp_path / "cluster", IN_PROCESSES)
    with killer_of_an_executor(after) as killed:
        try:
            Workspace(folder).build()
        except SegmodelError:
            assert Workspace(folder).current() is None
            assert not list((folder / "store").glob("*.tables"))
    assert killed, "no executor was there to be killed: this tested nothing"
    if Workspace(folder).current() is None:
        Workspace(folder).build()
    assert_same_build(plain, folder)


def test_a_driver_that_is_lost_leaves_the_published_build(plain: Path, tmp_path: Path) -> None:
    folder = with_engine(plain, tmp_path / "driver", ON_THIS_MACHINE)
    Workspace(folder).build()
    first = Workspace(folder).current()
    expected = everything(folder)

    def lose(text: str, _: float) -> None:
        if text.startswith("Segmenting"):
            for process in children("org.apache.spark.deploy.SparkSubmit"):
                os.kill(process, signal.SIGKILL)

    with pytest.raises(SegmodelError, match="Spark"):
        Workspace(folder).build(progress=lose)
    assert Workspace(folder).current() == first
    assert_alike(expected, everything(folder), 0.0)
    assert not [path for path in (folder / "store").iterdir() if path.name.startswith(".building")]


def test_refresh_says_why_it_made_everything_anew(plain: Path, tmp_path: Path) -> None:
    folder = with_engine(plain, tmp_path / "refreshed", ON_THIS_MACHINE)
    Workspace(folder).build()
    assert not Workspace(folder).refresh().is_new
    data = folder / "transactions.csv"
    pd.read_csv(data).iloc[:-1].to_csv(data, index=False)
    report = Workspace(folder).refresh()
    assert report.why_whole == "With Spark, every build computes everything."


@contextlib.contextmanager
def killer_of_an_executor(after: float) -> Iterator[list[int]]:
    """Kill one executor process so many seconds after the first was seen."""
    killed: list[int] = []
    done = threading.Event()

    def hunt() -> None:
        seen = 0.0
        while not done.is_set():
            found = children("CoarseGrainedExecutorBackend")
            seen = seen or (time.monotonic() if found else 0.0)
            if found and time.monotonic() - seen >= after:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(found[0], signal.SIGKILL)
                    killed.append(found[0])
                    return
            time.sleep(0.05)

    thread = threading.Thread(target=hunt)
    thread.start()
    try:
        yield killed
    finally:
        done.set()
        thread.join()


def children(word: str) -> list[int]:
    """Return the ids of processes below this one whose command has a word."""
    commands, parents = {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):  # it may end while it is looked at
                commands[int(folder.name)] = (folder / "cmdline").read_bytes().decode(errors="replace")
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])

    def is_ours(pid: int) -> bool:
        while pid in parents and pid != os.getpid():
            pid = parents[pid]
        return pid == os.getpid()

    return [pid for pid, command in commands.items() if word in command and is_ours(pid)]
