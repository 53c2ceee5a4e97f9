from __future__ import annotations

import pytest

from segmodel.priorities import Matrix, Scoring, compare, finding, priority_matrix, reasons, warnings
from tests.priorities.made import judged, make_facts, only

FACTS = make_facts()
NAMES = dict(zip(FACTS["segment"], FACTS["name"], strict=True))


def heard(scoring: Scoring) -> str:
    return "\n".join(warnings(priority_matrix(scoring, FACTS), scoring))


def test_title_names_the_targets_best_first_and_how_far_they_hold() -> None:
    matrix = priority_matrix(judged(FACTS), FACTS)
    chosen = matrix.rows[matrix.rows["is_chosen"]].sort_values("score", ascending=False)["name"].tolist()
    title = finding(matrix)
    assert title.startswith(f"Win {', '.join(chosen[:-1])} and {chosen[-1]}. The choice holds in ")
    assert f" {matrix.holds:.0%} of weightings." in title or "99." in title


def test_title_says_when_there_is_nobody_to_win() -> None:
    assert finding(priority_matrix(only(), FACTS)) == "Nothing is scored yet, so there is nobody to choose"
    out = judged(FACTS)
    for segment in NAMES:
        out = out.knocking_out(segment, "too small")
    assert finding(priority_matrix(out, FACTS)) == "Every segment is knocked out: there is nobody left to win"
    assert finding(priority_matrix(judged(FACTS).choosing(()), FACTS)) == "Nobody is chosen yet"


def test_everybody_who_is_no_target_has_a_reason() -> None:
    scoring = judged(FACTS).knocking_out("s2", "not reachable").choosing(("s1", "s4")).putting_off("s3", "After spring")
    matrix = priority_matrix(scoring, FACTS)
    why = reasons(matrix, scoring)
    assert set(why) == {"s2", "s3", "s5"}
    assert why["s2"] == "Knocked out: not reachable"
    assert why["s3"] == "After spring"
    score = matrix.rows.set_index("segment").loc["s5", "score"]
    assert why["s5"].startswith(f"Scores {score:.1f} of 10")


def test_reason_is_true_of_scores_above_below_and_level_with_the_last_target() -> None:
    facts = FACTS.head(3).assign(value_share=[0.4, 0.2, 0.1])

    def reason(*shares: float, targets: tuple[str, ...]) -> str:
        scoring = only(value_share=10).choosing(targets)
        changed = facts.assign(value_share=shares)
        return reasons(priority_matrix(scoring, changed), scoring)["s3"]

    assert "behind Regulars (5.5): they are less attractive to us" in reason(0.4, 0.2, 0.1, targets=("s1", "s2"))
    assert "more than Regulars (5.5): people put them off" in reason(0.4, 0.2, 0.3, targets=("s1", "s2"))
    assert "as much as Regulars" in reason(0.4, 0.2, 0.2, targets=("s1", "s2"))
    assert "Not scored" in reason(0.4, 0.2, float("nan"), targets=("s1", "s2"))


def test_fourth_and_fifth_target_are_allowed_and_warned_about_in_words_of_their_own() -> None:
    two, four, five = (judged(FACTS).choosing(tuple(list(NAMES)[:count])) for count in (2, 4, 5))
    assert priority_matrix(four, FACTS).targets == tuple(list(NAMES)[:4])
    assert priority_matrix(five, FACTS).targets == tuple(NAMES)
    assert "Four targets" in heard(four)
    assert "eight mediocre executions" in heard(five)
    assert "Five targets" in heard(five)
    assert "mediocre" not in heard(four)
    assert "targets is" not in heard(two)


@pytest.mark.parametrize(("count", "said"), [(0, "No targets"), (1, "One target")])
def test_fewer_than_two_targets_are_warned_about(count: int, said: str) -> None:
    assert said in heard(judged(FACTS).choosing(tuple(list(NAMES)[:count])))


def test_weights_that_sum_to_nought_are_told_by_axis() -> None:
    assert "All weights under “How attractive they are to us” are nought" in heard(only(offer=10, loyalty=10))
    assert "All weights under “How attractive we are to them” are nought" in heard(only(growth=10))
    assert "nought, so nothing" not in heard(judged(FACTS))


def test_criteria_and_axes_without_scores_are_told() -> None:
    assert "Nobody has scored Our brand:" in heard(only(growth=10, loyalty=10, brand=10))
    assert "Nothing under “How attractive we are to them” has a score yet" in heard(only(growth=10, brand=10))
    uneven = only(growth=10, loyalty=10, brand=10).judging("s1", "brand", 5)
    assert "Regulars, Browsers, Givers and Faders lack scores that others have" in heard(uneven)


def test_targets_that_are_knocked_out_or_gone_are_told() -> None:
    scoring = judged(FACTS).choosing(("s1", "s2", "s9")).knocking_out("s1", "too small")
    assert "Offices: chosen and knocked out at once" in heard(scoring)
    assert "s9: chosen then, but no segment of this version any more" in heard(scoring)


def test_choice_that_the_weights_decide_is_told() -> None:
    scoring = judged(FACTS)
    rows = priority_matrix(scoring, FACTS).rows.sort_values("score")
    worst, best = rows.iloc[0], rows.iloc[-1]
    told = heard(scoring.choosing((worst["segment"], best["segment"])))
    assert f"{worst['name']} stays among the first two in only" in told
    assert f"{best['name']} stays" not in told


def test_measure_that_is_overruled_without_a_word_is_told() -> None:
    assert "overruled without a note: Growth of Offices." in heard(judged(FACTS).judging("s1", "growth", 9))
    assert "overruled" not in heard(judged(FACTS).judging("s1", "growth", 9, "the new shop"))


def differ(before: Scoring, after: Scoring) -> tuple[list[tuple[str, ...]], str]:
    found = compare(before, after, FACTS, _matrix(before), _matrix(after))
    return [tuple(row) for row in found.rows.itertuples(index=False)], " ".join(found.sentences)


def _matrix(scoring: Scoring) -> Matrix:
    return priority_matrix(scoring, FACTS)


def test_comparison_lists_what_differs_and_nothing_else() -> None:
    before = judged(FACTS).choosing(("s1", "s2"))
    after = before.choosing(("s2", "s3")).weighing("growth", 55).knocking_out("s5", "not distinct")
    after = after.judging("s4", "growth", 2, "flat")
    rows, sentences = differ(before, after)
    assert rows == [
        ("target", "Offices", "", "to win", "not now"),
        ("target", "Browsers", "", "not now", "to win"),
        ("knock-out", "Faders", "", "in", "not distinct"),
        ("weight", "", "Growth", "20", "55"),
        ("score", "Givers", "Growth", "–", "2.0"),
    ]
    assert "Only the first wants to win Offices." in sentences
    assert "Only the second wants to win Browsers." in sentences
    assert "They differ in 1 weight: Growth." in sentences


def test_comparison_of_a_scoring_with_itself_finds_nothing() -> None:
    assert differ(judged(FACTS), judged(FACTS)) == ([], "They agree in everything.")
