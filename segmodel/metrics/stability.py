"""How many customers of a segment are still in it a year later: table `segment_stability`."""

from __future__ import annotations

from segmodel.engines import Engine
from segmodel.features.history import YEAR_BEFORE


def compute_stability(engine: Engine, segmentation: str, minimum_group: int) -> None:
    """Add one segmentation's rows to `segment_stability`: `segment`, `stayed`, a share from 0 to 1.

    Of the customers of a segment a year before the latest snapshot who are in any segment now, the share in the same
    one. NULL where they, those who stayed or those who went, are fewer than `minimum_group` but not nobody; no rows
    where there is no snapshot a year before.

    Parameters
    ----------
    engine : Engine
        Holds `assignments` and `snapshots`.
    segmentation : str
    minimum_group : int
        The smallest group that may be shown.
    """
    ((now, before),) = engine.rows(f"SELECT max(snapshot), {YEAR_BEFORE} FROM snapshots")
    # the days as values: the table is large, and read a snapshot at a time only where its day is known beforehand
    counted = "segmentation = $segmentation AND is_counted AND snapshot ="
    select = f"""
        WITH earlier AS (SELECT customer_id, segment FROM assignments WHERE {counted} $before::DATE),
        later AS (SELECT customer_id, segment FROM assignments WHERE {counted} $now::DATE),
        moved AS (
            SELECT earlier.segment, count(*) AS customers,
                count(*) FILTER (WHERE earlier.segment = later.segment) AS stayed
            FROM earlier JOIN later USING (customer_id) GROUP BY earlier.segment
        )
        SELECT $segmentation::VARCHAR AS segmentation, segment,
            CASE WHEN customers >= $minimum AND (stayed = 0 OR stayed >= $minimum)
                AND (customers = stayed OR customers - stayed >= $minimum)
            THEN stayed / customers END AS stayed
        FROM moved ORDER BY segment
    """
    verb = "INSERT INTO" if "segment_stability" in engine.tables() else "CREATE TABLE"
    link = "" if verb == "INSERT INTO" else "AS"
    engine.execute(
        f"{verb} segment_stability {link} {select}",
        {"segmentation": segmentation, "minimum": minimum_group, "now": now, "before": before},
    )
