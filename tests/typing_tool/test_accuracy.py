"""Accuracy that is honest: on people that neither chose the questions nor fitted the rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from sklearn.metrics import cohen_kappa_score, precision_score, recall_score

from segmodel.progress import quiet
from segmodel.typing_tool import Accuracy, Question, Respondents, best_sets, judge
from segmodel.typing_tool.accuracy import largest_share
from segmodel.typing_tool.discriminant import Moments
from segmodel.typing_tool.search import hit_rates
from tests.typing_tool.made import respondents


def test_figures_are_those_of_scikit_learn() -> None:
    people = respondents(300)
    random = np.random.default_rng(0)
    told = np.where(random.random(300) < 0.7, people.labels, random.integers(0, 3, 300))
    probability = random.uniform(0.3, 1, 300)
    found = Accuracy.of(people, told[None], probability[None])
    right = told == people.labels
    assert found.hit_rate == pytest.approx(right.mean())
    wilson = binomtest(int(right.sum()), 300).proportion_ci(method="wilson")
    assert (found.hit_rate_low, found.hit_rate_high) == pytest.approx((wilson.low, wilson.high))
    assert found.kappa == pytest.approx(cohen_kappa_score(people.labels, told))
    recall = recall_score(people.labels, told, average=None)
    assert [one.recall for one in found.segments] == pytest.approx(recall)
    assert found.balanced == pytest.approx(recall.mean())
    precision = precision_score(people.labels, told, average=None)
    assert [one.precision for one in found.segments] == pytest.approx(precision)
    assert found.unsure_share == pytest.approx((probability < 0.6).mean())
    assert found.sure_hit_rate == pytest.approx(right[probability >= 0.6].mean())


def test_nothing_is_said_of_a_handful_of_people() -> None:
    people = respondents(90)
    told = np.where(np.arange(90) < 4, 2, 0)
    found = Accuracy.of(people, told[None], np.full((1, 90), 0.5))
    assert found.sure_hit_rate is None
    assert [one.precision is None for one in found.segments] == [False, True, True]


def test_questions_that_tell_nothing_do_no_better_than_guessing_though_the_best_of_them_seem_to() -> None:
    random = np.random.default_rng(7)
    n, items = 160, 20
    answers = pd.DataFrame(random.integers(0, 2, (n, items)).astype(float), columns=[f"q{i}" for i in range(items)])
    questions = tuple(Question(name, name, (0.0, 1.0), True, 0, 1) for name in answers)
    people = Respondents(questions, answers, np.arange(n) % 2, ("s1", "s2"), {})
    moments = Moments.of(answers.to_numpy(), people.labels, 2)
    columns = [(place,) for place in range(items)]
    (seeming,) = hit_rates(moments, columns, [best_sets(moments, columns, [5])[5]])
    judged, _ = judge(people, [5], repeats=4, progress=quiet)
    honest = judged[5].accuracy
    assert seeming > 0.6
    assert honest.hit_rate_low < 0.5 < honest.hit_rate_high


def test_planted_questions_are_chosen_and_noise_is_not() -> None:
    people = respondents(300)
    judged, every = judge(people, [3, 9], repeats=2, progress=quiet)
    assert list(judged) == [3]
    often = {people.questions[place].name: share for place, share in judged[3].chosen.items()}
    assert often.get("noise", 0) == 0
    assert sum(often.values()) == pytest.approx(3)
    assert every is not None
    assert largest_share(people) < judged[3].accuracy.hit_rate <= every.hit_rate + 0.05


def test_figures_do_not_depend_on_who_looks_twice_and_do_on_the_seed() -> None:
    people = respondents(120)
    one, two, other = (judge(people, [3], repeats=1, seed=seed, progress=quiet)[0][3] for seed in (0, 0, 9))
    assert one == two
    assert one != other


def test_more_columns_than_respondents_leave_all_questions_unjudged() -> None:
    random = np.random.default_rng(0)
    answers = pd.DataFrame(random.integers(0, 2, (36, 40)).astype(float), columns=[f"q{i}" for i in range(40)])
    questions = tuple(Question(name, name, (0.0, 1.0), True, 0, 1) for name in answers)
    people = Respondents(questions, answers, np.arange(36) % 3, ("s1", "s2", "s3"), {})
    judged, every = judge(people, [3], repeats=1, progress=quiet)
    assert every is None
    assert 0 < judged[3].accuracy.hit_rate < 0.8


def test_missing_answers_cost_little() -> None:
    whole, holes = respondents(300), respondents(300, missing=0.1)
    sure = judge(whole, [4], repeats=1, progress=quiet)[0][4].accuracy.hit_rate
    told = judge(replace(holes, labels=whole.labels), [4], repeats=1, progress=quiet)[0][4].accuracy.hit_rate
    assert sure - 0.12 < told
