"""What a snapshot that stands tells of all before it, so that the lines up to it need not be grouped to orders again.

Features look at the windows of a snapshot, and beyond them only at a customer's first and last purchase. Both can be
told from the rows of an earlier snapshot, where one stands at which no window has begun.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Sequence

import sqlglot
from sqlglot import expressions as exp

from segmodel.engines import SCRATCH, Engine
from segmodel.features.history import FIRST_DAY, Snapshot
from segmodel.features.orders import orders_sql

UNTIL = "orders_until"
"""Table of a build: how many orders had been placed up to each snapshot, counted on the first day they have a line."""

_TOLD = {"last_on": "days_since_last", "first_on": "tenure_days"}
"""What is told of all history, and the column of `customer_features` that tells it."""


def find_settled(
    engine: Engine, missing: Sequence[Snapshot], described: Collection[datetime.date], measured: Iterable[str]
) -> datetime.date | None:
    """Return the latest snapshot that stands and at which no window of a missing one has begun; None without one.

    Parameters
    ----------
    engine : Engine
        Holds `customer_features` and `orders_until` of the snapshots that stand.
    missing : sequence of Snapshot
        To be computed.
    described : collection of date
        Snapshots that stand.
    measured : iterable of str
        SQL of what is computed from activity: it may look beyond the windows only for what a snapshot tells.
    """
    if not described or UNTIL not in engine.tables():
        return None
    if not _beyond_windows(measured) <= {name for name, told in _TOLD.items() if told in _described_columns(engine)}:
        return None
    begins = min(min(each.window_start, each.previous_6_start) for each in missing)
    days = [day for (day,) in engine.rows(f"SELECT snapshot FROM {UNTIL}") if day in described and day <= begins]
    return max(days, default=None)


def _described_columns(engine: Engine) -> dict[str, str]:
    return engine.columns("customer_features")


def _beyond_windows(measured: Iterable[str]) -> set[str]:
    """Return the columns of activity that are aggregated whatever the window."""
    aggregates = (found for sql in measured for found in sqlglot.parse_one(sql, read="duckdb").find_all(exp.AggFunc))
    return {
        column.name
        for found in aggregates
        if not isinstance(found.parent, exp.Filter)
        for column in found.find_all(exp.Column)
    }


def past_sql(engine: Engine, settled: datetime.date) -> str:
    """Return SQL of the first and the last purchase of everybody who bought by a snapshot: `customer_id`, `day`."""
    told = [f"DATE '{settled}' - {name}::INTEGER" for name in _TOLD.values() if name in _described_columns(engine)]
    return " UNION ALL ".join(
        f"SELECT customer_id, {day} AS day FROM customer_features WHERE snapshot = DATE '{settled}'" for day in told
    )


def add_straddling(engine: Engine, lines: str, columns: Sequence[str], settled: datetime.date) -> None:
    """Put orders that have lines on both sides of a day into the table `orders` as all their lines say.

    Parameters
    ----------
    engine : Engine
        Holds `orders`, grouped from the lines after the day.
    lines : str
        SQL of all lines.
    columns : sequence of str
        As in `group_orders`.
    settled : date
    """
    table = f"{SCRATCH}.straddling"
    # keys alone are looked up first: few are found, and a number is looked up faster than a text
    engine.execute(
        f"CREATE OR REPLACE TABLE {table} AS SELECT DISTINCT customer_id, order_key FROM ({lines}) "
        "WHERE bought AND day <= $settled AND order_key IN (SELECT order_key FROM orders)",
        {"settled": settled},
    )
    engine.execute(
        f"DELETE FROM {table} WHERE (customer_id, order_key) NOT IN (SELECT (customer_id, order_key) FROM orders "
        f"WHERE order_key IN (SELECT order_key FROM {table}))"
    )
    if engine.value(f"SELECT count(*) FROM {table}"):
        engine.execute(
            f"DELETE FROM {SCRATCH}.orders WHERE (customer_id, order_key) IN (SELECT (customer_id, order_key) "
            f"FROM {table})"
        )
        whole = f"SELECT * FROM ({lines}) SEMI JOIN {table} USING (customer_id, order_key)"
        engine.execute(f"INSERT INTO {SCRATCH}.orders {orders_sql(whole, columns)}")
    engine.execute(f"DROP TABLE {table}")


def count_orders(engine: Engine, snapshots: Sequence[Snapshot], settled: datetime.date | None) -> None:
    """Add snapshots to `orders_until`, made anew without a day that is settled; leaves `orders_settled(day, orders)`.

    That scratch table has one row: how many orders had been placed up to the day, after which `orders` is whole.
    """
    if settled is None:
        engine.execute(f"CREATE OR REPLACE TABLE {UNTIL} (snapshot DATE, orders BIGINT)")
    start = settled or FIRST_DAY
    known = engine.value(f"SELECT orders FROM {UNTIL} WHERE snapshot = $day", {"day": settled}) if settled else 0
    engine.execute(
        f"CREATE OR REPLACE TABLE {SCRATCH}.orders_settled AS SELECT $day::DATE AS day, $orders::BIGINT AS orders",
        {"day": start, "orders": known},
    )
    days = ", ".join(f"(DATE '{each.day}')" for each in snapshots)
    engine.execute(
        f"""
        INSERT INTO {UNTIL}
        SELECT snapshot, $known + coalesce(sum(orders), 0)::BIGINT
        FROM (VALUES {days}) AS moments(snapshot) LEFT JOIN (
            SELECT ordered_at::DATE AS day, count(*) AS orders FROM orders
            WHERE ordered_at::DATE > $start GROUP BY ordered_at::DATE
        ) ON day <= snapshot GROUP BY snapshot ORDER BY snapshot""",
        {"known": known, "start": start},
    )
