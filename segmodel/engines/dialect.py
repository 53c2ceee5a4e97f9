"""Our SQL, which is DuckDB's, written for other engines through sqlglot."""

from __future__ import annotations

import re

import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError

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
