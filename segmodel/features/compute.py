"""Every feature of every customer at every snapshot, in one pass over the transactions."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Mapping, Sequence

from segmodel.engines import Engine, identifier
from segmodel.features.activity import MEASURES, calendar_sql, describe_activity, seen_sql, totals_ctes, with_sql
from segmodel.features.apart import compute_apart
from segmodel.features.feature import ALWAYS, Feature, columns_of
from segmodel.features.history import Snapshot
from segmodel.features.lines import lines_sql, margin_rate
from segmodel.features.orders import group_orders
from segmodel.features.settled import add_straddling, count_orders, find_settled
from segmodel.features.survey import straight_liner_column

_PARTS = ("channel", "category")
"""Columns of the transactions by which orders are counted."""


def compute_features(
    engine: Engine,
    features: Mapping[str, Feature],
    snapshots: Sequence[Snapshot],
    described: Collection[datetime.date] = (),
) -> tuple[str, ...]:
    """Create `customer_features`, `snapshots` and `orders_until`; leaves tables in the scratch database for `totals`.

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
    described : collection of date
        Snapshots, never the latest, of which `customer_features` has the rows already.

    Returns
    -------
    tuple of str
        The names of the features computed.
    """
    _store_snapshots(engine, snapshots)
    if engine.dialect != "duckdb":
        compute_apart(engine, features, snapshots)
        return tuple(features)
    wanted = [feature for name, feature in features.items() if name not in ALWAYS]
    parts = [name for name in _PARTS if any(feature.rows == name for feature in wanted)]
    lines = lines_sql(engine.columns("transactions"), margin_rate(engine))
    first, last = engine.rows("SELECT min(ordered_at)::DATE, max(ordered_at)::DATE FROM transactions")[0]
    missing = [snapshot for snapshot in snapshots if snapshot.day not in described]
    calendar, moments = calendar_sql(missing, first, last)
    measured = [*ALWAYS.values(), *(feature.sql for feature in wanted if feature.rows == "activity")]
    settled = find_settled(engine, missing, described, measured)
    recent = lines if settled is None else f"SELECT * FROM ({lines}) WHERE day > DATE '{settled}'"
    group_orders(engine, recent, parts)
    if settled is not None:
        add_straddling(engine, lines, parts, settled)
    # without a day that is settled all orders are known, and so what had been placed by each snapshot
    count_orders(engine, snapshots if settled is None else missing, settled)
    wanted_measures = columns_of(measured) & MEASURES
    describe_activity(engine, recent, calendar, wanted_measures, len(missing), settled)
    seen = seen_sql(engine, len(missing))
    given = {"calendar": calendar, "moments": moments, "lines": lines, "seen": seen}
    verb = "INSERT INTO customer_features BY NAME" if described else "CREATE OR REPLACE TABLE customer_features AS"
    engine.execute(f"{verb} {_features_sql(given, wanted, parts)}")
    return tuple(features)


def _store_snapshots(engine: Engine, snapshots: Sequence[Snapshot]) -> None:
    rows = ", ".join(f"(DATE '{s.day}', {s.is_month_end}, {s.is_window_complete})" for s in snapshots)
    engine.execute(
        "CREATE OR REPLACE TABLE snapshots AS SELECT * FROM "
        f"(VALUES {rows}) AS rows(snapshot, is_month_end, is_window_complete)"
    )


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
        ctes |= totals_ctes(rows, is_ranked="place" in columns_of([feature.sql for feature in groups[rows]]))
        ctes[f"by_{rows}"] = (
            f"SELECT snapshot, customer_id{_expressions(groups[rows])} FROM {rows}_totals "
            "GROUP BY snapshot, customer_id"
        )
        joins += f" LEFT JOIN by_{rows} USING (snapshot, customer_id)"
    if groups["survey"]:
        marks = _marks(groups["survey"])
        ctes["by_survey"] = _survey_sql(groups["survey"])
        joins += " LEFT JOIN by_survey USING (customer_id)"
    if groups["customers"]:
        ctes["by_customers"] = _customers_sql(groups["customers"])
        joins += " LEFT JOIN by_customers USING (customer_id)"
    names = [identifier(feature.name) for feature in features]
    listed = ", ".join(["snapshot", "customer_id", *ALWAYS, *marks, *names])
    return f"{with_sql(ctes)}\nSELECT {listed} FROM by_activity{joins}"


def customer_columns_sql(features: Mapping[str, Feature]) -> tuple[tuple[str, ...], str]:
    """Return the columns of `customer_features` that are the same at every snapshot, and SQL of them by customer."""
    of_survey = [feature for feature in features.values() if feature.rows == "survey"]
    of_customers = [feature for feature in features.values() if feature.rows == "customers"]
    columns = (*_marks(of_survey), *(feature.name for feature in (*of_survey, *of_customers)))
    parts = [_survey_sql(of_survey)] if of_survey else []
    parts += [_customers_sql(of_customers)] if of_customers else []
    return columns, "SELECT * FROM " + " FULL JOIN ".join(
        f"({part}) AS part_{place}" + (" USING (customer_id)" if place else "") for place, part in enumerate(parts)
    )


def _marks(features: Sequence[Feature]) -> list[str]:
    """Return the columns that say who gave one answer throughout."""
    return sorted({straight_liner_column(feature.kind) for feature in features})


def _survey_sql(features: Sequence[Feature]) -> str:
    columns = "".join(f", {identifier(feature.name)}" for feature in features)
    return f"SELECT customer_id, {', '.join(_marks(features))}{columns} FROM survey_features"


def _customers_sql(features: Sequence[Feature]) -> str:
    return f"SELECT customer_id{_expressions(features)} FROM customers GROUP BY customer_id"


def _always_sql() -> str:
    return ", ".join(f"{sql} AS {name}" for name, sql in ALWAYS.items())


def _expressions(features: Sequence[Feature]) -> str:
    cast: Callable[[Feature], str] = lambda feature: "DOUBLE" if feature.is_numeric else "VARCHAR"  # noqa: E731
    return "".join(f", ({feature.sql})::{cast(feature)} AS {identifier(feature.name)}" for feature in features)
