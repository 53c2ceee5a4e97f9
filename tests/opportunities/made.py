"""A small survey whose scores can be counted on paper, and engines that hold it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd

from segmodel.engines import Engine
from segmodel.features import Snapshot

DAY = dt.date(2026, 6, 30)
LATEST = Snapshot(DAY, dt.date(2025, 6, 30), dt.date(2025, 12, 31), dt.date(2025, 6, 30), True, True)
ITEMS = pd.DataFrame(
    [
        ("imp_speed", "How important: Getting it quickly", "need-importance", "1-7", "speed"),
        ("sat_speed", "How satisfied: Getting it quickly", "need-satisfaction", "1-7", "speed"),
        ("imp_low_price", "Paying little matters", "need-importance", None, "low_price"),
        ("sat_low_price", "Your prices please me", "need-satisfaction", None, "low_price"),
    ],
    columns=["item", "text", "kind", "scale", "need"],
)
SEGMENTS = (("s1", 20), ("s2", 30), ("s3", 12))


def people() -> pd.DataFrame:
    """Return who is in which segment: customer_id, segment, is_counted."""
    rows = [(f"{segment}-{place}", segment, True) for segment, count in SEGMENTS for place in range(count)]
    return pd.DataFrame(rows, columns=["customer_id", "segment", "is_counted"])


def answers() -> pd.DataFrame:
    """Return the answers of everybody; of s1 three quarters find speed important and a fifth is satisfied."""
    rows = []
    for place, who in enumerate(people()["customer_id"]):
        segment, number = who.split("-")
        if segment == "s1":
            given = (7 if int(number) % 4 else 2, 6 if int(number) % 5 == 0 else 3)
        else:
            given = (6 if int(number) % 3 == 0 else 4, 7 if int(number) % 2 else 1)
        rows += [(who, "imp_speed", str(given[0])), (who, "sat_speed", str(given[1]))]
        rows += [(who, "imp_low_price", str(1 + place % 5)), (who, "sat_low_price", str(1 + (place // 5) % 5))]
    return pd.DataFrame(rows, columns=["customer_id", "item", "answer"])


def put(engine: Engine, **tables: pd.DataFrame) -> None:
    """Make frames tables of the engine."""
    for name, frame in tables.items():
        with engine.loaded("made", frame):
            engine.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM made")


def filled(
    engine: Engine,
    survey: pd.DataFrame | None = None,
    items: pd.DataFrame | None = ITEMS,
    who: pd.DataFrame | None = None,
    segmentations: Sequence[str] = ("behaviour",),
) -> None:
    """Fill an engine as it stands in a build once customers are assigned."""
    assigned = pd.concat(
        [
            (people() if who is None else who).assign(segmentation=name, snapshot=day)
            for name in segmentations
            for day in (pd.Timestamp("2025-06-30"), pd.Timestamp(DAY))
        ]
    )
    put(engine, survey=answers() if survey is None else survey, assignments=assigned)
    engine.execute("ALTER TABLE assignments ALTER snapshot TYPE DATE")
    if items is not None:
        put(engine, items=items)
