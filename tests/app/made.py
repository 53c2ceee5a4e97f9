"""A small published workspace written by hand, so that pages can be checked against known numbers."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pandas as pd

from segmodel.definition import EngineSettings
from segmodel.engines import Engine
from segmodel.features import CATALOGUE
from segmodel.metrics import METRICS, definition_tables
from segmodel.store import Builds
from segmodel.store.describe import FORMAT
from tests.app.made_drift import drift_tables
from tests.app.made_migration import assignments
from tests.app.made_value import value_tables

NAMES = ("Daily regulars", "Office & café buyers", "Weekend browsers", "Gift givers", "Fading $ub*scribers")
CUSTOMER_SHARES = (0.18, 0.06, 0.34, 0.23, 0.19)
VALUE_SHARES = (0.41, 0.20, 0.21, 0.10, 0.08)
EARLIER_VALUE_SHARES = (0.35, 0.18, 0.21, 0.10, 0.16)
ACTIVE_SHARES = (0.99, 0.97, 0.8, 0.6, 0.08)
FEATURES = ("recency_days", "frequency", "monetary", "tenure_days")
COVERAGE = "Shown are those who answered the survey, *some* of the customers."
CAUTION = "A convenient division only."
CUSTOMERS, VALUE = 6_000, 1_940_000.0
SNAPSHOTS = (dt.date(2025, 6, 30), dt.date(2025, 12, 31), dt.date(2026, 6, 30))
LATEST = pd.Timestamp(SNAPSHOTS[-1])
COMPLETE = (True, True, True)
FIRST_AT = "2023-07-01"
SHARE_OF_CHANNEL = {"": 1.0, "web": 0.5, "store": 0.4985, "wholesale": 0.0015}
DEFINITION = """
name = "Harbour Coffee"
[sources.transactions]
path = "none.csv"
[[segmentation]]
name = "behaviour"
features = ["frequency"]
"""


def write_workspace(folder: Path, name: str = "Harbour Coffee") -> str:
    """Publish the build in `folder` and return its id."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "segmentation.toml").write_text(DEFINITION.replace("Harbour Coffee", name), encoding="utf-8")
    with Builds(folder / "store").writing(EngineSettings(), keep=3) as writing:
        for table, frame in tables(name, writing.build_id).items():
            with writing.engine.loaded("made", frame):
                writing.engine.execute(f"CREATE TABLE {table} AS SELECT * FROM made")
        _as_dates(writing.engine)
    return writing.build_id


def tables(name: str, build_id: str) -> dict[str, pd.DataFrame]:
    """Return every table a page reads."""
    return {
        "build": _build(name, build_id),
        "snapshots": pd.DataFrame(
            {"snapshot": pd.to_datetime(list(SNAPSHOTS)), "is_month_end": True, "is_window_complete": COMPLETE}
        ),
        "segmentations": pd.DataFrame(
            [_segmentation("behaviour", "Behaviour", 0), _segmentation("value", "Value tiers", 1)]
        ),
        "segments": segments(),
        "segment_metrics": pd.concat([_metrics("behaviour"), _metrics("value")], ignore_index=True),
        "profiles": _profiles(),
        "assignments": assignments(SNAPSHOTS),
        "filters": pd.DataFrame(
            {
                "filter": ["main_channel"] * 3,
                "label": ["Main channel"] * 3,
                "value": ["web", "store", "wholesale"],
                "rank": [1, 2, 3],
                "position": [1, 1, 1],
            }
        ),
        **_sources(),
        **value_tables(NAMES, [CUSTOMERS * share for share in CUSTOMER_SHARES], LATEST),
        **drift_tables(NAMES, [pd.Timestamp(day) for day in SNAPSHOTS]),
        **definition_tables(METRICS, {name: CATALOGUE[name] for name in FEATURES}),
    }


def _build(name: str, build_id: str) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "build_id": build_id,
                "name": name,
                "question": "Which customers should we win?",
                "currency": "GBP",
                "as_of": LATEST,
                "built_at": pd.Timestamp("2026-07-01 10:15:00"),
                "definition": "{}",
                "value_basis": "margin",
                "window_months": "12",
                "minimum_group": 10,
                "format": FORMAT,
            }
        ]
    )


def _sources() -> dict[str, pd.DataFrame]:
    """Return what tells of the rows that were read."""
    return {
        "reconciliation": pd.DataFrame(
            {
                "table_name": ["customers", "transactions"],
                "source": ["customers.csv", "lines.csv"],
                "rows_read": [6100, 150_000],
                "rows_accepted": [6100, 149_850],
                "rows_quarantined": [0, 150],
                "duplicate_rows": [0, 12],
                "duplicates": ["keep", "keep"],
                "modified_at": [LATEST, LATEST],
                "first_at": [pd.NaT, pd.Timestamp(FIRST_AT)],
                "last_at": [pd.NaT, LATEST],
                "note": [None, "Holds the same as lines (1).csv, so its rows count once."],
            }
        ),
        "quarantine": pd.DataFrame(
            {
                "table_name": ["transactions"] * 150,
                "source": ["lines.csv"] * 150,
                "row_number": range(150),
                "rule": ["missing_customer"] * 140 + ["missing_date"] * 10,
                "reason": ["customer_id is missing"] * 140 + ["ordered_at is missing"] * 10,
                "content": [json.dumps({"customer_id": None, "amount": "<b>5</b>"})] * 150,
            }
        ),
        "transaction_totals": pd.DataFrame(
            [
                {
                    "customers": 6000,
                    "orders": 120_000,
                    "purchases": 5e6,
                    "refunds": 1e5,
                    "never_bought": 12,
                    "first_at": pd.Timestamp(FIRST_AT),
                    "last_at": LATEST,
                }
            ]
        ),
        "transactions": pd.DataFrame({"customer_id": ["a"], "ordered_at": [LATEST], "amount": [5.0]}),
    }


