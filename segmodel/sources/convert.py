"""SQL that turns what a source holds into the types of the contract, and says when it cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from segmodel.engines import identifier
from segmodel.sources.contracts import Column
from segmodel.sources.dates import EARLIEST, LATEST, DateForm
from segmodel.sources.mapping import Expression
from segmodel.sources.numbers import BLANKS, INSIDE, Decimal, finite_sql, is_numeric, number_sql

DATE_KINDS = ("timestamp", "date", "month")
NUMBER_KINDS = ("money", "number", "integer")

_DATE_TYPES = ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE")
_TRUE = "('true', 't', 'yes', 'y', '1', '1.0')"
_FALSE = "('false', 'f', 'no', 'n', '0', '0.0')"


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

    @property
    def is_text(self) -> bool:
        """Whether what the source says is read as text, and so cleaned first."""
        if self.needs_form:
            return True
        if is_numeric(self.sql_type):
            return self.column.kind in {"text", "flag"}
        if self.sql_type.startswith(_DATE_TYPES):
            return self.column.kind not in DATE_KINDS
        return self.sql_type != "BOOLEAN" or self.column.kind != "flag"

    def said_sql(self) -> str:
        """Return SQL over the columns of the source for what it says, text trimmed."""
        if self.expression is None:
            return f"CAST(NULL AS {self.column.sql_type})"
        return text_sql(self.expression.sql, self.sql_type) if self.is_text else self.expression.sql

    def typed_sql(self, said: str) -> str:
        """Return SQL that gives `said` in the type of the contract, NULL when it cannot be read."""
        kind = self.column.kind
        if self.expression is None or kind == "text":
            return said
        if kind == "id":
            return _id_sql(said, "VARCHAR" if self.is_text else self.sql_type)
        if kind == "flag":
            return _flag_sql(said) if self.is_text else f"{said}::BOOLEAN"
        if kind in NUMBER_KINDS:
            wanted = self.column.sql_type
            return number_sql(said, self.decimal, wanted) if self.is_text else finite_sql(said, wanted)
        moment = self.form.sql(said) if self.form is not None else f"TRY_CAST({said} AS TIMESTAMP)"
        if kind == "timestamp":
            return moment
        return f"date_trunc('{'month' if kind == 'month' else 'day'}', {moment})::DATE"

    def broken_sql(self, said: str, typed: str, used: Sequence[str]) -> str:
        """Return SQL that names the rule a row breaks, NULL when the value is in order.

        Parameters
        ----------
        said, typed : str
            What the source says and what was read from it.
        used : sequence of str
            The columns an expression reads: it is as empty as any of them.
        """
        if self.expression is None or (self.column.kind in {"text", "id"} and not self.column.required):
            return ""
        name = self.column.name
        if self.expression.is_column or not used:
            empty = f"{said} IS NULL{self._blank(said)}"
        else:
            empty = " OR ".join(f"{column} IS NULL OR lower(trim({column}::VARCHAR)) IN {BLANKS}" for column in used)
        missing = f"'missing_{name}'" if self.column.required else "NULL"
        # the inner question is asked only of rows that failed the outer one
        cases = [f"WHEN {typed} IS NULL THEN CASE WHEN {empty} THEN {missing} ELSE 'unparsable_{name}' END"]
        if self.column.kind in DATE_KINDS:
            sensible = f"{typed} BETWEEN TIMESTAMP '{EARLIEST}' AND TIMESTAMP '{LATEST}'"
            cases.append(f"WHEN NOT ({sensible}) THEN '{name}_out_of_range'")
        return f"CASE {' '.join(cases)} END"

    def _blank(self, said: str) -> str:
        """Return SQL for what means nothing besides NULL: words of exports in text, NaN in numbers."""
        if self.is_text:
            return f" OR lower({said}) IN {BLANKS}"
        return f" OR isnan({said})" if self.sql_type in {"FLOAT", "DOUBLE"} else ""


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
    # most values begin and end in plain ASCII, and finding that out is much cheaper than trimming;
    # the characters stand here themselves because the engine's escapes know no unicode
    trimmed = f"nullif(trim({text}, ' \t\r\n\u00a0'), '')"
    plain = f"{text} BETWEEN '!' AND '~' AND ({text})[-1] BETWEEN '!' AND '~'"
    return f"CASE WHEN {plain} THEN {text} ELSE {trimmed} END"


def _id_sql(said: str, sql_type: str) -> str:
    if sql_type in {"FLOAT", "DOUBLE"}:
        # 1e15 and beyond are no longer exact, so they are kept as they are written
        whole = f"isfinite({said}) AND {said} = trunc({said}) AND abs({said}) < 1e15"
        text = f"CASE WHEN {whole} THEN {said}::BIGINT::VARCHAR ELSE {said}::VARCHAR END"
        return f"CASE WHEN NOT isnan({said}) THEN {text} END"
    if sql_type != "VARCHAR" and not sql_type.startswith("DECIMAL"):
        return f"{said}::VARCHAR"
    text = f"{said}::VARCHAR"
    # numbers that went through a float column come back as 17850.0
    whole = f"regexp_replace({text}, '^([0-9]+)[.]0+$', '\\1')"
    nothing = f"length({text}) < 5 AND lower({text}) IN {BLANKS}"
    return f"CASE WHEN contains({text}, '.0') THEN {whole} WHEN {nothing} THEN NULL ELSE {text} END"


def _flag_sql(said: str) -> str:
    return f"CASE WHEN lower({said}) IN {_TRUE} THEN TRUE WHEN lower({said}) IN {_FALSE} THEN FALSE END"


def number_columns_sql(numbers: Mapping[str, str], decimal: Decimal) -> list[str]:
    """Return select items that give text columns as numbers, under the names expressions use."""
    return [
        f"{number_sql(text_sql(identifier(column), 'ANY'), decimal, INSIDE)} AS {identifier(name)}"
        for name, column in numbers.items()
    ]
