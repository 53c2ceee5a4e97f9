"""Dirt, truth, and files written the same way every time."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from generator import business, plan, spending, survey, voices
from generator.orders import draw_orders
from generator.people import customer_table, draw_people

DIRT = {"missing_customer": 70, "missing_amount": 50, "impossible_date": 30, "exact_duplicate": 90}
COLUMNS = [
    "customer_id",
    "ordered_at",
    "amount",
    "order_id",
    "margin",
    "quantity",
    "channel",
    "category",
    "promotion",
]
SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("ordered_at", pa.timestamp("ms")),
        ("amount", pa.decimal128(10, 2)),
        ("order_id", pa.string()),
        ("margin", pa.decimal128(10, 2)),
        ("quantity", pa.int32()),
        ("channel", pa.string()),
        ("category", pa.string()),
        ("promotion", pa.string()),
    ]
)


def write_sample(folder: Path) -> None:
    """Write `data/` and `truth/` below `folder`, replacing what the generator wrote before."""
    people = draw_people()
    orders = draw_orders(people)
    customers = customer_table(people)
    answers, needs = survey.survey_tables(people)
    accounts, contacts = business.account_tables(people)
    data = folder / "data"
    write_transactions(data / "transactions", with_dirt(orders))
    tables = {
        "customers.csv.gz": _dirty_customers(customers),
        "survey.csv.gz": answers,
        "items.csv": survey.items_table(),
        "memberships.csv.gz": business.memberships_table(customers, orders),
        "verbatims.csv.gz": voices.verbatims_table(people),
        "interactions.csv.gz": voices.interactions_table(people),
        "spend.csv": spending.spend_table(),
        "campaigns.csv.gz": business.campaigns_table(people),
        "accounts.csv": accounts,
        "contacts.csv": contacts,
        "context.csv": business.context_table(),
        "market.csv": business.market_table(),
    }
    for name, table in tables.items():
        write_csv(data / name, table)
    truth = folder / "truth"
    write_csv(truth / "segments.csv.gz", _planted(people))
    write_csv(truth / "needs.csv.gz", needs.sort_values("customer_id"))
    write_text(truth / "effects.json", json.dumps(_effects(), indent=2, ensure_ascii=False) + "\n")


def with_dirt(orders: pd.DataFrame) -> pd.DataFrame:
    """Spoil a few rows in the ways of real systems: no customer, no amount, a date of 1899, sent twice.

    The spoiled rows are extra ones, so that the clean orders stay complete.
    """
    rng = plan.stream("dirt")
    extra = {kind: orders.iloc[np.sort(rng.choice(len(orders), count, replace=False))] for kind, count in DIRT.items()}
    till = extra["missing_customer"].assign(customer_id=None)
    unpaid = extra["missing_amount"].assign(amount=np.nan)
    # A till without a clock: the order is filed by its true day, and carries the zero of spreadsheets.
    undated = extra["impossible_date"]
    undated = undated.assign(filed_at=undated["ordered_at"], ordered_at=pd.Timestamp("1899-12-30"))
    spoiled = pd.concat([till, unpaid, undated], ignore_index=True)
    spoiled["order_id"] = [f"T{number + 1:05d}" for number in range(len(spoiled))]
    table = pd.concat([orders, spoiled, extra["exact_duplicate"]], ignore_index=True)
    table["filed_at"] = table["filed_at"].fillna(table["ordered_at"])
    return table.sort_values(["filed_at", "order_id", "amount"], kind="stable").reset_index(drop=True)


def write_transactions(folder: Path, table: pd.DataFrame) -> None:
    """Write one parquet file a half-year."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.parquet"):
        old.unlink()
    filed = table["filed_at"].dt
    period = filed.year.astype(str) + "_h" + ((filed.month + 5) // 6).astype(str)
    for name, part in table.groupby(period, sort=True):
        content = part[COLUMNS].assign(promotion=part["promotion"].replace("", None))
        arrays = [_arrow(content[field.name], field.type) for field in SCHEMA]
        pq.write_table(
            pa.table(arrays, schema=SCHEMA),
            folder / f"transactions_{name}.parquet",
            compression="zstd",
            compression_level=15,
            store_schema=False,
        )


def _arrow(values: pd.Series, kind: pa.DataType) -> pa.Array:
    # Money is drawn as float and kept as an exact decimal.
    return pa.array(values, from_pandas=True).cast(kind, safe=not pa.types.is_timestamp(kind))


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table as csv, or as csv.gz without the clock that gzip would put into it."""
    buffer = io.StringIO()
    table.to_csv(buffer, index=False, lineterminator="\n")
    content = buffer.getvalue().encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, compresslevel=9, mtime=0) if path.suffix == ".gz" else content)


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8 with the same line ends everywhere."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def _dirty_customers(customers: pd.DataFrame) -> pd.DataFrame:
    """Add four rows without an id and three customers sent twice."""
    rng = plan.stream("dirty customers")
    nameless = customers.iloc[np.sort(rng.choice(len(customers), 4, replace=False))].assign(customer_id="")
    again = customers.iloc[np.sort(rng.choice(len(customers), 3, replace=False))]
    return pd.concat([customers, nameless, again], ignore_index=True)


def _planted(people: pd.DataFrame) -> pd.DataFrame:
    """Return each customer's segment and the day of leaving, where it lies in the period."""
    left = people["leaves_day"].where(people["leaves_day"] < plan.DAYS)
    table = people[["customer_id", "segment"]].assign(left_on=pd.Timestamp(plan.START) + pd.to_timedelta(left, "D"))
    return table.sort_values("customer_id")


def _effects() -> dict[str, Any]:
    """Return everything planted that is not a label, for tests to look for."""
    return {
        "period": {"first_day": plan.START.isoformat(), "last_day": plan.END.isoformat(), "months": plan.MONTHS},
        "segments": {
            segment.key: {
                "label": segment.label,
                "share": segment.share,
                "orders_a_year": segment.orders_a_year,
                "leaving_a_year": segment.leaving_a_year,
                "budget_share": spending.BUDGET[segment.key],
                "spend_elasticity": segment.spend_elasticity,
                "tests_budget": segment.tests_budget,
            }
            for segment in plan.SEGMENTS
        },
        "change": {
            "from": plan.CHANGE_FROM.isoformat(),
            "month_number": plan.CHANGE_MONTH,
            "segment": "fading_subscribers",
            "orders_factor": plan.CHANGE_FACTOR,
            "price_rise": plan.PRICE_RISE,
        },
        "need_groups": survey.GROUPS,
        "straight_liners": survey.STRAIGHT_LINERS,
        "campaigns": {
            campaign.key: {
                segment: {"control_rate": rate, "effect_factor": campaign.effect[segment]}
                for segment, rate in campaign.base.items()
            }
            for campaign in business.CAMPAIGNS
        },
        "dirt": {
            "transactions": DIRT,
            "customers": {"missing_id": 4, "sent_twice": 3},
            "survey": {"blank": 90, "text": 30},
            "interactions": {"impossible_date": 5},
        },
    }
