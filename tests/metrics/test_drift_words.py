from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from segmodel.metrics import drift_findings

SUMMARY = {
    "reference": dt.date(2025, 6, 30),
    "refit_differs": False,
    "refit_note": "",
    "refit_then": 0.6,
    "refit_now": 0.58,
}
NONE = pd.DataFrame(columns=["segment", "place", "headline", "since"])


def _verdicts(*verdicts: str) -> pd.DataFrame:
    segments = [f"s{place + 1}" for place in range(len(verdicts))]
    return pd.DataFrame({"segment": segments, "name": segments, "verdict": verdicts, "since": pd.NaT})


@pytest.mark.parametrize(
    ("verdicts", "differs", "title"),
    [
        ("fit fit", False, "Every segment is still what was found in June 2025"),
        (
            "fit untested",
            False,
            "Every segment that could be tested is still what was found in June 2025; one could not be tested",
        ),
        ("untested untested", False, "Whether the segments still hold could not be tested"),
        ("fit watch", False, "One of 2 segments needs a look; the others hold"),
        ("fit watch untested", False, "One of 3 segments needs a look; one could not be tested"),
        ("fit watch", True, "One of 2 segments needs a look; found anew today, segments would be others"),
        ("fit fit", True, "Every segment holds, but found anew today the segments would be others"),
        ("unfit unfit fit", False, "Two of 3 segments are no longer what was found in June 2025"),
    ],
)  # fmt: skip
def test_the_title_counts_what_was_tested(verdicts: str, differs: bool, title: str) -> None:
    summary: dict[str, Any] = SUMMARY | {"refit_differs": differs}
    assert drift_findings.drift_title(_verdicts(*verdicts.split()), NONE, summary) == title


def test_the_title_is_the_gravest_reason_with_its_own_month() -> None:
    reasons = pd.DataFrame(
        {
            "segment": ["s1", "s1"],
            "place": [0, 1],
            "headline": ["Families (urban) went from 18% to 31% since June 2025", "In Families (urban), orders fell"],
            "since": [pd.NaT, pd.Timestamp("2025-03-31")],
        }
    )  # fmt: skip
    title = drift_findings.drift_title(_verdicts("unfit", "fit"), reasons, SUMMARY)
    assert title == "Families (urban) went from 18% to 31% since June 2025"
    turned = reasons.assign(place=[1, 0])
    assert drift_findings.drift_title(_verdicts("unfit", "fit"), turned, SUMMARY).endswith("fell, since March 2025")


def test_what_was_not_tested_is_not_told_as_unchanged() -> None:
    assert "could not be tested" in drift_findings.feature_history_title([], "untested")
    assert "too few months" in drift_findings.months_title("orders", None, 3)
    assert "no lasting change" in drift_findings.months_title("orders", None, 4)
    latest = pd.DataFrame({"segment": ["s1"], "drifted": [False]})
    assert drift_findings.features_finding(_verdicts("fit", "untested"), latest).endswith("that could be tested")
    assert "could not be tested" in drift_findings.features_finding(_verdicts("untested"), latest)


def test_low_agreement_is_told_with_both_figures() -> None:
    title = drift_findings.whole_title(SUMMARY)
    assert title.startswith("Found anew today, segments would be no less like those in use")
    assert "0.58" in title
    assert "0.60" in title
