"""Turns a plan into a contract table in one pass over the data, and moves what breaks a rule to quarantine."""

from __future__ import annotations

import datetime

from segmodel.engines import SCRATCH, Engine, identifier, literal
from segmodel.sources import duplicates
from segmodel.sources.convert import reasons
from segmodel.sources.plan import FILE, HASH, ROW, RULE, FilePlan, Plan
from segmodel.sources.staging import SCHEMA

EXCLUDED = "excluded"
MALFORMED = "malformed_line"
DUPLICATE_KEY = "duplicate_key"
FUTURE = "ordered_at_in_future"

_AHEAD = datetime.timedelta(days=1)
"""How far the clock of a till, or its time zone, may be ahead of ours."""


def target_of(plan: Plan) -> str:
    """Return the quoted table the rows are read into; a wide survey waits until it is turned into a long one."""
    return f"{SCHEMA}.wide" if plan.wide else _home_of(plan)


def _home_of(plan: Plan) -> str:
    """Return the quoted table where the rows of a plan are found: those that are not kept in the scratch database."""
    name = identifier(plan.table.name)
    return name if plan.table.is_kept else f"{SCRATCH}.{name}"


def read_rows(engine: Engine, plan: Plan, position: int) -> None:
    """Read one file of a plan: typed columns, the rule each row breaks, where it stood, and its hash."""
    target = target_of(plan)
    head = f"CREATE TABLE {target} AS" if position == 0 else f"INSERT INTO {target}"
    engine.execute(f"{head} {select_sql(plan, position)}")


def select_sql(plan: Plan, position: int) -> str:
    """Return the SELECT that types and checks the rows of one file.

    From the inside out: the source, what it says, its types, the rule a row breaks, the table.
    """
    file = plan.files[position]
    said: list[str] = [ROW]
    typed: list[str] = [ROW]
    broken: list[str] = []
    final: list[str] = []
    if file.exclude is not None:
        said.append(f"coalesce(TRY_CAST({file.exclude.sql} AS BOOLEAN), FALSE) AS _excluded")
        typed.append("_excluded")
        broken.append(f"CASE WHEN _excluded THEN '{EXCLUDED}' END")
    # a row that lacks what is required says so before anything else that may be wrong with it
    order = sorted(range(len(file.fields)), key=lambda place: not file.fields[place].column.required)
    for place, field in enumerate(file.fields):
        uses = () if field.expression is None or field.expression.is_column else field.expression.uses
        said.append(f"{field.said_sql()} AS _s{place}")
        said += [f"{identifier(name)} AS _u{place}_{use}" for use, name in enumerate(uses)]
        typed += [f"_s{place}", f"{field.typed_sql(f'_s{place}')} AS _t{place}"]
        typed += [f"_u{place}_{use}" for use in range(len(uses))]
        final.append(f"CAST(_t{place} AS {field.column.sql_type}) AS {identifier(field.column.name)}")
    for place in order:
        field = file.fields[place]
        uses = () if field.expression is None or field.expression.is_column else field.expression.uses
        used = [f"_u{place}_{use}" for use in range(len(uses))]
        broken.append(field.broken_sql(f"_s{place}", f"_t{place}", used))
        if plan.now is not None and plan.table.name == "transactions" and field.column.name == "ordered_at":
            # one purchase that a wrong clock dates a year ahead would make the whole history end there
            broken.append(f"CASE WHEN _t{place} > TIMESTAMP '{plan.now + _AHEAD}' THEN '{FUTURE}' END")
    if plan.table.name == "transactions":
        condition = f"TRY_CAST({file.cancelled.sql} AS BOOLEAN)" if file.cancelled else "FALSE"
        said.append(f"coalesce({condition}, FALSE) AS _cancelled")
        typed.append("_cancelled")
        final.append("CAST(_cancelled AS BOOLEAN) AS is_cancelled")
    rules = [rule for rule in broken if rule]
    rule = f"coalesce({', '.join(rules)})" if rules else "CAST(NULL AS VARCHAR)"
    # where a row stood is needed only when it goes to quarantine, which duplicates may do later
    keep_all_positions = plan.source.duplicates == "drop" or plan.table.key
    row = ROW if keep_all_positions else f"CASE WHEN {RULE} IS NOT NULL THEN {ROW} END"
    said.append(f"{duplicates.hash_sql(plan, file)} AS {HASH}")
    typed.append(HASH)
    # one byte a row instead of sixteen: these columns take as much room as the data while a table is loaded
    rule_type = f"ENUM ({', '.join(map(literal, all_reasons(plan)))})"
    return f"""
        SELECT {", ".join(final)}, {RULE}, {row} AS {ROW}, {position}::UINTEGER AS {FILE}, {HASH}
        FROM (SELECT *, ({rule})::{rule_type} AS {RULE}
        FROM (SELECT {", ".join(typed)}
        FROM (SELECT {", ".join(said)}
        FROM {file.inner_sql(plan.decimal)})))"""


def mark_repeated_keys(engine: Engine, plan: Plan) -> None:
    """Mark the second and later good rows of a key."""
    if not plan.table.key or plan.wide:
        return
    target = target_of(plan)
    key = ", ".join(identifier(name) for name in plan.table.key)
    engine.execute(
        f"""
        UPDATE {target} SET {RULE} = '{DUPLICATE_KEY}' WHERE rowid IN (
            SELECT id FROM (SELECT rowid AS id, {key} FROM {target} WHERE {RULE} IS NULL)
            QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY id) > 1)"""
    )


