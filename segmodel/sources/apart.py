"""Checks the rows of large sources on Spark's executors, each of which runs the very SQL a build runs in DuckDB."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace

from segmodel.engines import SparkEngine, identifier
from segmodel.sources import duplicates, tables
from segmodel.sources.contracts import TABLES
from segmodel.sources.plan import FILE, HASH, ROW, RULE, FilePlan, Plan
from segmodel.sources.staging import Raw

Span = tuple[int, datetime.datetime | None, datetime.datetime | None]
"""Rows that were accepted, and the first and the last moment among them."""

_BATCH = "batch"
_ROW_NUMBER = "file_row_number"
_LOADING, _LOADED, BAD = "segmodel_loading", "segmodel_loaded", "segmodel_bad"
_AS_THEY_ARE = ("VARCHAR", "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL", "DATE",
                "TIMESTAMP")  # fmt: skip
"""Types that Spark reads from Parquet as DuckDB does; what has others is written anew for it."""


def load_apart(engine: SparkEngine, plan: Plan) -> tuple[dict[int, Span], list[int]]:
    """Make the table of a plan; what breaks a rule is left in table `BAD` with the file, the row and the rule.

    Returns
    -------
    dict of int to Span
        What was accepted, by the file's place.
    list of int
        How many rows of each file repeat an earlier one.
    """
    for position, file in enumerate(plan.files):
        source = _shown(engine, file.raw)
        told = tables.select_sql(_on_executors(plan, position), position)
        described = engine.rows(f"DESCRIBE {tables.select_sql(plan, position)}")
        kinds = {str(name): str(kind) for name, kind, *_ in described} | {
            RULE: "VARCHAR",
            FILE: "INTEGER",
            HASH: "BIGINT",
        }
        # whole numbers with a sign, as Spark has no others
        checked = (
            f"SELECT * REPLACE ({RULE}::VARCHAR AS {RULE}, {FILE}::INTEGER AS {FILE}, "
            f"({HASH}::HUGEINT - 9223372036854775808)::BIGINT AS {HASH}) FROM ({told})"
        )
        engine.map_rows(_LOADING, source, checked, _BATCH, kinds, is_first=position == 0)
    _mark(engine, plan)
    names = ", ".join(identifier(field.column.name) for field in plan.files[0].fields)
    names += ", is_cancelled" if plan.table.name == "transactions" else ""
    kept = TABLES[plan.table.name].is_kept
    engine.make(plan.table.name, f"SELECT {names} FROM {_LOADED} WHERE {RULE} IS NULL", is_kept=kept)
    engine.make(BAD, f"SELECT {FILE}, {ROW}, {RULE} FROM {_LOADED} WHERE {RULE} IS NOT NULL", is_kept=False)
    return _accepted(engine, plan), _repeated(engine, plan)


def _on_executors(plan: Plan, position: int) -> Plan:
    """Return the plan of a file whose rows come in batches, each with its number."""
    file = plan.files[position]
    raw = replace(file.raw, relation=_BATCH, row_number=f"{_ROW_NUMBER} + 1")
    files: tuple[FilePlan, ...] = tuple(
        replace(each, raw=raw) if place == position else each for place, each in enumerate(plan.files)
    )
    return replace(plan, files=files)


def _shown(engine: SparkEngine, raw: Raw) -> str:
    """Show Spark the rows of a file, and return the name it has there."""
    if raw.parquet is not None and all(kind.split("(")[0] in _AS_THEY_ARE for kind in raw.columns.values()):
        return engine.show_file(raw.parquet, _ROW_NUMBER)
    columns = ", ".join(
        f"{identifier(name)}::TIMESTAMP AS {identifier(name)}" if kind.startswith("TIMESTAMP_") else identifier(name)
        for name, kind in raw.columns.items()
    )
    return engine.show_rows(f"SELECT {columns}, {raw.row_number} - 1 AS {_ROW_NUMBER} FROM {raw.relation}")


def _mark(engine: SparkEngine, plan: Plan) -> None:
    """Mark repeated rows where the definition drops them, then the second and later good rows of a key."""
    rows = f"SELECT * FROM {_LOADING}"
    if plan.source.duplicates == "drop":
        place = f"row_number() OVER (PARTITION BY {HASH} ORDER BY {FILE}, {ROW})"
        rows = _marked(rows, place, duplicates.RULE_NAME)
    if plan.table.key:
        key = ", ".join(identifier(name) for name in plan.table.key)
        place = f"row_number() OVER (PARTITION BY {RULE} IS NULL, {key} ORDER BY {FILE}, {ROW})"
        rows = _marked(rows, place, tables.DUPLICATE_KEY)
    engine.make(_LOADED, rows, is_kept=False)


def _marked(rows: str, place: str, rule: str) -> str:
    return (
        f"SELECT * EXCLUDE ({RULE}, segmodel_place), "
        f"CASE WHEN {RULE} IS NULL AND segmodel_place > 1 THEN '{rule}' ELSE {RULE} END AS {RULE} "
        f"FROM (SELECT *, {place} AS segmodel_place FROM ({rows}) AS rows_of_files) AS placed"
    )


def _accepted(engine: SparkEngine, plan: Plan) -> dict[int, Span]:
    moment = next((field.column.name for field in plan.files[0].fields if field.column.kind == "timestamp"), None)
    span = f", min({identifier(moment)}) AS first_at, max({identifier(moment)}) AS last_at" if moment else ""
    found = engine.summary_rows(
        f"SELECT {FILE} AS file, count(*) AS accepted{span} FROM {_LOADED} WHERE {RULE} IS NULL GROUP BY {FILE}"
    )
    return {int(file): (int(rows), *(moments or (None, None))) for file, rows, *moments in found}


def _repeated(engine: SparkEngine, plan: Plan) -> list[int]:
    place = f"row_number() OVER (PARTITION BY {HASH} ORDER BY {FILE}, {ROW})"
    found: Mapping[int, int] = dict(
        engine.summary_rows(
            f"SELECT {FILE} AS file, count(*) AS rows FROM (SELECT {FILE}, {place} AS place FROM {_LOADING}) AS placed "
            f"WHERE place > 1 GROUP BY {FILE}"
        )
    )
    return [int(found.get(position, 0)) for position in range(len(plan.files))]
