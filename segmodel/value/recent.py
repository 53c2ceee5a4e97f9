"""What each customer bought and left behind in the last year and the one before, whatever window the features have."""

from __future__ import annotations

import datetime

from segmodel.engines import Engine
from segmodel.features import margin_rate, months_before
from segmodel.value.summary import days_bought

YEAR = 12


def recent_columns(engine: Engine, as_of: datetime.date, margin: float | None = None) -> dict[str, str]:
    """Return columns for `summary.summarise` that tell of the last years up to a date.

    `value` and `spend`, margin (revenue less refunds, where no line states a margin) and purchases of the last twelve
    months; `bought`, whether there was a purchase in them; `came` and `came_back`, whether there was one in the earlier
    and in the later of two spans that end at `as_of`: years, or halves of a shorter history.

    Parameters
    ----------
    engine : Engine
        Holds `transactions`.
    as_of : date
        Last day that counts.
    margin : float, optional
        Share of revenue that stays, for transactions that tell no margin; left out, value is revenue.
    """
    middle, early = _spans(engine, as_of)
    start = months_before(as_of, YEAR)
    worth = "coalesce(worth, 0)"
    if margin_rate(engine) is None:
        worth = f"(coalesce(spend, 0) - coalesce(refunds, 0)) * {1.0 if margin is None else margin:.6f}"

    def between(column: str, after: datetime.date, until: datetime.date = as_of) -> str:
        return f"FILTER (WHERE {column} > DATE '{after}' AND {column} <= DATE '{until}')"

    return {
        "value": f"coalesce(sum({worth}) {between('day', start)}, 0)::DOUBLE",
        "spend": f"coalesce(sum(spend) {between('day', start)}, 0)::DOUBLE",
        "bought": f"count(*) {between('bought_on', start)} > 0",
        "came": f"count(*) {between('bought_on', early, middle)} > 0",
        "came_back": f"count(*) {between('bought_on', middle)} > 0",
    }


def _spans(engine: Engine, as_of: datetime.date) -> tuple[datetime.date, datetime.date]:
    """Return where the later and the earlier of two spans begin, the days after these: years, or halves of less."""
    first, _ = days_bought(engine)
    middle, early = months_before(as_of, YEAR), months_before(as_of, 2 * YEAR)
    if first is None or first <= early + datetime.timedelta(days=1):
        return middle, early
    half = ((as_of - first).days + 1) // 2
    middle = as_of - datetime.timedelta(days=half)
    return middle, middle - datetime.timedelta(days=half)
