"""What is known of each customer at the latest snapshot: behaviour, purchases, contacts, attributes and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segmodel.definition import Definition, Personas
from segmodel.engines import SCRATCH, Engine, identifier, literal
from segmodel.features import (
    Feature,
    Snapshot,
    identifying_columns,
    straight_liner_column,
    survey_features,
    survey_items,
)
from segmodel.features.lines import BOUGHT
from segmodel.formats import counted
from segmodel.personas.protected import is_protected
from segmodel.personas.views import Column, Form, answer, attribute, behaviour, bought, contact

MOST_LEVELS = 30
"""Words that take more different values than this are names or free text, not one of several."""

MOST_KINDS = 12
"""Categories and kinds of contact that are looked at: the most frequent ones."""

_LONGEST = 60
_FIRST_ROWS = 10_000
_YES = ("yes", "true", "y", "t", "1")
_NO = ("no", "false", "n", "f", "0")


@dataclass(frozen=True)
class Known:
    """A relation of customers, and what its columns are.

    Attributes
    ----------
    sql : str
        A SELECT of one row a customer at the latest snapshot: `customer_id`, `has_answered`, and `k0`, `k1`, … in the
        order of `columns`: a number, a truth value or a word.
    columns : tuple of Column
    left_out : tuple of str
        Protected columns and items.
    """

    sql: str
    columns: tuple[Column, ...]
    left_out: tuple[str, ...]


def gather(engine: Engine, features: Mapping[str, Feature], definition: Definition, snapshot: Snapshot) -> Known:
    """Return what is known of customers; leaves scratch tables that the relation reads.

    Parameters
    ----------
    engine : Engine
        Holds the checked sources and `customer_features`.
    features : mapping of str to Feature
        What `customer_features` holds.
    definition : Definition
    snapshot : Snapshot
        The latest.
    """
    tables = set(engine.tables())
    window = definition.features.window_months
    said = "all" if window == "all" else counted(window, "month")
    columns = _behaviour(engine, features, "all data" if said == "all" else said)
    joins = []
    left_out: list[str] = []
    for found in (
        _purchases(engine, snapshot),
        _contacts(engine, snapshot, tables),
        _attributes(engine, definition.personas, tables),
        _answers(engine, definition, tables),
    ):
        # what goes by a name already told of something else is not told
        taken = {column.name.casefold() for column in columns}
        columns += [column for column in found.columns if column.name.casefold() not in taken]
        left_out += found.left_out
        joins += [found.sql] if found.sql else []
    listed = "".join(f", {column.sql} AS k{place}" for place, column in enumerate(columns))
    has_answered = "asked.customer_id IS NOT NULL" if any(column.kind == "answer" for column in columns) else "FALSE"
    sql = (
        f"SELECT did.customer_id, {has_answered} AS has_answered{listed} "
        f"FROM (SELECT * FROM customer_features WHERE snapshot = DATE '{snapshot.day}') AS did {' '.join(joins)}"
    )
    return Known(sql, tuple(columns), tuple(left_out))


@dataclass(frozen=True)
class _Found:
    """Columns of one source, the join that brings them, and what was left out."""

    columns: Sequence[Column] = ()
    sql: str = ""
    left_out: Sequence[str] = ()


def _behaviour(engine: Engine, features: Mapping[str, Feature], window: str) -> list[Column]:
    computed = engine.columns("customer_features")
    own = [each for each in features.values() if each.rows not in {"customers", "survey"} and each.name in computed]
    return [behaviour(each, _value("did", each.name, is_number=each.is_numeric), window) for each in own]


def _purchases(engine: Engine, snapshot: Snapshot) -> _Found:
    """Return whether customers bought each category in the window."""
    if "category" not in engine.columns("transactions"):
        return _Found()
    condition = f"{BOUGHT} AND {_in_window('ordered_at', snapshot)}"
    return _flags(engine, "transactions", "category", condition, "bought")


def _contacts(engine: Engine, snapshot: Snapshot, tables: set[str]) -> _Found:
    """Return whether there was each kind of contact in the window."""
    if "interactions" not in tables:
        return _Found()
    return _flags(engine, "interactions", "kind", _in_window("at", snapshot), "contact")


def _flags(engine: Engine, table: str, column: str, condition: str, name: str) -> _Found:
    """Return whether a customer has a row of each of the most frequent values; one number a customer holds them all."""
    value = f"trim({identifier(column)})"
    rows = engine.rows(
        f"SELECT {value}, count(*) FROM {table} WHERE {condition} AND length({value}) BETWEEN 1 AND {_LONGEST} "
        f"GROUP BY ALL ORDER BY count(*) DESC, 1 LIMIT {MOST_KINDS}"
    )
    values = sorted(str(each) for each, _ in rows)
    if not values:
        return _Found()
    places = ", ".join(f"({literal(each)}, {1 << place})" for place, each in enumerate(values))
    engine.execute(
        f"CREATE OR REPLACE TABLE {SCRATCH}.known_{name} AS "
        f"SELECT customer_id, bit_or(bit)::INTEGER AS bits FROM {table} JOIN (VALUES {places}) AS places(word, bit) "
        f"ON {value} = word WHERE {condition} GROUP BY customer_id"
    )
    made = {"bought": bought, "contact": contact}[name]
    columns = [made(each, f"coalesce({name}.bits & {1 << place}, 0) <> 0") for place, each in enumerate(values)]
    return _Found(columns, f"LEFT JOIN known_{name} AS {name} USING (customer_id)")


def _attributes(engine: Engine, settings: Personas, tables: set[str]) -> _Found:
    """Return the columns of the customers table that are not protected, and neither name anybody nor hold texts."""
    if "customers" not in tables:
        return _Found()
    kinds = {name: kind for name, kind in engine.columns("customers").items() if name != "customer_id"}
    left_out = [name for name in kinds if is_protected(name, settings)]
    numbers = [name for name, kind in kinds.items() if _is_number(kind) and name not in left_out]
    texts = [name for name, kind in kinds.items() if kind in {"VARCHAR", "BOOLEAN"} and name not in left_out]
    named = identifying_columns(engine, numbers)
    forms: dict[str, Form] = {name: "number" for name in numbers if name not in named}
    forms |= _forms(engine, "customers", texts) | _zero_or_one(engine, "customers", list(forms))
    columns = [
        attribute(name, _of_form("who", name, forms[name], kinds[name]), forms[name]) for name in kinds if name in forms
    ]
    return _Found(columns, "LEFT JOIN customers AS who USING (customer_id)", left_out)


def _answers(engine: Engine, definition: Definition, tables: set[str]) -> _Found:
    """Return the items of the survey that are not protected, of those whose answers count."""
    if "survey" not in tables:
        return _Found()
    items: dict[str, Feature] = {}
    left_out, taken = [], {"customer_id"}
    for name, item in survey_items(engine).items():
        taken |= {straight_liner_column(item.kind)}
        if is_protected(name, definition.personas, item.label if item.kind == "demographic" else ""):
            left_out.append(name)
        elif name.casefold() not in taken:  # columns differ by more than capital letters
            items[name] = item
            taken.add(name.casefold())
    if not items:
        return _Found(left_out=left_out)
    survey_features(engine, items, centre=definition.survey.centre)
    kinds = engine.columns("survey_features")
    is_told = "NOT asked.{mark}" if definition.survey.straight_liners == "leave out" else "TRUE"
    forms: dict[str, Form] = {name: "number" for name, item in items.items() if item.is_numeric}
    forms |= _forms(engine, "survey_features", [name for name in items if name not in forms])
    forms |= _zero_or_one(engine, "survey_features", [name for name in items if forms.get(name) == "number"])
    columns = [
        answer(
            item,
            f"CASE WHEN {is_told.format(mark=identifier(straight_liner_column(item.kind)))} "
            f"THEN {_of_form('asked', name, forms[name], kinds[name])} END",
            forms[name],
        )
        for name, item in items.items()
        if name in forms
    ]
    return _Found(columns, "LEFT JOIN survey_features AS asked USING (customer_id)", left_out)


def _forms(engine: Engine, table: str, names: Sequence[str]) -> dict[str, Form]:
    """Return which columns of text are yes or no, and which one of several words; others are names or free text."""
    values = {name: f"nullif(trim({identifier(name)}::VARCHAR), '')" for name in names}
    # many different values in the first rows are many in all, and need not be counted
    few = _most(engine, f"(SELECT * FROM {table} LIMIT {_FIRST_ROWS})", values)
    counts = _most(engine, table, {name: values[name] for name in few})
    return {name: "flag" if is_flag else "words" for name, is_flag in counts.items()}


def _most(engine: Engine, relation: str, values: Mapping[str, str]) -> dict[str, bool]:
    """Return the columns that take 2 to `MOST_LEVELS` short values, each with whether they are yes and no."""
    if not values:
        return {}
    known = ", ".join(f"'{word}'" for word in (*_YES, *_NO))
    asked = ", ".join(
        f"count(DISTINCT {value}), max(length({value})), bool_and(lower({value}) IN ({known}))"
        for value in values.values()
    )
    (row,) = engine.rows(f"SELECT {asked} FROM {relation}")
    found = {name: row[3 * place : 3 * place + 3] for place, name in enumerate(values)}
    return {
        name: bool(is_flag)
        for name, (different, longest, is_flag) in found.items()
        if different <= MOST_LEVELS and (longest or 0) <= _LONGEST
    }


def _zero_or_one(engine: Engine, table: str, names: Sequence[str]) -> dict[str, Form]:
    """Return which numbers are nothing but 0 and 1: yes or no."""
    if not names:
        return {}
    asked = ", ".join(f"bool_and({identifier(name)} IN (0, 1))" for name in names)
    (row,) = engine.rows(f"SELECT {asked} FROM {table}")
    return {name: "flag" for name, is_flag in zip(names, row, strict=True) if is_flag}


def _of_form(table: str, name: str, form: Form, kind: str) -> str:
    if form == "flag" and _is_number(kind):
        return f"({table}.{identifier(name)} = 1)"
    if form == "flag":
        yes = ", ".join(f"'{word}'" for word in _YES)
        return f"(lower({_value(table, name, is_number=False)}) IN ({yes}))"
    return _value(table, name, is_number=form == "number")


def _value(table: str, name: str, *, is_number: bool) -> str:
    column = f"{table}.{identifier(name)}"
    if is_number:
        return f"CASE WHEN isfinite({column}::DOUBLE) THEN {column}::DOUBLE END"
    return f"nullif(trim({column}::VARCHAR), '')"


def _is_number(kind: str) -> bool:
    return kind in {"DOUBLE", "BIGINT", "INTEGER"} or kind.startswith("DECIMAL")


def _in_window(column: str, snapshot: Snapshot) -> str:
    day = f"{identifier(column)}::DATE"
    return f"{day} > DATE '{snapshot.window_start}' AND {day} <= DATE '{snapshot.day}'"
