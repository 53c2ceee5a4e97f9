from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest

from segmodel.priorities import AXES, CRITERIA, Scoring, evidence, priority_matrix, segment_scores
from tests.priorities.made import judged, make_facts, only

FACTS = make_facts()
FIGURES = ["attractiveness", "ability", "score", "rank", "rank_low", "rank_high", "stays"]


def by_hand(scores: pd.DataFrame, weights: dict[str, float]) -> pd.Series:
    """Return the mean of both axes of each segment, in plain Python: Σ weight·score ÷ Σ weight, what is there only."""
    found = {}
    for segment, row in scores.iterrows():
        axes = []
        for axis in AXES:
            pairs = [
                (weights[name], row[name])
                for name, criterion in CRITERIA.items()
                if criterion.axis == axis and row[name] == row[name]
            ]
            if sum(weight for weight, _ in pairs) > 0:
                axes.append(sum(weight * score for weight, score in pairs) / sum(weight for weight, _ in pairs))
        found[segment] = sum(axes) / len(axes) if axes else float("nan")
    return pd.Series(found)


def weights_of(scoring: Scoring) -> dict[str, float]:
    return {name: scoring.weight(name) for name in CRITERIA}


def test_example_on_paper() -> None:
    facts = FACTS.head(2).assign(value_share=[0.4, 0.1], churn_risk=[0.5, 0.05])
    scoring = only(value_share=30, strategy=10, loyalty=20, brand=20)
    scoring = scoring.judging("s1", "strategy", 2).judging("s2", "strategy", 6).judging("s2", "brand", 4)
    rows = priority_matrix(scoring, facts).rows.set_index("segment")
    # 40% of value is 10, 10% is 1 + 9/4; half may leave is 1, one in twenty 9.1; nobody scored the brand with s1
    assert rows.loc["s1", ["attractiveness", "ability"]].tolist() == pytest.approx([(30 * 10 + 10 * 2) / 40, 1.0])
    assert rows.loc["s2", ["attractiveness", "ability"]].tolist() == pytest.approx(
        [(30 * 3.25 + 10 * 6) / 40, (9.1 + 4) / 2]
    )
    assert rows.loc["s1", "score"] == pytest.approx((8 + 1) / 2)
    assert rows["rank"].tolist() == [2, 1]
    assert rows.loc["s1", "missing"] == "Our brand"
    # moving 30 by a fifth up and 10 down, and the other way round
    ends = [(36 * 10 + 8 * 2) / 44, (24 * 10 + 12 * 2) / 36]
    assert sorted(rows.loc["s1", ["attractiveness_low", "attractiveness_high"]]) == pytest.approx(sorted(ends))


@pytest.mark.parametrize("seed", range(4))
def test_scores_agree_with_a_sum_in_plain_python(seed: int) -> None:
    facts = make_facts(6, seed)
    facts.loc[1, "churn_risk"] = facts.loc[2, "growth"] = np.nan
    scoring = judged(facts, seed).judging("s3", "brand", None).weighing("offer", 0)
    matrix = priority_matrix(scoring, facts)
    expected = by_hand(matrix.scores, weights_of(scoring))
    assert matrix.rows["score"].tolist() == pytest.approx(expected.tolist())
    assert matrix.rows["rank"].tolist() == expected.rank(ascending=False).tolist()


def test_no_weights_moved_by_up_to_a_fifth_go_past_the_ranges() -> None:
    scoring = judged(FACTS)
    rows = priority_matrix(scoring, FACTS).rows.set_index("segment")
    scores = segment_scores(scoring, FACTS)
    random = np.random.default_rng(3)
    for _ in range(400):
        moved = {name: weight * random.uniform(0.8, 1.2) for name, weight in weights_of(scoring).items()}
        ranks = by_hand(scores, moved).rank(ascending=False)
        assert (ranks >= rows["rank_low"]).all()
        assert (ranks <= rows["rank_high"]).all()


