"""A workspace with a micro-segment planted in it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from tests.support.workspaces import TIERS, write_workspace

CUSTOMERS, PLANTED = 1_200, 36
ALLOWED = ["average_order_value", "evening_share", "web_share"]
RULES = f"""
[[segmentation]]
name = "pace"
method = "rules"
micro_features = {json.dumps(ALLOWED)}
[[segmentation.rules]]
segment = "Often"
when = {{ frequency = [10, ""] }}
[[segmentation.rules]]
segment = "Handful"
when = {{ frequency = ["", 2] }}
[[segmentation.rules]]
segment = "Seldom"
[[segmentation]]
name = "bulk"
method = "rules"
[[segmentation.rules]]
segment = "Bulk"
when = {{ frequency = [30, ""] }}
[[segmentation.rules]]
segment = "Others"
"""


def purchases() -> pd.DataFrame:
    """Two paces of buying; among those who buy seldom, 3% of all customers buy for much more, late and on the web."""
    random = np.random.default_rng(4)
    number = np.arange(CUSTOMERS)
    planted = number < PLANTED
    few, many = number >= CUSTOMERS - 20, (number >= CUSTOMERS - 28) & (number < CUSTOMERS - 20)
    orders = np.select([few, many, number < CUSTOMERS // 2], [1, 33, 7], 14)
    late = np.where(planted, 0.95, 0.15)
    basket = random.lognormal(3, 0.25, CUSTOMERS) * np.where(planted, 3.0, 1.0)
    of = np.repeat(number, orders)
    n = len(of)
    hours = np.where(random.random(n) < late[of], 20, 11)
    days = random.integers(0, 360, n)
    return pd.DataFrame(
        {
            "customer_id": [f"c{one:04d}" for one in of],
            "ordered_at": pd.Timestamp("2025-04-05") + pd.to_timedelta(days, "D") + pd.to_timedelta(hours, "h"),
            "amount": (basket[of] * random.lognormal(0, 0.3, n)).round(2),
            "channel": np.where(random.random(n) < late[of], "web", "store"),
        }
    )


def campaigns() -> pd.DataFrame:
    """One campaign, to which those planted respond far more often; a control arm does not count."""
    random = np.random.default_rng(5)
    number = np.arange(CUSTOMERS // 2)
    arm = np.where(number % 5 == 4, "Control", "treatment")
    answered = random.random(len(number)) < np.where(number < PLANTED, 0.5, 0.1)
    return pd.DataFrame(
        {
            "campaign": "spring",
            "customer_id": [f"c{one:04d}" for one in number],
            "arm": arm,
            "converted": np.where(arm == "Control", True, answered),
            "at": "2026-01-10",
        }
    )


def write_crowd(folder: Path) -> Path:
    """Write the workspace, ready to be built."""
    folder.mkdir()
    campaigns().to_csv(folder / "campaigns.csv", index=False)
    source = '[sources.campaigns]\npath = "campaigns.csv"\n'
    return write_workspace(
        folder,
        purchases(),
        settings="history_months = 0",
        segmentations=source + RULES + TIERS,
        file="transactions.parquet",
    )
