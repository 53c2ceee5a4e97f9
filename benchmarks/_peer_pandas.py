"""The same job as `segmodel build` written the usual way: one script of pandas and scikit-learn.

It reads the transactions, describes every customer as of the last day (the same five features over the same
window), prepares and clusters them, and writes each customer's segment and a table that profiles the segments.
It checks nothing of its input, looks for no duplicates and publishes no store; every step is vectorised.

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
SKEWED = ["recency_days", "frequency", "monetary", "mean_gap_days"]


def describe(lines: pd.DataFrame) -> pd.DataFrame:
    """Return one row a customer who has bought, with the features as of the last day of the data."""
    as_of = lines["ordered_at"].max().normalize()
    lines["day"] = lines["ordered_at"].dt.normalize()
    window = lines[lines["day"] > as_of - pd.DateOffset(months=12)]
    bought = window[window["amount"] > 0].groupby("customer_id")
    web = window[(window["amount"] > 0) & (window["channel"] == "web")].groupby("customer_id")
    days = bought["day"].agg(["min", "max", "nunique"])

    customers = lines[lines["amount"] > 0].groupby("customer_id")["day"].max().to_frame("last_day")
    customers["recency_days"] = (as_of - customers["last_day"]).dt.days
    customers["frequency"] = bought["order_id"].nunique()
    customers["monetary"] = window.groupby("customer_id")["amount"].sum()
    customers["mean_gap_days"] = (days["max"] - days["min"]).dt.days / (days["nunique"] - 1).replace(0, np.nan)
    customers["web_share"] = web["order_id"].nunique() / customers["frequency"]
    # no order by web is a share of nought; no order at all is none
    customers["web_share"] = customers["web_share"].mask(
        customers["web_share"].isna() & customers["frequency"].notna(), 0.0
    )
    return customers.fillna({"frequency": 0, "monetary": 0.0})


def cluster(customers: pd.DataFrame) -> pd.DataFrame:
    """Return the segment of every customer, from k-means on all of them."""
    matrix = customers[FEATURES].fillna(customers[FEATURES].median())
    matrix[SKEWED] = np.log1p(matrix[SKEWED].clip(lower=0))
    labels = KMeans(n_clusters=5, random_state=0).fit_predict(StandardScaler().fit_transform(matrix))
    return pd.DataFrame({"segment": labels}, index=customers.index)


def profile(result: pd.DataFrame) -> pd.DataFrame:
    """Return one row a segment: shares of customers and value, and how its features are spread."""
    grouped = result.groupby("segment")
    table = grouped[FEATURES].agg(["mean", "median", "std"])
    table["customer_share"] = grouped.size() / len(result)
    table["value_share"] = grouped["monetary"].sum() / result["monetary"].sum()
    return table


def main(source: Path, target: Path) -> None:
    customers = describe(pd.read_parquet(source))
    result = customers.merge(cluster(customers), left_index=True, right_index=True)
    target.mkdir(parents=True, exist_ok=True)
    result.reset_index().to_parquet(target / "customers.parquet", index=False)
    profile(result).to_csv(target / "profile.csv")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
