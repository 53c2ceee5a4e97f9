"""Tables of value of the hand-written build: what segments will bring, who may leave, and what is spent on them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from segmodel.engines import Engine

LIFETIME_VALUE = 4_000_000.0
LIFETIME_SHARES = (0.50, 0.20, 0.15, 0.10, 0.05)
CHURN_RISKS = (0.05, 0.004, 0.12, 0.30, 0.45)
MAY_LEAVE = (60, None, 240, 400, 500)
"""Customers who may leave; the second are too few to be shown."""
AT_RISK = (60_000.0, None, 30_000.0, 20_000.0, 40_000.0)
STAYED = (0.95, 0.90, 0.80, 0.70, 0.60)
REACHABLE = (0.8, 0.7, 0.4, 0.3, None)
SPEND_A_YEAR = 240_000.0
SPEND_SHARES = (0.20, 0.20, 0.30, 0.15, 0.15)
MONTHS = pd.date_range("2023-07-01", "2026-06-01", freq="MS")
ELASTICITY = 0.3
"""Of the first segment, whose spend moves by itself; that of the others never does."""


def value_tables(names: Sequence[str], customers: Sequence[float], as_of: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """Return every table of value, for `behaviour` with these segments and for `value` with two, which spend lacks.

    Parameters
    ----------
    names : sequence of str
        Of the segments of `behaviour`; spend is written against them.
    customers : sequence of float
        How many each segment has.
    as_of : Timestamp
        The latest snapshot.
    """
    values = pd.concat(
        [
            _segment_value("behaviour", customers, LIFETIME_SHARES, CHURN_RISKS, MAY_LEAVE, AT_RISK),
            _segment_value("value", (3000.0, 3000.0), (0.8, 0.2), (0.1, 0.3), (300, 900), (90_000.0, 60_000.0)),
        ],
        ignore_index=True,
    )
    spend = _spend()
    return {
        "value_model": _model(as_of),
        "value_holdout": pd.DataFrame(
            {"frequency": [0.0, 7.0], "customers": [60, 5940], "predicted": [1.25, 10.5], "actual": [1.5, 10.0]}
        ),
        "value_weeks": _weeks(as_of),
        "value_concentration": pd.DataFrame(
            [{"customers": 5900, "gini": 0.51, "top_decile_share": 0.38, "floored": 12, "lost": -900.0}]
        ),
        "value_curve": pd.DataFrame({"customer_share": [0.0, 0.1, 0.5, 1.0], "value_share": [0.0, 0.38, 0.85, 1.0]}),
        "value_deciles": _deciles(),
        "segment_value": values,
        "value_separation": _separation(),
        "segment_reach": _reach(customers),
        "segment_stability": pd.DataFrame(
            {
                "segmentation": "behaviour",
                "segment": [f"s{place + 1}" for place in range(len(names))],
                "stayed": STAYED,
            }
        ),
        "segment_spend": spend,
        "segment_months": _months(spend),
        "spend_notes": _notes(names),
    }


def change(folder: Path, sql: str) -> None:
    """Change the published build of a workspace."""
    with Engine.open(next((folder / "store").glob("*.duckdb"))) as engine:
        engine.execute(sql)


def _model(as_of: pd.Timestamp) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "basis": "model",
                "reason": "60,000 purchases forecast, 57,000 made: 5% above.",
                "word": "margin",
                "horizon_months": 12,
                "discount": 0.1,
                "margin": 0.4,
                "history_days": 1096,
                "may_leave_from": 0.5,
                "largest_error": 0.2,
                "customers": 6000,
                "bought_once": 60,
                "parameters": json.dumps({"r": 0.24, "alpha": 4.41, "a": 0.79, "b": 2.43}),
                "is_collapsed": False,
                "warning": "",
                "holdout_from": as_of - pd.DateOffset(years=1),
                "holdout_until": as_of,
                "predicted": 60_000.0,
                "actual": 57_000.0,
                "holdout_sentence": "60,000 purchases forecast, 57,000 made: 5% above.",
            }
        ]
    )


def _weeks(as_of: pd.Timestamp) -> pd.DataFrame:
    weeks = np.arange(104)
    expected, actual = 1_150.0 + weeks, 1_100 + weeks
    return pd.DataFrame(
        {
            "week": weeks,
            "ends_on": as_of - pd.to_timedelta(7 * (103 - weeks), unit="D"),
            "in_holdout": weeks >= 52,
            "expected": expected,
            "actual": actual,
            "expected_so_far": expected.cumsum(),
            "actual_so_far": actual.cumsum(),
        }
    )


def _deciles() -> pd.DataFrame:
    shares = (0.38, 0.2, 0.12, 0.09, 0.06, 0.05, 0.04, 0.03, 0.02, 0.01)
    return pd.DataFrame(
        {
            "decile": range(1, 11),
            "customers": 590,
            "value": [1_940_000 * share for share in shares],
            "value_share": shares,
        }
    )


def _segment_value(
    segmentation: str,
    customers: Sequence[float],
    shares: Sequence[float],
    risks: Sequence[float],
    may_leave: Sequence[int | None],
    at_risk: Sequence[float | None],
) -> pd.DataFrame:
    """Return rows of `segment_value`, all customers first; intervals are a tenth either way."""
    everybody = (sum(customers), 1.0, 0.15, 1200, 150_000.0)
    rows = [everybody, *zip(customers, shares, risks, may_leave, at_risk, strict=True)]
    return pd.DataFrame(
        [
            {
                "segmentation": segmentation,
                "segment": f"s{place}" if place else "",
                "customers": count,
                "lifetime_value": LIFETIME_VALUE * share,
                "lifetime_value_low": LIFETIME_VALUE * share * 0.9,
                "lifetime_value_high": LIFETIME_VALUE * share * 1.1,
                "lifetime_value_share": share,
                "lifetime_value_share_low": share * 0.9,
                "lifetime_value_share_high": min(share * 1.1, 1.0),
                "churn_risk": risk,
                "churn_risk_low": risk * 0.9,
                "churn_risk_high": risk * 1.1,
                "may_leave": float("nan") if leave is None else float(leave),
                "value_at_risk": float("nan") if lost is None else lost,
                "basis": "model",
                "churn_basis": "model",
                "suppressed": False,
                "few_may_leave": leave is None,
            }
            for place, (count, share, risk, leave, lost) in enumerate(rows)
        ]
    )


def _separation() -> pd.DataFrame:
    found = {"by_chance": 0.0007, "chance_high": 0.0016, "deciles": 0.86, "customers": 6000}
    return pd.DataFrame(
        [
            {"segmentation": "behaviour", "explained": 0.43, "next_year": 0.35, "segments": 5, **found},
            {"segmentation": "value", "explained": 0.001, "next_year": float("nan"), "segments": 2, **found},
        ]
    )


def _reach(customers: Sequence[float]) -> pd.DataFrame:
    shares = [0.5, *REACHABLE]
    return pd.DataFrame(
        [
            {
                "segmentation": "behaviour",
                "segment": f"s{place}" if place else "",
                "customers": count,
                "consented": float("nan") if share is None else count * share,
                "reachable": float("nan") if share is None else count * share,
                "expected": float("nan") if share is None else count * share,
                "suppressed": False,
            }
            for place, (count, share) in enumerate(zip([sum(customers), *customers], shares, strict=True))
        ]
    )


def _spend() -> pd.DataFrame:
    """Return spend by segment and month: the first segment's moves by itself, and adds up to its share every year."""
    moves = np.exp(np.random.default_rng(4).normal(0, 0.4, size=(3, 12)))
    moves = (12 * moves / moves.sum(axis=1, keepdims=True)).ravel()
    parts = [
        pd.DataFrame(
            {
                "segmentation": "behaviour",
                "segment": f"s{place + 1}",
                "month": MONTHS,
                "spend": SPEND_A_YEAR * share / 12 * (moves if place == 0 else 1.0),
            }
        )
        for place, share in enumerate(SPEND_SHARES)
    ]
    return pd.concat(parts, ignore_index=True)


