"""The rows features aggregate: what each customer did in each period.

A *period* is the stretch between two neighbouring dates that matter to any snapshot (its day, the starts of its
windows). All measures add up over periods, so every snapshot is a sum of periods and history needs one pass.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from segmodel.engines import SCRATCH, Engine, identifier
from segmodel.features.history import Snapshot
from segmodel.features.orders import order_parts_sql
from segmodel.features.settled import past_sql

_NET = "coalesce(sum(purchases), 0) - coalesce(sum(refunds), 0)"
_MONEY = {
    "net": _NET,
    "purchases": "coalesce(sum(purchases), 0)",
    "refunds": "coalesce(sum(refunds), 0)",
    "promoted": "coalesce(sum(promoted), 0)",
    "worth": "coalesce(sum(worth), 0)",
}
_DAYS = {
    "orders": "sum(orders)::BIGINT",
    "weekday_orders": "coalesce(sum(orders) FILTER (WHERE isodow(day) <= 5), 0)::BIGINT",
    "evening_orders": "sum(evening_orders)::BIGINT",
    "first_on": "min(day)",
    "last_on": "max(day)",
    "active_days": "count(*)",
    "gaps": "count(gap)",
    "gap_days": "sum(gap)::BIGINT",
    "gap_days_squared": "sum(gap * gap)::BIGINT",
}
_GAPS = {"gaps", "gap_days", "gap_days_squared"}
_ALWAYS = {"orders", "first_on", "last_on", "purchases", "refunds"}
MEASURES = frozenset({*_MONEY, *_DAYS})
"""Columns of the `activity` rows."""

_COMBINED = {"first_on": "min", "last_on": "max"}
_TYPES = {"first_on": "DATE", "last_on": "DATE", "gap_days_squared": "BIGINT", **dict.fromkeys(_MONEY, "DECIMAL(18,4)")}
"""Kept narrow, because the history joins every row to many snapshots; what is not listed is a count."""

_FLAGS = """
    period > window_start AS in_window,
    period > last_6_start AS in_last_6,
    period > previous_6_start AND period <= last_6_start AS in_previous_6
