from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy

from segmodel.council.database import ADDRESS
from segmodel.definition import FILE_NAME


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ADDRESS, raising=False)


@pytest.fixture
def empty_database(postgres_url: str) -> Iterator[str]:
    """Address of a PostgreSQL database of the test's own."""
    server = sqlalchemy.create_engine(postgres_url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
    with server.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS council")
        connection.exec_driver_sql("CREATE DATABASE council")
    yield postgres_url.removesuffix("postgres") + "council"
    with server.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE council WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose council record, not made yet, is in SQLite and then in PostgreSQL."""
    if request.param == "postgresql":
        monkeypatch.setenv(ADDRESS, request.getfixturevalue("empty_database"))
    made = tmp_path / "shop"
    made.mkdir()
    (made / FILE_NAME).write_text('name = "Corner shop"\n')
    return made
