"""Fixtures shared by all tests, and how tests are spread over processes."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.support.browser import chromium, new_page, sample_app
from tests.support.postgres import find_server_programs, postgres_server
from tests.support.real_data import REPOSITORY

__all__ = ["chromium", "new_page", "sample_app"]  # fixtures defined elsewhere


BROWSER = ("tests/browser/", "tests/support/test_browser.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests of the browser, and begin with them and with what is slowest beside them.

    They share a Chromium and a served dashboard, so one process runs them all, for longer than any other part.
    """
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            assert item.nodeid.startswith(BROWSER), f"{item.nodeid} asks for Chromium outside of {BROWSER}"
            item.add_marker(pytest.mark.browser)
    # the sample is built for the first test of the browser; what is begun beside it does not have to wait for it
    slow = (*BROWSER, "tests/acceptance/test_kills.py", "tests/acceptance/test_reference", "tests/acceptance/")
    items.sort(key=lambda item: next((n for n, part in enumerate(slow) if item.nodeid.startswith(part)), len(slow)))


class ByFile(LoadScopeScheduling):
    """Send a file's tests to one process, and all tests of the browser to one; in the order they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith(BROWSER) else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Spread tests over processes."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """SQLAlchemy URL of a running, empty PostgreSQL server; skips where none is installed."""
    programs = find_server_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (Debian's package is called postgresql)")
    with postgres_server(programs) as url:
        yield url


@pytest.fixture(scope="session")
def built_sample(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Folder of the built sample workspace, made once a test run: read it, never write to it."""
    from segmodel.workspace import Workspace

    shared = tmp_path_factory.getbasetemp()
    if worker_id != "master":  # xdist gives each process a folder of its own below the run's
        shared = shared.parent
    folder = shared / "built-sample"
    with (shared / "built-sample.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released when the file is closed
        if not folder.exists():
            being_built = shared / "sample-being-built"
            shutil.rmtree(being_built, ignore_errors=True)
            ignored = shutil.ignore_patterns("store", "models", "truth", "__pycache__", "*.py", "council.db*")
            shutil.copytree(REPOSITORY / "data" / "sample", being_built, ignore=ignored)
            Workspace(being_built).build()
            being_built.rename(folder)
    return folder