"""
FEW = 2
"""Snapshots up to which periods are joined to all of them as they are: preparing more would cost more than it saves."""


def calendar_sql(snapshots: Sequence[Snapshot], first: datetime.date, last: datetime.date) -> tuple[str, str]:
    """Return two CTE bodies: `calendar(day, period)` and `moments`, the snapshots in terms of periods."""
    boundaries = sorted(set().union(*(snapshot.boundaries() for snapshot in snapshots)))
    place = {day: index for index, day in enumerate(boundaries)}
    edges = ", ".join(f"(DATE '{day}', {index})" for day, index in place.items())
    # days after the last boundary are a period of their own, which belongs to no snapshot
    calendar = (
        f"SELECT day::DATE AS day, coalesce(period, {len(boundaries)}) AS period "
        f"FROM range(DATE '{first}', DATE '{last}' + 1, INTERVAL 1 DAY) AS days(day) "
        f"ASOF LEFT JOIN (VALUES {edges}) AS edges(edge, period) ON day::DATE <= edge"
    )
    moments = ", ".join(
        f"(DATE '{s.day}', {place[s.day]}, {place[s.window_start]}, {place[s.last_6_start]}, "
        f"{place[s.previous_6_start]})"
        for s in snapshots
    )
    return calendar, (
        f"SELECT * FROM (VALUES {moments}) AS moments(snapshot, ends, window_start, last_6_start, previous_6_start)"
    )


def describe_activity(
    engine: Engine,
    lines: str,
    calendar: str,
    measures: Iterable[str],
    snapshots: int,
    settled: datetime.date | None = None,
) -> None:
    """Create the scratch table `activity(customer_id, period, measures…)` from the lines and the table `orders`.

    Only what `measures` asks for is computed; a measure of a period in which nothing of it happened is NULL. With few
    snapshots a customer has two rows a period, of which one holds money only.

    Parameters
    ----------
    engine : Engine
    lines : str
        SQL of the lines; see `lines_sql`.
    calendar : str
        The first of `calendar_sql`.
    measures : iterable of str
        Of `MEASURES`.
    snapshots : int
        How many will read it.
    settled : date, optional
        The lines begin after this snapshot, which tells of all before it: nobody's activity up to it is in any window,
        and stands for the first and the last purchase only.
    """
    wanted = set(measures) | _ALWAYS
    # where no line states a margin, value is revenue
    money = _MONEY if "worth" in engine.frame(f"SELECT * FROM ({lines}) LIMIT 0") else {**_MONEY, "worth": _NET}
    evening = ", count(*) FILTER (WHERE hour(ordered_at) >= 17) AS evening_orders" if "evening_orders" in wanted else ""
    purchase_days = f"SELECT customer_id, ordered_at::DATE AS day, count(*) AS orders{evening} FROM orders"
    if settled is None:
        purchase_days += " GROUP BY customer_id, day"
    else:
        past = ", 0 AS evening_orders" if evening else ""
        purchase_days += f" WHERE ordered_at::DATE > DATE '{settled}' GROUP BY customer_id, day"
        purchase_days += f" UNION ALL SELECT customer_id, day, 1 AS orders{past} FROM ({past_sql(engine, settled)})"
    ctes = {
        "calendar": calendar,
        "lines": lines,
        "purchase_days": purchase_days,
        "day_gaps": "SELECT *, day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap FROM purchase_days",
        "day_periods": _by_period("day_gaps" if wanted & _GAPS else "purchase_days", _DAYS, wanted),
        "money_periods": _by_period("lines", money, wanted),
    }
    rows = "SELECT * FROM day_periods UNION ALL BY NAME SELECT * FROM money_periods"
    if snapshots > FEW:
        listed = ", ".join(f"{_combined(name)} AS {name}" for name in sorted(wanted))
        rows = f"SELECT customer_id, period, {listed} FROM ({rows}) GROUP BY customer_id, period"
    engine.execute(f"CREATE OR REPLACE TABLE {SCRATCH}.activity AS {with_sql(ctes)} {rows}")


def seen_sql(engine: Engine, snapshots: int) -> str:
    """Return SQL of the rows each snapshot aggregates: the activity up to it, and which of its windows it is in.

    With more than a few snapshots, all that lies before all windows comes as one row, from running totals: each period
    would else be joined to every later snapshot. Reads `moments` and the scratch table `activity`.
    """
    if snapshots <= FEW:
        return f"SELECT *, {_FLAGS} FROM activity JOIN moments ON period <= ends"
    measures = [name for name in engine.columns("activity") if name in MEASURES]
    before = "least(window_start, previous_6_start)"
    running = ", ".join(f"{_combined(name, ' OVER up_to')} AS {name}" for name in measures)
    return f"""
        SELECT *, {_FLAGS} FROM (
            SELECT * FROM activity JOIN moments ON period > {before} AND period <= ends
            UNION ALL BY NAME
            SELECT * EXCLUDE (next_period)
            FROM (
                SELECT customer_id, period, lead(period) OVER up_to AS next_period, {running} FROM activity
                WINDOW up_to AS (PARTITION BY customer_id ORDER BY period)
            ) JOIN moments ON period <= {before} AND coalesce(next_period > {before}, TRUE)
        )"""


def _combined(name: str, over: str = "") -> str:
    return f"({_COMBINED.get(name, 'sum')}({name}){over})::{_TYPES.get(name, 'INTEGER')}"


def totals_ctes(column: str, *, is_ranked: bool) -> dict[str, str]:
    """Return the CTEs that end in `<column>_totals(snapshot, customer_id, <column>, orders)` over the window.

    Ranked, they also say the `place` of each value: 1 has most orders; of equals, the first by name.

    An order counts once a value, on the first day it has a line of it, however many days its lines span. They read
    `lines`, `calendar`, `moments` and the scratch table `orders`.
    """
    name = identifier(column)
    place = f"row_number() OVER (PARTITION BY snapshot, customer_id ORDER BY sum(orders) DESC, {name})"
    ranked = f", {place} AS place" if is_ranked else ""
    return {
        f"{column}_orders": order_parts_sql(column),
        f"{column}_periods": f"SELECT customer_id, {name}, period, count(*) AS orders "
        f"FROM {column}_orders JOIN calendar USING (day) GROUP BY customer_id, {name}, period",
        f"{column}_totals": f"SELECT snapshot, customer_id, {name}, sum(orders)::BIGINT AS orders{ranked} "
        f"FROM {column}_periods JOIN moments ON period > window_start AND period <= ends "
        f"GROUP BY snapshot, customer_id, {name}",
    }


def with_sql(ctes: dict[str, str]) -> str:
    """Return the WITH clause of queries by name, in order; nothing is stored on the way unless it must be."""
    return "WITH " + ",\n".join(f"{name} AS NOT MATERIALIZED ({sql})" for name, sql in ctes.items())


def _by_period(relation: str, measures: dict[str, str], wanted: set[str]) -> str:
    listed = ", ".join(f"{sql} AS {name}" for name, sql in measures.items() if name in wanted)
    return (
        f"SELECT customer_id, period, {listed} FROM {relation} JOIN calendar USING (day) GROUP BY customer_id, period"
    )
