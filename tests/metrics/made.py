"""Assignments made at random, and what `segment_metrics` says of them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from segmodel.definition import parse_definition
from segmodel.engines import Engine
from segmodel.features import Snapshot, months_before
from segmodel.metrics import compute_metrics

DAYS = (dt.date(2024, 6, 30), dt.date(2025, 5, 31), dt.date(2025, 6, 30), dt.date(2026, 6, 30))
FULL_FROM = dt.date(2025, 6, 1)
"""The window of the first two snapshots is not full of data."""


def make_assignments(seed: int = 5, customers: int = 400) -> pd.DataFrame:
    """Return one row a customer and snapshot, as the scorecard leaves them; money has two decimals."""
    random = np.random.default_rng(seed)
    frames = []
    for day in DAYS:
        there = random.random(customers) < 0.9
        numbers = np.flatnonzero(there)
        segment = random.choice(["s1", "s2", "s3"], len(numbers), p=[0.2, 0.3, 0.5])
        scale = pd.Series(segment).map({"s1": 5.0, "s2": 4.0, "s3": 2.5}).to_numpy()
        value = random.lognormal(scale, 1.0).round(2) - 20
        frames.append(
            pd.DataFrame(
                {
                    "segmentation": "made",
                    "snapshot": pd.Timestamp(day),
                    "customer_id": [f"c{number}" for number in numbers],
                    "segment": segment,
                    "is_counted": True,
                    "value": value,
                    "revenue": (np.abs(value) + 30).round(2),
                    "orders": random.poisson(scale),
                    "days_since_last": random.integers(0, 400, len(numbers)),
                    "filter_1": random.choice(["web", "store"], len(numbers)),
                    "filter_2": random.choice(["north", "south", "west"], len(numbers), p=[0.5, 0.3, 0.2]),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def measure(assignments: pd.DataFrame, minimum: int = 5, filters: int = 2) -> pd.DataFrame:
    """Return table `segment_metrics` of assignments whose snapshots are `DAYS`."""
    snapshots = [
        Snapshot(day, months_before(day, 12), months_before(day, 6), months_before(day, 12), True, day > FULL_FROM)
        for day in DAYS
    ]
    definition = parse_definition(
        {
            "name": "x",
            "minimum_group": minimum,
            "filters": ["main_channel", "region"][:filters],
            "sources": {"transactions": {"path": "x.csv"}},
            "segmentation": [{"name": "made", "method": "value_tiers"}],
        }
    )
    with Engine.open(None) as engine, engine.loaded("given", assignments):
        engine.execute(
            "CREATE TABLE assignments AS SELECT * REPLACE (snapshot::DATE AS snapshot, "
            "value::DECIMAL(18,4) AS value, revenue::DECIMAL(18,4) AS revenue) FROM given"
        )
        compute_metrics(engine, "made", definition, snapshots)
        return engine.frame("SELECT * FROM segment_metrics ORDER BY snapshot, segment, filter_1, filter_2")
