from __future__ import annotations

import threading
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmodel.definition import EngineSettings
from segmodel.engines import SCRATCH, Engine, identifier, literal
from segmodel.errors import EngineError, SegmodelError, StoreError

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=30)


def test_rows_values_and_frames_of_a_query() -> None:
    with Engine.open(None) as engine:
        sql = "SELECT * FROM (VALUES (1, 'a'), (2, NULL)) AS given(number, word) WHERE number >= $least ORDER BY number"
        assert engine.rows(sql, {"least": 1}) == [(1, "a"), (2, None)]
        assert engine.value(sql, {"least": 2}) == 2
        assert engine.value(sql, {"least": 3}) is None
        assert engine.frame(sql, {"least": 1})["number"].to_list() == [1, 2]


def test_tables_and_columns_are_listed_in_order() -> None:
    with Engine.open(None) as engine:
        engine.execute('CREATE TABLE b (z INTEGER, "odd ""name" DECIMAL(18,4))')
        engine.execute("CREATE TABLE a (x DATE)")
        assert engine.tables() == ("a", "b")
        assert engine.columns("b") == {"z": "INTEGER", 'odd "name': "DECIMAL(18,4)"}


@settings(deadline=None, max_examples=50)
@given(TEXTS)
def test_any_name_and_any_text_can_be_quoted(text: str) -> None:
    with Engine.open(None, EngineSettings(threads=1)) as engine:
        name = f"x{text}"  # names that differ in case only are one to SQL: one column is enough here
        engine.execute(f"CREATE TABLE made AS SELECT {literal(text)} AS {identifier(name)}")
        assert list(engine.columns("made")) == [name]
        assert (
            engine.value(f"SELECT {identifier(name)} FROM made WHERE {identifier(name)} = $text", {"text": text})
            == text
        )


def test_a_loaded_frame_is_a_table_until_the_end_of_the_block() -> None:
    frame = pd.DataFrame({"customer_id": ["a", "b"], "value": [1.5, None]})
    with Engine.open(None) as engine:
        with engine.loaded("odd; name", frame):
            assert engine.rows(f"SELECT * FROM {identifier('odd; name')}") == [("a", 1.5), ("b", None)]
        assert engine.tables() == ()


def test_a_failed_transaction_leaves_nothing() -> None:
    with Engine.open(None) as engine:
        engine.execute("CREATE TABLE kept (x INTEGER)")

        def insert_and_fail() -> None:
            with engine.transaction() as cursor:
                cursor.execute("INSERT INTO kept VALUES (1)")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            insert_and_fail()
        assert engine.value("SELECT count(*) FROM kept") == 0
        with engine.transaction() as cursor:
            cursor.execute("INSERT INTO kept VALUES (1)")
        assert engine.value("SELECT count(*) FROM kept") == 1


def test_threads_may_share_an_engine() -> None:
    wrong: list[int] = []
    with Engine.open(None) as engine:
        engine.execute("CREATE TABLE numbers AS SELECT range AS n FROM range(1000)")

        def ask(most: int) -> None:
            sql = "SELECT sum(n)::BIGINT FROM numbers WHERE n < $most"
            answers = [engine.value(sql, {"most": most}) for _ in range(25)]
            wrong.extend(answer for answer in answers if answer != most * (most - 1) // 2)

        threads = [threading.Thread(target=ask, args=(most,)) for most in range(100, 900, 100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_a_wrong_query_is_one_sentence_of_ours() -> None:
    with (
        Engine.open(None) as engine,
        pytest.raises(EngineError, match=r"^The engine refused a query: .*no_such_table.*[.!?]$"),
    ):
        engine.execute("SELECT * FROM no_such_table")


def test_too_little_memory_names_the_setting_to_raise(tmp_path: Path) -> None:
    settings = EngineSettings(memory_limit="20MB", threads=1)
    with Engine.open(None, settings, None) as engine:
        engine.execute("SET temp_directory = ''")
        with pytest.raises(EngineError, match="memory_limit under"):
            engine.execute("CREATE TABLE big AS SELECT range AS n, md5(range::VARCHAR) AS text FROM range(3_000_000)")


def test_settings_are_those_of_the_definition(tmp_path: Path) -> None:
    with Engine.open(
        tmp_path / "x.duckdb", EngineSettings(memory_limit="300MB", threads=3), tmp_path / "spill"
    ) as engine:
        settings = dict(engine.rows("SELECT name, value FROM duckdb_settings()"))
    assert settings["threads"] == "3"
    assert settings["memory_limit"].startswith("286.1")  # DuckDB tells MB in MiB
    assert settings["temp_directory"] == str(tmp_path / "spill")
    assert settings["TimeZone"] in {"UTC", "Etc/UTC"}
    assert settings["autoinstall_known_extensions"] == "false"


def test_memory_follows_the_threads_where_no_limit_is_stated(tmp_path: Path) -> None:
    with Engine.open(None, EngineSettings(threads=2)) as two, Engine.open(None, EngineSettings(threads=5)) as five:
        limits = [engine.value("SELECT current_setting('memory_limit')") for engine in (two, five)]
    assert limits == ["1.0 GiB", "2.5 GiB"]  # 1100 and 2750 million bytes


def test_scratch_tables_are_found_by_name_and_not_published(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    with Engine.open(path) as engine:
        engine.execute(f"CREATE TABLE {SCRATCH}.passing AS SELECT 7 AS number")
        engine.execute("CREATE TABLE lasting AS SELECT number + 1 AS number FROM passing")
        assert (engine.tables(), engine.columns("passing")) == (("lasting", "passing"), {"number": "INTEGER"})
    with Engine.open(path, read_only=True) as engine:
        assert (engine.tables(), engine.value("SELECT number FROM lasting")) == (("lasting",), 8)


@pytest.mark.parametrize("content", [b"", b"not a database" * 500], ids=["empty", "text"])
def test_a_file_that_is_no_database_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.duckdb"
    path.write_bytes(content)
    with pytest.raises((StoreError, EngineError), match=r"odd\.duckdb"):
        Engine.open(path, read_only=True)


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    with Engine.open(path) as engine:
        engine.execute("CREATE TABLE kept AS SELECT 1 AS x")
    with Engine.open(path, read_only=True) as first, Engine.open(path, read_only=True) as second:
        assert first.value("SELECT x FROM kept") == second.value("SELECT x FROM kept") == 1
        with pytest.raises(SegmodelError):
            first.execute("DROP TABLE kept")
