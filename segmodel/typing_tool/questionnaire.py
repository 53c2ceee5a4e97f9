"""A battery on paper: its questions, and whole numbers to add up by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
import pandas as pd

from segmodel.errors import TypingToolError
from segmodel.formats import share
from segmodel.typing_tool.battery import Battery
from segmodel.typing_tool.discriminant import Floats
from segmodel.typing_tool.questions import Question

_FINEST = 60
"""Points that the answer which matters most makes a difference of, at most: sums stay short."""

_ENOUGH = 0.98
"""Share of ways to answer in which adding points tells the same: no finer points are used then."""

_WAYS = 4_000
"""Ways to answer that are tried: all where there are no more, else a seeded sample."""


@dataclass(frozen=True)
class Questionnaire:
    """Questions in their order, with points for each answer and segment.

    Attributes
    ----------
    segments : tuple of str
        Ids.
    names : mapping of str to str
        What they are called.
    questions : tuple of Question
    start : tuple of int
        Points each segment starts with.
    points : mapping of str to tuple of tuple of int
        By question: a row an option, a number a segment. The highest sum names the segment, the first of several.
    agreement : float
        Share of ways to answer all questions in which the points name the same segment as the scorecard.
    unsure_within : int
        A lead over the runner-up of no more points than this is called unsure.
    """

    segments: tuple[str, ...]
    names: Mapping[str, str]
    questions: tuple[Question, ...]
    start: tuple[int, ...]
    points: Mapping[str, tuple[tuple[int, ...], ...]]
    agreement: float
    unsure_within: int

    @property
    def instructions(self) -> str:
        """How to use the scoring key."""
        return (
            "Start with the first row. For each answer add the points of its row to every segment. The highest sum "
            f"names the segment; a lead of {self.unsure_within} points or less over the next is unsure. Every question "
            f"must be answered. The points name the segment the computer names in {share(self.agreement)} of the ways "
            "to answer."
        )

    def table(self) -> pd.DataFrame:
        """Return the scoring key: question, wording, answer, and a column of points a segment."""
        names = [self.names.get(segment, segment) for segment in self.segments]
        rows: list[list[object]] = [["", "Everybody starts with", "", *self.start]]
        for question in self.questions:
            for option, points in zip(question.options, self.points[question.name], strict=True):
                rows.append([question.name, question.wording, question.label(option), *points])
        return pd.DataFrame(rows, columns=["question", "wording", "answer", *names])

    def markdown(self, title: str) -> str:
        """Return the questionnaire to print, and behind it the scoring key, as Markdown."""
        lines = [f"# {_plain(title)}", "", "Confidential", ""]
        for place, question in enumerate(self.questions, start=1):
            lines += [f"{place}. **{_plain(question.wording)}**", ""]
            lines += [f"    - [ ] {_plain(question.label(option))}" for option in question.options] + [""]
        names = [_plain(self.names.get(segment, segment)) for segment in self.segments]
        lines += [
            "## Scoring key",
            "",
            self.instructions,
            "",
            "| Question | Answer | " + " | ".join(names) + " |",
            "| --- | --- |" + " ---: |" * len(names),
            "| | Everybody starts with | " + " | ".join(map(str, self.start)) + " |",
        ]
        for place, question in enumerate(self.questions, start=1):
            for option, points in zip(question.options, self.points[question.name], strict=True):
                cells = [str(place), _plain(question.label(option)), *map(str, points)]
                lines.append("| " + " | ".join(cells) + " |")
        return "\n".join(lines) + "\n"


def questionnaire(battery: Battery) -> Questionnaire:
    """Return a battery's questions with a scoring key in whole numbers, none negative.

    What an answer adds to all segments alike changes nothing, so that each row of points has a zero. Points are made
    finer until they tell the same as the scorecard in nearly all ways to answer.

    Raises
    ------
    TypingToolError
        When a question has no options to score.
    """
    free = [question.name for question in battery.questions if not question.options]
    if free:
        raise TypingToolError(f"A scoring key needs answers to choose from, and any number answers {', '.join(free)}.")
    terms = [_terms(battery, place) for place in range(len(battery.questions))]
    prior = np.array(battery.scorecard.prior)
    ways = _ways([len(term) for term in terms])
    exact = _sums(prior, terms, ways)
    largest = max(float(np.ptp(term, axis=1).max()) for term in terms) or 1.0
    for finest in (5, 7, 10, 14, 20, 30, 42, _FINEST):
        scale = finest / largest
        start, points = _points(prior * scale), [_points(term * scale) for term in terms]
        sums = _sums(start, points, ways)
        agreement = float((sums.argmax(axis=1) == exact.argmax(axis=1)).mean())
        if agreement >= _ENOUGH:
            break
    limit = battery.accuracy.unsure_below
    return Questionnaire(
        segments=battery.rule.segments,
        names=dict(battery.names),
        questions=battery.questions,
        start=tuple(int(value) for value in start),
        points={
            question.name: tuple(tuple(int(value) for value in row) for row in rows)
            for question, rows in zip(battery.questions, points, strict=True)
        },
        agreement=agreement,
        # between two segments, the lead at which the first is as probable as the threshold
        unsure_within=max(0, round(scale * float(np.log(limit / (1 - limit))))),
    )


def _terms(battery: Battery, place: int) -> Floats:
    """Return what each option of a question adds, a row an option and a column a segment."""
    question, term = battery.questions[place], battery.scorecard.terms[place]
    column = pd.Series(list(question.options), dtype="float64" if question.is_number else object)
    return term.contributions(pd.DataFrame({question.name: column}))


def _points(scores: Floats) -> Floats:
    rounded: Floats = np.rint(scores - scores.min(axis=-1, keepdims=True))
    return rounded


def _ways(options: Sequence[int]) -> np.ndarray:
    if prod(options) <= _WAYS:
        return np.array(list(product(*(range(count) for count in options))))
    random = np.random.default_rng(0)
    return np.stack([random.integers(0, count, _WAYS) for count in options], axis=1)


def _sums(start: Floats, terms: Sequence[Floats], ways: np.ndarray) -> Floats:
    return np.asarray(start + sum(term[ways[:, place]] for place, term in enumerate(terms)), dtype=np.float64)


def _plain(text: str) -> str:
    """Return text as one line that Markdown shows as it is."""
    one_line = " ".join(text.split())
    return "".join(f"\\{character}" if character in "\\`*_{}[]<>#|~$&" else character for character in one_line)
