from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmodel.errors import PrioritiesError
from segmodel.priorities import CRITERIA, Scoring

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@st.composite
def scorings(draw: st.DrawFn) -> Scoring:
    scoring = Scoring()
    for criterion in draw(st.lists(st.sampled_from(list(CRITERIA)), max_size=4)):
        scoring = scoring.weighing(criterion, draw(st.floats(0, 100)))
        scoring = scoring.judging(draw(NAMES), criterion, draw(st.none() | st.floats(1, 10)), draw(st.just("") | WORDS))
        scoring = scoring.knocking_out(draw(NAMES), draw(WORDS)).putting_off(draw(NAMES), draw(WORDS))
    return scoring.choosing(draw(st.none() | st.lists(NAMES, max_size=5).map(tuple)))


@given(scorings())
def test_scoring_comes_back_from_json_as_it_was(scoring: Scoring) -> None:
    text = scoring.to_json()
    assert Scoring.from_json(text) == scoring
    assert Scoring.from_json(text).to_json() == text


def test_steps_leave_the_scoring_they_start_from_as_it_was() -> None:
    first = Scoring().judging("s1", "brand", 4, "survey of May").knocking_out("s2", "too small")
    kept = first.to_json()
    first.weighing("growth", 1).judging("s1", "brand", 9).knocking_out("s2", "").choosing(("s1",)).putting_off(
        "s3", "x"
    )
    assert first.to_json() == kept


def test_what_was_given_can_be_taken_back() -> None:
    scoring = Scoring().judging("s1", "brand", 4, "why").knocking_out("s2", "too small").putting_off("s3", "later")
    back = scoring.judging("s1", "brand", None).knocking_out("s2", "").putting_off("s3", "").choosing(None)
    assert back == Scoring()


@pytest.mark.parametrize("score", [0.9, 10.1, float("nan"), float("inf")])
def test_scores_are_from_one_to_ten(score: float) -> None:
    with pytest.raises(PrioritiesError, match="expected a number from 1 to 10"):
        Scoring().judging("s1", "brand", score)


@pytest.mark.parametrize("weight", [-1, 100.5, float("nan")])
def test_weights_are_from_nought_to_a_hundred(weight: float) -> None:
    with pytest.raises(PrioritiesError, match="expected a number from 0 to 100"):
        Scoring().weighing("growth", weight)


def test_criteria_that_do_not_exist_are_refused_with_those_that_do() -> None:
    with pytest.raises(PrioritiesError, match="no criterion 'luck'; there are value_share, growth"):
        Scoring().weighing("luck", 5)
    with pytest.raises(PrioritiesError, match="no criterion 'luck'"):
        Scoring().judging("s1", "luck", 5)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "the text"),
        ("[]", "the text"),
        ('{"weights": {"growth": -1}}', "weights.growth"),
        ('{"weights": {"growth": NaN}}', "weights.growth"),
        ('{"scores": {"s1": {"brand": 11}}}', "scores.s1.brand"),
        ('{"scores": {"s1": 5}}', "scores.s1"),
        ('{"targets": "s1"}', "targets"),
        ('{"surprise": 1}', "surprise"),
        ('{"format": 2}', "format"),
        (json.dumps({"not_now": {"s1": "x" * 2001}}), "not_now.s1"),
    ],
)
def test_text_that_is_no_scoring_is_refused_naming_the_place(text: str, where: str) -> None:
    with pytest.raises(PrioritiesError, match=f"This is no scoring: {where}: "):
        Scoring.from_json(text)


def test_criteria_of_a_later_version_are_left_out() -> None:
    kept = '{"weights": {"luck": 5, "growth": 7}, "scores": {"s1": {"luck": 5}}, "notes": {"s1": {"luck": "x"}}}'
    assert Scoring.from_json(kept) == Scoring(weights={"growth": 7.0})
