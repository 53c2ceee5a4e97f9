"""Our SQL, which is DuckDB's, written for other engines through sqlglot."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any, ClassVar

import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError
from sqlglot.generators.spark import SparkGenerator

from segmodel.errors import EngineError, did_you_mean

DIALECTS = ("duckdb", "snowflake", "bigquery", "databricks", "spark", "redshift", "postgres")
"""Whose SQL we write and test; sqlglot knows more."""

NUMBER = "^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,2})?$"
"""Text that is a number, as a pattern every engine reads alike; not all of them can try a cast."""

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_WORDS = (
    "all and any array as asc between both by case cast check collate column constraint create cross current default "
    "delete desc distinct do drop else end escape except exists false fetch filter first for foreign from full grant "
    "group grouping having if ignore in index inner insert intersect interval into is join key language last lateral "
    "leading left like limit local merge minus natural new no not null nulls of off offset old on only or order outer "
    "over partition percent period primary qualify range recursive references right row rows sample schema select "
    "session set similar some start system table tablesample tag then time timestamp to top trailing true union unique "
    "unnest update user using values view when where window with within without"
)
_RESERVED = frozenset(_WORDS.split())
"""Words an engine may take for its own: names that are one stay quoted."""


def render(text: str, dialect: str) -> str:
    """Return one statement of ours for another engine, comments kept.

    Names that need no quotes lose them: Snowflake would take `"orders"` for another column than `orders`.

    Parameters
    ----------
    text : str
        In DuckDB's SQL.
    dialect : str
        One of `DIALECTS`, or another one sqlglot knows.

    Raises
    ------
    EngineError
        When the dialect is unknown, or cannot say what the statement says.

    Examples
    --------
    >>> print(render('SELECT "orders" / 2 AS "half a" FROM "t"', "bigquery"))
    SELECT
      orders / 2 AS `half a`
    FROM t
    """
    if dialect == "duckdb":
        return text
    known = sorted(name.lower() for name in sqlglot.Dialects.__members__ if name != "DIALECT")
    if dialect not in known:
        raise EngineError(
            f"SQL dialect '{dialect}' is unknown; known: {', '.join(known)}.{did_you_mean(dialect, known)}"
        )
    try:
        tree = sqlglot.parse_one(text, read="duckdb")
        return _fitted(tree, dialect).sql(dialect=dialect, pretty=True, unsupported_level=sqlglot.ErrorLevel.RAISE)
    except SqlglotError as error:
        raise EngineError(f"This cannot be written for '{dialect}': {error}") from None


class _SparkWriter(SparkGenerator):
    """Steps of steps stay where they are: moved up, two of one name would meet."""

    EXPRESSIONS_WITHOUT_NESTED_CTES: ClassVar[set[type[exp.Expr]]] = set()


def spark_sql(text: str, parameters: Mapping[str, Any]) -> str:
    r"""Return one statement of ours as Spark runs it in our place, with its parameters in it.

    What DuckDB does by itself is written out: names found without their schema, division in binary, large integers.

    Raises
    ------
    EngineError
        When Spark cannot say what the statement says, or a parameter is missing.

    Examples
    --------
    >>> print(spark_sql("SELECT a / b FROM scratch.t WHERE c = $c", {"c": "O'Brien"}))
    SELECT
      CAST(a AS DOUBLE) / CAST(b AS DOUBLE)
    FROM t
    WHERE
      c = 'O\'Brien'
    """

    def told(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Placeholder):
            if node.name not in parameters:
                raise EngineError(f"A query names parameter '{node.name}', which it was not given.")
            return _constant(parameters[node.name])
        if isinstance(node, exp.Div):
            for side in ("this", "expression"):
                node.set(side, exp.cast(node.args[side], "DOUBLE"))
        elif isinstance(node, exp.Table):
            node.set("db", None)
            node.set("catalog", None)
        elif isinstance(node, exp.Anonymous) and node.name.lower() == "favg":  # the mean, summed with more care
            return exp.Avg(this=node.expressions[0])
        elif isinstance(node, exp.DataType) and node.this in {exp.DType.INT128, exp.DType.UINT128}:
            return exp.DataType.build("DECIMAL(38, 0)", dialect="duckdb")
        return node

    try:
        tree = sqlglot.parse_one(text, read="duckdb").transform(told)
        return _SparkWriter(dialect="spark", pretty=True, unsupported_level=sqlglot.ErrorLevel.RAISE).generate(tree)
    except SqlglotError as error:
        raise EngineError(f"This cannot be written for Spark: {error}") from None


def _constant(value: Any) -> exp.Expr:
    if isinstance(value, datetime.datetime):
        return exp.cast(exp.Literal.string(str(value)), "TIMESTAMP")
    if isinstance(value, datetime.date):
        return exp.cast(exp.Literal.string(str(value)), "DATE")
    return exp.convert(value)


def tables_in(text: str) -> set[str]:
    """Return the names of the tables a statement of ours reads; not those it makes on the way.

    Examples
    --------
    >>> sorted(tables_in("WITH a AS (SELECT * FROM b) SELECT * FROM a JOIN scratch.c USING (x)"))
    ['b', 'c']
    """
    tree = sqlglot.parse_one(text, read="duckdb")
    made = {step.alias for step in tree.find_all(exp.CTE)}
    return {table.name for table in tree.find_all(exp.Table) if table.name} - made


def _fitted(tree: exp.Expr, dialect: str) -> exp.Expr:
    for name in tree.find_all(exp.Identifier):
        if _PLAIN.fullmatch(name.name) and name.name not in _RESERVED:
            name.set("quoted", False)
    if dialect == "postgres":  # it would put each step into the next, and a score be computed over and over
        for step in tree.find_all(exp.CTE):
            step.set("materialized", True)
    if dialect == "bigquery":  # its intervals are whole numbers, not text
        for interval in tree.find_all(exp.Interval):
            interval.set("this", exp.Literal.number(interval.this.name))
    return tree
