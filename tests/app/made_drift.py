"""Drift of the workspace written by hand: the last segment no longer fits, the second needs a look."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

REFERENCE = pd.Timestamp("2025-06-30")
CHANGED = pd.Timestamp("2025-12-31")
VERDICTS = ("fit", "watch", "fit", "fit", "unfit")
FEATURES = ("recency_days", "frequency")
GRAVEST = (
    "{name} buy 28% less often than when they were defined: 0.66 orders a month since December 2025, 0.92 in "
    "the same months of the year to June 2025; far outside noise (95% interval 24% to 30%)."
)
SENTENCE = "The last is no longer what was found in June 2025."


def drift_tables(names: Sequence[str], snapshots: Sequence[pd.Timestamp]) -> dict[str, pd.DataFrame]:
    """Return the tables of drift of segmentation `behaviour`; `value` has not been tested."""
    segments = [f"s{place + 1}" for place in range(len(names))]
    return {
        "events": pd.DataFrame({"happened_on": [CHANGED], "label": ["prices up 7%"]}),
        "drift_summary": pd.DataFrame(
            [_summary("behaviour", "unfit", SENTENCE), _summary("value", "untested", "Too early.")]
        ),
        "drift_verdicts": pd.concat(
            [
                pd.DataFrame(
                    {
                        "segmentation": "behaviour",
                        "segment": segments,
                        "verdict": VERDICTS,
                        "since": [CHANGED if verdict == "unfit" else pd.NaT for verdict in VERDICTS],
                        "note": ["Nothing moved." if verdict == "fit" else "" for verdict in VERDICTS],
                    }
                ),
                pd.DataFrame(
                    {
                        "segmentation": "value",
                        "segment": ["s1", "s2"],
                        "verdict": "untested",
                        "since": pd.NaT,
                        "note": "Too early.",
                    }
                ),
            ],
            ignore_index=True,
        ),
        "drift_reasons": pd.DataFrame(
            {
                "segmentation": "behaviour",
                "segment": [segments[-1], segments[1]],
                "place": [0, 0],
                "kind": ["orders", "profile"],
                "verdict": ["unfit", "watch"],
                "text": [
                    GRAVEST.format(name=names[-1]),
                    "Orders rose from 9 to 10; outside noise (PSI 0.20, where noise reaches 0.03).",
                ],
                "change": [-0.28, 0.3],
                "since": [CHANGED, pd.NaT],
                "feature": ["", "frequency"],
                "headline": [GRAVEST.format(name=names[-1]).split(": ")[0], f"In {names[1]}, orders rose from 9 to 10"],
            }
        ),
        "drift_features": _features(segments, snapshots),
        "drift_months": _months(segments),
        "drift_outside": pd.DataFrame(
            {
                "segmentation": "behaviour",
                "segment": segments[-1],
                "measure": ["orders"],
                "indicator": ["price_index"],
                "lag": [0.0],
                "months": [23.0],
                "correlation": [-0.8],
                "low": [-0.9],
                "high": [-0.6],
                "p_value": [0.0001],
                "finding": ["one month"],
                "text": ["Orders a customer and price index: went together in December 2025 and not else."],
            }
        ),
    }


def _summary(name: str, verdict: str, sentence: str) -> dict[str, object]:
    return {
        "segmentation": name,
        "version": "v003",
        "verdict": verdict,
        "sentence": sentence,
        "mix_psi": 0.011,
        "mix_noise": 0.005,
        "reference": REFERENCE,
        "as_of": pd.Timestamp("2026-06-30"),
        "review_due": pd.Timestamp("2025-09-30"),
        "refit_then": 0.98,
        "refit_now": 0.97,
        "refit_then_low": 0.95,
        "refit_differs": False,
        "refit_note": "",
    }


def _features(segments: Sequence[str], snapshots: Sequence[pd.Timestamp]) -> pd.DataFrame:
    rows = [
        {
            "segmentation": "behaviour",
            "snapshot": day,
            "segment": segment,
            "feature": feature,
            "is_used": True,
            "n_reference": 1000.0,
            "n_current": 1000.0,
            "missing_reference": 0.0,
            "missing_current": 0.0,
            "bins": 10.0,
            "psi": psi,
            "noise_line": 0.0433,
            "p_value": 0.0 if psi > 0.0433 else 0.5,
            "q_value": 0.0 if psi > 0.0433 else 0.5,
            "js": 0.1,
            "ks": 0.1,
            "wasserstein": 0.4 if psi > 0.0433 else 0.02,
            "mean_reference": 9.0,
            "mean_current": 7.0,
            "drifted": psi > 0.0433,
        }
        for day in snapshots
        if day != REFERENCE
        for segment in ("", *segments)
        for feature in FEATURES
        for psi in [0.4 if (segment, feature) == (segments[-1], "frequency") else 0.01]
    ]
    return pd.DataFrame(rows)


def _months(segments: Sequence[str]) -> pd.DataFrame:
    days = pd.date_range("2024-07-31", "2026-06-30", freq="ME")
    parts = []
    for measure, level in (("orders", 0.92), ("spend_per_order", 30.0)):
        for segment in segments:
            fell = (days >= CHANGED) & (segment == segments[-1]) & (measure == "orders")
            levels = np.where(fell, 0.72 * level, level)
            parts.append(
                pd.DataFrame(
                    {
                        "segmentation": "behaviour",
                        "measure": measure,
                        "segment": segment,
                        "snapshot": days,
                        "level": levels,
                        "expected": level,
                        "deviation": np.where(days > REFERENCE, np.log(levels / level), np.nan),
                        "noise": 0.03,
                        "is_seasonal": True,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)
