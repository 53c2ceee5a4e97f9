"""From transactions to what the models take: repeat purchases, when the last was, and how long a customer was seen."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Literal

import pandas as pd

from segmodel.engines import SCRATCH, Engine
from segmodel.errors import ValueModelError
from segmodel.features import margin_rate
from segmodel.features.lines import BOUGHT, lines_sql

Unit = Literal["days", "weeks"]
DAYS_IN: dict[str, int] = {"days": 1, "weeks": 7}


def describe_days(engine: Engine) -> None:
    """Create scratch table `customer_days`, which all summaries then read in place of lines; see `days_sql`."""
    engine.execute(f"CREATE OR REPLACE TABLE {SCRATCH}.{_DAYS} AS {_days_of_lines(engine)}")


_DAYS = "customer_days"


def days_sql(engine: Engine) -> str:
    """Return SQL of what each customer did on each day they did something: `customer_id`, `day`, and sums of lines.

    `bought_on`, the day where there was a purchase, else NULL; `spend`, `refunds` and, where lines state a margin,
    `worth`; NULL where nothing of it happened.
    """
    days = _DAYS if _DAYS in engine.tables() else f"({_days_of_lines(engine)})"
    return f"SELECT *, CASE WHEN spend IS NOT NULL THEN day END AS bought_on FROM {days}"


def _days_of_lines(engine: Engine) -> str:
    rate = margin_rate(engine)
    sums = ["purchases", "refunds"] if rate is None else ["purchases", "refunds", "worth"]
    names = {"purchases": "spend"}
    listed = ", ".join(f"sum({name})::DECIMAL(18,4) AS {names.get(name, name)}" for name in sums)
    return (
        f"SELECT customer_id, day, {listed} "
        f"FROM ({lines_sql(engine.columns('transactions'), rate)}) GROUP BY customer_id, day"
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
    if until is None:
        return summarise(engine, last, unit=unit)
    later = f"bought_on > DATE '{last}'"
    more = {
        "later_purchases": f"count(bought_on) FILTER (WHERE {later})",
        "later_spend": f"coalesce(sum(spend) FILTER (WHERE {later}), 0)::DOUBLE",
    }
    return summarise(engine, last, until=until, unit=unit, more=more)


def summarise(
    engine: Engine,
    last: datetime.date,
    *,
    until: datetime.date | None = None,
    unit: Unit = "weeks",
    more: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return the columns of `customer_summary` at a date and others, in one pass over what customers did.

    Parameters
    ----------
    engine : Engine
        Holds `transactions`.
    last : date
        Last day that counts for the columns of `customer_summary`.
    until : date, optional
        Last day that counts for `more`; that day when left out.
    unit : {"weeks", "days"}
    more : mapping of str to str
        Columns to add, by name: SQL that aggregates the rows of `days_sql` of a customer.
    """
    own = seen_columns(last, unit) | {
        "repeat_spend": f"sum(spend) FILTER (WHERE bought_on <= DATE '{last}') - arg_min(spend, bought_on)",
        "given_back": f"sum(refunds) FILTER (WHERE day <= DATE '{last}')",
    }
    added = more or {}
    listed = ", ".join(f'{sql} AS "{name}"' for name, sql in (own | dict(added)).items())
    return engine.frame(
        f"""
        SELECT
            customer_id, first_on, frequency, recency, "T",
            coalesce(repeat_spend::DOUBLE / nullif(frequency, 0), 0) AS monetary_value,
            coalesce(given_back, 0)::DOUBLE AS refunds{"".join(f', "{name}"' for name in added)}
        FROM (
            SELECT customer_id, min(bought_on) AS first_on, {listed}
            FROM ({days_sql(engine)}) WHERE day <= DATE '{until or last}'
            GROUP BY customer_id HAVING min(bought_on) <= DATE '{last}'
        ) ORDER BY customer_id
        """
    )


def seen_columns(last: datetime.date, unit: Unit = "weeks", prefix: str = "") -> dict[str, str]:
    """Return `frequency`, `recency` and `T` of customers who bought by a date, as `more` of `summarise`."""
    by_then = f"(WHERE bought_on <= DATE '{last}')"
    span = f"max(bought_on) FILTER {by_then}"
    return {
        f"{prefix}frequency": f"count(bought_on) FILTER {by_then} - 1",
        f"{prefix}recency": f"date_diff('day', min(bought_on), {span}) / {DAYS_IN[unit]}",
        f"{prefix}T": f"date_diff('day', min(bought_on), DATE '{last}') / {DAYS_IN[unit]}",
    }


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
    bought = f"FROM ({days_sql(engine)}) WHERE bought_on"
    engine.execute(
        f"CREATE OR REPLACE TABLE {SCRATCH}.came AS "
        f"SELECT customer_id, min(bought_on) AS first_on {bought} <= $last GROUP BY customer_id",
        {"last": as_of},
    )
    came = engine.frame("SELECT first_on, count(*) AS customers FROM came GROUP BY first_on ORDER BY first_on")
    # whoever bought by then is among them, so only the days after need to be looked up
    counted = engine.frame(
        f"""
        SELECT bought_on AS day, count(*) AS purchases {bought} <= $last GROUP BY bought_on
        UNION ALL
        SELECT bought_on AS day, count(*) AS purchases
        FROM (SELECT customer_id, bought_on {bought} > $last AND bought_on <= $until)
        SEMI JOIN came USING (customer_id) GROUP BY bought_on""",
        {"last": as_of, "until": until},
    )
    engine.execute(f"DROP TABLE {SCRATCH}.came")
    made = counted.set_index("day")["purchases"].sub(came.set_index("first_on")["customers"], fill_value=0)
    start = came["first_on"].min()
    week = (made.index - start).days // 7 + 1
    weeks = pd.RangeIndex(1, 1 + ((pd.Timestamp(until) - start).days + 1) // 7, name="week")
    purchases = made.groupby(week).sum().reindex(weeks, fill_value=0).astype("int64")
    return came, purchases.rename("purchases").reset_index()


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
    first, last = days_bought(engine)
    if first is None or last is None or (as_of and as_of < first):
        raise ValueModelError(
            f"Nobody bought anything by {as_of or 'now'}; the first purchase is on {first or 'no day'}."
        )
    end = as_of or last
    if until and until <= end:
        raise ValueModelError(f"The holdout ends on {until}, but must end after {end}, the last day the model may see.")
    return end


def days_bought(engine: Engine) -> tuple[datetime.date | None, datetime.date | None]:
    """Return the first and the last day on which anybody bought anything; None where nobody did."""
    if _DAYS in engine.tables():
        relation = f"({days_sql(engine)})"
    else:
        relation = f"(SELECT ordered_at::DATE AS bought_on FROM transactions WHERE {BOUGHT})"
    ((first, last),) = engine.rows(f"SELECT min(bought_on), max(bought_on) FROM {relation}")
    return first, last
