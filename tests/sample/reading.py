"""The files of the sample, and k-means as the tests of it run it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"
DATA = SAMPLE / "data"
TRANSACTIONS = str(DATA / "transactions" / "*.parquet")
FEATURES = ["frequency", "average_order_value", "web_share", "weekday_share", "discount_share"]


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(DATA / name, dtype=str, keep_default_na=False)


def truth_table(name: str) -> pd.DataFrame:
    return pd.read_csv(SAMPLE / "truth" / name, dtype={"customer_id": str})


def fitted(matrix: np.ndarray, k: int, seed: int = 0) -> KMeans:
    # One thread: so small a fit gains nothing from two, and waits for them where others are busy.
    with threadpool_limits(limits=1):
        return KMeans(k, n_init=5, random_state=seed).fit(matrix)