@pytest.mark.parametrize("axis", AXES)
def test_ranges_of_an_axis_are_reached_and_not_passed(axis: str) -> None:
    scoring = judged(FACTS)
    here = [name for name, criterion in CRITERIA.items() if criterion.axis == axis]
    scores = segment_scores(scoring, FACTS)[here].to_numpy()
    weights = np.array([scoring.weight(name) for name in here])
    every = np.array(
        [
            scores @ (weights * np.array(signs)) / (weights * np.array(signs)).sum()
            for signs in itertools.product((0.8, 1.2), repeat=len(here))
        ]
    )
    rows = priority_matrix(scoring, FACTS).rows
    assert rows[f"{axis}_low"].tolist() == pytest.approx(every.min(axis=0).tolist())
    assert rows[f"{axis}_high"].tolist() == pytest.approx(every.max(axis=0).tolist())


def test_share_of_weightings_agrees_with_draws_of_another_kind() -> None:
    facts = make_facts(6, seed=5)
    scoring = judged(facts, seed=1)
    matrix = priority_matrix(scoring, facts)
    count = len(matrix.targets)
    random = np.random.default_rng(99)
    kept = np.zeros(len(facts))
    same = 0
    for _ in range(1_000):
        drawn = {name: weight * random.uniform(0.5, 1.5) for name, weight in weights_of(scoring).items()}
        first = by_hand(matrix.scores, drawn).rank(ascending=False) <= count
        kept += first.to_numpy()
        same += set(first.index[first]) == set(matrix.targets)
    # four standard errors of the difference of 2,000 draws and 1,000
    allowed = 4 * np.sqrt(0.25 * (1 / 2_000 + 1 / 1_000))
    assert np.abs(matrix.rows["stays"] - kept / 1_000).max() < allowed
    assert abs(matrix.holds - same / 1_000) < allowed
    assert 0.02 < matrix.holds < 0.98, "an example in which nothing changes shows nothing"


def test_same_scoring_gives_the_same_matrix() -> None:
    scoring = judged(FACTS)
    pd.testing.assert_frame_equal(priority_matrix(scoring, FACTS).rows, priority_matrix(scoring, FACTS).rows)


def test_only_proportions_of_weights_count() -> None:
    scoring = judged(FACTS)
    halved = scoring
    for name in CRITERIA:
        halved = halved.weighing(name, scoring.weight(name) / 2)
    pd.testing.assert_frame_equal(
        priority_matrix(scoring, FACTS).rows[FIGURES], priority_matrix(halved, FACTS).rows[FIGURES]
    )


def test_scores_of_a_segment_do_not_depend_on_which_others_there_are() -> None:
    every = priority_matrix(judged(FACTS), FACTS).rows.set_index("segment")
    few = priority_matrix(judged(FACTS), FACTS.iloc[[0, 3]].reset_index(drop=True)).rows.set_index("segment")
    assert few["score"].tolist() == pytest.approx(every.loc[["s1", "s4"], "score"].tolist())


@pytest.mark.parametrize("name", [name for name, criterion in CRITERIA.items() if criterion.is_measured])
def test_measured_scores_keep_the_order_of_what_is_measured(name: str) -> None:
    criterion = CRITERIA[name]
    measured = np.linspace(-2, 5, 400)
    scores = np.array([criterion.scored(value) for value in measured])
    assert scores.min() == 1
    assert scores.max() == 10
    steps = np.diff(scores)
    assert (steps <= 0).all() if name == "loyalty" else (steps >= 0).all()
    assert np.isnan(criterion.scored(float("nan")))


def test_measures_score_what_their_scale_says() -> None:
    said = {
        ("value_share", 0.4): 10, ("value_share", 0.0): 1, ("growth", 0.0): 5.5, ("growth", -0.2): 1,
        ("lifetime_value", 1.0): 5.5, ("lifetime_value", 4.0): 10, ("lifetime_value", 0.25): 1,
        ("lifetime_value", -3.0): 1, ("size", 0.2): 5.5, ("stability", 0.75): 5.5, ("loyalty", 0.5): 1,
        ("loyalty", 0.0): 10, ("reachability", 0.5): 5.5,
    }  # fmt: skip
    assert {key: round(CRITERIA[key[0]].scored(key[1]), 9) for key in said} == said


def test_what_is_not_scored_is_left_out_and_not_nought() -> None:
    scoring = only(value_share=50, strategy=50)
    matrix = priority_matrix(scoring, FACTS)
    assert matrix.rows["attractiveness"].tolist() == pytest.approx(matrix.scores["value_share"].tolist())
    # the axis nobody scored leaves the score to the other
    assert matrix.rows["ability"].isna().all()
    assert matrix.rows["score"].tolist() == pytest.approx(matrix.rows["attractiveness"].tolist())


