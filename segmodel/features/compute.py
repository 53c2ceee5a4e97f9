"""Every feature of every customer at every snapshot, in one pass over the transactions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sqlglot
from sqlglot import expressions as exp

from segmodel.engines import Engine, identifier
from segmodel.features.activity import MEASURES, calendar_sql, describe_activity, seen_sql, totals_ctes, with_sql
from segmodel.features.feature import Feature
from segmodel.features.history import Snapshot
from segmodel.features.lines import lines_sql, margin_rate
from segmodel.features.orders import group_orders
from segmodel.features.survey import straight_liner_column

_ALWAYS = {
    "orders": "coalesce(sum(orders) FILTER (WHERE in_window), 0)::BIGINT",
    "value": "coalesce(sum(worth) FILTER (WHERE in_window), 0)::DECIMAL(18,4)",
    "revenue": "coalesce(sum(purchases) FILTER (WHERE in_window), 0)::DECIMAL(18,4)",
    "days_since_last": "date_diff('day', max(last_on), snapshot)",
}
"""What metrics need of every customer, whatever features a segmentation uses."""

_PARTS = ("channel", "category")
"""Columns of the transactions by which orders are counted."""


def compute_features(engine: Engine, features: Mapping[str, Feature], snapshots: Sequence[Snapshot]) -> tuple[str, ...]:
    """Create `customer_features` and `snapshots`; leaves `orders` and `activity` in the scratch database.

    One row a customer who has bought by then and a snapshot; numbers are DOUBLE, categories VARCHAR, money of the
    metrics DECIMAL so that sums do not depend on their order.

    Parameters
    ----------
    engine : Engine
        Holds `transactions` and, where given, `customers`; and `survey_features` where items are among the features.
    features : mapping of str to Feature
        What to compute, by name.
    snapshots : sequence of Snapshot
        Oldest first.

    Returns
    -------
    tuple of str
        The names of the features computed.
    """
    wanted = [feature for name, feature in features.items() if name not in _ALWAYS]
    parts = [name for name in _PARTS if any(feature.rows == name for feature in wanted)]
    lines = lines_sql(engine.columns("transactions"), margin_rate(engine))
    first, last = engine.rows("SELECT min(ordered_at)::DATE, max(ordered_at)::DATE FROM transactions")[0]
    calendar, moments = calendar_sql(snapshots, first, last)
    measured = [*_ALWAYS.values(), *(feature.sql for feature in wanted if feature.rows == "activity")]
    group_orders(engine, lines, parts)
    describe_activity(engine, lines, calendar, _columns_of(measured) & MEASURES, len(snapshots))
    seen = seen_sql(engine, len(snapshots))
    given = {"calendar": calendar, "moments": moments, "lines": lines, "seen": seen}
    engine.execute(f"CREATE OR REPLACE TABLE customer_features AS {_features_sql(given, wanted, parts)}")
    rows = ", ".join(f"(DATE '{s.day}', {s.is_month_end}, {s.is_window_complete})" for s in snapshots)
    engine.execute(
        "CREATE OR REPLACE TABLE snapshots AS SELECT * FROM "
        f"(VALUES {rows}) AS rows(snapshot, is_month_end, is_window_complete)"
    )
    return tuple(features)


def _features_sql(given: dict[str, str], features: Sequence[Feature], parts: Sequence[str]) -> str:
    """Return the one SELECT behind `customer_features`; `given` are the CTEs it starts from."""
    groups = {rows: [f for f in features if f.rows == rows] for rows in ("activity", *_PARTS, "customers", "survey")}
    ctes = {
        **given,
        "by_activity": f"SELECT snapshot, customer_id, {_always_sql()}{_expressions(groups['activity'])} FROM seen "
        "GROUP BY snapshot, customer_id HAVING sum(orders) > 0",
    }
    joins, marks = "", []
    for rows in parts:
        ctes |= totals_ctes(rows)
        ctes[f"by_{rows}"] = (
            f"SELECT snapshot, customer_id{_expressions(groups[rows])} FROM {rows}_totals "
            "GROUP BY snapshot, customer_id"
        )
        joins += f" LEFT JOIN by_{rows} USING (snapshot, customer_id)"
    if groups["survey"]:
        columns = "".join(f", {identifier(feature.name)}" for feature in groups["survey"])
        marks = sorted({straight_liner_column(feature.kind) for feature in groups["survey"]})
        ctes["by_survey"] = f"SELECT customer_id, {', '.join(marks)}{columns} FROM survey_features"
        joins += " LEFT JOIN by_survey USING (customer_id)"
    if groups["customers"]:
        ctes["by_customers"] = (
            f"SELECT customer_id{_expressions(groups['customers'])} FROM customers GROUP BY customer_id"
        )
        joins += " LEFT JOIN by_customers USING (customer_id)"
    names = [identifier(feature.name) for feature in features]
    listed = ", ".join(["snapshot", "customer_id", *_ALWAYS, *marks, *names])
    return f"{with_sql(ctes)}\nSELECT {listed} FROM by_activity{joins}"


def _always_sql() -> str:
    return ", ".join(f"{sql} AS {name}" for name, sql in _ALWAYS.items())


def _expressions(features: Sequence[Feature]) -> str:
    cast: Callable[[Feature], str] = lambda feature: "DOUBLE" if feature.is_numeric else "VARCHAR"  # noqa: E731
    return "".join(f", ({feature.sql})::{cast(feature)} AS {identifier(feature.name)}" for feature in features)


def _columns_of(expressions: Sequence[str]) -> set[str]:
    """Return the columns SQL expressions mention, so that nothing else is computed."""
    trees = [sqlglot.parse_one(sql, read="duckdb") for sql in expressions]
    return {column.name for tree in trees for column in tree.find_all(exp.Column)}
