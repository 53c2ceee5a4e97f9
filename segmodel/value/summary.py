"""From transactions to what the models take: repeat purchases, when the last was, and how long a customer was seen."""

from __future__ import annotations

import datetime
from typing import Literal

import pandas as pd

from segmodel.engines import SCRATCH, Engine
from segmodel.errors import ValueModelError
from segmodel.features.lines import lines_sql

Unit = Literal["days", "weeks"]
DAYS_IN: dict[str, int] = {"days": 1, "weeks": 7}


def describe_days(engine: Engine) -> None:
    """Create scratch table `bought_days(customer_id, day, spend)`, which all summaries then read in place of lines."""
    engine.execute(f"CREATE OR REPLACE TABLE {SCRATCH}.{_DAYS} AS {_days_of_lines(engine)}")


_DAYS = "bought_days"


def days_sql(engine: Engine) -> str:
    """Return SQL of `customer_id, day, spend`, a row a day on which a customer bought."""
    return f"SELECT * FROM {_DAYS}" if _DAYS in engine.tables() else _days_of_lines(engine)


def _days_of_lines(engine: Engine) -> str:
    return (
        "SELECT customer_id, day, coalesce(sum(purchases), 0)::DECIMAL(18,4) AS spend "
        f"FROM ({lines_sql(engine.columns('transactions'), None)}) WHERE bought GROUP BY customer_id, day"
    )


def customer_summary(
    engine: Engine,
    *,
    as_of: datetime.date | None = None,
    until: datetime.date | None = None,
    unit: Unit = "weeks",
) -> pd.DataFrame:
    """Return one row a customer who bought by `as_of`, computed by SQL and sorted by customer.

    A purchase is a day with one: what somebody buys on one day is one purchase. Cancelled lines do not count, and
    refunds neither undo a purchase nor lower its amount: they have a column of their own.

    Parameters
    ----------
    engine : Engine
        Holds `transactions`.
    as_of : date, optional
        Last day that counts; later ones are as if they had not happened. The last day with a purchase when left out.
    until : date, optional
        Last day of a holdout period that begins the day after `as_of`; adds two columns.
    unit : {"weeks", "days"}
        Of `recency` and `T`.

    Returns
    -------
    DataFrame
        `customer_id`; `first_on`; `frequency`, days with a purchase after the first; `recency`, time from the first to
        the last of them; `T`, time from the first to `as_of`; `monetary_value`, mean amount of a day with a repeat
        purchase, 0 without any; `refunds`, money given back by `as_of`. With `until` also `later_purchases` and
        `later_spend`, days with a purchase in the holdout and their amount.

    Raises
    ------
    ValueModelError
        When there are no transactions, the unit is unknown, or the holdout ends before it begins.
    """
    last = check_period(engine, as_of, until, unit)
    # without a holdout nothing lies between the two dates, and the columns are left out
    end = until or last
    later = ", later_purchases, later_spend" if until else ""
    return engine.frame(
        f"""
        WITH lines AS ({lines_sql(engine.columns("transactions"), None)}),
        days AS (
            SELECT * FROM ({days_sql(engine)}) WHERE day <= $end
        ), given_back AS (
            SELECT customer_id, sum(refunds) AS refunds FROM lines WHERE refunds IS NOT NULL AND day <= $last
            GROUP BY customer_id
        ), bought AS (
            SELECT
                customer_id,
                min(day) AS first_on,
                count(*) FILTER (WHERE day <= $last) - 1 AS frequency,
                date_diff('day', min(day), max(day) FILTER (WHERE day <= $last)) / {DAYS_IN[unit]} AS recency,
                date_diff('day', min(day), $last::DATE) / {DAYS_IN[unit]} AS "T",
                sum(spend) FILTER (WHERE day <= $last) - arg_min(spend, day) AS repeat_spend,
                count(*) FILTER (WHERE day > $last) AS later_purchases,
                coalesce(sum(spend) FILTER (WHERE day > $last), 0)::DOUBLE AS later_spend
            FROM days GROUP BY customer_id HAVING min(day) <= $last
        )
        SELECT
            customer_id, first_on, frequency, recency, "T",
            coalesce(repeat_spend::DOUBLE / nullif(frequency, 0), 0) AS monetary_value,
            coalesce(refunds, 0)::DOUBLE AS refunds{later}
        FROM bought LEFT JOIN given_back USING (customer_id) ORDER BY customer_id
        """,
        {"last": last, "end": end},
    )


def weekly_repeat_purchases(
    engine: Engine, *, as_of: datetime.date, until: datetime.date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return when customers came and when they bought again, for a forecast to be held against.

    Parameters
    ----------
    engine : Engine
        Holds `transactions`.
    as_of, until : date
        Only customers who bought by `as_of` count; their purchases do up to `until`.

    Returns
    -------
    tuple of DataFrame
        `first_on`, `customers`: how many came on a day; and `week`, `purchases`: repeat purchases of them all in each
        week, counted from the first purchase of all. A last week that is not whole is left out.
    """
    check_period(engine, as_of, until, "weeks")
    days = f"""
        WITH days AS (SELECT customer_id, day FROM ({days_sql(engine)}) WHERE day <= $until),
        came AS (SELECT customer_id, min(day) AS first_on FROM days GROUP BY customer_id HAVING min(day) <= $last)
    """
    given = {"last": as_of, "until": until}
    came = engine.frame(
        f"{days} SELECT first_on, count(*) AS customers FROM came GROUP BY first_on ORDER BY first_on",
        given,
    )
    again = engine.frame(
        f"""{days}, bounds AS (SELECT min(first_on) AS start FROM came),
        weeks AS (
            SELECT unnest(range(1, 1 + (date_diff('day', start, $until::DATE) + 1) // 7)) AS week FROM bounds
        )
        SELECT week, coalesce(purchases, 0)::BIGINT AS purchases
        FROM weeks LEFT JOIN (
            SELECT date_diff('day', start, day) // 7 + 1 AS week, count(*) AS purchases
            FROM days JOIN came USING (customer_id), bounds WHERE day > first_on GROUP BY 1
        ) USING (week) ORDER BY week""",
        given,
    )
    return came, again


def check_period(engine: Engine, as_of: datetime.date | None, until: datetime.date | None, unit: str) -> datetime.date:
    """Return the last day that counts, once it is known that there is something to summarise.

    Raises
    ------
    ValueModelError
        As `customer_summary` says.
    """
    if unit not in DAYS_IN:
        raise ValueModelError(f"Found unit '{unit}'; expected 'weeks' or 'days'.")
    if "transactions" not in engine.tables():
        raise ValueModelError("There is no table of transactions; lifetime value needs to know who bought when.")
    relation = lines_sql(engine.columns("transactions"), None)
    first, last = engine.rows(f"SELECT min(day), max(day) FROM ({relation}) WHERE bought")[0]
    if first is None or (as_of and as_of < first):
        raise ValueModelError(
            f"Nobody bought anything by {as_of or 'now'}; the first purchase is on {first or 'no day'}."
        )
    end: datetime.date = as_of or last
    if until and until <= end:
        raise ValueModelError(f"The holdout ends on {until}, but must end after {end}, the last day the model may see.")
    return end
