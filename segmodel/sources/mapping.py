"""What `columns` of a definition may say: the name of a column, or a SQL expression over columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from segmodel.engines import identifier
from segmodel.errors import SourceError, did_you_mean
from segmodel.sources.numbers import INSIDE, is_numeric

_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg)
_COMPARISONS = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.EQ, exp.NEQ, exp.Between, exp.In)
_NUMBER_FUNCTIONS = (exp.Abs, exp.Round, exp.Floor, exp.Ceil)
_PASSING = (exp.Paren, exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least)
"""Nodes whose value is one of their operands: what is asked of them is asked of those."""

_TEXT_FUNCTIONS = (
    exp.Like, exp.ILike, exp.RegexpLike, exp.StartsWith, exp.Lower, exp.Upper, exp.Trim, exp.Substring, exp.Left,
    exp.Right, exp.Length, exp.Replace, exp.DPipe,
)  # fmt: skip

Wanted = Literal["number", "text", "any"]

_ALLOWED: tuple[type[exp.Expr], ...] = (
    *_ARITHMETIC, *_COMPARISONS, *_NUMBER_FUNCTIONS, *_PASSING,
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null,
    *_TEXT_FUNCTIONS, exp.And, exp.Or, exp.Not, exp.Is, exp.Escape, exp.Concat,
    exp.Cast, exp.TryCast, exp.DataType, exp.DataTypeParam,
)  # fmt: skip
_SAID = (
    "arithmetic, comparisons, AND, OR, NOT, LIKE, IN, BETWEEN, CASE, CAST, ||, abs, round, coalesce, nullif, "
    "greatest, least, lower, upper, trim, substring, left, right, length and replace"
)


@dataclass(frozen=True)
class Expression:
    """A mapping made ready to run.

    Attributes
    ----------
    sql : str
        SQL over the columns of the source and the number columns of `numbers`.
    uses : tuple of str
        The columns of the source it reads.
    numbers : dict
        Name of a number column it needs, and the text column it is read from.
    is_column : bool
        It is one column as it stands, whose type is kept.
    """

    sql: str
    uses: tuple[str, ...]
    numbers: Mapping[str, str] = field(default_factory=dict)
    is_column: bool = False


def number_name(column: str) -> str:
    """Return the name under which the number read from text column `column` is available to expressions."""
    return f"{column} \x01number"


def read_mapping(text: str, columns: Mapping[str, str], where: str, *, as_number: bool) -> Expression:
    """Make the right side of a mapping ready to run.

    Parameters
    ----------
    text : str
        The name of a column, or a SQL expression over columns.
    columns : mapping
        Columns of the source and their SQL types.
    where : str
        The key in the definition and the source, for messages.
    as_number : bool
        The result is a number: text columns in it are read as numbers.

    Raises
    ------
    SourceError
        When a column does not exist (the nearest is named), or the expression does what a mapping may not.
    """
    name = find_column(text, columns)
    if name is not None:
        return Expression(identifier(name), (name,), is_column=True)
    tree = _parse(text, columns, where)
    writer = _Writer(columns, text, where)
    sql = writer.rewrite(tree, "number" if as_number else "any").sql(dialect="duckdb", comments=False)
    # whatever still goes wrong in a row makes the one value NULL, not the whole reading fail
    return Expression(f"TRY({sql})", tuple(dict.fromkeys(writer.uses)), writer.numbers)


def find_column(name: str, columns: Mapping[str, str]) -> str | None:
    """Return the column of that name, ignoring case when that is unambiguous."""
    if name in columns:
        return name
    folded = [column for column in columns if column.casefold() == name.strip().casefold()]
    return folded[0] if len(folded) == 1 else None


def missing_column(name: str, columns: Mapping[str, str], where: str) -> SourceError:
    """Return the error that names what was looked for, the nearest column and those there are."""
    listed = ", ".join(f"'{column[:60]}'" for column in list(columns)[:12])
    more = f" and {len(columns) - 12:,} more" if len(columns) > 12 else ""
    return SourceError(
        f"{where}: there is no column '{name}'.{did_you_mean(name, columns)} The columns are {listed}{more}."
    )


def _parse(text: str, columns: Mapping[str, str], where: str) -> exp.Expr:
    try:
        trees = sqlglot.parse(text, dialect="duckdb")
    except (SqlglotError, RecursionError):
        raise missing_column(text, columns, where) from None
    if len(trees) != 1 or trees[0] is None or isinstance(trees[0], exp.Alias):
        raise missing_column(text, columns, where)
    tree = trees[0]
    for node in tree.walk():
        if not isinstance(node, _ALLOWED):
            raise SourceError(
                f"{where}: '{text}' uses {_name_of(node)}, which a mapping may not. Expressions may use columns, "
                f"numbers, 'text', {_SAID}. Anything more belongs in the query or file the source reads."
            )
        if isinstance(node, exp.Column) and node.table:
            raise missing_column(node.sql(dialect="duckdb"), columns, where)
    return tree


def _name_of(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return f"the function {node.name}"
    return type(node).__name__.upper()


class _Writer:
    """Rewrites a checked tree: exact column names, numbers where numbers are meant, text where text is."""

    def __init__(self, columns: Mapping[str, str], text: str, where: str) -> None:
        self.columns = columns
        self.text = text
        self.where = where
        self.uses: list[str] = []
        self.numbers: dict[str, str] = {}

    def rewrite(self, node: exp.Expr, wanted: Wanted) -> exp.Expr:
        if isinstance(node, exp.Column):
            return self._column(node, wanted)
        wanted = _wanted_inside(node, wanted)
        if isinstance(node, exp.Cast) and not isinstance(node, exp.TryCast):
            node = exp.TryCast(**node.args)
        for key, value in list(node.args.items()):
            # the condition of a CASE is a question of its own, whatever the value is needed for
            asked = "any" if isinstance(node, exp.If) and key == "this" else wanted
            if isinstance(value, exp.Expr):
                node.set(key, self.rewrite(value, asked))
            elif isinstance(value, list):
                node.set(key, [self.rewrite(item, asked) if isinstance(item, exp.Expr) else item for item in value])
        if isinstance(node, (exp.Div, exp.IntDiv, exp.Mod)):
            # the engine stops at a division by nought; one row without a value is what is meant
            node.set("expression", exp.Nullif(this=node.expression, expression=exp.Literal.number(0)))
        return node

    def _column(self, node: exp.Column, wanted: Wanted) -> exp.Expr:
        name = find_column(node.name, self.columns)
        if name is None:
            raise missing_column(node.name, self.columns, f"{self.where} = '{self.text}'")
        self.uses.append(name)
        if wanted == "number" and not is_numeric(self.columns[name]):
            self.numbers[number_name(name)] = name
            name = number_name(name)
        column = exp.column(exp.to_identifier(name, quoted=True))
        if wanted == "number" and name in self.columns:
            return exp.cast(column, INSIDE, dialect="duckdb")
        if wanted == "text" and self.columns[name] != "VARCHAR":
            return exp.cast(column, "VARCHAR", dialect="duckdb")
        return column


def _wanted_inside(node: exp.Expr, wanted: Wanted) -> Wanted:
    """Say what the operands of a node are: numbers, text, or whatever they happen to be."""
    if isinstance(node, (*_ARITHMETIC, *_NUMBER_FUNCTIONS)):
        return "number"
    if isinstance(node, _TEXT_FUNCTIONS):
        return "text"
    if isinstance(node, _COMPARISONS):
        return _compared(node)
    return wanted if isinstance(node, _PASSING) else "any"


def _compared(node: exp.Expr) -> Wanted:
    """Say what a comparison compares: text when a text stands on a side, else numbers when a number does."""
    sides = [part.this if isinstance(part, exp.Neg) else part for part in node.iter_expressions()]
    if any(isinstance(side, exp.Literal) and side.is_string for side in sides):
        return "text"
    numeric = (*_ARITHMETIC, *_NUMBER_FUNCTIONS)
    return "number" if any(isinstance(side, (exp.Literal, *numeric)) for side in sides) else "any"
