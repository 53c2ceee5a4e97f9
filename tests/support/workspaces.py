"""Small generated transactions, and workspaces made of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from segmodel.definition import FILE_NAME
from segmodel.engines import Engine

CHANNELS = ("web", "store", "phone")
CATEGORIES = ("beans", "gifts", "machines", "tea")

KMEANS = """
[[segmentation]]
name = "behaviour"
k = 3
features = ["recency_days", "frequency", "monetary"]
"""
TIERS = """
[[segmentation]]
name = "value"
basis = "value"
method = "value_tiers"
"""


def make_transactions(
    seed: int = 0,
    customers: int = 60,
    first: str = "2024-01-01",
    last: str = "2026-03-31",
    *,
    rich: bool = True,
    margins_missing: bool = False,
) -> pd.DataFrame:
    """Return random transactions of unlike customers, one row a line, sorted by time.

    Rich ones have what the contract allows and what real data hold: refunds, cancelled lines, several orders on a
    day, orders whose lines span days, missing order ids, a customer with refunds only, rows without a channel.

    Columns are customer_id, ordered_at, amount and, when rich, order_id, is_cancelled, margin, channel, category,
    promotion.
    """
    random = np.random.default_rng(seed)
    start, days = pd.Timestamp(first), (pd.Timestamp(last) - pd.Timestamp(first)).days
    orders = 2 + random.poisson(random.gamma(0.7, 12, customers))
    customer = np.repeat(np.arange(customers), orders)
    joined = np.repeat(random.integers(0, max(days // 2, 1), customers), orders)
    day = joined + (random.random(len(customer)) * (days - joined + 1)).astype(int)
    # every other order of a customer falls on the day of the one before, now and then
    day = np.where(random.random(len(day)) < 0.1, np.roll(day, 1), day)
    lines = 1 + random.poisson(0.8, len(day)) if rich else np.ones(len(day), dtype=int)
    order = np.repeat(np.arange(len(day)), lines)
    spend = np.repeat(np.repeat(random.lognormal(3, 0.8, customers), orders), lines)
    seconds = np.repeat(random.integers(8 * 3600, 21 * 3600, len(day)), lines)
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{number:04d}" for number in np.repeat(customer, lines)],
            "ordered_at": start + pd.to_timedelta(day[order], "D") + pd.to_timedelta(seconds, "s"),
            "amount": (spend * random.lognormal(0, 0.5, len(order))).round(2),
        }
    )
    if rich:
        frame = _with_oddities(frame, order, random, start + pd.Timedelta(days=days), margins_missing)
    return frame.sort_values(["ordered_at", "customer_id"], kind="stable", ignore_index=True)


def _with_oddities(
    frame: pd.DataFrame, order: np.ndarray, random: np.random.Generator, last: pd.Timestamp, margins_missing: bool
) -> pd.DataFrame:
    size = len(frame)
    chance = lambda share: random.random(size) < share  # noqa: E731
    days_later = random.integers(1, 40, size)
    later = pd.to_timedelta(np.where(chance(0.08), days_later, 0), "D")
    frame = frame.assign(
        ordered_at=(frame["ordered_at"] + later).clip(upper=last + pd.Timedelta(hours=23)),
        order_id=np.where(chance(0.1), None, [f"o{number}" for number in order]),
        is_cancelled=chance(0.04),
        channel=np.where(chance(0.05), None, random.choice(CHANNELS, size, p=[0.5, 0.3, 0.2])),
        category=random.choice(CATEGORIES, size, p=[0.4, 0.3, 0.2, 0.1]),
        promotion=np.where(chance(0.2), "SPRING", None),
    )
    frame.loc[chance(0.07), "amount"] *= -1
    frame.loc[chance(0.01), "amount"] = 0.0
    frame["margin"] = (frame["amount"] * random.uniform(0.2, 0.6, size)).round(4)
    if margins_missing:
        frame.loc[chance(0.3), "margin"] = np.nan
    # the last customer only ever gave things back
    back = frame["customer_id"] == frame["customer_id"].max()
    frame.loc[back, "amount"] = -1 - frame.loc[back, "amount"].abs()
    return frame


def load_transactions(engine: Engine, frame: pd.DataFrame) -> None:
    """Make `frame` the engine's transactions table, typed as the contract says."""
    if "is_cancelled" not in frame:
        frame = frame.assign(is_cancelled=False)
    money = {"amount", "margin", "cost", "quantity"}
    kinds = {"ordered_at": "TIMESTAMP", "is_cancelled": "BOOLEAN"}
    columns = ", ".join(
        f"{name}::{'DECIMAL(18,4)' if name in money else kinds.get(name, 'VARCHAR')} AS {name}" for name in frame
    )
    with engine.loaded("given", frame):
        engine.execute(f"CREATE OR REPLACE TABLE transactions AS SELECT {columns} FROM given")


def write_workspace(
    folder: Path,
    transactions: pd.DataFrame | None = None,
    *,
    settings: str = "",
    segmentations: str = KMEANS + TIERS,
    source: str = "",
    file: str = "transactions.csv",
) -> Path:
    """Write transactions and a definition into `folder`, ready to be built.

    Parameters
    ----------
    settings : str
        More top-level lines of the definition; TOML wants them before any table.
    segmentations, source : str
        TOML of the segmentations, and more lines under `[sources.transactions]`.
    file : str
        Ends in .csv or .parquet.
    """
    folder.mkdir(parents=True, exist_ok=True)
    frame = make_transactions(rich=False) if transactions is None else transactions
    if "is_cancelled" in frame:
        # as a source would have it: words, and a rule of the definition that reads them
        frame = frame.assign(state=np.where(frame["is_cancelled"], "void", "fine")).drop(columns="is_cancelled")
        source = f"cancelled = \"state = 'void'\"\n{source}"
    if file.endswith(".parquet"):
        frame.to_parquet(folder / file, index=False)
    else:
        frame.to_csv(folder / file, index=False)
    sources = f"[sources.transactions]\npath = {json.dumps(file, ensure_ascii=False)}\n{source}"
    text = f'name = "Corner shop"\n{settings}\n{sources}\n{segmentations}'
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    return folder
