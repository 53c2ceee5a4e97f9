"""Marketing spend by month and segment: a budget that does not follow value, planned tests of it, and what it moves."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from generator.plan import MONTHS, SEGMENTS, START, Segment, stream

# Share of the monthly budget by segment: gifts and browsers get most, the valuable get least.
BUDGET = {
    "everyday_regulars": 0.13,
    "offices_and_cafes": 0.06,
    "weekend_browsers": 0.27,
    "gift_givers": 0.37,
    "fading_subscribers": 0.17,
}
# Logarithm of spend in a test over what was budgeted: about 40% less, as budgeted, about 65% more.
TEST_LEVELS = (-0.5, 0.0, 0.5)
UNPLANNED_SPREAD = 0.08


def months() -> list[date]:
    """Return the first day of each month of the period."""
    return [moment.date() for moment in pd.date_range(START, periods=MONTHS, freq="MS")]


def budget() -> np.ndarray:
    """Return what is budgeted for all segments together by month: growth and seasons, set in advance."""
    seasons = {11: 1.5, 12: 1.7, 6: 1.15}
    return np.asarray([9000 * 1.012**number * seasons.get(month.month, 0.95) for number, month in enumerate(months())])


def departure(segment: Segment) -> np.ndarray:
    """Return the logarithm of spend over the segment's budget by month."""
    rng = stream(f"spend {segment.key}")
    tested = _tests(rng) if segment.tests_budget else np.zeros(MONTHS)
    return tested + rng.normal(0.0, UNPLANNED_SPREAD, MONTHS)


def _tests(rng: np.random.Generator) -> np.ndarray:
    """Draw the level of each month: a Latin square at random for each quarter, its rows the three years.

    So every quarter has each level once, and every month of the year over the three years: the tests follow neither
    season nor trend.
    """
    squares = [np.add.outer(rng.permutation(3), rng.permutation(3)) % 3 for _ in range(4)]
    return np.asarray(TEST_LEVELS)[np.hstack(squares)].ravel()


def response(segment: Segment) -> np.ndarray:
    """Return what spend does to the buying rate by month: a constant elasticity, with a mean of 1 over the period."""
    factor = np.exp(segment.spend_elasticity * departure(segment))
    return factor / factor.mean()


def spend_table() -> pd.DataFrame:
    """Return marketing spend by month and planted segment; tests move a segment's spend in time, not its total."""
    planned = budget()
    parts = []
    for segment in SEGMENTS:
        spend = planned * np.exp(departure(segment))
        spend *= planned.sum() / spend.sum() * BUDGET[segment.key]
        parts.append(pd.DataFrame({"month": months(), "segment": segment.label, "amount": spend}))
    table = pd.concat(parts, ignore_index=True).sort_values("month", kind="stable")
    return table.assign(amount=table["amount"].map("{:.2f}".format))
