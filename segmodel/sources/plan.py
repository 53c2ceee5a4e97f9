"""How the files of one source become one contract table: which column feeds which, and in what form."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace

from segmodel.definition import Source
from segmodel.engines import Engine, identifier
from segmodel.errors import EngineError, SourceError, did_you_mean
from segmodel.sources import dates, numbers
from segmodel.sources.contracts import Column, Table
from segmodel.sources.convert import NUMBER_KINDS, Field, number_columns_sql, text_sql
from segmodel.sources.mapping import Expression, find_column, missing_column, read_mapping
from segmodel.sources.numbers import Decimal
from segmodel.sources.staging import Raw

ROW, RULE, FILE, HASH = "_segmodel_row", "_segmodel_rule", "_segmodel_file", "_segmodel_hash"
"""Columns a table has while it is being loaded."""


class AmbiguousSourceError(SourceError):
    """Dates or numbers can be read in two ways.

    Attributes
    ----------
    key : str
        The key of the source that settles it.
    options : tuple of str
        The values it may have, the likelier first.
    """

    def __init__(self, message: str, key: str, options: tuple[str, ...]) -> None:
        super().__init__(message)
        self.key = key
        self.options = options


@dataclass(frozen=True)
class FilePlan:
    """One file or query and the fields it feeds, in the order of the table."""

    raw: Raw
    fields: tuple[Field, ...]
    exclude: Expression | None = None
    cancelled: Expression | None = None

    @property
    def numbers(self) -> dict[str, str]:
        """Number columns that expressions need, and the text columns they are read from."""
        found: dict[str, str] = {}
        expressions = [field.expression for field in self.fields]
        for expression in (*expressions, self.exclude, self.cancelled):
            if expression is not None:
                found.update(expression.numbers)
        return found

    def inner_sql(self, decimal: Decimal) -> str:
        """Return the source with its row number and number columns."""
        items = [f"{self.raw.row_number} AS {ROW}", "*", *number_columns_sql(self.numbers, decimal)]
        return f"(SELECT {', '.join(items)} FROM {self.raw.relation})"


@dataclass(frozen=True)
class Plan:
    """All files of one source."""

    table: Table
    source: Source
    files: tuple[FilePlan, ...]
    decimal: Decimal = "."
    wide: bool = False
    now: datetime.datetime | None = None


def make_plan(
    engine: Engine, table: Table, source: Source, raws: Sequence[Raw], now: datetime.datetime | None = None
) -> Plan:
    """Decide how every column is read; transactions dated more than a day after `now` (UTC) are set aside.

    Raises
    ------
    SourceError
        When a column is missing or mapped wrongly, or dates or numbers can be read in two ways.
    """
    wide = _is_wide(table, source, raws)
    columns = _wide_columns(table, source, raws) if wide else _columns(table, source, raws)
    files = tuple(_plan_file(table, source, columns, raw) for raw in raws)
    decimal = source.decimal or _decimal(engine, table, files)
    plan = Plan(table, source, files, decimal, wide, now)
    plan = _with_types(engine, plan)
    plan = _with_forms(engine, plan)
    if table.keeps_other_columns:
        plan = _with_attribute_types(engine, plan)
    return plan


def _is_wide(table: Table, source: Source, raws: Sequence[Raw]) -> bool:
    """Say whether a survey has one row a respondent and one column an item."""
    if table.name != "survey" or {"item", "answer"} & set(source.columns):
        return False
    return not any(find_column(name, raw.columns) for raw in raws for name in ("item", "answer"))


def _wide_columns(table: Table, source: Source, raws: Sequence[Raw]) -> tuple[Column, ...]:
    customer = table.column("customer_id")
    mapped = source.columns.get("customer_id", "customer_id").casefold()
    items = dict.fromkeys(name for raw in raws for name in raw.columns if name.casefold() != mapped)
    return (customer, *(Column(name, "text", False, "An item of the survey.") for name in items))


def _columns(table: Table, source: Source, raws: Sequence[Raw]) -> tuple[Column, ...]:
    unknown = [name for name in source.columns if name not in table.column_names]
    if unknown and not table.keeps_other_columns:
        raise SourceError(
            f"sources.{table.name}.columns: '{unknown[0]}' is not a column of {table.name}; allowed: "
            f"{', '.join(table.column_names)}.{did_you_mean(unknown[0], table.column_names)}"
        )
    given = [
        column
        for column in table.columns
        if column.required
        or column.name in source.columns
        or any(find_column(column.name, raw.columns) for raw in raws)
    ]
    if table.keeps_other_columns:
        given += _attributes(table, source, raws, unknown)
    return tuple(given)


def _attributes(table: Table, source: Source, raws: Sequence[Raw], mapped: list[str]) -> list[Column]:
    """Every column that is not taken by the contract, under its own name."""
    used = {text.casefold() for text in source.columns.values()}
    own = {name.casefold() for name in (*table.column_names, *mapped)}
    names = list(mapped)
    for raw in raws:
        names += [name for name in raw.columns if name.casefold() not in used | own and name not in names]
    return [Column(name, "text", False, "An attribute of the customer.") for name in names]


def _plan_file(table: Table, source: Source, columns: Sequence[Column], raw: Raw) -> FilePlan:
    fields = tuple(Field(column, _expression(table, source, column, raw)) for column in columns)
    conditions = [
        read_mapping(text, raw.columns, f"sources.{table.name}.{key} ({raw.source})", as_number=False) if text else None
        for key, text in (("exclude", source.exclude), ("cancelled", source.cancelled))
    ]
    return FilePlan(raw, fields, conditions[0], conditions[1])


def _expression(table: Table, source: Source, column: Column, raw: Raw) -> Expression | None:
    if column.name in source.columns:
        where = f"sources.{table.name}.columns.{column.name} ({raw.source})"
        as_number = column.kind in NUMBER_KINDS
        return read_mapping(source.columns[column.name], raw.columns, where, as_number=as_number)
    name = find_column(column.name, raw.columns)
    if name is not None:
        return Expression(identifier(name), (name,), is_column=True)
    if not column.required:
        return None
    error = missing_column(column.name, raw.columns, f"sources.{table.name} ({raw.source})")
    raise SourceError(f'{error} Map it with columns = {{ {column.name} = "..." }}.')


def _decimal(engine: Engine, table: Table, files: Sequence[FilePlan]) -> Decimal:
    counts: list[tuple[str, int, int]] = []
    for file in files:
        names = {name for field in file.fields for name in field.number_columns} | set(file.numbers.values())
        texts = sorted(name for name in names if file.raw.columns[name] == "VARCHAR")
        if table.keeps_other_columns:
            texts = [name for name, kind in file.raw.columns.items() if kind == "VARCHAR"]
        for start in range(0, len(texts), 200):
            counts += _decimal_counts(engine, file.raw, texts[start : start + 200])
    mark = numbers.decimal_of(counts)
    if mark is not None:
        return mark
    column = next(name for name, comma, _ in counts if comma)
    raise AmbiguousSourceError(
        f"sources.{table.name}: some numbers are written with a decimal comma (as in column '{column}') and others "
        'with a decimal point. State decimal = "," or decimal = ".".',
        "decimal",
        (".", ","),
    )


def _decimal_counts(engine: Engine, raw: Raw, texts: list[str]) -> list[tuple[str, int, int]]:
    # most files have no comma in any number: one cheap look settles it
    look = ", ".join(f"coalesce(bool_or(contains({identifier(name)}, ',')), FALSE)" for name in texts)
    (seen,) = engine.rows(f"SELECT {look} FROM {raw.relation}")
    suspects = [name for name, has_comma in zip(texts, seen, strict=True) if has_comma]
    if not suspects:
        return []
    counted = ", ".join(count for name in suspects for count in numbers.evidence_sql(name))
    (row,) = engine.rows(f"SELECT {counted} FROM {raw.relation}")
    return list(zip(suspects, row[::2], row[1::2], strict=True))


def _with_types(engine: Engine, plan: Plan) -> Plan:
    """Ask the engine for the type of every expression."""
    files = []
    for file in plan.files:
        fields = []
        for field in file.fields:
            kind = _type(engine, plan, file, field.expression, field.column.name)
            fields.append(replace(field, sql_type=kind, decimal=plan.decimal))
        for expression, key in ((file.exclude, "exclude"), (file.cancelled, "cancelled")):
            if _type(engine, plan, file, expression, key) not in {"BOOLEAN", "VARCHAR"}:
                raise SourceError(
                    f"sources.{plan.table.name}.{key}: expected a condition, such as \"Status = 'void'\"."
                )
        files.append(replace(file, fields=tuple(fields)))
    return replace(plan, files=tuple(files))


def _type(engine: Engine, plan: Plan, file: FilePlan, expression: Expression | None, key: str) -> str:
    if expression is None:
        return "VARCHAR"
    if expression.is_column:
        return file.raw.columns[expression.uses[0]]
    try:
        (row,) = engine.rows(f"DESCRIBE SELECT {expression.sql} FROM {file.inner_sql(plan.decimal)}")
    except EngineError as error:
        raise SourceError(
            f"sources.{plan.table.name}: the expression for {key} does not work on '{file.raw.source}': {error}"
        ) from error
    return str(row[1])


def _with_forms(engine: Engine, plan: Plan) -> Plan:
    """Find the form of every date that is written in text, over all files of the source."""
    forms: dict[str, dates.DateForm] = {}
    for position, column in enumerate(field.column for field in plan.files[0].fields):
        asking = [file for file in plan.files if file.fields[position].needs_form]
        if asking:
            forms[column.name] = _form(engine, plan, asking, position)
    files = tuple(
        replace(
            file,
            fields=tuple(
                field.with_form(forms[field.column.name]) if field.needs_form else field for field in file.fields
            ),
        )
        for file in plan.files
    )
    return replace(plan, files=files)


def _form(engine: Engine, plan: Plan, files: Sequence[FilePlan], position: int) -> dates.DateForm:
    if plan.source.date_format:
        return dates.stated_form(plan.source.date_format)
    parts = []
    for file in files:
        field = file.fields[position]
        assert field.expression is not None  # noqa: S101 - needs_form says so
        value = text_sql(field.expression.sql, field.sql_type)
        parts.append(f"SELECT {value} AS value FROM {file.inner_sql(plan.decimal)}")
    relation = f"({' UNION ALL '.join(parts)})"
    iso = dates.FORMS[0]
    (row,) = engine.rows(f"SELECT {dates.counts_sql('value', [iso])} FROM {relation}")
    if row[0] == row[1]:
        return iso
    (row,) = engine.rows(f"SELECT {dates.counts_sql('value', dates.FORMS)} FROM {relation}")
    choice = dates.choose(dates.FORMS, row[1:], row[0])
    if choice is None:
        return iso
    if choice.rival is not None:
        raise _ambiguous(engine, plan, files[0].fields[position], choice, relation)
    return choice.form


def _ambiguous(engine: Engine, plan: Plan, field: Field, choice: dates.Choice, relation: str) -> SourceError:
    rival = choice.rival or choice.form
    both = f"{choice.form.sql('value')} IS NOT NULL AND {rival.sql('value')} IS NOT NULL"
    example = engine.value(f"SELECT value FROM {relation} WHERE {both} LIMIT 1")
    options = [
        next(
            (
                text
                for text in form.formats
                if engine.value("SELECT try_strptime($v, $f) IS NOT NULL", {"v": example, "f": text})
            ),
            form.formats[0],
        )
        for form in (choice.form, rival)
    ]
    origin = plan.source.columns.get(field.column.name, field.column.name)
    return AmbiguousSourceError(
        f"sources.{plan.table.name}: the dates in '{origin}' (such as {example}) can be read as {choice.form.name} or "
        f'as {rival.name}. State date_format = "{options[0]}" or date_format = "{options[1]}".',
        "date_format",
        tuple(options),
    )


def _with_attribute_types(engine: Engine, plan: Plan) -> Plan:
    """Make an attribute a number when every value there is reads as one."""
    contract = set(plan.table.column_names)
    names = [field.column.name for field in plan.files[0].fields if field.column.name not in contract]
    numeric = {
        name for start in range(0, len(names), 200) for name in _numeric(engine, plan, names[start : start + 200])
    }
    files = tuple(
        replace(
            file,
            fields=tuple(
                replace(field, column=replace(field.column, kind="number")) if field.column.name in numeric else field
                for field in file.fields
            ),
        )
        for file in plan.files
    )
    return replace(plan, files=files)


def _numeric(engine: Engine, plan: Plan, names: list[str]) -> list[str]:
    verdicts = []
    for file in plan.files:
        by_name = {field.column.name: field for field in file.fields}
        items = []
        for name in names:
            field = by_name[name]
            if field.expression is None:
                items += ["0", "0"]
                continue
            value = text_sql(field.expression.sql, field.sql_type)
            attempt = replace(field, column=replace(field.column, kind="number"))
            as_number = attempt.typed_sql(attempt.said_sql())
            # 007 is a code, not a number
            is_number = f"{as_number} IS NOT NULL AND NOT regexp_matches({value}, '^0[0-9]')"
            items += [f"count({value})", f"count(*) FILTER ({is_number})"]
        (row,) = engine.rows(f"SELECT {', '.join(items)} FROM {file.inner_sql(plan.decimal)}")
        verdicts.append(row)
    present = [sum(row[2 * place] for row in verdicts) for place in range(len(names))]
    parsed = [sum(row[2 * place + 1] for row in verdicts) for place in range(len(names))]
    return [name for name, there, read in zip(names, present, parsed, strict=True) if there and there == read]
