"""Every feature of every customer at every snapshot, in one statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sqlglot
from sqlglot import expressions as exp

from segmodel.engines import Engine, identifier
from segmodel.features.activity import MEASURES, activity_ctes, calendar_sql, totals_ctes
from segmodel.features.catalogue import Feature
from segmodel.features.history import Snapshot
from segmodel.features.lines import lines_sql, margin_rate

_FLAGS = """
    period > window_start AS in_window,
    period > last_6_start AS in_last_6,
    period > previous_6_start AND period <= last_6_start AS in_previous_6
"""

_ALWAYS = {
    "orders": "coalesce(sum(orders) FILTER (WHERE in_window), 0)::BIGINT",
    "value": "coalesce(sum(worth) FILTER (WHERE in_window), 0)::DECIMAL(18,4)",
    "revenue": "coalesce(sum(purchases) FILTER (WHERE in_window), 0)::DECIMAL(18,4)",
    "days_since_last": "date_diff('day', max(last_on), snapshot)",
}
"""What metrics need of every customer, whatever features a segmentation uses."""


def compute_features(engine: Engine, features: Mapping[str, Feature], snapshots: Sequence[Snapshot]) -> tuple[str, ...]:
    """Create `customer_features` and `snapshots`.

    One row a customer who has bought by then and a snapshot; numbers are DOUBLE, categories VARCHAR, money of the
    metrics DECIMAL so that sums do not depend on their order.

    Parameters
    ----------
    engine : Engine
        Holds `transactions` and, where given, `customers`.
    features : mapping of str to Feature
        What to compute, by name.
    snapshots : sequence of Snapshot
        Oldest first.

    Returns
    -------
    tuple of str
        The names of the features computed.
    """
    wanted = {name: feature for name, feature in features.items() if name not in _ALWAYS}
    engine.execute(f"CREATE OR REPLACE TABLE customer_features AS {features_sql(engine, wanted, snapshots)}")
    rows = ", ".join(f"(DATE '{s.day}', {s.is_month_end}, {s.is_window_complete})" for s in snapshots)
    engine.execute(
        "CREATE OR REPLACE TABLE snapshots AS SELECT * FROM "
        f"(VALUES {rows}) AS rows(snapshot, is_month_end, is_window_complete)"
    )
    return tuple(features)


def features_sql(engine: Engine, features: Mapping[str, Feature], snapshots: Sequence[Snapshot]) -> str:
    """Return the one SELECT behind `customer_features`."""
    first, last = engine.rows("SELECT min(ordered_at)::DATE, max(ordered_at)::DATE FROM transactions")[0]
    columns = engine.columns("transactions")
    calendar, moments = calendar_sql(snapshots, first, last)
    groups = {
        rows: [f for f in features.values() if f.rows == rows]
        for rows in ("activity", "channel", "category", "customers")
    }
    measures = set(MEASURES).intersection(*[_columns_of([*_ALWAYS.values(), *(f.sql for f in groups["activity"])])])
    parts = [name for name in ("channel", "category") if groups[name]]
    ctes = {
        "calendar": calendar,
        "moments": moments,
        "lines": lines_sql(columns, margin_rate(engine)),
        **activity_ctes(measures, parts),
        "seen": f"SELECT *, {_FLAGS} FROM activity JOIN moments ON period <= ends",
        "by_activity": f"SELECT snapshot, customer_id, {_always_sql()}{_expressions(groups['activity'])} FROM seen "
        "GROUP BY snapshot, customer_id HAVING sum(orders) > 0",
    }
    joins = ""
    for rows in parts:
        ctes |= totals_ctes(rows, parts)
        ctes[f"by_{rows}"] = (
            f"SELECT snapshot, customer_id{_expressions(groups[rows])} FROM {rows}_totals "
            "GROUP BY snapshot, customer_id"
        )
        joins += f" LEFT JOIN by_{rows} USING (snapshot, customer_id)"
    if groups["customers"]:
        ctes["by_customers"] = (
            f"SELECT customer_id{_expressions(groups['customers'])} FROM customers GROUP BY customer_id"
        )
        joins += " LEFT JOIN by_customers USING (customer_id)"
    listed = ", ".join(["snapshot", "customer_id", *_ALWAYS, *(identifier(name) for name in features)])
    steps = ",\n".join(f"{name} AS ({sql})" for name, sql in ctes.items())
    return f"WITH {steps}\nSELECT {listed} FROM by_activity{joins}"


def _always_sql() -> str:
    return ", ".join(f"{sql} AS {name}" for name, sql in _ALWAYS.items())


def _expressions(features: Sequence[Feature]) -> str:
    cast: Callable[[Feature], str] = lambda feature: "DOUBLE" if feature.is_numeric else "VARCHAR"  # noqa: E731
    return "".join(f", ({feature.sql})::{cast(feature)} AS {identifier(feature.name)}" for feature in features)


def _columns_of(expressions: Sequence[str]) -> set[str]:
    """Return the columns SQL expressions mention, so that nothing else is computed."""
    trees = [sqlglot.parse_one(sql, read="duckdb") for sql in expressions]
    return {column.name for tree in trees for column in tree.find_all(exp.Column)}
