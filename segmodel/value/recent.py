"""What each customer bought and left behind in the last year and the one before, whatever window the features have."""

from __future__ import annotations

import datetime

import pandas as pd

from segmodel.engines import Engine
from segmodel.features import margin_rate, months_before
from segmodel.features.lines import lines_sql

YEAR = 12


def recent_years(engine: Engine, as_of: datetime.date, margin: float | None = None) -> pd.DataFrame:
    """Return one row a customer who bought by `as_of`, sorted by customer.

    Parameters
    ----------
    engine : Engine
        Holds `transactions`.
    as_of : date
        Last day that counts.
    margin : float, optional
        Share of revenue that stays, for transactions that tell no margin; left out, value is revenue.

    Returns
    -------
    DataFrame
        `customer_id`; `value` and `spend`, margin (revenue less refunds, where no line states a margin) and purchases
        of the last twelve months; `value_before`, of the twelve before them; `bought` and `bought_before`, whether
        there was a purchase in either.
    """
    rate = margin_rate(engine)
    worth = "coalesce(worth, 0)"
    if rate is None:
        worth = f"(coalesce(purchases, 0) - coalesce(refunds, 0)) * {1.0 if margin is None else margin:.6f}"
    return engine.frame(
        f"""
        WITH lines AS ({lines_sql(engine.columns("transactions"), rate)}),
        valued AS (
            SELECT customer_id, bought, purchases, {worth} AS value,
                day > $start AS is_last, day > $before AND day <= $start AS is_before
            FROM lines WHERE day <= $last
        )
        SELECT
            customer_id,
            coalesce(sum(value) FILTER (WHERE is_last), 0)::DOUBLE AS value,
            coalesce(sum(purchases) FILTER (WHERE is_last), 0)::DOUBLE AS spend,
            coalesce(sum(value) FILTER (WHERE is_before), 0)::DOUBLE AS value_before,
            coalesce(bool_or(bought AND is_last), FALSE) AS bought,
            coalesce(bool_or(bought AND is_before), FALSE) AS bought_before
        FROM valued GROUP BY customer_id HAVING bool_or(bought) ORDER BY customer_id
        """,
        {"last": as_of, "start": months_before(as_of, YEAR), "before": months_before(as_of, 2 * YEAR)},
    )
