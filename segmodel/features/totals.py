"""What the accepted transactions come to, so that people can hold them against their own books."""

from __future__ import annotations

from segmodel.engines import Engine
from segmodel.features.lines import BOUGHT


def describe_transactions(engine: Engine) -> None:
    """Create table `transaction_totals`: one row with lines, customers, orders, purchases, refunds and dates.

    `customers` have bought at least once; `never_bought` counts those with refunds or cancelled lines only. Reads the
    scratch tables that `compute_features` leaves.
    """
    engine.execute(
        f"""
        CREATE TABLE transaction_totals AS
        WITH buyers AS (
            SELECT DISTINCT customer_id FROM activity WHERE orders > 0
        ), span AS (
            SELECT
                count(*) AS lines, min(ordered_at) AS first_at, max(ordered_at) AS last_at,
                sum(amount::DECIMAL(18,4)) FILTER (WHERE {BOUGHT}) AS purchases,
                sum(-amount::DECIMAL(18,4)) FILTER (WHERE amount < 0) AS refunds
            FROM transactions
        )
        SELECT
            (SELECT lines FROM span) AS lines,
            (SELECT count(*) FROM buyers) AS customers,
            (
                SELECT count(DISTINCT customer_id)
                FROM (SELECT customer_id FROM transactions WHERE NOT {BOUGHT}) ANTI JOIN buyers USING (customer_id)
            ) AS never_bought,
            (
                settled.orders + (SELECT count(*) FROM orders WHERE ordered_at::DATE > settled.day)
            )::BIGINT AS orders,
            coalesce((SELECT purchases FROM span), 0)::DOUBLE AS purchases,
            coalesce((SELECT refunds FROM span), 0)::DOUBLE AS refunds,
            (SELECT first_at FROM span) AS first_at,
            (SELECT last_at FROM span) AS last_at
        FROM orders_settled AS settled
        """
    )
