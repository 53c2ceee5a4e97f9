"""What a build may take over from the one before: rows that say what was so at a date."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping

from segmodel.engines import Engine, identifier

PER_SNAPSHOT: Mapping[str, tuple[str, ...]] = {
    "customer_features": ("snapshot",),
    "orders_until": ("snapshot",),
    "assignments": ("snapshot",),
    "segment_metrics": ("snapshot",),
    "flow_counts": ("before", "after"),
}
"""Tables whose rows belong to a snapshot, or to two, and stand as long as nothing before these changes, each with the
columns that name them; every other table of a build is made anew. A table that is added here needs whoever fills it to
leave out the snapshots that stand."""


def carry_over(engine: Engine) -> None:
    """Drop all tables of a copied build but those of `PER_SNAPSHOT`."""
    for table in engine.tables():
        if table not in PER_SNAPSHOT:
            engine.execute(f"DROP TABLE {identifier(table)}")


def keep_snapshots(engine: Engine, table: str, days: Collection[datetime.date]) -> None:
    """Forget the rows of a table at all snapshots but `days`; without any, the table goes.

    Parameters
    ----------
    engine : Engine
    table : str
        Of `PER_SNAPSHOT`; nothing happens where the build has none of that name.
    days : collection of date
    """
    if table not in engine.tables():
        return
    if days:
        gone = " OR ".join(f"{identifier(name)} NOT IN ({listed_days(days)})" for name in PER_SNAPSHOT[table])
        engine.execute(f"DELETE FROM {identifier(table)} WHERE {gone}")
    else:
        engine.execute(f"DROP TABLE {identifier(table)}")


def listed_days(days: Collection[datetime.date]) -> str:
    """Return SQL of a list of dates.

    Examples
    --------
    >>> listed_days({datetime.date(2026, 6, 30)})
    "DATE '2026-06-30'"
    """
    return ", ".join(f"DATE '{day}'" for day in sorted(days))
