"""How answers tell a segment: linear discriminants, naive Bayes and logistic regression, each an additive scorecard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from segmodel.errors import TypingToolError
from segmodel.scorecard import AnswerTerm, CategoryTerm, NumericTerm, Preparation, Scorecard, Term
from segmodel.scorecard.preparation import significant
from segmodel.typing_tool.discriminant import Floats, Moments
from segmodel.typing_tool.questions import Design, Question, Respondents

Method = Literal["lda", "naive_bayes", "logistic"]
METHODS: tuple[Method, ...] = ("lda", "naive_bayes", "logistic")

_SMOOTHING = 1.0
"""Added to each count of an answer in naive Bayes: what nobody of a segment answered is unlikely, not impossible."""

_SHRINKAGE = 1.0
"""Inverse strength of the ridge penalty of logistic regression, on standardised answers."""


@dataclass(frozen=True)
class Rule:
    """What tells a segment from answers.

    Attributes
    ----------
    method : str
        lda, naive_bayes or logistic.
    questions : tuple of Question
        Those asked.
    segments : tuple of str
        Ids.
    prior : tuple of float
        Shares of the segments among respondents.
    centre : tuple of float
        Mean of each column of the answers.
    means, within : tuple of tuple of float
        Of a discriminant: means of the segments less the centre, and the pooled covariance.
    card : Scorecard
        With all questions answered; of naive Bayes and logistic regression, whatever is answered.
    """

    method: Method
    questions: tuple[Question, ...]
    segments: tuple[str, ...]
    prior: tuple[float, ...]
    centre: tuple[float, ...]
    means: tuple[tuple[float, ...], ...]
    within: tuple[tuple[float, ...], ...]
    card: Scorecard

    def scorecard(self, answered: Sequence[str]) -> Scorecard:
        """Return the scorecard for whoever answered some of the questions.

        A discriminant takes the answers as normal within each segment, so that whatever is not answered is integrated
        out: the discriminant of the rest. Naive Bayes adds nothing for a missing answer, which is the same under its
        own assumption. Logistic regression takes it as the average answer.
        """
        names = set(answered)
        if self.method != "lda" or names >= {question.name for question in self.questions}:
            return self.card
        places = [place for place, question in enumerate(self.questions) if question.name in names]
        columns = _columns(self.questions)
        kept = [column for place in places for column in columns[place]]
        linear, constant = _discriminant(
            np.array(self.means)[:, kept], np.array(self.within)[np.ix_(kept, kept)], np.array(self.prior)
        )
        questions = [self.questions[place] for place in places]
        return _linear_card(self.segments, constant, linear, np.array(self.centre)[kept], questions)

    def scores(self, answers: pd.DataFrame) -> Floats:
        """Return the score of each segment, a row a respondent, by the scorecard for what each answered."""
        names = [question.name for question in self.questions]
        given = answers[names].notna().to_numpy()
        found = np.empty((len(answers), len(self.segments)))
        for pattern in np.unique(given, axis=0):
            rows = np.flatnonzero((given == pattern).all(axis=1))
            if not pattern.any():
                found[rows] = np.log(self.prior)
            else:
                card = self.scorecard([name for name, has in zip(names, pattern, strict=True) if has])
                found[rows] = card.score(answers.iloc[rows])
        return found

    def to_record(self) -> dict[str, Any]:
        """Return the plain form that goes into JSON."""
        return {
            "method": self.method,
            "questions": [question.to_record() for question in self.questions],
            "segments": list(self.segments),
            "prior": list(self.prior),
            "centre": list(self.centre),
            "means": [list(row) for row in self.means],
            "within": [list(row) for row in self.within],
            "scorecard": self.card.to_record(),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Rule:
        """Read what `to_record` wrote; KeyError, TypeError or ValueError when it is something else."""
        if record["method"] not in METHODS:
            raise ValueError(f"method {record['method']!r}")
        return cls(
            method=record["method"],
            questions=tuple(Question.from_record(question) for question in record["questions"]),
            segments=tuple(str(segment) for segment in record["segments"]),
            prior=_row(record["prior"]),
            centre=_row(record["centre"]),
            means=tuple(_row(row) for row in record["means"]),
            within=tuple(_row(row) for row in record["within"]),
            card=Scorecard.from_record(record["scorecard"]),
        )


def fit_rule(method: Method, respondents: Respondents) -> Rule:
    """Fit a rule on answers to the questions that are asked; a missing answer counts as the average one.

    Raises
    ------
    TypingToolError
        When the method is unknown, or naive Bayes is asked to use a question without options.
    """
    if method not in METHODS:
        raise TypingToolError(f"There is no method '{method}'; there are {', '.join(METHODS)}.")
    return _FITTERS[method](respondents)


def _fit_lda(respondents: Respondents) -> Rule:
    moments = _moments(respondents)
    # rounded first: the scorecard and what is made of the moments later must be the same
    prior = _rounded(moments.prior)
    centre, means, within = _rounded(moments.centre), _rounded(moments.means), _rounded(moments.within)
    linear, constant = _discriminant(means, within, prior)
    card = _linear_card(respondents.segments, constant, linear, centre, respondents.questions)
    return Rule(
        "lda",
        respondents.questions,
        respondents.segments,
        _row(prior),
        _row(centre),
        tuple(_row(row) for row in means),
        tuple(_row(row) for row in within),
        card,
    )


def _fit_logistic(respondents: Respondents) -> Rule:
    moments = _moments(respondents)
    scale = moments.rows.std(axis=0)
    scale[scale == 0] = 1.0
    with threadpool_limits(limits=1):
        model = LogisticRegression(C=_SHRINKAGE, max_iter=2_000).fit(moments.rows / scale, moments.labels)
    linear, constant = model.coef_ / scale, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes: the second against the first
        linear, constant = np.vstack([np.zeros_like(linear), linear]), np.array([0.0, *constant])
    centre = _rounded(moments.centre)
    card = _linear_card(respondents.segments, constant, linear, centre, respondents.questions)
    prior = _row(_rounded(moments.prior))
    return Rule("logistic", respondents.questions, respondents.segments, prior, _row(centre), (), (), card)


def _fit_naive_bayes(respondents: Respondents) -> Rule:
    prior = _rounded(respondents.sizes / len(respondents))
    terms = tuple(_answer_term(question, respondents) for question in respondents.questions)
    card = Scorecard(respondents.segments, _row(_rounded(np.log(prior))), terms)
    return Rule("naive_bayes", respondents.questions, respondents.segments, _row(prior), (), (), (), card)


_FITTERS: Mapping[str, Callable[[Respondents], Rule]] = {
    "lda": _fit_lda,
    "naive_bayes": _fit_naive_bayes,
    "logistic": _fit_logistic,
}


def _moments(respondents: Respondents) -> Moments:
    design = Design.of(respondents.questions, respondents.answers)
    return Moments.of(design.filled(), respondents.labels, len(respondents.segments))


def _discriminant(means: Floats, within: Floats, prior: Floats) -> tuple[Floats, Floats]:
    """Return coefficients and constants of the linear discriminants of centred answers."""
    linear: Floats = np.linalg.solve(within, means.T).T.astype(np.float64)
    constant: Floats = np.log(prior) - 0.5 * np.einsum("kp,kp->k", linear, means)
    return linear, constant


def _answer_term(question: Question, respondents: Respondents) -> Term:
    """Return the logarithm of how likely each answer is in each segment; nothing for a missing one."""
    if not question.options:
        raise TypingToolError(
            f"Naive Bayes needs questions with options, and '{question.name}' takes any number. Choose method lda."
        )
    places = pd.Index(list(question.options)).get_indexer(pd.Index(respondents.answers[question.name]))
    counts = np.full((len(respondents.segments), len(question.options)), _SMOOTHING)
    np.add.at(counts, (respondents.labels[places >= 0], places[places >= 0]), 1.0)
    logs = np.log(counts / counts.sum(axis=1, keepdims=True))
    return _option_term(question, logs, np.zeros(len(respondents.segments)))


def _linear_card(
    segments: tuple[str, ...], constant: Floats, linear: Floats, centre: Floats, questions: Sequence[Question]
) -> Scorecard:
    """Return discriminants as a scorecard whose terms are nothing for the average answer."""
    terms: list[Term] = []
    for question, columns in zip(questions, _columns(questions), strict=True):
        own = linear[:, list(columns)]
        if question.is_linear:
            middle = float(centre[columns[0]])
            preparation = Preparation(
                fill=middle, low=float(question.low), high=float(question.high), log=False, centre=middle, scale=1.0
            )
            terms.append(NumericTerm(question.name, preparation, _row(_rounded(own[:, 0]))))
        else:
            usual = own @ centre[list(columns)]
            added = np.hstack([np.zeros((len(segments), 1)), own]) - usual[:, None]
            terms.append(_option_term(question, added, np.zeros(len(segments))))
    return Scorecard(segments, _row(_rounded(constant)), tuple(terms))


def _option_term(question: Question, added: Floats, default: Floats) -> Term:
    """Return a term that adds a column of `added` for each option."""
    rows = [_row(_rounded(column)) for column in added.T]
    if question.is_number:
        return AnswerTerm(
            question.name,
            {float(option): row for option, row in zip(question.options, rows, strict=True)},
            _row(default),
        )
    return CategoryTerm(
        question.name, {str(option): row for option, row in zip(question.options, rows, strict=True)}, _row(default)
    )


def _columns(questions: Sequence[Question]) -> list[tuple[int, ...]]:
    ends = np.cumsum([question.width for question in questions])
    return [tuple(range(int(end) - question.width, int(end))) for question, end in zip(questions, ends, strict=True)]


def _rounded(values: Floats) -> Floats:
    rounded: Floats = np.vectorize(significant, otypes=[np.float64])(values)
    return rounded


def _row(values: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
