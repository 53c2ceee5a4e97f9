from __future__ import annotations

import pytest

from segmodel.sources import TABLES, Column, Table
from segmodel.sources.contracts import SQL_TYPES

EVERY = [(table, column) for table in TABLES.values() for column in table.columns]


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_tables_say_what_they_are_and_what_they_unlock(table: Table) -> None:
    assert table.description.endswith(".")
    assert table.unlocks
    assert any(column.required for column in table.columns)
    assert set(table.key) <= set(table.column_names)
    assert len(set(table.column_names)) == len(table.columns)


@pytest.mark.parametrize(("table", "column"), EVERY, ids=lambda part: part.name)
def test_columns_are_described_and_their_aliases_are_folded(table: Table, column: Column) -> None:
    assert column.description.endswith(".")
    assert column.kind in SQL_TYPES
    assert all(alias.isalnum() and alias == alias.casefold() for alias in column.aliases)
    assert len(set(column.aliases)) == len(column.aliases)
