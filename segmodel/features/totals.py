"""What the accepted transactions come to, so that people can hold them against their own books."""

from __future__ import annotations

from segmodel.engines import Engine
from segmodel.features.lines import BOUGHT, order_key


def describe_transactions(engine: Engine) -> None:
    """Create table `transaction_totals`: one row with lines, customers, orders, purchases, refunds and dates.

    `customers` have bought at least once; `never_bought` counts those with refunds or cancelled lines only.
    """
    key = order_key(engine.columns("transactions"))
    # orders and customers are counted as groups, which takes far less than count(DISTINCT …) of millions
    engine.execute(
        f"""
        CREATE TABLE transaction_totals AS
        WITH orders AS (
            SELECT customer_id, {key} AS order_key FROM transactions WHERE {BOUGHT} GROUP BY customer_id, order_key
        ), customers AS (
            SELECT
                count(*) AS lines,
                bool_or({BOUGHT}) AS bought,
                sum(amount) FILTER (WHERE {BOUGHT}) AS purchases,
                -sum(amount) FILTER (WHERE amount < 0) AS refunds,
                min(ordered_at) AS first_at,
                max(ordered_at) AS last_at
            FROM transactions GROUP BY customer_id
        )
        SELECT
            coalesce(sum(lines), 0)::BIGINT AS lines,
            count(*) FILTER (WHERE bought) AS customers,
            count(*) FILTER (WHERE NOT bought) AS never_bought,
            (SELECT count(*) FROM orders) AS orders,
            coalesce(sum(purchases), 0)::DOUBLE AS purchases,
            coalesce(sum(refunds), 0)::DOUBLE AS refunds,
            min(first_at) AS first_at,
            max(last_at) AS last_at
        FROM customers
        """
    )
