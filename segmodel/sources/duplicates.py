"""Exact duplicates: rows that repeat an earlier row of the source in every value, mapped or not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segmodel.engines import Engine, identifier
from segmodel.sources.plan import FILE, HASH, ROW, RULE, FilePlan, Plan
from segmodel.sources.staging import SCHEMA

RULE_NAME = "exact_duplicate"

_AT_ONCE = 25_000_000
"""Rows whose 64-bit hashes are sorted together: 200 MB."""


def hash_sql(plan: Plan, file: FilePlan) -> str:
    """Return SQL over the columns of a file for the hash of a whole row."""
    names = sorted({name for other in plan.files for name in other.raw.columns})
    parts = [identifier(name) if name in file.raw.columns else "NULL" for name in names]
    return f"hash({', '.join(parts)})"


def count_duplicates(engine: Engine, plan: Plan, target: str) -> list[int]:
    """Count the rows of each file that repeat an earlier row of the same source.

    Rows are compared by a 64-bit hash of all their values; among 20 million different rows the chance that
    any two share one is about one in a hundred thousand. When there is any, the ids of the later rows are left in
    the scratch table `repeated`, for `mark_duplicates`.

    Parameters
    ----------
    engine : Engine
    plan : Plan
    target : str
        The quoted table all rows were read into.
    """
    parts = sum(file.raw.rows for file in plan.files) // _AT_ONCE + 1
    found = [_repeated(engine, target, part, parts) for part in range(parts)]
    counts = [0] * len(plan.files)
    if not any(len(hashes) for hashes in found):
        return counts
    with engine.loaded("_segmodel_repeated", pd.DataFrame({HASH: np.concatenate(found)})):
        engine.execute(
            f"""
            CREATE OR REPLACE TABLE {SCHEMA}.repeated AS
            SELECT id, {FILE}
            FROM (SELECT rowid AS id, {FILE}, {ROW}, {HASH} FROM {target}) SEMI JOIN _segmodel_repeated USING ({HASH})
            QUALIFY row_number() OVER (PARTITION BY {HASH} ORDER BY {FILE}, {ROW}, id) > 1"""
        )
    for position, count in engine.rows(f"SELECT {FILE}, count(*) FROM {SCHEMA}.repeated GROUP BY 1"):
        counts[position] = int(count)
    return counts


def _repeated(engine: Engine, target: str, part: int, parts: int) -> np.ndarray:
    """Return the hashes that occur more than once."""
    chosen = f" WHERE {HASH} % {parts} = {part}" if parts > 1 else ""
    # sorting in place is several times faster than the engine's count(DISTINCT) over as many values
    hashes = engine.array(f"SELECT {HASH} FROM {target}{chosen}")
    hashes.sort()
    return np.unique(hashes[1:][hashes[1:] == hashes[:-1]])


def mark_duplicates(engine: Engine, target: str) -> None:
    """Give the rows that `count_duplicates` found the rule `exact_duplicate`, unless they broke another."""
    engine.execute(
        f"UPDATE {target} SET {RULE} = '{RULE_NAME}' "
        f"WHERE {RULE} IS NULL AND rowid IN (SELECT id FROM {SCHEMA}.repeated)"
    )
