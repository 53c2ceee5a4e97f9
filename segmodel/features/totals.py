"""What the accepted transactions come to, so that people can hold them against their own books."""

from __future__ import annotations

from segmodel.engines import Engine
from segmodel.features.lines import BOUGHT, order_key


def describe_transactions(engine: Engine) -> None:
    """Create table `transaction_totals`: one row with lines, customers, orders, purchases, refunds and dates.

    `customers` have bought at least once; `never_bought` counts those with refunds or cancelled lines only.
    """
    engine.execute(
        f"""
        CREATE TABLE transaction_totals AS
        SELECT
            count(*) AS lines,
            count(DISTINCT customer_id) FILTER (WHERE {BOUGHT}) AS customers,
            count(DISTINCT customer_id) - count(DISTINCT customer_id) FILTER (WHERE {BOUGHT}) AS never_bought,
            count(DISTINCT (customer_id, {order_key(engine.columns("transactions"))})) FILTER (WHERE {BOUGHT}) AS orders,
            coalesce(sum(amount) FILTER (WHERE {BOUGHT}), 0)::DOUBLE AS purchases,
            coalesce(-sum(amount) FILTER (WHERE amount < 0), 0)::DOUBLE AS refunds,
            min(ordered_at) AS first_at,
            max(ordered_at) AS last_at
        FROM transactions
        """
    )
