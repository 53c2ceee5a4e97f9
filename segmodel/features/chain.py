"""The features of one date as one query that any warehouse runs, from transactions to a row a customer.

It says what `compute_features` computes for many dates at once, in the plainest SQL there is: no hashes, no filters on
aggregates, nothing that one engine alone knows. A test holds the two against each other for every customer.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import expressions as exp

from segmodel.engines import NUMBER, identifier, literal
from segmodel.features.contract import Tables
from segmodel.features.feature import ALWAYS, Feature, columns_of
from segmodel.features.lines import BOUGHT, margin_column
from segmodel.features.survey import ENOUGH, ROWS, straight_liner_column

TODAY = "today"
"""As of the day the query is run."""

_MONDAY = "CAST('0001-01-01' AS DATE)"
_LINES = ("net", "purchases", "refunds", "promoted", "worth")
_DAYS = {
    "orders": "orders",
    "weekday_orders": f"CASE WHEN date_diff('day', {_MONDAY}, day) % 7 < 5 THEN orders ELSE 0 END",
    "evening_orders": "evening_orders",
    "first_on": "day",
    "last_on": "day",
    "active_days": "1",
    "gaps": "CASE WHEN gap IS NULL THEN 0 ELSE 1 END",
    "gap_days": "gap",
    "gap_days_squared": "gap * gap",
}
_TYPES = {"first_on": "DATE", "last_on": "DATE", **dict.fromkeys(_LINES, "DECIMAL(18,4)")}
_GAPS = {"gaps", "gap_days", "gap_days_squared"}
_PARTS = ("channel", "category")


@dataclass(frozen=True)
class Query:
    """One step of the chain: its name, what it is in words, and its SQL."""

    name: str
    words: str
    sql: str


def chain(
    features: Sequence[Feature],
    marks: Sequence[str],
    tables: Tables,
    as_of: datetime.date | str | Sequence[datetime.date],
) -> list[Query]:
    """Return the steps from `transactions` to `features(snapshot, customer_id, …)`, one row a customer who has bought.

    Parameters
    ----------
    features : sequence of Feature
        What the scorecard reads.
    marks : sequence of str
        Columns that say who gave one answer throughout, which it reads as well.
    tables : Tables
    as_of : date, "today" or sequence of date
        Several dates give a row a customer at each.
    """
    computed = [feature for feature in features if feature.name not in ALWAYS]
    activity = {each.name: each.sql for each in computed if each.rows == "activity"}
    activity |= {name: ALWAYS[name] for name in ALWAYS if name in {each.name for each in features}}
    wanted = {"orders"} | {name for sql in activity.values() for name in columns_of([sql]) & {*_LINES, *_DAYS}}
    parts = {rows: [each for each in computed if each.rows == rows] for rows in _PARTS}
    steps = [*_dates(tables, as_of), *_lines(tables, wanted, [rows for rows, own in parts.items() if own])]
    steps += _activity(wanted, activity)
    joined = {"by_activity": list(activity)}
    for rows, own in parts.items():
        if own:
            steps += _part(rows, own)
            joined[f"by_{rows}"] = [each.name for each in own]
    if own := [each for each in computed if each.rows == "customers"]:
        steps.append(_customers(own, tables))
        joined["by_customer"] = [each.name for each in own]
    if own := [each for each in computed if each.rows == ROWS]:
        steps += _survey(own, marks, tables)
        joined["by_survey"] = [*marks, *(each.name for each in own)]
    return [*steps, _all(joined)]


def _dates(tables: Tables, as_of: datetime.date | str | Sequence[datetime.date]) -> list[Query]:
    if as_of == TODAY:
        days = ["CURRENT_DATE"]
    else:
        days = [f"CAST('{day}' AS DATE)" for day in ([as_of] if isinstance(as_of, datetime.date | str) else as_of)]
    dates = "\nUNION ALL ".join(f"SELECT {day} AS snapshot" for day in days)
    months = tables.window_months
    window = _MONDAY if months == "all" else _months_before(int(months))
    starts = {"window_start": window, "last_6_start": _months_before(6), "previous_6_start": _months_before(12)}
    listed = ",\n    ".join(f"{sql} AS {name}" for name, sql in starts.items())
    length = "all of history" if months == "all" else f"the {months} months up to it"
    return [
        Query("dates", "The day customers are described at: change it here.", dates),
        Query("windows", f"What counts: {length}; a month end stays a month end.", _select(listed, "dates")),
    ]


def _select(listed: str, relation: str) -> str:
    return f"SELECT\n    snapshot,\n    {listed}\nFROM {relation}"


def _months_before(months: int) -> str:
    day = f"CAST(snapshot - INTERVAL '{months}' MONTH AS DATE)"
    return f"CASE WHEN snapshot = last_day(snapshot) THEN last_day({day}) ELSE {day} END"


def _lines(tables: Tables, wanted: set[str], parts: Sequence[str]) -> list[Query]:
    have = tables.columns["transactions"]
    taken = ["ordered_at", "amount", "is_cancelled", "order_id", *parts]
    taken += [*(["margin", "cost"] if "worth" in wanted else []), *(["promotion"] if "promoted" in wanted else [])]
    columns = ["CAST(customer_id AS VARCHAR) AS customer_id", *(name for name in taken if name in have)]
    given = "SELECT\n    {}\nFROM transactions".format(",\n    ".join(columns))
    day = "CAST(ordered_at AS DATE)"
    text_of_day = f"CAST({day} AS VARCHAR)"
    key = f"coalesce(CAST(order_id AS VARCHAR), {text_of_day})" if "order_id" in have else text_of_day
    margin = margin_column(have)
    purchases, refunds = f"CASE WHEN {BOUGHT} THEN amount ELSE 0 END", "CASE WHEN amount < 0 THEN -amount ELSE 0 END"
    worth = net = f"{purchases} - {refunds}"
    if tables.margin_rate is not None and margin:
        stated = f"coalesce({margin}, amount * {tables.margin_rate:.6f})"
        worth = f"CASE WHEN is_cancelled AND amount > 0 THEN 0 ELSE {stated} END"
    promoted = f"CASE WHEN {BOUGHT} AND promotion IS NOT NULL THEN amount ELSE 0 END" if "promotion" in have else "0"
    money = {"net": net, "purchases": purchases, "refunds": refunds, "promoted": promoted, "worth": worth}
    listed = {
        "order_key": key,
        "ordered_at": "ordered_at",
        "day": day,
        "bought": BOUGHT,
        **{name: _money(sql) for name, sql in money.items() if name in wanted},
        **{name: name for name in parts},
    }
    columns = ["customer_id", *(_as(sql, name) for name, sql in listed.items())]
    lines = "SELECT\n    {}\nFROM given".format(",\n    ".join(columns))
    expected = ", ".join(f"{name} {have[name].lower()}" for name in ("customer_id", *taken) if name in have)
    return [
        Query("given", f"Your transactions, one row a line, none twice. Expected: {expected}.", given),
        Query("lines", "What a line means: a purchase, a refund, a margin, an order.", lines),
        Query(
            "orders",
            "Orders with a purchase; without an order id, all of a day is one order.",
            "SELECT customer_id, order_key, min(ordered_at) AS ordered_at\nFROM lines WHERE bought\n"
            "GROUP BY customer_id, order_key",
        ),
    ]


def _money(sql: str) -> str:
    return f"CAST({sql} AS DECIMAL(18,4))"


def _activity(wanted: set[str], expressions: Mapping[str, str]) -> list[Query]:
    of_days = [name for name in _DAYS if name in wanted]
    of_lines = [name for name in _LINES if name in wanted]
    evening = "sum(CASE WHEN EXTRACT(hour FROM ordered_at) >= 17 THEN 1 ELSE 0 END) AS evening_orders"
    counted = ["count(*) AS orders", *([evening] if "evening_orders" in wanted else [])]
    day = "CAST(ordered_at AS DATE)"
    found = [
        Query(
            "days",
            "Days with a purchase.",
            f"SELECT customer_id, {day} AS day, {', '.join(counted)}\nFROM orders GROUP BY customer_id, {day}",
        )
    ]
    source = "days"
    if wanted & _GAPS:
        source = "gaps_between"
        gap = "date_diff('day', lag(day) OVER (PARTITION BY customer_id ORDER BY day), day)"
        found.append(Query(source, "Days since the purchase day before.", f"SELECT days.*, {gap} AS gap\nFROM days"))
    missing = [f"CAST(NULL AS {_TYPES.get(name, 'BIGINT')}) AS {name}" for name in of_lines]
    rows = [_rows([*(_as(_DAYS[name], name) for name in of_days), *missing], source)]
    if of_lines:
        missing = [f"CAST(NULL AS {_TYPES.get(name, 'BIGINT')}) AS {name}" for name in of_days]
        rows.append(_rows([*missing, *of_lines], "lines"))
    listed = ", ".join(("customer_id", *of_days, *of_lines))
    flags = (
        "    day > window_start AS in_window,\n    day > last_6_start AS in_last_6,\n"
        "    (day > previous_6_start AND day <= last_6_start) AS in_previous_6"
    )
    told = "".join(f",\n    {_typed(sql, is_numeric=True)} AS {identifier(name)}" for name, sql in expressions.items())
    return [
        *found,
        Query("activity", "What happened on each day.", "\nUNION ALL\n".join(rows)),
        Query(
            "seen",
            "What had happened by then, and in which window it lies.",
            f"SELECT snapshot, {listed},\n{flags}\nFROM activity CROSS JOIN windows WHERE day <= snapshot",
        ),
        Query(
            "by_activity",
            "Whoever has bought, and how.",
            f"SELECT\n    snapshot,\n    customer_id{told}\nFROM seen GROUP BY snapshot, customer_id\n"
            "HAVING sum(orders) > 0",
        ),
    ]


def _as(sql: str, name: str) -> str:
    return sql if sql == name else f"{sql} AS {name}"


def _rows(columns: Sequence[str], source: str) -> str:
    return f"SELECT customer_id, day, {', '.join(columns)}\nFROM {source}"


def _part(column: str, features: Sequence[Feature]) -> list[Query]:
    told = "".join(
        f",\n    {_typed(each.sql, is_numeric=each.is_numeric)} AS {identifier(each.name)}" for each in features
    )
    name = column
    return [
        Query(
            f"{column}_orders",
            f"The first day an order has a line of a {column}.",
            f"SELECT customer_id, order_key, {name}, min(day) AS day\nFROM lines WHERE bought AND {name} IS NOT NULL\n"
            f"GROUP BY customer_id, order_key, {name}",
        ),
        Query(
            f"{column}_counts",
            f"Orders in the window by {column}.",
            f"SELECT snapshot, customer_id, {name}, count(*) AS orders\nFROM {column}_orders CROSS JOIN windows\n"
            f"WHERE day > window_start AND day <= snapshot GROUP BY snapshot, customer_id, {name}",
        ),
        Query(
            f"{column}_totals",
            "The same, with the place of each: most orders first, of equals the first by name.",
            f"SELECT {column}_counts.*,\n"
            f"    row_number() OVER (PARTITION BY snapshot, customer_id ORDER BY orders DESC, {name}) AS place\n"
            f"FROM {column}_counts",
        ),
        Query(
            f"by_{column}",
            "",
            f"SELECT snapshot, customer_id{told}\nFROM {column}_totals GROUP BY snapshot, customer_id",
        ),
    ]


def _customers(features: Sequence[Feature], tables: Tables) -> Query:
    told = []
    for each in features:
        name = identifier(each.name)
        value = f"CAST({name} AS {'DOUBLE' if each.is_numeric else 'VARCHAR'})"
        if tables.columns.get("customers", {}).get(each.name) == "BOOLEAN" and each.is_numeric:
            value = f"CASE WHEN {name} THEN 1.0e0 WHEN NOT {name} THEN 0.0e0 END"
        told.append(f",\n    max({value}) AS {name}")
    sql = f"SELECT\n    CAST(customer_id AS VARCHAR) AS customer_id{''.join(told)}\nFROM customers GROUP BY 1"
    return Query("by_customer", "Your customers, one row each.", sql.replace("GROUP BY 1", "GROUP BY customer_id"))


def _survey(features: Sequence[Feature], marks: Sequence[str], tables: Tables) -> list[Query]:
    names = [each.name for each in features]
    kinds = {straight_liner_column(kind): kind for kind in tables.scales.values()}
    of_kinds = {kinds[mark] for mark in marks if mark in kinds} | {each.kind for each in features}
    scales = {item: kind for item, kind in tables.scales.items() if kind in of_kinds}
    listed = ", ".join(map(literal, dict.fromkeys((*names, *scales))))
    kind = " ".join(f"WHEN {literal(item)} THEN {literal(own)}" for item, own in scales.items())
    answered = "CASE WHEN min(trim(answer)) = max(trim(answer)) THEN min(trim(answer)) END"
    judged = "".join(
        f",\n    max(CASE WHEN scale_kind = {literal(kinds[mark])} AND answered >= {ENOUGH} AND different = 1 "
        f"THEN 1 ELSE 0 END) = 1 AS {mark}"
        for mark in marks
    )
    told = "".join(f",\n    {_answer(each, tables)} AS {identifier(each.name)}" for each in features)
    marked = "".join(f",\n    max(CASE WHEN {mark} THEN 1 ELSE 0 END) = 1 AS {mark}" for mark in marks)
    number = f"CASE WHEN regexp_matches(answer, {literal(NUMBER)}) THEN CAST(answer AS DOUBLE) END"
    return [
        Query(
            "answers",
            "Your survey, one row an answer; whoever gave an item two different answers gave none.",
            f"SELECT CAST(customer_id AS VARCHAR) AS customer_id, item,\n    {answered} AS answer\n"
            f"FROM survey WHERE item IN ({listed}) AND trim(answer) <> ''\nGROUP BY customer_id, item",
        ),
        Query(
            "numbered",
            "Answers as numbers, and of which kind their scale is.",
            f"SELECT customer_id, item, answer,\n    {number} AS number,\n"
            f"    {f'CASE item {kind} END' if scales else 'CAST(NULL AS VARCHAR)'} AS scale_kind\nFROM answers",
        ),
        Query(
            "by_kind",
            "How respondents use the scales of a kind.",
            "SELECT customer_id, scale_kind, count(number) AS answered, count(DISTINCT number) AS different,\n"
            "    avg(number) AS own_mean\nFROM numbered WHERE scale_kind IS NOT NULL GROUP BY customer_id, scale_kind",
        ),
        Query(
            "styled",
            f"Who gave one answer to all scales of a kind, {ENOUGH} or more.",
            f"SELECT\n    customer_id{judged}\nFROM by_kind GROUP BY customer_id",
        ),
        Query(
            "by_survey",
            "One row a respondent.",
            f"SELECT\n    numbered.customer_id{marked}{told}\nFROM numbered\n"
            "LEFT JOIN by_kind ON by_kind.customer_id = numbered.customer_id "
            "AND by_kind.scale_kind = numbered.scale_kind\n"
            "LEFT JOIN styled ON styled.customer_id = numbered.customer_id\nGROUP BY numbered.customer_id",
        ),
    ]  # fmt: skip


def _answer(each: Feature, tables: Tables) -> str:
    its = f"item = {literal(each.name)}"
    if not each.is_numeric:
        return f"max(CASE WHEN {its} THEN answer END)"
    value = "number - own_mean" if tables.is_centred and each.name in tables.scales else "number"
    return f"max(CASE WHEN {its} THEN {value} END)"


def _all(joined: Mapping[str, Sequence[str]]) -> Query:
    columns = [f"{relation}.{identifier(name)}" for relation, names in joined.items() for name in names]
    dated = {f"by_{column}" for column in _PARTS}
    joins = "".join(
        f"\nLEFT JOIN {relation} ON {relation}.customer_id = by_activity.customer_id"
        + (f" AND {relation}.snapshot = by_activity.snapshot" if relation in dated else "")
        for relation in joined
        if relation != "by_activity"
    )
    listed = ",\n    ".join(("by_activity.snapshot", "by_activity.customer_id", *columns))
    return Query("features", "One row a customer.", f"SELECT\n    {listed}\nFROM by_activity{joins}")


def _typed(sql: str, *, is_numeric: bool) -> str:
    return f"CAST({_portable(sql)} AS {'DOUBLE' if is_numeric else 'VARCHAR'})"


def _portable(sql: str) -> str:
    """Return an expression of the catalogue without filters on aggregates, and divided in binary everywhere."""

    def plain(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Filter):
            called: exp.Expr = node.this
            condition = node.expression.this
            counted = called.this if not isinstance(called.this, exp.Star) else exp.Literal.number(1)
            called.set("this", exp.Case().when(condition, counted))
            return called
        if isinstance(node, exp.Div):
            for side in ("this", "expression"):
                node.set(side, exp.cast(node.args[side], "DOUBLE"))
        return node

    return sqlglot.parse_one(sql, read="duckdb").transform(plain).sql(dialect="duckdb")
