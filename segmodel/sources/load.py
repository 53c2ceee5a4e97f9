"""Reads every source of a definition into its table: each row ends in the table or in quarantine."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from segmodel.definition import Definition
from segmodel.engines import Engine, SparkEngine, identifier
from segmodel.errors import SourceError
from segmodel.progress import Progress, part
from segmodel.sources import duplicates, tables
from segmodel.sources.apart import BAD, Span, load_apart
from segmodel.sources.contracts import TABLES, Column, Table
from segmodel.sources.ledger import Entry, Keeping, write_ledger
from segmodel.sources.plan import FILE, RULE, Plan, make_plan
from segmodel.sources.readers import read_source
from segmodel.sources.staging import SCHEMA, Raw, staging

_QUARANTINE = """
    CREATE TABLE IF NOT EXISTS quarantine (
        table_name VARCHAR, source VARCHAR, row_number BIGINT, rule VARCHAR, reason VARCHAR, content VARCHAR)"""
_RECONCILIATION = """
    CREATE TABLE IF NOT EXISTS reconciliation (
        table_name VARCHAR, source VARCHAR, rows_read BIGINT, rows_accepted BIGINT, rows_quarantined BIGINT,
        duplicate_rows BIGINT, duplicates VARCHAR, modified_at TIMESTAMP, first_at TIMESTAMP, last_at TIMESTAMP,
        note VARCHAR)"""


@dataclass(frozen=True)
class TableReport:
    """What became of the rows of one table; read = accepted + quarantined.

    Attributes
    ----------
    table : str
        The contract table.
    rows_read, rows_accepted, rows_quarantined : int
        Rows of the source, lines that could not be taken apart included.
    duplicate_rows : int
        Rows that repeat an earlier one in every value; in quarantine only where the definition drops them.
    notes : tuple of str
        Files that were left out because another holds the same.
    """

    table: str
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    duplicate_rows: int
    notes: tuple[str, ...] = ()


def load_sources(
    engine: Engine,
    definition: Definition,
    folder: Path,
    progress: Progress,
    keeping: Keeping | None = None,
    now: datetime.datetime | None = None,
    as_text: Collection[str] = (),
) -> tuple[TableReport, ...]:
    """Read every source of a definition into `engine`.

    Creates one table a source, `quarantine` and `reconciliation`; with `keeping` also `source_ledger`. Tables the
    contract does not keep in builds go to the scratch database, where the same names find them.

    Parameters
    ----------
    engine : Engine
        Where the tables go; it must not have them yet.
    definition : Definition
        What to read and how.
    folder : Path
        The workspace; relative paths start there.
    progress : Progress
        Told about every file.
    keeping : Keeping, optional
        What earlier builds left for this reading; without, files are read as if for the first time.
    now : datetime, optional
        The clock, with its zone: later transactions, but for a day, are set aside. The computer's when left out.
    as_text : collection of str
        Attributes that stay text although every value reads as a number, such as phone numbers.

    Raises
    ------
    SourceError
        When a source cannot be read, or loses more than `max_quarantined` of its rows.
    """
    engine.execute(_QUARANTINE)
    engine.execute(_RECONCILIATION)
    given = [_with_texts(table, as_text) for name, table in TABLES.items() if name in definition.sources]
    given = [replace(table, is_kept=table.is_kept and not engine.keeps_apart(table.column_names)) for table in given]
    clock = (now or datetime.datetime.now(datetime.UTC)).astimezone(datetime.UTC).replace(tzinfo=None)
    reports = []
    with staging(engine) as scratch:
        for position, table in enumerate(given):
            step = part(progress, position / len(given), (position + 1) / len(given))
            source = definition.sources[table.name]
            step(f"Reading {table.name}", 0.0)
            raws = read_source(scratch, source, table.name, folder.resolve(), keeping)
            if keeping is not None:
                write_ledger(engine, [entry for raw in raws for entry in _entries(table, raw)])
            plan = make_plan(engine, table, source, raws, clock)
            reports.append(_load(engine, plan, definition.max_quarantined, step))
    progress("Sources read", 1.0)
    return tuple(reports)


def _with_texts(table: Table, names: Collection[str]) -> Table:
    """Return a table that reads some of its other columns as text."""
    if not table.keeps_other_columns:
        return table
    texts = (Column(name, "text", False, "Kept as it is written.") for name in names if name not in table.column_names)
    return replace(table, columns=(*table.columns, *texts))


def _entries(table: Table, raw: Raw) -> list[Entry]:
    """Return what a file, and each that holds the same, is written down as."""
    stamp = raw.stamp
    if stamp is None:
        return [Entry(table.name, raw.source, None, None, None, raw.content)]
    stamps = [(raw.source, stamp, None), *((copy.source, copy.stamp, raw.source) for copy in raw.copies)]
    return [
        Entry(table.name, source, stamp.size, stamp.modified_ns, stamp.changed_ns, raw.content, raw.kept, repeats)
        for source, stamp, repeats in stamps
    ]


def _load(engine: Engine, plan: Plan, most: float, progress: Progress) -> TableReport:
    table, raws = plan.table, [file.raw for file in plan.files]
    is_apart = engine.keeps_apart(table.column_names)
    if isinstance(engine, SparkEngine) and is_apart and not plan.wide:
        progress(f"Checking {table.name}", 0.3)
        accepted, repeated = load_apart(engine, plan)
        marked = BAD
    else:
        accepted, repeated = _load_here(engine, plan, progress)
        marked = tables.target_of(plan)
    for position in range(len(raws)):
        tables.quarantine_rows(engine, plan, position, marked)
        tables.quarantine_rejects(engine, plan, position)
    _reconcile(engine, plan, accepted, repeated)
    for raw in raws:
        for stamp in (raw.stamp, *(copy.stamp for copy in raw.copies)):
            if stamp is not None:
                stamp.check_unchanged()
        if raw.relation.startswith(f"{SCHEMA}."):
            engine.execute(f"DROP TABLE {raw.relation}")
    if marked != BAD:
        tables.finish(engine, plan)
        if isinstance(engine, SparkEngine) and is_apart:
            engine.keep_apart(table.name, is_kept=TABLES[table.name].is_kept)
    report = _report(engine, table, sum(repeated))
    _refuse_heavy_losses(engine, report, most)
    return report


def _load_here(engine: Engine, plan: Plan, progress: Progress) -> tuple[dict[int, Span], list[int]]:
    """Read and check every file in this process; return what was accepted of each, and how many rows repeat others."""
    for position, file in enumerate(plan.files):
        progress(f"Checking {plan.table.name}: {file.raw.source}", 0.3 + 0.5 * position / len(plan.files))
        tables.read_rows(engine, plan, position)
    progress(f"Counting {plan.table.name}", 0.8)
    target = tables.target_of(plan)
    repeated = duplicates.count_duplicates(engine, plan, target)
    if any(repeated) and plan.source.duplicates == "drop":
        duplicates.mark_duplicates(engine, target)
    tables.mark_repeated_keys(engine, plan)
    moment = next((field.column.name for field in plan.files[0].fields if field.column.kind == "timestamp"), None)
    span = f"min({identifier(moment)}), max({identifier(moment)})" if moment else "NULL, NULL"
    counted = engine.rows(f"SELECT {FILE}, count(*), {span} FROM {target} WHERE {RULE} IS NULL GROUP BY 1")
    return {row[0]: row[1:] for row in counted}, repeated


def _reconcile(engine: Engine, plan: Plan, accepted: Mapping[int, Span], repeated: Sequence[int]) -> None:
    """Write one row a file, and insist that every row read is in exactly one place."""
    for position, file in enumerate(plan.files):
        rows, first_at, last_at = accepted.get(position, (0, None, None))
        read = file.raw.rows + len(file.raw.rejects)
        quarantined = engine.value(
            "SELECT count(*) FROM quarantine WHERE table_name = $table AND source = $source",
            {"table": plan.table.name, "source": file.raw.source},
        )
        if read != rows + quarantined:
            raise SourceError(
                f"sources.{plan.table.name}: of {read:,} rows read from '{file.raw.source}', {rows:,} were accepted "
                f"and {quarantined:,} quarantined, which does not add up. The source may have changed while it was "
                "read; try again."
            )
        engine.execute(
            "INSERT INTO reconciliation VALUES ($table, $source, $read, $accepted, $quarantined, $duplicates, "
            "$policy, $modified_at, $first_at, $last_at, NULL)",
            {
                "table": plan.table.name,
                "source": file.raw.source,
                "read": read,
                "accepted": rows,
                "quarantined": quarantined,
                "duplicates": repeated[position],
                "policy": plan.source.duplicates,
                "modified_at": file.raw.modified_at,
                "first_at": first_at,
                "last_at": last_at,
            },
        )
        for copy in file.raw.copies:
            engine.execute(
                "INSERT INTO reconciliation VALUES ($table, $source, 0, 0, 0, 0, $policy, $modified_at, NULL, NULL, "
                "$note)",
                {
                    "table": plan.table.name,
                    "source": copy.source,
                    "policy": plan.source.duplicates,
                    "modified_at": copy.stamp.modified_at,
                    "note": f"Holds the same as {file.raw.source}, so its rows count once.",
                },
            )


def _report(engine: Engine, table: Table, duplicate_rows: int) -> TableReport:
    (row,) = engine.rows(
        "SELECT sum(rows_read)::BIGINT, sum(rows_accepted)::BIGINT, sum(rows_quarantined)::BIGINT "
        "FROM reconciliation WHERE table_name = $table",
        {"table": table.name},
    )
    noted = engine.rows(
        "SELECT source, note FROM reconciliation WHERE table_name = $table AND note IS NOT NULL ORDER BY source",
        {"table": table.name},
    )
    notes = tuple(f"{source}: {note}" for source, note in noted)
    return TableReport(table.name, row[0], row[1], row[2], duplicate_rows, notes)


def _refuse_heavy_losses(engine: Engine, report: TableReport, most: float) -> None:
    lost = report.rows_quarantined / report.rows_read
    if report.rows_accepted and lost <= most:
        return
    rows = engine.rows(
        "SELECT reason, count(*) AS rows, arg_min(content, row_number), min(row_number) FROM quarantine "
        "WHERE table_name = $table GROUP BY 1 ORDER BY rows DESC, reason LIMIT 1",
        {"table": report.table},
    )
    reason, count, content, number = rows[0]
    limit = "none would be left" if not report.rows_accepted else f"max_quarantined allows {most:.0%}"
    example = f": {content[:300]}" if TABLES[report.table].is_quoted else "."
    raise SourceError(
        f"sources.{report.table}: {report.rows_quarantined:,} of {report.rows_read:,} rows ({lost:.0%}) break a rule, "
        f"and {limit}. The main reason, {count:,} times: {reason} An example is row {number:,}{example}"
    )
