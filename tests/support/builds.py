"""Published builds held against each other, table by table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from segmodel.workspace import Workspace


def everything(folder: Path) -> dict[str, pd.DataFrame]:
    """Return every table of the published build, rows in one order, without what tells when it was made."""
    with Workspace(folder).open() as published:
        tables = {
            name: published.engine.frame(f"SELECT * FROM {name} ORDER BY ALL") for name in published.engine.tables()
        }
    tables["build"] = tables["build"].drop(columns=["build_id", "built_at", "definition"])
    tables["reconciliation"] = tables["reconciliation"].drop(columns="modified_at")
    tables["source_ledger"] = tables["source_ledger"].drop(columns=["modified_ns", "changed_ns"])
    return tables


def assert_identical(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> None:
    """Fail unless two builds say the same in every row of every table."""
    assert one.keys() == other.keys()
    for name, table in one.items():
        pd.testing.assert_frame_equal(table, other[name], check_exact=True, obj=name)


def assert_alike(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame], tolerance: float) -> None:
    """Fail unless two builds say the same in every row of every table, measured numbers within a relative tolerance."""
    assert one.keys() == other.keys()
    for name, table in one.items():
        measured = list(table.select_dtypes("float").columns)
        # rows are told apart by what is not measured; of equals, the numbers decide
        order = [*(column for column in table if column not in measured), *measured]
        found = [each.sort_values(order, ignore_index=True) for each in (table, other[name])]
        pd.testing.assert_frame_equal(*found, check_exact=False, rtol=tolerance, atol=tolerance, obj=name)
