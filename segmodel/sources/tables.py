"""Turns a plan into a contract table in one pass over the data, and moves what breaks a rule to quarantine."""

from __future__ import annotations

from segmodel.engines import Engine, identifier
from segmodel.sources.convert import reasons
from segmodel.sources.plan import FILE, HASH, ROW, RULE, FilePlan, Plan
from segmodel.sources.staging import SCHEMA

EXCLUDED = "excluded"
MALFORMED = "malformed_line"
EXACT_DUPLICATE = "exact_duplicate"
DUPLICATE_KEY = "duplicate_key"


def target_of(plan: Plan) -> str:
    """Return the quoted table the rows are read into; a wide survey waits in the scratch database."""
    return f"{SCHEMA}.wide" if plan.wide else identifier(plan.table.name)


def read_rows(engine: Engine, plan: Plan, position: int) -> None:
    """Read one file of a plan: typed columns, the rule each row breaks, where it stood, and its hash."""
    target = target_of(plan)
    head = f"CREATE TABLE {target} AS" if position == 0 else f"INSERT INTO {target}"
    engine.execute(f"{head} {select_sql(plan, position)}")


def select_sql(plan: Plan, position: int) -> str:
    """Return the SELECT that types and checks the rows of one file."""
    file = plan.files[position]
    base, typed, final, conditions = _layers(plan, file)
    rule = f"CASE {' '.join(f'WHEN {test} THEN {name!r}' for test, name in conditions)} END"
    # where a row stood is needed only when it goes to quarantine, which duplicates may do later
    keep_all_positions = plan.source.duplicates == "drop" or plan.table.key
    row = ROW if keep_all_positions else f"CASE WHEN {RULE} IS NOT NULL THEN {ROW} END"
    return f"""
        SELECT {", ".join(final)}, {RULE}, {row} AS {ROW}, {position}::INTEGER AS {FILE}, {HASH}
        FROM (
            SELECT *, {rule} AS {RULE} FROM (
                SELECT {", ".join(typed)}, {ROW}, {HASH} FROM (
                    SELECT {", ".join(base)}, {ROW}, {_hash(plan, file)} AS {HASH}
                    FROM {file.inner_sql(plan.decimal)}
                )
            )
        )"""


def _layers(plan: Plan, file: FilePlan) -> tuple[list[str], list[str], list[str], list[tuple[str, str]]]:
    """Return select items for what the source says, for its types, for the table, and the rules in order."""
    base: list[str] = []
    typed: list[str] = []
    final: list[str] = []
    conditions: list[tuple[str, str]] = []
    required: list[tuple[str, str]] = []
    optional: list[tuple[str, str]] = []
    for place, field in enumerate(file.fields):
        name = identifier(field.column.name)
        said, value, blank = f"_r{place}", f"_t{place}", f"_b{place}"
        if field.expression is not None:
            base.append(f"{field.expression.sql} AS {said}")
            base.append(f"({field.blank_sql(field.expression.sql)}) AS {blank}")
            typed.append(blank)
            rules = field.rules(value, blank)
            if field.column.kind == "text" and not field.column.required:
                rules = []
            (required if field.column.required else optional).extend(rules)
        typed.append(f"{field.typed_sql(said)} AS {value}")
        final.append(f"CAST({value} AS {field.column.sql_type}) AS {name}")
    if file.exclude is not None:
        base.append(f"coalesce({file.exclude.sql}, FALSE) AS _excluded")
        typed.append("_excluded")
        conditions.append(("_excluded", EXCLUDED))
    if plan.table.name == "transactions":
        said = f"coalesce({file.cancelled.sql}, FALSE)" if file.cancelled else "FALSE"
        base.append(f"{said} AS _cancelled")
        typed.append("_cancelled")
        final.append("CAST(_cancelled AS BOOLEAN) AS is_cancelled")
    return base, typed, final, conditions + required + optional


def _hash(plan: Plan, file: FilePlan) -> str:
    """Hash everything the source says about a row, mapped or not: only then are two rows the same."""
    names = sorted({name for other in plan.files for name in other.raw.columns})
    parts = [identifier(name) if name in file.raw.columns else "NULL" for name in names]
    return f"hash({', '.join(parts)})"


def mark_duplicates(engine: Engine, plan: Plan) -> list[int]:
    """Count exact duplicates a file, and mark them where the definition drops them.

    Returns
    -------
    list of int
        For each file the rows of it that repeat an earlier row of the source.
    """
    target = target_of(plan)
    total = engine.value(f"SELECT count(*) - count(DISTINCT {HASH}) FROM {target}")
    counts = [0] * len(plan.files)
    if not total:
        return counts
    if len(plan.files) == 1 and plan.source.duplicates == "keep":
        return [int(total)]
    repeated = f"""
        SELECT rowid AS id, {FILE} FROM {target}
        WHERE {HASH} IN (SELECT {HASH} FROM {target} GROUP BY 1 HAVING count(*) > 1)
        QUALIFY row_number() OVER (PARTITION BY {HASH} ORDER BY rowid) > 1"""
    for position, rows in engine.rows(f"SELECT {FILE}, count(*) FROM ({repeated}) GROUP BY 1"):
        counts[position] = int(rows)
    if plan.source.duplicates == "drop":
        engine.execute(
            f"UPDATE {target} SET {RULE} = '{EXACT_DUPLICATE}' "
            f"WHERE {RULE} IS NULL AND rowid IN (SELECT id FROM ({repeated}))"
        )
    return counts


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
        EXACT_DUPLICATE: "Every value repeats an earlier row, and the definition drops such rows.",
        DUPLICATE_KEY: f"An earlier row has the same {key}.",
    }
    for field in plan.files[0].fields:
        origin = plan.source.columns.get(field.column.name, field.column.name)
        form = next((file_field.form for file in plan.files for file_field in file.fields
                     if file_field.column.name == field.column.name and file_field.form), None)  # fmt: skip
        found |= reasons(field.column, origin, form)
    return found


def quarantine_rows(engine: Engine, plan: Plan, position: int) -> None:
    """Copy the marked rows of one file to quarantine with their reason and what the source says of them."""
    file = plan.files[position]
    target = target_of(plan)
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
        CREATE TABLE {identifier(plan.table.name)} AS
        SELECT customer_id, item, answer
        FROM (SELECT customer_id, {listed} FROM {target_of(plan)})
        UNPIVOT (answer FOR item IN ({listed}))"""
    )
    engine.execute(f"DROP TABLE {target_of(plan)}")
