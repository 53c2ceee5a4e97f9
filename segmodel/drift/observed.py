"""What the monitor looks at: a sample of the customers, followed through the snapshots, and their months."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from segmodel.engines import SCRATCH, Engine, identifier
from segmodel.features import Feature, margin_rate
from segmodel.features.lines import lines_sql

MONITORED = 100_000
"""Customers who are followed at most: with so many, sampling moves a share by a third of a percent at the most."""

_RANGE = 1_000_000
"""Steps in which the share of customers who are followed is set."""


def follow_customers(engine: Engine, most: int = MONITORED) -> None:
    """Create the scratch tables `monitored` and `monitored_months`.

    `monitored(customer_id)`: every customer, or about `most` drawn by a hash of the id, so that the same ones are
    followed through all snapshots and builds. `monitored_months(customer_id, month, orders, spend)`: what they bought
    in each calendar month, named by its last day.

    Parameters
    ----------
    engine : Engine
        Holds `transactions`, `customer_features` and `snapshots`.
    most : int
    """
    latest = "snapshot = (SELECT max(snapshot) FROM snapshots)"
    customers = engine.value(f"SELECT count(*) FROM customer_features WHERE {latest}")
    drawn = "TRUE" if customers <= most else f"hash(customer_id) % {_RANGE} < {round(_RANGE * most / customers)}"
    engine.execute(
        f"CREATE OR REPLACE TABLE {SCRATCH}.monitored AS "
        f"SELECT customer_id FROM customer_features WHERE {latest} AND {drawn}"
    )
    lines = lines_sql(engine.columns("transactions"), margin_rate(engine))
    # the hash is asked for again: it leaves out most lines before they are looked up
    engine.execute(
        f"""
        CREATE OR REPLACE TABLE {SCRATCH}.monitored_months AS
        SELECT customer_id, last_day(day) AS month, count(DISTINCT order_key)::BIGINT AS orders,
            sum(purchases) AS spend
        FROM ({lines}) SEMI JOIN monitored USING (customer_id) WHERE bought AND {drawn} GROUP BY ALL
        """
    )


def monthly_behaviour(engine: Engine, segmentation: str) -> pd.DataFrame:
    """Return what the customers of each segment did in the month of every month-end snapshot.

    Members are those whom the champion puts there at the end of the month, from the window of the features: the same
    rule at every date, so that only what they do can change.

    Parameters
    ----------
    engine : Engine
        Holds `assignments` and `snapshots`; see `follow_customers`.
    segmentation : str

    Returns
    -------
    DataFrame
        snapshot, segment, members, orders, orders_squared (summed over members), spend; a row a month end whose window
        the data fill, and segment.
    """
    return engine.frame(
        """
        SELECT placed.snapshot, placed.segment, count(*)::BIGINT AS members,
            coalesce(sum(orders), 0)::DOUBLE AS orders,
            coalesce(sum(orders * orders), 0)::DOUBLE AS orders_squared,
            coalesce(sum(spend), 0)::DOUBLE AS spend
        FROM (
            SELECT snapshot, customer_id, segment FROM assignments
            SEMI JOIN monitored USING (customer_id)
            WHERE segmentation = $segmentation AND is_counted AND segment IS NOT NULL
                AND snapshot IN (SELECT snapshot FROM snapshots WHERE is_month_end AND is_window_complete)
        ) AS placed
        LEFT JOIN monitored_months AS done ON done.customer_id = placed.customer_id AND done.month = placed.snapshot
        GROUP BY ALL ORDER BY ALL
        """,
        {"segmentation": segmentation},
    )


def value_by_segment(engine: Engine, segmentation: str) -> pd.DataFrame:
    """Return size, value and certainty of each segment, and of all (`''`), at every snapshot whose window is filled.

    Returns
    -------
    DataFrame
        snapshot, segment, customers, value, value_squares, certainty, certainty_sd.
    """
    return engine.frame(
        """
        SELECT snapshot, coalesce(segment, '') AS segment, count(*)::BIGINT AS customers,
            sum(value)::DOUBLE AS value,
            sum(value::DECIMAL(20,2) * value::DECIMAL(18,2))::DOUBLE AS value_squares,
            favg(probability) AS certainty, coalesce(stddev_samp(probability), 0) AS certainty_sd
        FROM assignments
        WHERE segmentation = $segmentation AND is_counted AND segment IS NOT NULL
            AND snapshot IN (SELECT snapshot FROM snapshots WHERE is_window_complete)
        GROUP BY GROUPING SETS ((snapshot, segment), (snapshot)) ORDER BY ALL
        """,
        {"segmentation": segmentation},
    )


def followed_features_sql(features: Sequence[Feature]) -> str:
    """Return SQL of a row a monitored customer and snapshot, with segment and features; takes `$segmentation`."""
    names = ", ".join(f"described.{identifier(feature.name)}" for feature in features)
    return f"""
        SELECT placed.snapshot, placed.segment, {names}
        FROM assignments AS placed
        SEMI JOIN monitored USING (customer_id)
        JOIN customer_features AS described
            ON described.snapshot = placed.snapshot AND described.customer_id = placed.customer_id
        WHERE placed.segmentation = $segmentation AND placed.is_counted AND placed.segment IS NOT NULL"""
