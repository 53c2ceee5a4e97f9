"""What the accepted transactions come to, so that people can hold them against their own books."""

from __future__ import annotations

from segmodel.engines import Engine


def describe_transactions(engine: Engine) -> None:
    """Create table `transaction_totals`: one row with lines, customers, orders, purchases, refunds and dates.

    `customers` have bought at least once; `never_bought` counts those with refunds or cancelled lines only. Reads the
    scratch table `activity` that `compute_features` leaves.
    """
    engine.execute(
        """
        CREATE TABLE transaction_totals AS
        WITH customers AS (
            SELECT coalesce(sum(orders), 0) AS orders, sum(purchases) AS purchases, sum(refunds) AS refunds
            FROM activity GROUP BY customer_id
        ), span AS (
            SELECT count(*) AS lines, min(ordered_at) AS first_at, max(ordered_at) AS last_at FROM transactions
        )
        SELECT
            (SELECT lines FROM span) AS lines,
            count(*) FILTER (WHERE orders > 0) AS customers,
            count(*) FILTER (WHERE orders = 0) AS never_bought,
            coalesce(sum(orders), 0)::BIGINT AS orders,
            coalesce(sum(purchases), 0)::DOUBLE AS purchases,
            coalesce(sum(refunds), 0)::DOUBLE AS refunds,
            (SELECT first_at FROM span) AS first_at,
            (SELECT last_at FROM span) AS last_at
        FROM customers
        """
    )
