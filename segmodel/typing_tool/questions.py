"""Questions, and answers as the numbers that discriminants work on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from segmodel.engines import NUMBER, identifier, literal
from segmodel.typing_tool.discriminant import Floats, Labels

Option = str | float


@dataclass(frozen=True)
class Question:
    """One question people can be asked.

    Attributes
    ----------
    name : str
        Of the item or attribute, and of the column of a file that holds the answers.
    wording : str
        As it is asked.
    options : tuple of str or float
        The answers offered, in their order; none where any number between `low` and `high` is one.
    is_linear : bool
        Whether the answer counts as a number: each step up adds the same. Otherwise each option counts for itself.
    low, high : float
        Ends of a number; answers beyond count as these.
    kind : str
        What it asks about, as the items say: need-importance, attitude and so on; or attribute, behaviour.
    """

    name: str
    wording: str
    options: tuple[Option, ...]
    is_linear: bool
    low: float = 0.0
    high: float = 0.0
    kind: str = ""

    @property
    def is_number(self) -> bool:
        """Whether answers are numbers: those of a scale, or codes."""
        return not self.options or not isinstance(self.options[0], str)

    @property
    def width(self) -> int:
        """How many columns of the matrix are its own."""
        return 1 if self.is_linear else len(self.options) - 1

    def label(self, option: Option) -> str:
        """Return an option as people read it.

        Examples
        --------
        >>> fun = Question("fun", "Fun", (0.0, 1.0), True, 0, 1)
        >>> fun.label(1.0), Question("taste", "Taste", (1.0, 2.0, 3.0), True, 1, 3).label(3.0)
        ('Yes', '3')
        """
        if self.options == (0.0, 1.0):
            return "Yes" if option else "No"
        return option if isinstance(option, str) else f"{option:g}"

    def read(self, values: pd.Series[Any]) -> tuple[pd.Series[Any], pd.Series[bool]]:
        """Return answers as this question knows them, missing where there is none, and which could not be read.

        Words of options are read whatever their case; a number beyond the ends counts as the end where any number may
        be given, and cannot be read where options are offered.
        """
        text = values.astype("string").str.strip()
        given = text.notna() & (text != "")
        known = {self.label(option).casefold(): option for option in self.options}
        if self.is_number:
            known |= {str(option).casefold(): option for option in self.options}
            numbers = pd.to_numeric(text, errors="coerce").astype("float64")
            found = text.str.casefold().map(known, na_action="ignore").astype("float64")
            allowed = numbers.isin(self.options) if self.options else np.isfinite(numbers)
            answers = found.where(found.notna(), numbers.where(allowed))
            if not self.options:
                answers = answers.clip(self.low, self.high)
        else:
            answers = text.str.casefold().map(known, na_action="ignore").astype(object)
            answers = answers.where(answers.notna(), None)
        return answers, (given & answers.isna()).astype(bool)

    def sql(self) -> str:
        """Return SQL that reads a column of this question as `read` does; NULL where there is no answer."""
        text = f"trim(CAST({identifier(self.name)} AS VARCHAR))"
        words = {self.label(option).casefold(): option for option in self.options}
        if not self.is_number:
            cases = " ".join(f"WHEN {literal(word)} THEN {literal(str(option))}" for word, option in words.items())
            return f"CASE lower({text}) {cases} END"
        number = f"CASE WHEN regexp_matches({text}, {literal(NUMBER)}) THEN CAST({text} AS DOUBLE) END"
        if not self.options:
            return number
        listed = ", ".join(f"{float(option)!r}e0" for option in self.options)
        cases = "".join(
            f" WHEN lower({text}) = {literal(word)} THEN {float(option)!r}e0"
            for word, option in words.items()
            if word in {"yes", "no"}
        )
        return f"CASE{cases} WHEN ({number}) IN ({listed}) THEN {number} END"

    def to_record(self) -> dict[str, Any]:
        """Return the plain form that goes into JSON."""
        return {
            "name": self.name,
            "wording": self.wording,
            "kind": self.kind,
            "options": [{"value": option, "label": self.label(option)} for option in self.options],
            "is_linear": self.is_linear,
            "low": float(self.low),
            "high": float(self.high),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Question:
        """Read what `to_record` wrote; KeyError, TypeError or ValueError when it is something else."""
        return cls(
            name=str(record["name"]),
            wording=str(record["wording"]),
            options=tuple(
                option["value"] if isinstance(option["value"], str) else float(option["value"])
                for option in record["options"]
            ),
            is_linear=bool(record["is_linear"]),
            low=float(record["low"]),
            high=float(record["high"]),
            kind=str(record["kind"]),
        )


@dataclass(frozen=True)
class Respondents:
    """Who answered, what, and which segment they are of.

    Attributes
    ----------
    questions : tuple of Question
        Those that may be asked.
    answers : DataFrame
        A row a respondent and a column a question, as `Question.read` returns them.
    labels : ndarray of shape (n,)
        Their segments, as places in `segments`.
    segments : tuple of str
        Ids of the segments that can be told, in their order.
    names : mapping of str to str
        What each is called.
    notes : tuple of str
        What was left out and why, in sentences.
    """

    questions: tuple[Question, ...]
    answers: pd.DataFrame
    labels: Labels
    segments: tuple[str, ...]
    names: Mapping[str, str]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def sizes(self) -> Labels:
        """Respondents of each segment."""
        return np.bincount(self.labels, minlength=len(self.segments))

    def at(self, rows: Labels) -> Respondents:
        """Return some of the respondents."""
        return Respondents(
            self.questions, self.answers.iloc[rows], self.labels[rows], self.segments, self.names, self.notes
        )

    def asked(self, questions: Sequence[int]) -> Respondents:
        """Return the same respondents, asked some of the questions only."""
        chosen = tuple(self.questions[place] for place in questions)
        answers = self.answers[[question.name for question in chosen]]
        return Respondents(chosen, answers, self.labels, self.segments, self.names, self.notes)


@dataclass(frozen=True)
class Design:
    """Answers as a matrix: a column a linear question, and one an option but the first of the others.

    Attributes
    ----------
    matrix : ndarray of shape (n, columns)
        NaN where there is no answer.
    columns : tuple of tuple of int
        The columns of each question.
    """

    matrix: Floats
    columns: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, questions: Sequence[Question], answers: pd.DataFrame) -> Design:
        """Code answers."""
        parts: list[Floats] = []
        columns: list[tuple[int, ...]] = []
        first = 0
        for question in questions:
            part = coded(question, answers[question.name])
            parts.append(part)
            columns.append(tuple(range(first, first + part.shape[1])))
            first += part.shape[1]
        return cls(np.hstack(parts), tuple(columns))

    def filled(self) -> Floats:
        """Return the matrix with each column's mean where there is no answer: that says nothing of the segment."""
        missing = np.isnan(self.matrix)
        return np.where(missing, np.nanmean(self.matrix, axis=0), self.matrix) if missing.any() else self.matrix


def coded(question: Question, answers: pd.Series[Any]) -> Floats:
    """Return the columns of one question, NaN where there is no answer or one that is not offered."""
    if question.is_linear:
        return answers.to_numpy(dtype=np.float64, na_value=np.nan)[:, None]
    places = pd.Index(list(question.options)).get_indexer(pd.Index(answers))
    columns: Floats = (places[:, None] == np.arange(1, len(question.options))).astype(np.float64)
    columns[places < 0] = np.nan
    return columns