def all_reasons(plan: Plan) -> dict[str, str]:
    """Return the sentence for each rule the rows of a plan can break."""
    key = " and ".join(plan.table.key)
    found = {
        EXCLUDED: f"The definition excludes these rows: {plan.source.exclude}",
        MALFORMED: "The line cannot be taken apart into the columns of the header.",
        duplicates.RULE_NAME: "Every value repeats an earlier row, and the definition drops such rows.",
        DUPLICATE_KEY: f"An earlier row has the same {key}.",
        FUTURE: "ordered_at is more than a day ahead of the clock of the computer that read it.",
    }
    for field in plan.files[0].fields:
        origin = plan.source.columns.get(field.column.name, field.column.name)
        form = next((file_field.form for file in plan.files for file_field in file.fields
                     if file_field.column.name == field.column.name and file_field.form), None)  # fmt: skip
        found |= reasons(field.column, origin, form)
    return found


def quarantine_rows(engine: Engine, plan: Plan, position: int, marked: str = "") -> None:
    """Copy the marked rows of one file to quarantine with their reason and what the source says of them.

    `marked` names the table that has them, where that is not the plan's own.
    """
    file = plan.files[position]
    target = marked or target_of(plan)
    raw = file.raw
    pairs = ", ".join(f"{identifier(name)} := {identifier(name)}" for name in raw.columns)
    if not engine.value(f"SELECT count(*) FROM {target} WHERE {FILE} = {position} AND {RULE} IS NOT NULL"):
        return
    before = _rejects_before(engine, file)
    sentences = all_reasons(plan)
    engine.execute(
        f"""
        INSERT INTO quarantine
        SELECT $table, $source, bad.{ROW} + {before}, bad.{RULE}, reasons.reason, said.content
        FROM (SELECT {ROW}, {RULE} FROM {target} WHERE {FILE} = {position} AND {RULE} IS NOT NULL) AS bad
        JOIN (SELECT {raw.row_number} AS {ROW}, to_json(struct_pack({pairs}))::VARCHAR AS content
              FROM {raw.relation}) AS said USING ({ROW})
        JOIN (SELECT unnest($rules) AS rule, unnest($sentences) AS reason) AS reasons ON reasons.rule = bad.{RULE}
        ORDER BY 3""",
        {
            "table": plan.table.name,
            "source": raw.source,
            "rules": list(sentences),
            "sentences": list(sentences.values()),
        },
    )


def _rejects_before(engine: Engine, file: FilePlan) -> str:
    """Return SQL for the number of broken lines before a row, which the row numbers of the engine skip."""
    if not file.raw.rejects:
        return "0"
    skipped = sorted({reject.row_number for reject in file.raw.rejects})
    engine.execute(f"CREATE OR REPLACE TABLE {SCHEMA}.skipped (good_before BIGINT)")
    engine.execute(
        f"INSERT INTO {SCHEMA}.skipped SELECT unnest($rows)",
        {"rows": [row - place - 1 for place, row in enumerate(skipped)]},
    )
    return f"(SELECT count(*) FROM {SCHEMA}.skipped WHERE good_before < bad.{ROW})"


def quarantine_rejects(engine: Engine, plan: Plan, position: int) -> None:
    """Put the lines that are no rows into quarantine."""
    raw = plan.files[position].raw
    if not raw.rejects:
        return
    engine.execute(
        """
        INSERT INTO quarantine
        SELECT $table, $source, line.number, $rule, $reason || ' It has ' || line.said || '.',
            to_json(struct_pack(line := line.content))::VARCHAR
        FROM (SELECT unnest($numbers) AS number, unnest($contents) AS content, unnest($said) AS said) AS line""",
        {
            "table": plan.table.name,
            "source": raw.source,
            "rule": MALFORMED,
            "reason": all_reasons(plan)[MALFORMED],
            "numbers": [reject.row_number for reject in raw.rejects],
            "contents": [reject.content for reject in raw.rejects],
            "said": [reject.message for reject in raw.rejects],
        },
    )


def finish(engine: Engine, plan: Plan) -> None:
    """Drop the marked rows and the columns that were needed for loading."""
    target = target_of(plan)
    if engine.value(f"SELECT bool_or({RULE} IS NOT NULL) FROM {target}"):
        engine.execute(f"DELETE FROM {target} WHERE {RULE} IS NOT NULL")
    if plan.wide:
        _unpivot(engine, plan)
        return
    for name in (RULE, ROW, FILE, HASH):
        engine.execute(f"ALTER TABLE {target} DROP COLUMN {name}")


def _unpivot(engine: Engine, plan: Plan) -> None:
    """Store a wide survey as one row an answer; skipped items leave none."""
    items = [field.column.name for field in plan.files[0].fields if field.column.name != "customer_id"]
    listed = ", ".join(identifier(name) for name in items)
    engine.execute(
        f"""
        CREATE TABLE {_home_of(plan)} AS
        SELECT customer_id, item, answer
        FROM (SELECT customer_id, {listed} FROM {target_of(plan)})
        UNPIVOT (answer FOR item IN ({listed}))"""
    )
    engine.execute(f"DROP TABLE {target_of(plan)}")
