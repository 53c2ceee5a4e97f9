from __future__ import annotations

from pathlib import Path

import pytest

from segmodel.engines import read_catalogue


def test_header_and_sql_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "b.sql").write_text("-- label: Second: of two\n-- unit: days\n\n-- a remark\nmax(x)\n")
    (tmp_path / "a.sql").write_text("-- label: First\n-- unit: days\nmin(x) -- a remark\n")
    (tmp_path / "notes.txt").write_text("not a part of it")
    first, second = read_catalogue(tmp_path, required=("label",), optional=("unit", "needs"))
    assert (first.name, first.sql) == ("a", "min(x) -- a remark")
    assert second.header == {"label": "Second: of two", "unit": "days"}
    assert second.sql == "-- a remark\nmax(x)"
    assert (second.get("unit"), second.get("needs"), second.get("needs", "nothing")) == ("days", "", "nothing")


def test_missing_and_unknown_keys_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("-- labl: First\nmin(x)\n")
    with pytest.raises(ValueError, match=r"a\.sql: missing \['label'\], unknown \['labl'\]"):
        read_catalogue(tmp_path, required=("label",))
