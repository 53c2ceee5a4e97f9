"""Nothing a build keeps of drift gives away what is hidden of a small group."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from segmodel.drift.stored import _hidden_features, _hidden_months

REFERENCE = dt.date(2025, 6, 30)


def _months(few_in: str) -> pd.DataFrame:
    days = pd.date_range(end="2026-06-30", periods=24, freq="ME")
    frame = pd.DataFrame({"snapshot": days, "segment": "s1", "measure": "orders", "members": 40, "is_seasonal": True})
    frame.loc[frame["snapshot"] == few_in, "members"] = 4
    return frame.assign(level=np.arange(24.0), expected=1.0, deviation=0.1, noise=0.01)


def test_what_is_expected_from_a_hidden_month_is_hidden_too() -> None:
    found = _hidden_months(_months("2025-03-31"), REFERENCE, 10).set_index("snapshot")
    assert found.loc["2025-03-31", ["level", "expected", "deviation", "noise"]].isna().all()
    # a year later there are enough people, but what is expected of them is the level of the hidden month
    assert found.loc["2026-03-31", "level"] == 20
    assert found.loc["2026-03-31", ["expected", "deviation", "noise"]].isna().all()
    assert found.drop(pd.to_datetime(["2025-03-31", "2026-03-31"])).notna().all(axis=None)


def test_an_average_with_a_hidden_month_in_it_is_hidden_everywhere() -> None:
    found = _hidden_months(_months("2025-03-31").assign(is_seasonal=False), REFERENCE, 10)
    assert found[["expected", "deviation", "noise"]].isna().all(axis=None)
    assert found["level"].isna().sum() == 1


def test_few_without_a_value_do_not_follow_from_the_other_segments_and_all() -> None:
    rows = [("", 1000, 33), ("s1", 300, 3), ("s2", 300, 30), ("s3", 400, 0)]
    frame = pd.DataFrame(
        [
            {
                "snapshot": pd.Timestamp("2026-06-30"), "segment": segment, "feature": "age", "n_reference": people,
                "missing_reference": 0, "n_current": people - missing, "missing_current": missing,
                "mean_reference": 1.0, "mean_current": 1.0, "drifted": False, "psi": 0.1, "noise_line": 0.1,
                "p_value": 0.5, "q_value": 0.5, "js": 0.1, "ks": 0.1, "wasserstein": 0.1,
            }
            for segment, people, missing in rows
        ]
    )  # fmt: skip
    found = _hidden_features(frame, 10).set_index("segment")
    # with one hidden alone, its number would be what the others lack to the total
    for column in ("n_current", "missing_current"):
        assert set(found.index[found[column].isna()]) == {"s1", "s2"}
    assert found["n_reference"].notna().all()
