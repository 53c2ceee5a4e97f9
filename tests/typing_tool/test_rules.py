"""Rules against scikit-learn, with all answers and with some."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import CategoricalNB

from segmodel.errors import TypingToolError
from segmodel.typing_tool import Question, Respondents, fit_rule
from segmodel.typing_tool.questions import Design
from tests.typing_tool.made import respondents


def probabilities(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def as_in_r(model: LinearDiscriminantAnalysis, matrix: np.ndarray, n: int) -> np.ndarray:
    """Return probabilities with the covariance divided by n less the segments, as in R: scikit-learn divides by n."""
    log_prior = np.log(model.priors_)
    return probabilities(log_prior + (1 - len(log_prior) / n) * (model.predict_log_proba(matrix) - log_prior))


def design(people: Respondents) -> np.ndarray:
    return Design.of(people.questions, people.answers).matrix


def test_discriminant_tells_what_scikit_learn_tells() -> None:
    people = respondents()
    model = LinearDiscriminantAnalysis().fit(design(people), people.labels)
    told = probabilities(fit_rule("lda", people).scores(people.answers))
    np.testing.assert_allclose(told, as_in_r(model, design(people), len(people)), atol=1e-5)


def test_missing_answers_are_integrated_out_of_a_discriminant() -> None:
    # of a normal distribution the margin of some answers is what a discriminant of these alone is fitted to
    people = respondents()
    rule = fit_rule("lda", people)
    kept = [0, 2, 5]
    asked = people.asked(kept)
    partial = people.answers.copy()
    for question in people.questions:
        if question not in asked.questions:
            partial[question.name] = None
    model = LinearDiscriminantAnalysis().fit(design(asked), asked.labels)
    np.testing.assert_allclose(
        probabilities(rule.scores(partial)), as_in_r(model, design(asked), len(people)), atol=1e-5
    )


def test_naive_bayes_tells_what_scikit_learn_tells_and_passes_over_missing_answers() -> None:
    people = respondents()
    coded = np.column_stack(
        [pd.Index(question.options).get_indexer(people.answers[question.name]) for question in people.questions]
    )
    lowest = [len(question.options) for question in people.questions]
    rule = fit_rule("naive_bayes", people)
    model = CategoricalNB(min_categories=lowest).fit(coded, people.labels)
    np.testing.assert_allclose(probabilities(rule.scores(people.answers)), model.predict_proba(coded), atol=1e-9)
    some = people.answers.assign(taste=np.nan, channel=None)
    fewer = CategoricalNB(min_categories=[lowest[place] for place in (1, 2, 3, 4, 6)])
    fewer.fit(coded[:, [1, 2, 3, 4, 6]], people.labels)
    expected = fewer.predict_proba(coded[:, [1, 2, 3, 4, 6]])
    np.testing.assert_allclose(probabilities(rule.scores(some)), expected, atol=1e-9)


def test_logistic_regression_tells_what_scikit_learn_tells() -> None:
    people = respondents()
    matrix = design(people)
    scaled = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)
    model = LogisticRegression(C=1.0, max_iter=5_000, tol=1e-8).fit(scaled, people.labels)
    told = probabilities(fit_rule("logistic", people).scores(people.answers))
    np.testing.assert_allclose(told, model.predict_proba(scaled), atol=2e-3)


def test_two_segments_are_told_by_logistic_regression() -> None:
    people = respondents()
    two = people.at(np.flatnonzero(people.labels < 2))
    two = replace(two, segments=("s1", "s2"))
    told = fit_rule("logistic", two).scores(two.answers).argmax(axis=1)
    assert (told == two.labels).mean() > 0.9


def test_whoever_answers_nothing_is_told_by_the_shares_of_segments() -> None:
    people = respondents(100)
    nothing = people.answers.iloc[:1].map(lambda _: None)
    found = probabilities(fit_rule("lda", people).scores(nothing))
    np.testing.assert_allclose(found[0], people.sizes / 100, rtol=1e-9)


def test_naive_bayes_refuses_a_question_that_any_number_answers() -> None:
    people = respondents()
    free = replace(people.questions[0], options=())
    with pytest.raises(TypingToolError, match="'taste' takes any number"):
        fit_rule("naive_bayes", replace(people, questions=(free, *people.questions[1:])))


def test_unknown_method_is_named_with_those_there_are() -> None:
    with pytest.raises(TypingToolError, match="no method 'tree'; there are lda, naive_bayes, logistic"):
        fit_rule("tree", respondents())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "read"),
    [("3", 3.0), (" 4.0 ", 4.0), (5, 5.0), ("9", None), ("soup", None), ("", None), (None, None), ("2.5", None)],
)
def test_answers_of_a_scale_are_read_or_reported(given: object, read: float | None) -> None:
    question = respondents().questions[0]
    answers, is_bad = question.read(pd.Series([given], dtype=object))
    assert answers.astype(object).where(answers.notna(), None).tolist() == [read]
    assert is_bad.tolist() == [read is None and given not in {None, ""}]


def test_words_are_read_whatever_their_case() -> None:
    people = respondents()
    answers, is_bad = people.questions[5].read(pd.Series([" SHOP", "Web", "moon"]))
    assert answers.tolist()[:2] == ["shop", "web"]
    assert is_bad.tolist() == [False, False, True]
    assert people.questions[4].read(pd.Series(["yes", "No", "1"]))[0].tolist() == [1.0, 0.0, 1.0]


def test_a_number_beyond_the_ends_counts_as_the_end() -> None:
    cups = Question("cups", "Cups a day?", (), True, 1, 6)
    assert cups.read(pd.Series(["0", "3.5", "40", "inf"]))[0].tolist()[:3] == [1.0, 3.5, 6.0]
    assert cups.read(pd.Series(["inf", "nan", "x"]))[1].tolist()[0] is True
