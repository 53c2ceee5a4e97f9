"""One thing known of a customer at a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import expressions as exp

ALWAYS = {
    "orders": "coalesce(sum(orders) FILTER (WHERE in_window), 0)::BIGINT",
    "value": "coalesce(sum(worth) FILTER (WHERE in_window), 0)::DECIMAL(18,4)",
    "revenue": "coalesce(sum(purchases) FILTER (WHERE in_window), 0)::DECIMAL(18,4)",
    "days_since_last": "date_diff('day', max(last_on), snapshot)",
}
"""What metrics need of every customer, whatever features a segmentation uses."""


@dataclass(frozen=True)
class Feature:
    """One thing known of a customer at a snapshot.

    Attributes
    ----------
    name, label, unit, description : str
        `unit` is days, orders, money, share, ratio, number, category; of survey items scale (a number that takes a
        few values, as in 1 to 7), centred (a scale less the respondent's own mean) or answer (another number).
    rows : str
        What the SQL aggregates: activity, channel, category or customers; `survey` for an item of the survey.
    sql : str
        One SQL expression.
    needs : tuple of str
        `table` or `table.column` that must have been loaded.
    high, low : str
        Words for a segment far above or below the others; may be empty.
    for_each : str
        The column whose values repeat the feature, or empty.
    kind : str
        Of a survey item, what it asks about, such as need-importance; else empty.
    """

    name: str
    label: str
    unit: str
    description: str
    rows: str
    sql: str
    needs: tuple[str, ...] = ("transactions",)
    high: str = ""
    low: str = ""
    for_each: str = ""
    kind: str = ""

    @property
    def is_numeric(self) -> bool:
        """Whether the feature is a number, so that methods working on distances can use it."""
        return self.unit != "category"


def columns_of(expressions: Sequence[str]) -> set[str]:
    """Return the columns SQL expressions mention, so that nothing else is computed."""
    trees = [sqlglot.parse_one(sql, read="duckdb") for sql in expressions]
    return {column.name for tree in trees for column in tree.find_all(exp.Column)}
