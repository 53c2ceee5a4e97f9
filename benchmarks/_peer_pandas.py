"""The same job as `segmodel build` written the usual way: one script of pandas and scikit-learn.

It reads the transactions, describes every customer as of the last day (the same five features over the same
window), prepares and clusters them, and writes each customer's segment and a table that profiles the segments.
It checks nothing of its input and keeps no history; every step is the plain vectorised form.

    python _peer_pandas.py TRANSACTIONS_FOLDER OUTPUT_FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

FEATURES = ["recency_days", "frequency", "monetary", "mean_gap_days", "web_share"]


def main(source: Path, target: Path) -> None:
    lines = pd.read_parquet(source)
    as_of = lines["ordered_at"].max().normalize()
    lines["day"] = lines["ordered_at"].dt.normalize()
    bought = lines[lines["amount"] > 0]
    window_start = as_of - pd.DateOffset(months=12)

    customers = bought.groupby("customer_id")["day"].max().to_frame("last_day")
    customers["recency_days"] = (as_of - customers["last_day"]).dt.days

    customers["monetary"] = lines[lines["day"] > window_start].groupby("customer_id")["amount"].sum()
    # one row an order: counting rows is much faster than counting distinct order numbers a customer
    orders = bought.loc[bought["day"] > window_start, ["customer_id", "order_id", "day", "channel"]]
    orders = orders.drop_duplicates("order_id")
    by_customer = orders.groupby("customer_id")
    customers["frequency"] = by_customer.size()
    first, last = by_customer["day"].min(), by_customer["day"].max()
    active_days = orders[["customer_id", "day"]].drop_duplicates().groupby("customer_id").size()
    customers["mean_gap_days"] = (last - first).dt.days / (active_days - 1).where(active_days > 1)
    web_orders = orders[orders["channel"] == "web"].groupby("customer_id").size()
    customers["web_share"] = web_orders.reindex(by_customer.size().index, fill_value=0) / by_customer.size()
    customers[["frequency", "monetary"]] = customers[["frequency", "monetary"]].fillna(0)

    matrix = customers[FEATURES].copy()
    matrix = matrix.fillna(matrix.median())
    skewed = ["recency_days", "frequency", "monetary", "mean_gap_days"]
    matrix[skewed] = np.log1p(matrix[skewed].clip(lower=0))
    labels = KMeans(n_clusters=5, random_state=0).fit_predict(StandardScaler().fit_transform(matrix))

    segments = pd.DataFrame({"segment": labels}, index=customers.index)
    result = customers.merge(segments, left_index=True, right_index=True)
    grouped = result.groupby("segment")
    profile = grouped[FEATURES].agg(["mean", "median", "std"])
    profile["customer_share"] = grouped.size() / len(result)
    profile["value_share"] = grouped["monetary"].sum() / result["monetary"].sum()

    target.mkdir(parents=True, exist_ok=True)
    result.reset_index().to_parquet(target / "customers.parquet", index=False)
    profile.to_csv(target / "profile.csv")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
