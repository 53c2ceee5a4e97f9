from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy

from segmodel.council.database import ADDRESS
from segmodel.workspace import Workspace
from tests.activation.made import SECTION, build_shop, set_activation


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ADDRESS, raising=False)


@pytest.fixture(scope="session")
def made_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with contact data, built once: copy it, never write to it."""
    return build_shop(tmp_path_factory.mktemp("activation") / "shop")


@pytest.fixture
def shop(made_shop: Path, tmp_path: Path) -> Path:
    """A workspace of the test's own, built, that says who may be sent."""
    folder = tmp_path / "shop"
    shutil.copytree(made_shop, folder, symlinks=True)
    return folder


@pytest.fixture
def activate(shop: Path) -> Callable[[str], Workspace]:
    """Give the workspace of the test another [activation]."""

    def change(section: str = SECTION) -> Workspace:
        set_activation(shop, section)
        return Workspace(shop)

    return change


@pytest.fixture
def empty_database(postgres_url: str) -> Iterator[str]:
    """Address of a PostgreSQL database of the test's own."""
    server = sqlalchemy.create_engine(postgres_url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
    with server.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS crm WITH (FORCE)")
        connection.exec_driver_sql("CREATE DATABASE crm")
    yield postgres_url.removesuffix("postgres") + "crm"
    with server.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE crm WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database of somebody else's: a SQLite file, and then a PostgreSQL server."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("empty_database"))
    return f"sqlite:///{tmp_path / 'crm.db'}"
