"""What each customer bought and left behind in the last year and the one before, whatever window the features have."""

from __future__ import annotations

import datetime

import pandas as pd

from segmodel.engines import Engine
from segmodel.features import margin_rate, months_before
from segmodel.features.lines import BOUGHT, lines_sql
from segmodel.value.summary import days_sql

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
        of the last twelve months; `bought`, whether there was a purchase in them; `came` and `came_back`, whether there
        was one in the earlier and in the later of two spans that end at `as_of`: years, or halves of a shorter history.
    """
    middle, early = _spans(engine, as_of)
    rate = margin_rate(engine)
    worth = "coalesce(worth, 0)"
    if rate is None:
        worth = f"(coalesce(purchases, 0) - coalesce(refunds, 0)) * {1.0 if margin is None else margin:.6f}"
    return engine.frame(
        f"""
        WITH on_days AS (
            SELECT
                customer_id,
                coalesce(sum(spend) FILTER (WHERE day > $start), 0)::DOUBLE AS spend,
                bool_or(day > $start) AS bought,
                bool_or(day > $early AND day <= $middle) AS came,
                bool_or(day > $middle) AS came_back
            FROM ({days_sql(engine)}) WHERE day <= $last GROUP BY customer_id
        ), brought AS (
            SELECT customer_id, sum({worth})::DOUBLE AS value
            FROM ({lines_sql(engine.columns("transactions"), rate)}) WHERE day > $start AND day <= $last
            GROUP BY customer_id
        )
        SELECT customer_id, coalesce(value, 0) AS value, spend, bought, came, came_back
        FROM on_days LEFT JOIN brought USING (customer_id) ORDER BY customer_id
        """,
        {"last": as_of, "start": months_before(as_of, YEAR), "middle": middle, "early": early},
    )


def _spans(engine: Engine, as_of: datetime.date) -> tuple[datetime.date, datetime.date]:
    """Return where the later and the earlier of two spans begin, the days after these: years, or halves of less."""
    first: datetime.date = engine.value(f"SELECT min(ordered_at)::DATE FROM transactions WHERE {BOUGHT}")
    middle, early = months_before(as_of, YEAR), months_before(as_of, 2 * YEAR)
    if first <= early + datetime.timedelta(days=1):
        return middle, early
    half = ((as_of - first).days + 1) // 2
    middle = as_of - datetime.timedelta(days=half)
    return middle, middle - datetime.timedelta(days=half)
