"""Lines grouped to orders: the dear step, done once and kept in the scratch database for all that reads it."""

from __future__ import annotations

from collections.abc import Sequence

from segmodel.engines import SCRATCH, Engine, identifier


def group_orders(engine: Engine, lines: str, columns: Sequence[str]) -> None:
    """Create the scratch table `orders(customer_id, order_key, ordered_at, …)`: one row an order with a purchase.

    Orders mostly have one channel, and a column that says so costs far less than one more grouping by channel: for
    each of `columns`, `<column>_any` and `<column>_all` are the bits that the hashes of its values have in any and
    in all lines of the order. They are equal when the lines agree, NULL taken as a value.

    Parameters
    ----------
    engine : Engine
    lines : str
        SQL of the lines; see `lines_sql`.
    columns : sequence of str
        Columns of the lines that orders will be counted by; see `order_parts_sql`.
    """
    engine.execute(f"CREATE OR REPLACE TABLE {SCRATCH}.orders AS {orders_sql(lines, columns)}")


def orders_sql(lines: str, columns: Sequence[str]) -> str:
    """Return SQL of the rows of `orders`; see `group_orders`."""
    parts = "".join(
        f", bit_or(hash({identifier(name)})) AS {name}_any, bit_and(hash({identifier(name)})) AS {name}_all"
        for name in columns
    )
    return (
        f"SELECT customer_id, order_key, min(ordered_at) AS ordered_at{parts} "
        f"FROM ({lines}) WHERE bought GROUP BY customer_id, order_key"
    )


def order_parts_sql(column: str) -> str:
    """Return SQL of `(customer_id, <column>, day)`: one row an order and value it has.

    The day is the first on which the order has a line of that value. Reads `orders` and a relation `lines`.
    """
    name = identifier(column)
    return f"""
        SELECT customer_id, {name}, ordered_at::DATE AS day
        FROM orders JOIN (SELECT DISTINCT {name} FROM transactions WHERE {name} IS NOT NULL) AS known
            ON {column}_any = hash(known.{name})
        WHERE {column}_any = {column}_all
        UNION ALL
        SELECT customer_id, {name}, min(ordered_at)::DATE AS day
        FROM lines SEMI JOIN (SELECT customer_id, order_key FROM orders WHERE {column}_any <> {column}_all) AS mixed
            USING (customer_id, order_key)
        WHERE bought AND {name} IS NOT NULL
        GROUP BY customer_id, order_key, {name}"""
