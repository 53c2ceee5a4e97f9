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


def lines_sql(columns: Iterable[str], margin_rate: float | None) -> str:
    """Return the transactions in the terms of the measures, one row a line.

    A cancelled line counts neither as an order nor as money, unless it takes money back: then it is a refund.

    Parameters
    ----------
    columns : iterable of str
        Columns of the transactions table.
    margin_rate : float or None
        Margin per unit of amount, for lines that do not state theirs; None: no margin is known at all.
    """
    have = set(columns)
    order_key = "coalesce(order_id, ordered_at::DATE::VARCHAR)" if "order_id" in have else "ordered_at::DATE"
    bought = "(amount > 0 AND NOT is_cancelled)"
    net = "(CASE WHEN is_cancelled AND amount > 0 THEN 0 ELSE amount END)"
    worth = net
    if margin_rate is not None:
        margin = margin_column(have)
        worth = (
            f"(CASE WHEN is_cancelled AND amount > 0 THEN 0 ELSE coalesce({margin}, amount * {margin_rate:.6f}) END)"
        )
    promoted = f"CASE WHEN {bought} AND promotion IS NOT NULL THEN amount ELSE 0 END" if "promotion" in have else "0"
    extra = "".join(f", {name}" for name in ("channel", "category") if name in have)
    return (
        f"SELECT customer_id, {order_key} AS order_key, ordered_at, ordered_at::DATE AS day, {bought} AS bought, "
        f"{net}::DECIMAL(18,4) AS net, CASE WHEN {bought} THEN amount ELSE 0 END::DECIMAL(18,4) AS purchases, "
        f"CASE WHEN amount < 0 THEN -amount ELSE 0 END::DECIMAL(18,4) AS refunds, "
        f"({promoted})::DECIMAL(18,4) AS promoted, {worth}::DECIMAL(18,4) AS worth{extra} FROM transactions"
    )


def margin_column(columns: Iterable[str]) -> str | None:
    """Return the SQL of a line's margin, or None when the transactions do not tell."""
    have = set(columns)
    if "margin" in have:
        return "margin"
    return "(amount - cost)" if "cost" in have else None


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
