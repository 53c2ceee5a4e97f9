"""The PostgreSQL server for tests is a real one, on loopback only, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.support.ports import is_open
from tests.support.postgres import find_server_programs, postgres_server


def test_server_answers_in_sql(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE visits (customer_id TEXT, amount NUMERIC(18, 4))"))
        connection.execute(text("INSERT INTO visits VALUES ('Zoë', 2.5), ('Zoë', -1.25)"))
        found = connection.execute(text("SELECT customer_id, SUM(amount) FROM visits GROUP BY 1")).one()
        addresses = connection.execute(text("SHOW listen_addresses")).scalar_one()
    engine.dispose()
    assert (found[0], float(found[1])) == ("Zoë", 1.25)
    assert addresses == "127.0.0.1"


def test_server_stops_and_removes_its_data() -> None:
    programs = find_server_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed")
    with postgres_server(programs) as url:
        port = make_url(url).port
        assert port is not None
        engine = create_engine(url)
        with engine.connect() as connection:
            folder = Path(connection.execute(text("SHOW data_directory")).scalar_one())
        engine.dispose()
        assert is_open(port)
        assert folder.exists()
    assert not is_open(port)
    assert not folder.parent.exists()
