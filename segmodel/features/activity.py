"""The rows features aggregate: what each customer did in each period, from one reading of the transactions.

A *period* is the stretch between two neighbouring dates that matter to any snapshot (its day, the starts of its
windows). All measures add up over periods, so every snapshot is a sum of periods and history needs one pass.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from segmodel.engines import identifier
from segmodel.features.history import Snapshot

_MONEY = {
    "net": "sum(net)",
    "purchases": "sum(purchases)",
    "refunds": "sum(refunds)",
    "promoted": "sum(promoted)",
    "worth": "sum(worth)",
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
MEASURES = frozenset({*_MONEY, *_DAYS})
"""Columns of the `activity` rows."""


def calendar_sql(snapshots: Sequence[Snapshot], first: datetime.date, last: datetime.date) -> tuple[str, str]:
    """Return two CTE bodies: `calendar(day, period)` and `moments`, the snapshots in terms of periods."""
    boundaries = sorted(set().union(*(snapshot.boundaries() for snapshot in snapshots)))
    place = {day: index for index, day in enumerate(boundaries)}
    edges = ", ".join(f"(DATE '{day}', {index})" for day, index in place.items())
    # days after the last boundary belong to no snapshot and drop out of the join
    calendar = (
        f"SELECT day::DATE AS day, period FROM range(DATE '{first}', DATE '{last}' + 1, INTERVAL 1 DAY) AS days(day) "
        f"ASOF JOIN (VALUES {edges}) AS edges(edge, period) ON day::DATE <= edge"
    )
    moments = ", ".join(
        f"(DATE '{s.day}', {place[s.day]}, {place[s.window_start]}, {place[s.last_6_start]}, "
        f"{place[s.previous_6_start]})"
        for s in snapshots
    )
    return calendar, (
        f"SELECT * FROM (VALUES {moments}) AS moments(snapshot, ends, window_start, last_6_start, previous_6_start)"
    )


def activity_ctes(measures: Iterable[str], columns: Sequence[str] = ()) -> dict[str, str]:
    """Return the CTEs that end in `activity(customer_id, period, measures…)`, by name, in order.

    Only what `measures` asks for is computed. Grouping lines to orders is the dear step, so it is done once, as
    `order_parts`: by each of `columns` too, for `totals_ctes` to read.
    """
    wanted = set(measures) | {"orders", "first_on", "last_on"}
    money, days = ([name for name in group if name in wanted] for group in (_MONEY, _DAYS))
    keys = ", ".join(["customer_id", "order_key", *map(identifier, columns)])
    ctes = {
        "order_parts": f"SELECT {keys}, min(ordered_at) AS ordered_at FROM lines WHERE bought GROUP BY {keys}",
        "placed": "SELECT customer_id, min(ordered_at) AS ordered_at FROM order_parts GROUP BY customer_id, order_key"
        if columns
        else "SELECT customer_id, ordered_at FROM order_parts",
        "purchase_days": "SELECT customer_id, ordered_at::DATE AS day, count(*) AS orders, "
        "count(*) FILTER (WHERE hour(ordered_at) >= 17) AS evening_orders FROM placed GROUP BY customer_id, day",
    }
    described = "purchase_days"
    if wanted & _GAPS:
        described = "day_gaps"
        ctes[described] = (
            "SELECT *, day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap FROM purchase_days"
        )
    ctes["day_periods"] = _by_period(described, _DAYS, days)
    ctes["activity"] = "SELECT * FROM day_periods"
    if money:
        ctes["money_periods"] = _by_period("lines", _MONEY, money)
        ctes["activity"] = f"{ctes.pop('activity')} UNION ALL BY NAME SELECT * FROM money_periods"
    return ctes


def totals_ctes(column: str, columns: Sequence[str]) -> dict[str, str]:
    """Return the CTEs that end in `<column>_totals(snapshot, customer_id, <column>, orders)` over the window.

    An order counts once a value, on the first day it has a line of it, however many days its lines span. Needs the
    `order_parts` of `activity_ctes` with the same `columns`.
    """
    name = identifier(column)
    known = f"FROM order_parts WHERE {name} IS NOT NULL"
    orders = f"SELECT customer_id, {name}, ordered_at::DATE AS day {known}"
    if len(columns) > 1:
        orders = (
            f"SELECT customer_id, {name}, min(ordered_at)::DATE AS day {known} GROUP BY customer_id, {name}, order_key"
        )
    return {
        f"{column}_orders": orders,
        f"{column}_periods": f"SELECT customer_id, {name}, period, count(*) AS orders "
        f"FROM {column}_orders JOIN calendar USING (day) GROUP BY customer_id, {name}, period",
        f"{column}_totals": f"SELECT snapshot, customer_id, {name}, sum(orders)::BIGINT AS orders "
        f"FROM {column}_periods JOIN moments ON period > window_start AND period <= ends "
        f"GROUP BY snapshot, customer_id, {name}",
    }


def _by_period(relation: str, measures: dict[str, str], names: Sequence[str]) -> str:
    listed = ", ".join(f"{measures[name]} AS {name}" for name in names)
    return (
        f"SELECT customer_id, period, {listed} FROM {relation} JOIN calendar USING (day) GROUP BY customer_id, period"
    )
