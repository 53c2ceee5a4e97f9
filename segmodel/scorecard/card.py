"""The scorecard: prior plus one term a feature, for every segment."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from segmodel.errors import ScorecardError, did_you_mean
from segmodel.scorecard.preparation import Floats
from segmodel.scorecard.sql import VANISHED, scoring_sql
from segmodel.scorecard.terms import Term

FORMAT = "segmodel scorecard 1"


@dataclass(frozen=True)
class Scorecard:
    """``score(segment | x) = prior + sum of term(segment, feature, x)``.

    The highest score names the segment, the first of `segments` on a tie; the softmax of the scores is the
    probability. `score` in Python and `to_sql` in a database do the same operations in the same order.

    Attributes
    ----------
    segments : tuple of str
        Ids `s1`, `s2`, …, at least two.
    prior : tuple of float
        Where every segment's score starts, before anything is known of a customer.
    terms : tuple of Term
        What is added, in this order.

    Raises
    ------
    ScorecardError
        When the parts do not fit together.

    Examples
    --------
    >>> from segmodel.scorecard import CategoryTerm
    >>> card = Scorecard(("s1", "s2"), (0.0, 0.0), (CategoryTerm("region", {"North": (2.0, 0.0)}, (0.0, 1.0)),))
    >>> card.predict(pd.DataFrame({"region": ["North", "South"]})).segment.tolist()
    ['s1', 's2']
    """

    segments: tuple[str, ...]
    prior: tuple[float, ...]
    terms: tuple[Term, ...]

    def __post_init__(self) -> None:
        if len(self.segments) < 2 or len(set(self.segments)) != len(self.segments):
            raise ScorecardError(f"A scorecard needs two or more different segments, found {self.segments}.")
        if not all(re.fullmatch(r"s[1-9][0-9]*", segment) for segment in self.segments):
            raise ScorecardError(f"Segment ids are s1, s2 and so on, found {self.segments}.")
        if len(self.prior) != len(self.segments) or not all(math.isfinite(value) for value in self.prior):
            raise ScorecardError(f"A scorecard needs one finite prior a segment, found {self.prior}.")
        if not self.terms or any(term.width != len(self.segments) for term in self.terms):
            raise ScorecardError(f"Every term must know all {len(self.segments)} segments, and one is needed.")
        inputs = [feature for term in self.terms for feature in term.inputs]
        if len(set(inputs)) != len(inputs):
            raise ScorecardError(f"A feature appears in two terms: {', '.join(inputs)}.")

    @property
    def features(self) -> tuple[str, ...]:
        """The features that must be known to score."""
        return tuple(feature for term in self.terms for feature in term.inputs)

    def score(self, frame: pd.DataFrame) -> Floats:
        """Return the scores, one row a customer and one column a segment.

        Raises
        ------
        ScorecardError
            When a feature is missing from the frame.
        """
        self._check(frame)
        total = np.tile(np.array(self.prior, dtype=np.float64), (len(frame), 1))
        for term in self.terms:
            total = total + term.contributions(frame)
        return total

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return segment, probability and runner-up of every row, aligned with the frame's index.

        The runner-up is None where its probability vanishes, as it does in all rule maps.
        """
        scores = self.score(frame)
        rows = np.arange(len(scores))
        first = scores.argmax(axis=1)
        best = scores[rows, first]
        summed = np.zeros(len(scores))
        for column in scores.T:
            summed += np.exp(np.maximum(column - best, VANISHED))
        others = scores.copy()
        others[rows, first] = -np.inf
        second = others.argmax(axis=1)
        names = np.array(self.segments, dtype=object)
        runner_up = np.where(others[rows, second] - best < VANISHED, None, names[second])
        return pd.DataFrame(
            {
                "segment": pd.Series(names[first], index=frame.index, dtype=object),
                "probability": pd.Series(1.0 / summed, index=frame.index, dtype=np.float64),
                "runner_up": pd.Series(runner_up, index=frame.index, dtype=object),
            },
            index=frame.index,
        )

    def explain(self, row: Mapping[str, Any]) -> pd.DataFrame:
        """Return why one customer scores as they do: one row a term and one for the prior, which add up to the score.

        Parameters
        ----------
        row : mapping
            The customer's features.

        Returns
        -------
        pandas.DataFrame
            Columns `feature` ("prior" in the first row), `value` and one a segment.
        """
        frame = pd.DataFrame([dict(row)])
        self._check(frame)
        lines: list[dict[str, Any]] = [
            {"feature": "prior", "value": None, **dict(zip(self.segments, self.prior, strict=True))}
        ]
        for term in self.terms:
            values = tuple(row[feature] for feature in term.inputs)
            added = (float(value) for value in term.contributions(frame)[0])
            lines.append(
                {
                    "feature": ", ".join(term.inputs),
                    "value": values[0] if len(values) == 1 else values,
                    **dict(zip(self.segments, added, strict=True)),
                }
            )
        return pd.DataFrame(lines).astype({"value": object})

    def to_sql(
        self,
        relation: str = "customer_features",
        keys: tuple[str, ...] = ("snapshot", "customer_id"),
        dialect: str = "duckdb",
    ) -> str:
        """Return a SELECT of the keys, segment, probability and runner_up.

        Parameters
        ----------
        relation : str
            Name of the table that holds keys and features.
        keys : tuple of str
            Columns to carry along.
        dialect : str
            `duckdb`, or any engine sqlglot knows: snowflake, bigquery, databricks, spark, redshift, postgres, ….
        """
        return scoring_sql(self.segments, self.prior, self.terms, relation, keys, dialect)

    def to_record(self) -> dict[str, Any]:
        """Return the plain form that goes into JSON."""
        return {
            "format": FORMAT,
            "segments": list(self.segments),
            "prior": list(self.prior),
            "terms": [term.to_record() for term in self.terms],
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Scorecard:
        """Read what `to_record` wrote.

        Raises
        ------
        ScorecardError
            When the record is not a scorecard.
        """
        try:
            if record["format"] != FORMAT:
                raise ScorecardError(f"Found format {record['format']!r}, expected {FORMAT!r}.")
            return cls(
                segments=tuple(str(segment) for segment in record["segments"]),
                prior=tuple(float(value) for value in record["prior"]),
                terms=tuple(Term.from_record(term) for term in record["terms"]),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ScorecardError(f"The scorecard is damaged: {type(error).__name__} at {error}.") from None

    def to_json(self) -> str:
        """Return the scorecard as JSON; every number reads back exactly."""
        return json.dumps(self.to_record(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Scorecard:
        """Read what `to_json` wrote; see `from_record`."""
        try:
            record = json.loads(text)
        except ValueError as error:
            raise ScorecardError(f"The scorecard is not valid JSON: {error}.") from None
        return cls.from_record(record)

    def _check(self, frame: pd.DataFrame) -> None:
        for feature in self.features:
            if feature not in frame.columns:
                names = [str(column) for column in frame.columns]
                raise ScorecardError(
                    f"The data lack feature '{feature}', which the scorecard needs; "
                    f"found {', '.join(names[:20]) or 'no columns'}.{did_you_mean(feature, names)}"
                )
