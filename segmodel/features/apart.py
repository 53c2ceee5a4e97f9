"""Every feature of every customer at every snapshot by an engine that is not DuckDB, from the chain warehouses run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from segmodel.engines import Engine, identifier
from segmodel.features.chain import Query, chain
from segmodel.features.contract import Tables
from segmodel.features.feature import ALWAYS, Feature
from segmodel.features.history import Snapshot
from segmodel.features.lines import margin_rate
from segmodel.features.settled import count_orders
from segmodel.features.survey import ROWS, straight_liner_column

_TYPES = {"orders": "BIGINT", "value": "DECIMAL(18,4)", "revenue": "DECIMAL(18,4)", "days_since_last": "BIGINT"}
_FIRST = ("given", "lines", "orders")


def compute_apart(engine: Engine, features: Mapping[str, Feature], snapshots: Sequence[Snapshot]) -> None:
    """Create `customer_features` and `orders_until`, and `orders` and `activity` for as long as the engine is open.

    Parameters
    ----------
    engine : Engine
        Holds `transactions` and, where given, `customers` and `survey_features`.
    features : mapping of str to Feature
        What to compute, by name.
    snapshots : sequence of Snapshot
        Oldest first.
    """
    wanted = [feature for name, feature in features.items() if name not in ALWAYS]
    always = [Feature(name, name, "number", "", "activity", sql) for name, sql in ALWAYS.items()]
    answers = [feature for feature in wanted if feature.rows == ROWS]
    told = [*always, *(feature for feature in wanted if feature.rows != ROWS)]
    steps = chain(told, (), _tables(engine), [snapshot.day for snapshot in snapshots])
    steps = [Query(step.name, "", _windows(snapshots)) if step.name == "windows" else step for step in steps]
    first = [step for step in steps if step.name in _FIRST]
    engine.make("orders", f"{_with(first)} SELECT * FROM orders", is_kept=False)
    engine.make("activity", "SELECT customer_id, count(*) AS orders FROM orders GROUP BY customer_id", is_kept=False)
    count_orders(engine, snapshots, None)
    marks = sorted({straight_liner_column(feature.kind) for feature in answers})
    named = [*marks, *(feature.name for feature in wanted)]
    listed = ", ".join(
        ("features.snapshot", "features.customer_id", *(f"{name}::{kind} AS {name}" for name, kind in _TYPES.items()))
    )
    listed += "".join(f", {identifier(name)}" for name in named)
    joined = "LEFT JOIN survey_features ON survey_features.customer_id = features.customer_id" if answers else ""
    rest = [step for step in steps if step.name != "orders"]
    engine.make("customer_features", f"{_with(rest)} SELECT {listed} FROM features {joined}")


def _tables(engine: Engine) -> Tables:
    columns: dict[str, Mapping[str, str]] = {
        name: engine.columns(name) for name in ("transactions", "customers") if name in engine.tables()
    }
    # the windows are those of the snapshots, and answers were understood before
    return Tables(columns, margin_rate(engine), "all", {})


def _windows(snapshots: Sequence[Snapshot]) -> str:
    rows = (
        f"SELECT DATE '{each.day}' AS snapshot, DATE '{each.window_start}' AS window_start, "
        f"DATE '{each.last_6_start}' AS last_6_start, DATE '{each.previous_6_start}' AS previous_6_start"
        for each in snapshots
    )
    return " UNION ALL ".join(rows)


def _with(steps: Sequence[Query]) -> str:
    return "WITH " + ", ".join(f"{step.name} AS ({step.sql})" for step in steps)
