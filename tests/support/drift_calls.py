"""How often drift is called between two samples of the sample's customers: without a change, and with a planted one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd

from segmodel.drift import call_drift
from segmodel.drift.binned import compare_snapshots
from segmodel.engines import Engine

BEFORE, AFTER = dt.date(2025, 6, 30), dt.date(2026, 6, 30)
SHIFTED = "frequency"
SQL = "SELECT * REPLACE (snapshot::DATE AS snapshot) FROM drawn"


def customers_of(build: Path) -> pd.DataFrame:
    """Return the customers of the sample with segment and the features that are watched."""
    with Engine.open(build, read_only=True) as engine:
        frame = engine.frame(
            "SELECT segment, described.* EXCLUDE (snapshot, customer_id, orders, value, revenue, days_since_last) "
            "FROM customer_features AS described JOIN assignments USING (snapshot, customer_id) "
            "WHERE segmentation = 'behaviour' AND snapshot = (SELECT max(snapshot) FROM snapshots) "
            "ORDER BY customer_id"
        )
    survey = [name for name in frame if name.startswith(("imp_", "sat_", "att_", "demo_", "is_straight"))]
    return frame.drop(columns=survey)


def two_samples(customers: pd.DataFrame, n: int, random: np.random.Generator) -> pd.DataFrame:
    """Return two samples of `n` customers: permuted halves, or draws with replacement where there are not enough."""
    enough = 2 * n <= len(customers)
    rows = random.choice(len(customers), 2 * n, replace=not enough)
    return customers.iloc[rows].assign(snapshot=[BEFORE] * n + [AFTER] * n)


def calls(engine: Engine, rows: pd.DataFrame) -> pd.DataFrame:
    """Return every comparison of the two samples with its call."""
    with engine.loaded("drawn", rows):
        return call_drift(compare_snapshots(engine, SQL, BEFORE))


def false_calls(customers: pd.DataFrame, n: int, repeats: int, seed: int) -> tuple[int, int]:
    """Return how many calls were made without any change, and of how many comparisons."""
    random = np.random.default_rng(seed)
    with Engine.open(None) as engine:
        found = [calls(engine, two_samples(customers, n, random)) for _ in range(repeats)]
    return sum(int(each["drifted"].sum()) for each in found), sum(int(each["psi"].notna().sum()) for each in found)


def shifts_found(customers: pd.DataFrame, n: int, repeats: int, seed: int, features: int = 12) -> int:
    """Return how often a feature moved by 0.3 standard deviations is called, among others that stayed."""
    random = np.random.default_rng(seed)
    numeric = [name for name in customers.select_dtypes("number") if name != SHIFTED][: features - 1]
    kept = customers[[SHIFTED, *numeric]].assign(segment="all")
    step = 0.3 * float(kept[SHIFTED].std())
    found = 0
    with Engine.open(None) as engine:
        for _ in range(repeats):
            rows = two_samples(kept, n, random)
            later = rows["snapshot"] == AFTER
            called = calls(engine, rows.assign(**{SHIFTED: rows[SHIFTED] + step * later}))
            called = called[called["segment"] == ""].set_index("feature")
            found += bool(called.loc[SHIFTED, "drifted"])
    return found