def _months(spend: pd.DataFrame) -> pd.DataFrame:
    """Return what segments brought in by month: of the first, as its spend makes it, with a little noise."""
    noise = np.exp(np.random.default_rng(5).normal(0, 0.02, len(spend)))
    months = spend[["segmentation", "segment", "month"]].assign(
        value=20 * noise * spend["spend"].where(spend["segment"] == "s1", 4000) ** ELASTICITY * 100
    )
    everybody = months.groupby("month", as_index=False)["value"].sum().assign(segmentation="behaviour", segment="")
    return pd.concat([months, everybody], ignore_index=True).assign(
        customers=900, revenue=lambda rows: rows["value"] * 2.5, is_whole=True, suppressed=False
    )


def _notes(names: Sequence[str]) -> pd.DataFrame:
    unnamed = pd.DataFrame({"name": names, "amount": [3 * SPEND_A_YEAR * share for share in SPEND_SHARES]})
    channel = pd.DataFrame({"name": ["television"], "amount": [36_000.0]})
    notes = pd.concat(
        [
            channel.assign(segmentation="behaviour", reason="no segment"),
            unnamed.assign(segmentation="value", reason="unknown"),
        ],
        ignore_index=True,
    )
    return notes.assign(months=36, first_month=MONTHS[0], last_month=MONTHS[-1], is_counted=False)