def segments() -> pd.DataFrame:
    """Return the segments of both segmentations; "value" has two."""
    behaviour = [
        {
            "segmentation": "behaviour",
            "segment": f"s{place + 1}",
            "name": segment,
            "description": f"Buys like *{segment}* do.",
            "position": place,
            "colour": place,
        }
        for place, segment in enumerate(NAMES)
    ]
    value = [
        {**behaviour[0], "segmentation": "value", "name": "Top half", "description": ""},
        {**behaviour[1], "segmentation": "value", "name": "Bottom half", "description": ""},
    ]
    return pd.DataFrame([*behaviour, *value])


def metrics_of(segmentation: str = "behaviour") -> pd.DataFrame:
    """Return segment metrics without a filter, as a published build returns them."""
    frame = _metrics(segmentation)
    return frame[frame["filter_1"] == ""].drop(columns=["segmentation", "filter_1", "filter_2"])


def wilson(share: float, count: float) -> tuple[float, float]:
    """Return the 95% Wilson interval of a share."""
    z = 1.959964
    centre = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * (share * (1 - share) / count + z**2 / (4 * count**2)) ** 0.5
    return centre - half, centre + half


def _segmentation(name: str, label: str, position: int) -> dict[str, object]:
    return {
        "name": name,
        "label": label,
        "basis": name,
        "method": "kmeans" if position == 0 else "value_tiers",
        "version": "v003",
        "k": 5 if position == 0 else 2,
        "fitted_as_of": pd.Timestamp(SNAPSHOTS[-1]),
        "n_fitted": CUSTOMERS,
        "model": json.dumps({"diagnostics": {"reason": "Five is stable.", "k_table": [{"k": 5, "stability": 0.9}]}}),
        "caution": CAUTION if name == "value" else "",
        "coverage": COVERAGE if name == "value" else "",
        "is_primary": position == 0,
        "position": position,
    }


def _metrics(segmentation: str) -> pd.DataFrame:
    rows = []
    for place, snapshot in enumerate(SNAPSHOTS):
        for channel, part in SHARE_OF_CHANNEL.items():
            if segmentation == "behaviour":
                values = [
                    early + (late - early) * place / 2
                    for early, late in zip(EARLIER_VALUE_SHARES, VALUE_SHARES, strict=True)
                ]
                shares = list(zip(CUSTOMER_SHARES, values, ACTIVE_SHARES, strict=True))
            else:
                shares = [(0.5, 0.8, 0.95), (0.5, 0.2, 0.6)]
            total = CUSTOMERS * part * (0.9 + 0.05 * place)
            for number, (customers, value, active) in enumerate([(1.0, 1.0, 0.7), *shares]):
                row = {
                    "segmentation": segmentation,
                    "snapshot": pd.Timestamp(snapshot),
                    "segment": f"s{number}" if number else "",
                    "filter_1": channel,
                    "filter_2": "",
                    **_row(total, VALUE * part * (0.9 + 0.05 * place), customers, value),
                    "active_customers": round(total * customers * active),
                    "active_share": active,
                    "active_share_low": active - 0.02,
                    "active_share_high": active + 0.02,
                }
                row["suppressed"] = row["customers"] < 10
                rows.append(row)
    frame = pd.DataFrame(rows)
    names = [name for name in METRICS if name in frame.columns]
    frame.loc[frame["suppressed"], names] = float("nan")
    return frame


def _row(total: float, value: float, customer_share: float, value_share: float) -> dict[str, float]:
    low, high = wilson(customer_share, total)
    each = value * value_share / (total * customer_share)
    return {
        **dict.fromkeys(METRICS, float("nan")),
        "customers": round(total * customer_share),
        "customer_share": customer_share,
        "customer_share_low": low,
        "customer_share_high": high,
        "value": value * value_share,
        "value_squares": (value * value_share) ** 2 / (total * customer_share) * 2,
        "value_share": value_share,
        "value_share_low": value_share - 0.02,
        "value_share_high": value_share + 0.02,
        "value_index": 100 * value_share / customer_share,
        "value_per_customer": each,
        "value_per_customer_low": each * 0.95,
        "value_per_customer_high": each * 1.05,
        "orders": 20 * total * customer_share,
        "orders_per_customer": 20.0,
        "average_order_value": each / 20,
        "growth": 0.05,
        "growth_customers": total * customer_share,
        "recency_median": 12.0,
    }


def _profiles() -> pd.DataFrame:
    rows = [
        {
            "segmentation": segmentation,
            "segment": segment,
            "feature": feature,
            "mean": 8.0,
            "rest_mean": 74.0,
            "median": 7.0,
            "pooled_sd": 50.0,
            "difference": difference,
            "low": difference - 0.05,
            "high": difference + 0.05,
            "n": 1000,
            "n_rest": 5000,
        }
        for segmentation, count in (("behaviour", 5), ("value", 2))
        for segment in (f"s{place + 1}" for place in range(count))
        for feature, difference in zip(FEATURES, (-1.3, 1.1, 0.4, 0.02), strict=True)
    ]
    return pd.DataFrame(rows)


def _as_dates(engine: Engine) -> None:
    for table, column in (
        ("build", "as_of"),
        ("snapshots", "snapshot"),
        ("segment_metrics", "snapshot"),
        ("segmentations", "fitted_as_of"),
    ):
        engine.execute(f"ALTER TABLE {table} ALTER {column} TYPE DATE")
