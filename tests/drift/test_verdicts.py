from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from segmodel.drift.reasons import beyond_noise, certainty_reason, missing_reasons, size_reason, value_reason
from segmodel.drift.verdicts import Limits, Reason, judge, worst
from segmodel.features import CATALOGUE

ROW = {
    "customers_then": 1000.0, "customers_now": 1000.0, "mean_then": 10.0, "mean_now": 10.0,
    "relative_error_then": 0.01, "relative_error_now": 0.01, "certainty_then": 0.95, "certainty_now": 0.95,
    "certainty_sd_then": 0.1, "certainty_sd_now": 0.1,
}  # fmt: skip
TOTAL = ROW | {"customers_then": 4000.0, "customers_now": 4000.0}
LIMITS = Limits()


def test_the_gravest_reason_decides_and_dates_the_verdict() -> None:
    reasons = [
        Reason("profile", "watch", "a", 0.3, dt.date(2025, 1, 31), "frequency"),
        Reason("orders", "unfit", "b", -0.3, dt.date(2025, 9, 30)),
    ]
    verdict = judge("s1", "Regulars", reasons)
    assert (verdict.verdict, verdict.since) == ("unfit", dt.date(2025, 9, 30))
    assert [reason.text for reason in verdict.reasons] == ["b", "a"]


def test_nothing_against_it_is_fit() -> None:
    verdict = judge("s1", "Regulars", [])
    assert (verdict.verdict, verdict.since) == ("fit", None)
    assert "noise" in verdict.note


def test_what_could_not_be_tested_is_not_worse_than_fit() -> None:
    assert worst(["untested", "fit"]) == "fit"
    assert worst([]) == "untested"


@pytest.mark.parametrize(("now", "verdict"), [(1000.0, "fit"), (1300.0, "watch"), (1600.0, "unfit"), (480.0, "unfit")])
def test_the_share_of_customers_is_judged_by_its_relative_change(now: float, verdict: str) -> None:
    reason, p_value = size_reason(ROW | {"customers_now": now}, TOTAL, "Regulars", "June 2025", LIMITS)
    assert reason.verdict == verdict
    assert (p_value < 0.001) == (verdict != "fit")
    assert "of customers since June 2025" in reason.text


def test_value_is_judged_against_all_customers_so_that_dearer_goods_change_nothing() -> None:
    dearer = ROW | {"mean_now": 14.0}
    reason, _ = value_reason(dearer, TOTAL | {"mean_now": 14.0}, "Regulars", "June 2025", LIMITS)
    assert reason.verdict == "fit"
    reason, _ = value_reason(dearer, TOTAL, "Regulars", "June 2025", LIMITS)
    assert reason.verdict == "unfit"
    assert "40% more than in June 2025" in reason.text


def test_value_below_zero_is_not_compared() -> None:
    assert value_reason(ROW | {"mean_now": -1.0}, TOTAL, "Regulars", "June 2025", LIMITS) is None


def test_only_a_fall_of_certainty_counts() -> None:
    surer, _ = certainty_reason(ROW | {"certainty_then": 0.7}, "Regulars", "June 2025", LIMITS)
    less, p_value = certainty_reason(ROW | {"certainty_now": 0.8}, "Regulars", "June 2025", LIMITS)
    assert surer.verdict == "fit"
    assert less.verdict == "unfit"
    assert "less sure since June 2025" in less.text
    assert p_value < 1e-6


def test_features_missing_of_the_same_customers_are_one_reason() -> None:
    latest = pd.DataFrame(
        {
            "feature": ["frequency", "monetary", "recency_days"],
            "n_reference": [1000, 1000, 990], "missing_reference": [0, 0, 10],
            "n_current": [900, 900, 990], "missing_current": [100, 100, 10],
        }
    )  # fmt: skip
    found = [reason for reason, p_value in missing_reasons(latest, CATALOGUE, "Regulars", LIMITS) if p_value < 0.01]
    assert [reason.feature for reason in found] == ["frequency, monetary"]
    assert "10% of Regulars, against 0% before" in found[0].text


def test_many_calls_together_need_more_than_one_alone() -> None:
    reason = Reason("share", "watch", "moved", 0.3)
    assert beyond_noise({"s1": [(reason, 0.008)]}, 0.01) == {"s1": [reason]}
    many = {f"s{place}": [(reason, 0.008 if place == 1 else 0.9)] for place in range(1, 11)}
    assert not any(beyond_noise(many, 0.01).values())


def test_a_size_that_does_not_matter_is_no_reason_however_sure() -> None:
    assert beyond_noise({"s1": [(Reason("share", "fit", "moved", 0.01), 0.0)]}, 0.01) == {"s1": []}
