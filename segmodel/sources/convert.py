"""SQL that turns what a source holds into the types of the contract, and says when it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from segmodel.engines import identifier
from segmodel.sources.contracts import Column
from segmodel.sources.dates import EARLIEST, LATEST, DateForm
from segmodel.sources.mapping import Expression
from segmodel.sources.numbers import BLANKS, EXACT, Decimal, finite_sql, is_numeric, number_sql

DATE_KINDS = ("timestamp", "date", "month")
NUMBER_KINDS = ("money", "number", "integer")

_DATE_TYPES = ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE")
_TRUE = "('true', 't', 'yes', 'y', '1')"
_FALSE = "('false', 'f', 'no', 'n', '0')"


@dataclass(frozen=True)
class Field:
    """One column of the contract over one source: where it comes from and how it is read.

    Attributes
    ----------
    column : Column
        What is wanted.
    expression : Expression or None
        What the source offers; None when this file lacks an optional column.
    sql_type : str
        The type of the expression.
    form : DateForm or None
        How dates in text are written.
    decimal : str
        The decimal mark of numbers in text.
    """

    column: Column
    expression: Expression | None
    sql_type: str = "VARCHAR"
    form: DateForm | None = None
    decimal: Decimal = "."

    @property
    def needs_form(self) -> bool:
        """Whether dates must be read from text or digits."""
        return (
            self.expression is not None and self.column.kind in DATE_KINDS and not self.sql_type.startswith(_DATE_TYPES)
        )

    @property
    def number_columns(self) -> tuple[str, ...]:
        """Text columns of the source that are read as numbers for this one."""
        if self.expression is None:
            return ()
        own = self.expression.is_column and self.column.kind in NUMBER_KINDS and not is_numeric(self.sql_type)
        return self.expression.uses if own else tuple(self.expression.numbers.values())

    def with_form(self, form: DateForm) -> Field:
        """Return the field with dates read in that form."""
        return replace(self, form=form)

    def typed_sql(self, operand: str) -> str:
        """Return SQL that gives the value in the type of the contract, NULL when there is none."""
        if self.expression is None:
            return f"CAST(NULL AS {self.column.sql_type})"
        kind = self.column.kind
        if kind == "id":
            return _id_sql(operand, self.sql_type)
        if kind == "text":
            return text_sql(operand, self.sql_type)
        if kind == "flag":
            return _flag_sql(operand, self.sql_type)
        if kind in NUMBER_KINDS:
            wanted = self.column.sql_type
            if is_numeric(self.sql_type):
                return finite_sql(operand, wanted)
            return number_sql(text_sql(operand, self.sql_type), self.decimal, wanted)
        return self._date_sql(operand)

    def _date_sql(self, operand: str) -> str:
        moment = f"TRY_CAST({operand} AS TIMESTAMP)"
        if self.form is not None:
            moment = self.form.sql(text_sql(operand, self.sql_type))
        if self.column.kind == "timestamp":
            return moment
        return f"date_trunc('{'month' if self.column.kind == 'month' else 'day'}', {moment})::DATE"

    def blank_sql(self, operand: str) -> str:
        """Return SQL that says whether the source says nothing, as against something that cannot be read."""
        if self.expression is None:
            return "TRUE"
        if self.expression.is_column:
            return _blank(operand, self.sql_type)
        # an expression is as good as the columns it reads
        parts = [_blank(identifier(name), "VARCHAR") for name in self.expression.uses]
        return " OR ".join(parts) if parts else "TRUE"

    def rules(self, typed: str, blank: str) -> list[tuple[str, str]]:
        """Return (condition, rule) pairs, the first that holds naming what is wrong with a row."""
        name, kind = self.column.name, self.column.kind
        found = [(f"{typed} IS NULL AND NOT ({blank})", f"unparsable_{name}")]
        if self.column.required:
            found.insert(0, (f"{typed} IS NULL AND ({blank})", f"missing_{name}"))
        if kind in DATE_KINDS:
            outside = f"NOT ({typed} BETWEEN TIMESTAMP '{EARLIEST}' AND TIMESTAMP '{LATEST}')"
            found.append((outside, f"{name}_out_of_range"))
        return found


def reasons(column: Column, origin: str, form: DateForm | None) -> dict[str, str]:
    """Return the sentence for each rule a column can break; `origin` is what it is mapped to."""
    name = column.name
    source = "" if origin == name else f" (from {origin})"
    if column.kind in DATE_KINDS:
        written = f" written as {form.name}, like {form.example}" if form else ""
        expected = f"is not a date{written}"
    elif column.kind == "flag":
        expected = "is not yes or no"
    elif column.kind in NUMBER_KINDS:
        expected = "is not a number"
    else:
        expected = "cannot be read"
    return {
        f"missing_{name}": f"{name}{source} is empty.",
        f"unparsable_{name}": f"{name}{source} {expected}.",
        f"{name}_out_of_range": f"{name}{source} is before {EARLIEST[:4]} or after {LATEST[:4]}.",
    }


def text_sql(operand: str, sql_type: str) -> str:
    """Return SQL for trimmed text, NULL when nothing is left."""
    text = operand if sql_type == "VARCHAR" else f"{operand}::VARCHAR"
    # the characters themselves: the engine's escapes know no unicode, and would trim noughts and letters
    return f"nullif(trim({text}, ' \t\r\n\u00a0'), '')"


def _id_sql(operand: str, sql_type: str) -> str:
    if is_numeric(sql_type) and sql_type not in {"FLOAT", "DOUBLE"} and not sql_type.startswith("DECIMAL"):
        return f"{operand}::VARCHAR"
    text = text_sql(operand, sql_type)
    if sql_type in {"FLOAT", "DOUBLE"}:
        # 1e15 and beyond are no longer exact, so they are kept as they are written
        whole = f"isfinite({operand}) AND {operand} = trunc({operand}) AND abs({operand}) < 1e15"
        return f"CASE WHEN isnan({operand}) THEN NULL WHEN {whole} THEN {operand}::BIGINT::VARCHAR ELSE {text} END"
    # numbers that went through a float column come back as 17850.0
    whole = f"regexp_replace({text}, '^([0-9]+)[.]0+$', '\\1')"
    readable = f"CASE WHEN contains({text}, '.0') THEN {whole} ELSE {text} END"
    return f"CASE WHEN length({text}) < 5 AND lower({text}) IN {BLANKS} THEN NULL ELSE {readable} END"


def _flag_sql(operand: str, sql_type: str) -> str:
    if sql_type == "BOOLEAN":
        return operand
    text = f"lower({text_sql(operand, sql_type)})"
    return f"CASE WHEN {text} IN {_TRUE} THEN TRUE WHEN {text} IN {_FALSE} THEN FALSE END"


def _blank(operand: str, sql_type: str) -> str:
    if is_numeric(sql_type):
        return f"{operand} IS NULL"
    return f"coalesce(lower({text_sql(operand, 'ANY')}) IN {BLANKS}, TRUE)"


def number_columns_sql(numbers: Mapping[str, str], decimal: Decimal) -> list[str]:
    """Return select items that give text columns as numbers, under the names expressions use."""
    return [
        f"{number_sql(text_sql(identifier(column), 'ANY'), decimal, EXACT)} AS {identifier(name)}"
        for name, column in numbers.items()
    ]
