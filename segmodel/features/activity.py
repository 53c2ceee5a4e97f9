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
_ORDERS = {
    "orders": "count(*)",
    "weekday_orders": "count(*) FILTER (WHERE isodow(day) <= 5)",
    "evening_orders": "count(*) FILTER (WHERE hour(ordered_at) >= 17)",
    "first_on": "min(day)",
    "last_on": "max(day)",
}
_DAYS = {
    "active_days": "count(*)",
    "gaps": "count(gap)",
    "gap_days": "sum(gap)::BIGINT",
    "gap_days_squared": "sum(gap * gap)::BIGINT",
}
MEASURES = frozenset({*_MONEY, *_ORDERS, *_DAYS})
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


def activity_ctes(measures: Iterable[str]) -> dict[str, str]:
    """Return the CTEs that end in `activity(customer_id, period, measures…)`, by name, in order.

    Only what `measures` asks for is computed.
    """
    wanted = set(measures) | {"orders", "first_on", "last_on"}
    money, orders, days = ([name for name in group if name in wanted] for group in (_MONEY, _ORDERS, _DAYS))
    ctes = {
        "order_days": "SELECT customer_id, order_key, day, min(ordered_at) FILTER (WHERE bought) AS ordered_at, "
        + ", ".join(f"sum({name}) AS {name}" for name in money or ["net"])
        + " FROM lines GROUP BY customer_id, order_key, day",
        "placed": "SELECT customer_id, min(ordered_at) AS ordered_at, min(ordered_at)::DATE AS day FROM order_days "
        "WHERE ordered_at IS NOT NULL GROUP BY customer_id, order_key",
        "order_periods": f"SELECT customer_id, period, {_listed(_ORDERS, orders)} "
        "FROM placed JOIN calendar USING (day) GROUP BY customer_id, period",
    }
    parts = ["order_periods"]
    if money:
        ctes["money_periods"] = (
            f"SELECT customer_id, period, {_listed(_MONEY, money)} "
            "FROM order_days JOIN calendar USING (day) GROUP BY customer_id, period"
        )
        parts.append("money_periods")
    if days:
        ctes["purchase_days"] = "SELECT customer_id, day FROM placed GROUP BY customer_id, day"
        gap = "day - lag(day) OVER (PARTITION BY customer_id ORDER BY day)" if days != ["active_days"] else "NULL"
        ctes["day_gaps"] = f"SELECT customer_id, day, {gap} AS gap FROM purchase_days"
        ctes["day_periods"] = (
            f"SELECT customer_id, period, {_listed(_DAYS, days)} "
            "FROM day_gaps JOIN calendar USING (day) GROUP BY customer_id, period"
        )
        parts.append("day_periods")
    ctes["activity"] = " UNION ALL BY NAME ".join(f"SELECT * FROM {part}" for part in parts)
    return ctes


def totals_ctes(column: str) -> dict[str, str]:
    """Return the CTEs that end in `<column>_totals(snapshot, customer_id, <column>, orders)` over the window.

    An order counts once a value, on the first day it has a line of it, however many days its lines span.
    """
    name = identifier(column)
    return {
        f"{column}_orders": f"SELECT customer_id, {name}, min(day) AS day FROM lines "
        f"WHERE bought AND {name} IS NOT NULL GROUP BY customer_id, {name}, order_key",
        f"{column}_periods": f"SELECT customer_id, {name}, period, count(*) AS orders "
        f"FROM {column}_orders JOIN calendar USING (day) GROUP BY customer_id, {name}, period",
        f"{column}_totals": f"SELECT snapshot, customer_id, {name}, sum(orders)::BIGINT AS orders "
        f"FROM {column}_periods JOIN moments ON period > window_start AND period <= ends "
        f"GROUP BY snapshot, customer_id, {name}",
    }


def _listed(group: dict[str, str], names: Iterable[str]) -> str:
    return ", ".join(f"{group[name]} AS {name}" for name in names)
