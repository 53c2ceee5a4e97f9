"""What a build may take over from the one before: rows that say what was so at a date."""

from __future__ import annotations

import datetime
from collections.abc import Collection

from segmodel.engines import Engine, identifier

PER_SNAPSHOT = ("customer_features", "assignments", "segment_metrics")
"""Tables whose rows belong to one snapshot each and stand as long as nothing before it changes; every other table of a
build is made anew. A table that is added here needs whoever fills it to leave out the snapshots that stand."""


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
        engine.execute(f"DELETE FROM {identifier(table)} WHERE snapshot NOT IN ({listed_days(days)})")
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
