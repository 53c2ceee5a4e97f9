"""Every customer's segment at every snapshot, scored by SQL inside the engine."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence

from segmodel.engines import Engine, identifier, literal
from segmodel.scorecard.bridged import BRIDGE, BridgedScorecard
from segmodel.scorecard.card import Scorecard
from segmodel.store import listed_days

MOST_FILTER_VALUES = 12
"""A filter offers this many values at most; the rarer ones are `Other`."""

OTHER, UNKNOWN = "Other", "Unknown"

_CARRIED = ("value", "revenue", "orders", "days_since_last", "filter_1", "filter_2")


def prepare_scoring(
    engine: Engine,
    filters: Sequence[tuple[str, str]],
    assigned: Collection[datetime.date] = (),
    offered: Collection[tuple[int, str]] = (),
) -> frozenset[datetime.date]:
    """Create view `scoring` (customer_features with `filter_1` and `filter_2`) and table `filters`.

    Parameters
    ----------
    engine : Engine
        Holds `customer_features` and `snapshots`.
    filters : sequence of (str, str)
        Name and label of the features to filter by, two at most.
    assigned : collection of date
        Snapshots at which `assignments` has everybody already; the view leaves them out.
    offered : collection of (int, str)
        Position and value of what the filters offered then: where that changed, everybody is assigned again.

    Returns
    -------
    frozenset of date
        The snapshots that the view leaves out.
    """
    engine.execute("CREATE TABLE filters (filter VARCHAR, label VARCHAR, value VARCHAR, rank BIGINT, position INTEGER)")
    values = {
        position: _offered(engine, position, name, label) for position, (name, label) in enumerate(filters, start=1)
    }
    columns = ", ".join(_filter_column(filters, position, values.get(position, ())) for position in (1, 2))
    now = {(position, value) for position, offers in values.items() for value in offers}
    standing = frozenset(assigned) if now == set(offered) else frozenset()
    rest = f" WHERE snapshot NOT IN ({listed_days(standing)})" if standing else ""
    engine.view("scoring", f"SELECT *, {columns} FROM customer_features{rest}")
    return standing


def assign(
    engine: Engine, segmentation: str, scorecard: Scorecard | BridgedScorecard, *, counts_bridged: bool = True
) -> None:
    """Add one segmentation's rows to `assignments`; customers whose segment cannot be told have none.

    Who was where, how surely, told from what, and what they were worth: segmentation, snapshot, customer_id, segment,
    probability, runner_up, assigned_by (features; or survey or bridge), is_counted, value, revenue, orders,
    days_since_last, filter_1, filter_2.

    Parameters
    ----------
    engine : Engine
        Holds `scoring`; see `prepare_scoring`.
    segmentation : str
    scorecard : Scorecard or BridgedScorecard
    counts_bridged : bool
        Whether metrics count the customers that a bridge places: one that is a weak guide would make up their numbers.
    """
    keys = ("snapshot", "customer_id", *_CARRIED)
    scored = scorecard.to_sql("scoring", keys)
    how = "assigned_by" if isinstance(scorecard, BridgedScorecard) else "'features' AS assigned_by"
    counted = "TRUE AS is_counted" if counts_bridged else f"assigned_by <> '{BRIDGE}' AS is_counted"
    columns = ", ".join(("snapshot", "customer_id", "segment", "probability", "runner_up", how, counted, *_CARRIED))
    engine.add(
        "assignments",
        f"SELECT $segmentation::VARCHAR AS segmentation, {columns} FROM (\n{scored}\n) AS scored",
        {"segmentation": segmentation},
    )


def _offered(engine: Engine, position: int, name: str, label: str) -> list[str]:
    """Write what a filter offers into table `filters`, and return it."""
    counted = engine.summary(
        f"SELECT {_value(name)} AS value, count(*) AS customers FROM customer_features "
        "WHERE snapshot = (SELECT max(snapshot) FROM snapshots) GROUP BY 1"
    )
    with engine.loaded("offered_part", counted):
        engine.execute(
            """
            INSERT INTO filters
            WITH ranked AS (
                SELECT value, row_number() OVER (ORDER BY customers DESC, value) AS place FROM offered_part
            )
            SELECT $name, $label, CASE WHEN place < $most THEN value ELSE $other END, min(place), $position
            FROM ranked GROUP BY ALL
            """,
            {"name": name, "label": label, "most": MOST_FILTER_VALUES, "position": position, "other": OTHER},
        )
    return [value for (value,) in engine.rows(f"SELECT value FROM filters WHERE position = {position} ORDER BY rank")]


def _value(name: str) -> str:
    return f"coalesce(nullif({identifier(name)}::VARCHAR, ''), '{UNKNOWN}')"


def _filter_column(filters: Sequence[tuple[str, str]], position: int, offered: Sequence[str]) -> str:
    if position > len(filters):
        return f"'' AS filter_{position}"
    value, known = _value(filters[position - 1][0]), ", ".join(map(literal, offered))
    return f"CASE WHEN {value} IN ({known}) THEN {value} ELSE '{OTHER}' END AS filter_{position}"
