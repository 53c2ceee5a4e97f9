"""Spending that misses the value, and what spend does to orders: planted in the sample, and found by a build of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from segmodel.store import PublishedBuild
from segmodel.value import budget_shares, fit_responses, what_if
from segmodel.workspace import Workspace
from tests.support.real_data import REPOSITORY

PLANTED = json.loads((REPOSITORY / "data/sample/truth/effects.json").read_text())["segments"]


@pytest.fixture(scope="module")
def published(built_sample: Path) -> Iterator[PublishedBuild]:
    with Workspace(built_sample).open() as opened:
        yield opened


@pytest.fixture(scope="module")
def segments(published: PublishedBuild) -> list[tuple[str, str]]:
    found = published.segments("behaviour")
    return list(zip(found["segment"], found["name"], strict=True))


def test_over_and_under_spending_is_found_with_the_planted_shares(
    published: PublishedBuild, segments: list[tuple[str, str]]
) -> None:
    metrics = published.segment_metrics("behaviour")
    latest = metrics[metrics["snapshot"] == metrics["snapshot"].max()]
    found = budget_shares(
        published.segment_spend("behaviour"), latest, None, segments, published.info()["as_of"], level=0.9
    ).rows.set_index("name")
    verdicts = found["verdict"].to_dict()
    assert verdicts["Everyday regulars"] == verdicts["Offices and cafés"] == "under"
    assert verdicts["Gift givers"] == verdicts["Weekend browsers"] == "over"
    for planted in PLANTED.values():
        # the spend of a year scatters around the share of the budget that was planted for three
        assert found.loc[planted["label"], "spend_share"] == pytest.approx(planted["budget_share"], abs=0.03)


def test_planted_responses_lie_in_their_intervals_and_the_rest_cannot_be_told(
    published: PublishedBuild, segments: list[tuple[str, str]]
) -> None:
    curves = fit_responses(published.segment_spend("behaviour"), published.segment_months("behaviour"), segments)
    by_name = {curve.name: curve for curve in curves.values()}
    for planted in PLANTED.values():
        curve = by_name[planted["label"]]
        assert curve.is_enough is planted["tests_budget"]
        if curve.is_enough:
            assert curve.low <= planted["spend_elasticity"] <= curve.high
        else:
            assert "not enough evidence" in curve.sentence


def test_money_moved_to_who_answers_is_expected_to_pay(
    published: PublishedBuild, segments: list[tuple[str, str]]
) -> None:
    spend = published.segment_spend("behaviour")
    curves = fit_responses(spend, published.segment_months("behaviour"), segments)
    ids = {name: segment for segment, name in segments}
    yearly = spend[spend["month"] >= "2025-07-01"].groupby("segment")["spend"].sum().to_dict()
    metrics = published.segment_metrics("behaviour")
    latest = metrics[metrics["snapshot"] == metrics["snapshot"].max()].set_index("segment")
    value = {segment: float(latest.loc[segment, "value"]) for segment, _ in segments}
    giver, taker = ids["Gift givers"], ids["Everyday regulars"]
    amount = 0.2 * yearly[taker]
    found = what_if(curves, yearly, value, {giver: -amount, taker: amount})
    truth = value[taker] * (1.2 ** PLANTED["everyday_regulars"]["spend_elasticity"] - 1)
    truth += value[giver] * ((1 - amount / yearly[giver]) ** PLANTED["gift_givers"]["spend_elasticity"] - 1)
    assert found.low <= truth <= found.high
    assert found.low > 0
