"""Exact duplicates: rows that repeat an earlier row of the source in every value, mapped or not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segmodel.engines import Engine, identifier
from segmodel.sources.plan import FILE, ROW, RULE, FilePlan, Plan
from segmodel.sources.staging import SCHEMA

RULE_NAME = "exact_duplicate"

_AT_ONCE = 25_000_000
"""Rows whose 64-bit hashes are sorted together: 200 MB."""


def count_duplicates(engine: Engine, plan: Plan) -> list[int]:
    """Count the rows of each file that repeat an earlier row of the same source.

    Rows are compared by a 64-bit hash of all their values; among 20 million different rows the chance that
    any two share one is about one in a hundred thousand. When there is any, the repeated hashes are left in
    the scratch table `repeated`, for `mark_duplicates`.
    """
    rows = sum(file.raw.rows for file in plan.files)
    parts = rows // _AT_ONCE + 1
    found = [_repeated(engine, plan, part, parts) for part in range(parts)]
    counts = [0] * len(plan.files)
    extra = sum(count for _, count in found)
    if not extra:
        return counts
    with engine.loaded("_segmodel_repeated", pd.DataFrame({"hash": np.concatenate([hashes for hashes, _ in found])})):
        engine.execute(f"CREATE OR REPLACE TABLE {SCHEMA}.repeated AS {_later_rows(plan, '_segmodel_repeated')}")
    for position, count in engine.rows(f"SELECT {FILE}, count(*) FROM {SCHEMA}.repeated GROUP BY 1"):
        counts[position] = int(count)
    return counts


def _repeated(engine: Engine, plan: Plan, part: int, parts: int) -> tuple[np.ndarray, int]:
    """Return the hashes that occur more than once, and how many rows there are beyond the first of each."""
    chosen = f" WHERE hash % {parts} = {part}" if parts > 1 else ""
    queries = [f"SELECT {_hash(plan, file)} AS hash FROM {file.raw.relation}" for file in plan.files]
    # sorting in place is several times faster than the engine's count(DISTINCT) over as many values
    hashes = engine.frame(f"SELECT hash FROM ({' UNION ALL '.join(queries)}){chosen}")["hash"].to_numpy(copy=True)
    hashes.sort()
    again = hashes[1:][hashes[1:] == hashes[:-1]]
    return np.unique(again), len(again)


def _hash(plan: Plan, file: FilePlan) -> str:
    names = sorted({name for other in plan.files for name in other.raw.columns})
    parts = [identifier(name) if name in file.raw.columns else "NULL" for name in names]
    return f"hash({', '.join(parts)})"


def _later_rows(plan: Plan, repeated: str) -> str:
    """Return SQL for file and row number of every row after the first of its kind."""
    queries = [
        f"SELECT {position}::INTEGER AS {FILE}, {file.raw.row_number} AS {ROW}, {_hash(plan, file)} AS hash "
        f"FROM {file.raw.relation}"
        for position, file in enumerate(plan.files)
    ]
    return f"""
        SELECT {FILE}, {ROW}
        FROM (SELECT * FROM ({" UNION ALL ".join(queries)}) WHERE hash IN (SELECT hash FROM {repeated}))
        QUALIFY row_number() OVER (PARTITION BY hash ORDER BY {FILE}, {ROW}) > 1"""


def mark_duplicates(engine: Engine, target: str) -> None:
    """Give the rows that `count_duplicates` found the rule `exact_duplicate`, unless they broke another."""
    engine.execute(
        f"UPDATE {target} AS t SET {RULE} = '{RULE_NAME}' FROM {SCHEMA}.repeated AS r "
        f"WHERE t.{FILE} = r.{FILE} AND t.{ROW} = r.{ROW} AND t.{RULE} IS NULL"
    )
