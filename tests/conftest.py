"""Fixtures shared by all tests, and how tests are spread over processes."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browser import chromium, new_page, sample_app
from tests.support.postgres import find_server_programs, postgres_server
from tests.support.real_data import REPOSITORY

__all__ = ["chromium", "new_page", "sample_app"]  # fixtures defined elsewhere


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their folder, and keep in one process what shares something slow to start.

    Browser tests share a Chromium and a served dashboard; the tests of one acceptance file share a build.
    """
    for item in items:
        if not item.path.is_relative_to(REPOSITORY / "tests"):
            continue
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
        elif "postgres_url" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("postgres"))
        elif item.path.is_relative_to(REPOSITORY / "tests" / "acceptance"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


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