def test_people_overrule_what_is_measured_and_may_take_it_back() -> None:
    measured = segment_scores(Scoring(), FACTS)
    scoring = Scoring().judging("s2", "growth", 9, "the new shop opens in May")
    assert segment_scores(scoring, FACTS).loc["s2", "growth"] == 9
    back = scoring.judging("s2", "growth", None)
    assert back == Scoring()
    pd.testing.assert_frame_equal(segment_scores(back, FACTS), measured)


def test_knocked_out_segment_is_neither_chosen_nor_ranked_nor_in_anybodys_way() -> None:
    scoring = judged(FACTS)
    before = priority_matrix(scoring, FACTS).rows.set_index("segment")
    best = before["rank"].idxmin()
    rows = priority_matrix(scoring.knocking_out(best, "too small"), FACTS).rows.set_index("segment")
    assert rows.loc[best, ["rank", "rank_low", "rank_high", "stays"]].isna().all()
    assert not rows.loc[best, "is_chosen"]
    assert rows.loc[best, "knocked_out"] == "too small"
    assert rows.loc[best, "score"] == before.loc[best, "score"]
    others = before.index != best
    assert (rows.loc[others, "rank"] == before.loc[others, "rank"] - 1).all()
    assert rows["is_chosen"].sum() >= 2


def test_weights_of_nought_leave_nothing_to_rank_by() -> None:
    rows = priority_matrix(only(), FACTS).rows
    assert rows[FIGURES].isna().all(axis=None)
    assert not rows["is_chosen"].any()


def test_segments_that_score_alike_share_a_rank() -> None:
    facts = pd.concat([FACTS.head(1)] * 3, ignore_index=True).assign(segment=["s1", "s2", "s3"])
    rows = priority_matrix(Scoring(), facts).rows
    assert rows["rank"].tolist() == rows["rank_high"].tolist() == [1, 1, 1]


@pytest.mark.parametrize("count", [1, 2, 3, 8])
@pytest.mark.parametrize("seed", range(3))
def test_scores_suggest_two_or_three_of_the_best(count: int, seed: int) -> None:
    facts = make_facts(count, seed)
    matrix = priority_matrix(judged(facts, seed), facts)
    assert min(count, 2) <= len(matrix.targets) <= 3
    chosen = matrix.rows["is_chosen"]
    wins = matrix.rows[["attractiveness", "ability"]].min(axis=1) >= 5.5
    # those in the quadrant to win, best first; where there are not two, the best two
    pool = matrix.rows[wins] if wins.sum() >= 2 else matrix.rows
    expected = pool.nlargest(3 if wins.sum() >= 2 else 2, "score")["segment"]
    assert set(matrix.rows.loc[chosen, "segment"]) == set(expected)


def test_targets_that_people_chose_stand_whatever_the_scores_say() -> None:
    scoring = judged(FACTS)
    worst = priority_matrix(scoring, FACTS).rows.set_index("segment")["rank"].idxmax()
    matrix = priority_matrix(scoring.choosing((worst, "s9")), FACTS)
    assert matrix.targets == (worst,)
    assert matrix.holds < 0.5


def test_evidence_keeps_what_was_measured_and_what_came_out() -> None:
    facts = FACTS.assign(growth=[0.1, float("nan"), 0.2, 0.3, 0.4])
    matrix = priority_matrix(judged(facts).knocking_out("s1", "too small"), facts)
    kept = json.loads(evidence(facts, matrix))
    assert [row["segment"] for row in kept["facts"]] == facts["segment"].tolist()
    assert kept["facts"][1]["growth"] is None
    assert kept["facts"][0]["value_share"] == pytest.approx(facts.loc[0, "value_share"])
    assert kept["matrix"][0]["rank"] is None
    assert kept["matrix"][0]["knocked_out"] == "too small"
    assert [row["score"] for row in kept["matrix"]] == pytest.approx(matrix.rows["score"].tolist())
    assert kept["holds"] == matrix.holds
    assert json.loads(evidence(facts, priority_matrix(only(), facts)))["holds"] is None
