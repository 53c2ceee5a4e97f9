"""Who is in which segment of the small workspace: flows that can be counted on paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd

FLOWS = {
    ("s1", "s1"): 200,
    ("s1", "s5"): 20,
    ("s2", "s2"): 150,
    ("s3", "s3"): 300,
    ("s4", "s4"): 100,
    ("s5", "s3"): 112,
    ("s5", "s4"): 124,
    ("s5", "s5"): 1004,
    ("", "s1"): 40,
    ("", "s3"): 60,
}
"""Customers by segment a year before the latest snapshot, and at it; an empty segment: not a customer yet."""

VALUE = {"s3": 100.0, "s4": 10.0}
"""Of a customer who ends in this segment, at every date; of the others 1."""


def assignments(snapshots: Sequence[dt.date]) -> pd.DataFrame:
    """Return the table: at all but the latest snapshot everybody is where they were first."""
    rows = []
    for place, ((before, after), count) in enumerate(FLOWS.items()):
        for number in range(count):
            known = {"customer_id": f"c{place}-{number:04d}", "value": VALUE.get(after, 1.0), "probability": 0.9}
            # of those who left s5 for s4, thirty stopped ordering
            stopped = (before, after) == ("s5", "s4") and number < 30
            for day in snapshots:
                is_last = day == snapshots[-1]
                segment = after if is_last else before
                if segment:
                    orders = 0 if stopped and is_last else 2
                    rows.append({**known, "snapshot": pd.Timestamp(day), "segment": segment, "orders": orders})
    frame = pd.DataFrame(rows).assign(is_counted=True)
    return pd.concat([frame.assign(segmentation=name) for name in ("behaviour", "value")], ignore_index=True)
