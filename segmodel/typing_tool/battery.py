"""A battery: the questions that tell the segment, how answers tell it, and how well, published once and not changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from segmodel.engines import identifier, render
from segmodel.errors import ScorecardError, TypingToolError
from segmodel.formats import listed
from segmodel.scorecard import Scorecard
from segmodel.typing_tool.accuracy import Accuracy
from segmodel.typing_tool.questions import Question
from segmodel.typing_tool.rules import Rule

_ANSWERED = "answered_questions"
_TOLD = ("segment", "probability", "runner_up")

FORMAT = "segmodel typing tool 1"

Source = Literal["survey", "cues"]
SOURCES: tuple[Source, ...] = ("survey", "cues")
"""What questions are about: items of a survey, or what staff can see or ask."""


@dataclass(frozen=True)
class Reason:
    """One answer that spoke for the segment told, against the runner-up.

    Attributes
    ----------
    question : Question
    answer : str
        As people read it.
    weight : float
        What it adds to the score of the segment told, less what it adds to that of the runner-up.
    """

    question: Question
    answer: str
    weight: float


@dataclass(frozen=True)
class Told:
    """What answers tell of one person.

    Attributes
    ----------
    segment, runner_up : str
        Ids.
    probability, runner_up_probability : float
        Of each, given the answers.
    is_unsure : bool
        Whether the probability is under the battery's threshold.
    answered : int
        Questions answered.
    reasons : tuple of Reason
        Answers that spoke for the segment against the runner-up, the strongest first.
    against : tuple of Reason
        Answers that spoke the other way, the strongest first.
    probabilities : mapping of str to float
        Of every segment.
    """

    segment: str
    probability: float
    runner_up: str
    runner_up_probability: float
    is_unsure: bool
    answered: int
    reasons: tuple[Reason, ...]
    against: tuple[Reason, ...]
    probabilities: Mapping[str, float]


@dataclass(frozen=True)
class Battery:
    """Questions that tell the segment.

    Attributes
    ----------
    segmentation, model, build, as_of : str
        What is told: the segmentation, its version, and the build and day its respondents are of.
    source : str
        survey or cues.
    rule : Rule
        Questions, and how answers tell the segment.
    names : mapping of str to str
        What segments were called.
    accuracy : Accuracy
        Of choosing so many questions on other people; see `judge`.
    chosen : mapping of str to float
        How often folds chose each question.
    largest_share, all_hit_rate : float, float or None
        Share put right by always telling the largest segment, and by asking every question; None: not known.
    all_questions : int
        How many there were to choose from.
    notes : tuple of str
        What was left out and why.
    version, published_by, published_at : str
        `v001`, who and when (UTC); empty until it is published.
    """

    segmentation: str
    model: str
    build: str
    as_of: str
    source: Source
    rule: Rule
    names: Mapping[str, str]
    accuracy: Accuracy
    chosen: Mapping[str, float]
    largest_share: float
    all_hit_rate: float | None
    all_questions: int
    notes: tuple[str, ...] = ()
    version: str = ""
    published_by: str = ""
    published_at: str = ""

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions, in their order."""
        return self.rule.questions

    @property
    def scorecard(self) -> Scorecard:
        """What tells whoever answered all of them."""
        return self.rule.card

    @property
    def least_answered(self) -> int:
        """How many questions must be answered: half of them."""
        return (len(self.questions) + 1) // 2

    @property
    def hash(self) -> str:
        """SHA-256 of the content."""
        return _digest(self._content())

    def name(self, segment: str) -> str:
        """Return what a segment is called."""
        return self.names.get(segment, segment)

    def tell(self, answers: Mapping[str, Any]) -> Told:
        """Return what one person's answers tell.

        Parameters
        ----------
        answers : mapping of str to object
            By question; those missing are not answered.

        Raises
        ------
        TypingToolError
            When fewer than half of the questions are answered, or an answer is none that is offered.
        """
        frame, problems = self.read(pd.DataFrame([dict(answers)]))
        if problems.iloc[0]:
            raise TypingToolError(problems.iloc[0])
        scores = self.rule.scores(frame)[0]
        order = np.argsort(-scores, kind="stable")
        probabilities = np.exp(scores - scores.max())
        probabilities /= probabilities.sum()
        first, second = (self.rule.segments[place] for place in order[:2])
        reasons = self._reasons(frame, first, second)
        return Told(
            segment=first,
            probability=float(probabilities[order[0]]),
            runner_up=second,
            runner_up_probability=float(probabilities[order[1]]),
            is_unsure=bool(probabilities[order[0]] < self.accuracy.unsure_below),
            answered=int(frame.notna().to_numpy().sum()),
            reasons=tuple(reason for reason in reasons if reason.weight > 0),
            against=tuple(reason for reason in reversed(reasons) if reason.weight < 0),
            probabilities=dict(zip(self.rule.segments, map(float, probabilities), strict=True)),
        )

    def _reasons(self, frame: pd.DataFrame, first: str, second: str) -> list[Reason]:
        """Return what each answer adds to the first segment against the second, the strongest first."""
        own, other = (self.rule.segments.index(segment) for segment in (first, second))
        given = [question for question in self.questions if frame[question.name].notna().iloc[0]]
        terms = {term.inputs: term for term in self.rule.scorecard([question.name for question in given]).terms}
        found = []
        for question in given:
            added = terms[question.name,].contributions(frame)[0]
            answer = question.label(frame[question.name].iloc[0])
            found.append(Reason(question, answer, float(added[own] - added[other])))
        return sorted(found, key=lambda reason: -reason.weight)

    def read(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series[str]]:
        """Return answers as the questions know them, and what is wrong with each row; empty where nothing is.

        A question that has no column was answered by nobody.
        """
        read, unreadable = {}, []
        for question in self.questions:
            column = (
                frame[question.name] if question.name in frame else pd.Series(None, index=frame.index, dtype=object)
            )
            read[question.name], is_bad = question.read(column)
            shown = [
                f"{question.name} is '{str(value)[:40]}', expected {_expected(question)}" if bad else ""
                for value, bad in zip(column, is_bad, strict=True)
            ]
            unreadable.append(shown)
        answers = pd.DataFrame(read, index=frame.index)
        answered = answers.notna().sum(axis=1)
        problems = []
        for count, bad in zip(answered, zip(*unreadable, strict=True), strict=True):
            told = [text for text in bad if text]
            if count < self.least_answered:
                told.append(f"{count} of {len(self.questions)} questions answered, {self.least_answered} needed")
            problems.append("; ".join(told))
        return answers, pd.Series(problems, index=frame.index, dtype=object)

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return what each row of answers tells: a row each, in the same order, none left out.

        Columns segment, name, probability, runner_up, is_unsure, answered, problem. Rows with too few answers, or one
        that cannot be read and too few others, have no segment; `problem` says why.
        """
        answers, problems = self.read(frame)
        given = answers.notna().to_numpy()
        answered = given.sum(axis=1)
        is_told = answered >= self.least_answered
        parts = [pd.DataFrame({"segment": [], "probability": [], "runner_up": []}, dtype=object)]
        names = np.array([question.name for question in self.questions])
        for pattern in np.unique(given[is_told], axis=0):
            rows = np.flatnonzero(is_told & (given == pattern).all(axis=1))
            told = self.rule.scorecard(names[pattern].tolist()).predict(answers.iloc[rows])
            parts.append(told.set_axis(rows, axis=0).astype(object))
        found = pd.concat(parts).reindex(range(len(frame))).set_axis(frame.index, axis=0)
        probability = found["probability"].astype("float64")
        unsure = (probability < self.accuracy.unsure_below).astype("boolean")
        return pd.DataFrame(
            {
                "segment": found["segment"].where(is_told, None),
                "name": found["segment"].map(self.names).astype(object).where(is_told, None),
                "probability": probability,
                "runner_up": found["runner_up"].where(is_told, None),
                "is_unsure": unsure.where(is_told),
                "answered": answered,
                "problem": problems,
            },
            index=frame.index,
        )

    def to_sql(
        self, relation: str = "answers", keys: tuple[str, ...] = ("customer_id",), dialect: str = "duckdb"
    ) -> str:
        """Return a SELECT of the keys, segment, probability and runner_up over a table with a column a question.

        Every row of the table has one. Answers are read as `predict` reads them: what is not offered is no answer, and
        whoever gave too few answers has no segment. A linear discriminant, which `predict` fits to whatever was
        answered, takes all answers here: rows that lack one have no segment.
        """
        least = len(self.questions) if self.rule.method == "lda" else self.least_answered
        read = ",\n    ".join(f"{question.sql()} AS {identifier(question.name)}" for question in self.questions)
        given = " + ".join(
            f"CASE WHEN {identifier(question.name)} IS NULL THEN 0 ELSE 1 END" for question in self.questions
        )
        kept = ", ".join(map(identifier, keys))
        scored = self.scorecard.to_sql("counted_answers", (*keys, _ANSWERED))
        is_told = f"{_ANSWERED} >= {least}"
        told = ", ".join(f"CASE WHEN {is_told} THEN {name} END AS {name}" for name in _TOLD)
        text = (
            f"-- Of {len(self.questions)} questions {least} have to be answered; else there is no segment.\n"
            f"WITH read_answers AS (\n    SELECT {kept},\n    {read}\n    FROM {identifier(relation)}\n),\n"
            f"counted_answers AS (SELECT *, {given} AS {_ANSWERED} FROM read_answers)\n"
            f"SELECT {kept}, {told} FROM (\n{scored}) AS scored\n"
        )
        return render(text, dialect).rstrip() + "\n"

    def published(self, version: str, who: str, at: str) -> Battery:
        """Return the battery as it is published."""
        return replace(self, version=version, published_by=who, published_at=at)

    def to_record(self) -> dict[str, Any]:
        """Return the plain form that goes into JSON, with the hash of the rest."""
        content = self._content()
        return {**content, "hash": _digest(content)}

    def to_json(self) -> str:
        """Return the battery as JSON; every number reads back exactly."""
        return json.dumps(self.to_record(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Battery:
        """Read what `to_json` wrote; see `from_record`."""
        try:
            record = json.loads(text)
        except ValueError as error:
            raise TypingToolError(f"The battery is not valid JSON: {error}.") from None
        return cls.from_record(record)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Battery:
        """Read what `to_record` wrote.

        Raises
        ------
        TypingToolError
            When it is no battery, or was changed after it was written.
        """
        try:
            content = dict(record)
            stated = content.pop("hash")
            if content["format"] != FORMAT:
                raise TypingToolError(f"Found format {content['format']!r}, expected {FORMAT!r}.")
            if stated != _digest(content):
                raise TypingToolError(
                    "The battery was changed after it was published: its content does not match its hash. "
                    "Restore the file, or publish again."
                )
            del content["format"]
            return cls(
                **{
                    **content,
                    "source": SOURCES[SOURCES.index(content["source"])],
                    "rule": Rule.from_record(content["rule"]),
                    "accuracy": Accuracy.from_record(content["accuracy"]),
                    "notes": tuple(content["notes"]),
                }
            )
        except (AttributeError, KeyError, TypeError, ValueError, ScorecardError) as error:
            raise TypingToolError(
                f"The battery is damaged ({type(error).__name__}: {error}). Restore the file, or publish again."
            ) from None

    def _content(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "segmentation": self.segmentation,
            "model": self.model,
            "build": self.build,
            "as_of": self.as_of,
            "source": self.source,
            "version": self.version,
            "published_by": self.published_by,
            "published_at": self.published_at,
            "names": dict(self.names),
            "accuracy": self.accuracy.to_record(),
            "chosen": {name: round(often, 3) for name, often in self.chosen.items()},
            "largest_share": round(self.largest_share, 3),
            "all_hit_rate": None if self.all_hit_rate is None else round(self.all_hit_rate, 3),
            "all_questions": self.all_questions,
            "notes": list(self.notes),
            "rule": self.rule.to_record(),
        }


def _expected(question: Question) -> str:
    if not question.options:
        return "a number"
    return listed([question.label(option) for option in question.options])


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
