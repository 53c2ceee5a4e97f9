"""The terms a scorecard adds up: each knows itself in Python, in SQL and in JSON.

The SQL stands beside the Python it must equal: the same operations in the same order, so that floating point
gives the same number in both.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from segmodel.engines import identifier, literal
from segmodel.errors import ScorecardError
from segmodel.scorecard.axis import Axis
from segmodel.scorecard.preparation import Floats, Preparation, sql_number

OUTSIDE = -1000.0
"""Score of the segments a rule rules out: far enough below 0 for their probability to vanish."""

Coefficients = tuple[float, ...]


@dataclass(frozen=True)
class PreparedColumn:
    """One column of the SQL's first step: name, expression, and what it is in words."""

    name: str
    expression: str
    comment: str


class Term(ABC):
    """What one feature, or one group of features, adds to the score of every segment."""

    kind: ClassVar[str]

    @property
    @abstractmethod
    def inputs(self) -> tuple[str, ...]:
        """The features the term reads."""

    @property
    @abstractmethod
    def width(self) -> int:
        """The number of segments the term knows."""

    @abstractmethod
    def contributions(self, frame: pd.DataFrame) -> Floats:
        """Return what the term adds, one row a customer and one column a segment."""

    @abstractmethod
    def prepared(self) -> tuple[PreparedColumn, ...]:
        """Return the SQL columns that `addend` reads."""

    @abstractmethod
    def addend(self, segment: int) -> str:
        """Return SQL to append to a segment's sum, sign first, or an empty string when nothing is added."""

    @abstractmethod
    def to_record(self) -> dict[str, Any]:
        """Return the plain form that goes into JSON."""

    @staticmethod
    def from_record(record: Mapping[str, Any]) -> Term:
        """Read what `to_record` wrote.

        Raises
        ------
        ScorecardError
            When the kind is unknown.
        """
        kinds = {known.kind: known for known in Term.__subclasses__()}
        if record["kind"] not in kinds:
            raise ScorecardError(f"Found a term of kind {record['kind']!r}; expected {', '.join(sorted(kinds))}.")
        return kinds[record["kind"]].read(record)

    @classmethod
    @abstractmethod
    def read(cls, record: Mapping[str, Any]) -> Term:
        """Read what `to_record` wrote."""


@dataclass(frozen=True)
class NumericTerm(Term):
    """``linear * z + quadratic * z * z`` of one prepared feature.

    With `linear` alone: k-means, linear discriminants, logistic regression; with `quadratic` as well: diagonal
    Gaussian mixtures and Gaussian naive Bayes. Constants belong in the scorecard's prior.

    Examples
    --------
    >>> as_it_is = Preparation(fill=0, low=-9, high=9, log=False, centre=0, scale=1)
    >>> NumericTerm("orders", as_it_is, linear=(1.0, -1.0)).contributions(pd.DataFrame({"orders": [3.0]}))
    array([[ 3., -3.]])
    """

    feature: str
    preparation: Preparation
    linear: Coefficients
    quadratic: Coefficients = ()

    kind: ClassVar[str] = "numeric"

    def __post_init__(self) -> None:
        check_coefficients(self.feature, self.linear, *([self.quadratic] if self.quadratic else []))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The features the term reads."""
        return (self.feature,)

    @property
    def width(self) -> int:
        """The number of segments."""
        return len(self.linear)

    def contributions(self, frame: pd.DataFrame) -> Floats:
        """Return what the term adds; see `Term`."""
        prepared = self.preparation.apply(frame[self.feature], self.feature)[:, np.newaxis]
        added: Floats = np.array(self.linear) * prepared
        if self.quadratic:
            added = added + np.array(self.quadratic) * prepared * prepared
        return added

    def prepared(self) -> tuple[PreparedColumn, ...]:
        """Return the SQL columns that `addend` reads."""
        expression = self.preparation.sql(self.feature)
        return (PreparedColumn(self._column, expression, f"{self.feature}: {self.preparation.describe()}"),)

    def addend(self, segment: int) -> str:
        """Return SQL to append to a segment's sum."""
        column = identifier(self._column)
        linear = f"{_signed(self.linear[segment])} * {column}"
        if not self.quadratic:
            return linear
        first = f"{sql_number(self.linear[segment])} * {column}"
        return f"+ ({first} {_signed(self.quadratic[segment])} * {column} * {column})"

    @property
    def _column(self) -> str:
        return f"z_{self.feature}"

    def to_record(self) -> dict[str, Any]:
        """Return the plain form that goes into JSON."""
        return {
            "kind": self.kind,
            "feature": self.feature,
            "preparation": self.preparation.to_record(),
            "linear": list(self.linear),
            "quadratic": list(self.quadratic),
        }

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> NumericTerm:
        """Read what `to_record` wrote."""
        return cls(
            feature=str(record["feature"]),
            preparation=Preparation.from_record(record["preparation"]),
            linear=coefficients(record["linear"]),
            quadratic=coefficients(record["quadratic"]),
        )


@dataclass(frozen=True)
class CategoryTerm(Term):
    """What each category of one text feature adds; `default` for missing and for categories never seen.

    Log probabilities of latent classes, naive Bayes and one-hot logistic regression are of this form. A
    category that adds the same to every segment, such as a missing answer, is a default of zeros.

    Examples
    --------
    >>> term = CategoryTerm("region", {"North": (0.5, -0.5)}, default=(0.0, 0.0))
    >>> term.contributions(pd.DataFrame({"region": ["North", "Mars"]}))
    array([[ 0.5, -0.5],
           [ 0. ,  0. ]])
    """

    feature: str
    levels: Mapping[str, Coefficients]
    default: Coefficients

    kind: ClassVar[str] = "category"

    def __post_init__(self) -> None:
        check_coefficients(self.feature, self.default, *self.levels.values())

    @property
    def inputs(self) -> tuple[str, ...]:
        """The features the term reads."""
        return (self.feature,)

    @property
    def width(self) -> int:
        """The number of segments."""
        return len(self.default)

    def contributions(self, frame: pd.DataFrame) -> Floats:
        """Return what the term adds; see `Term`."""
        column = frame[self.feature]
        if pd.api.types.is_float_dtype(column) and column.notna().any():
            raise ScorecardError(
                f"Feature '{self.feature}' must hold categories (text or whole numbers), found decimals."
            )
        known = list(self.levels)
        positions = pd.Index(known, dtype=object).get_indexer(
            pd.Index(column.astype(object).where(column.notna(), None).map(str, na_action="ignore"))
        )
        table = np.array([*self.levels.values(), self.default], dtype=np.float64)
        return table[positions]  # an unknown category has position -1: the last row, the default

    def prepared(self) -> tuple[PreparedColumn, ...]:
        """Return the SQL columns that `addend` reads."""
        expression = f"CAST({identifier(self.feature)} AS VARCHAR)"
        return (PreparedColumn(self._column, expression, f"{self.feature}: as it is"),)

    def addend(self, segment: int) -> str:
        """Return SQL to append to a segment's sum."""
        cases = " ".join(
            f"WHEN {literal(level)} THEN {sql_number(added[segment], binary=True)}"
            for level, added in self.levels.items()
        )
        default = sql_number(self.default[segment], binary=True)
        if not cases:
            return f"+ {default}"
        return f"+ CASE {identifier(self._column)} {cases} ELSE {default} END"

    @property
    def _column(self) -> str:
        return f"category_{self.feature}"

    def to_record(self) -> dict[str, Any]:
        """Return the plain form that goes into JSON."""
        return {
            "kind": self.kind,
            "feature": self.feature,
            "levels": [[level, list(added)] for level, added in self.levels.items()],
            "default": list(self.default),
        }

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> CategoryTerm:
        """Read what `to_record` wrote."""
        levels = {str(level): coefficients(added) for level, added in record["levels"]}
        if len(levels) != len(record["levels"]):
            raise ScorecardError(f"Feature '{record['feature']}' lists a category twice.")
        return cls(str(record["feature"]), levels, coefficients(record["default"]))


@dataclass(frozen=True)
class CellTerm(Term):
    """A rule map: every cell of a grid of bins belongs to exactly one segment.

    `cells` names the segment (by position) of every cell, the last axis running fastest: it has exactly one
    entry a cell, which makes the map complete and exclusive by construction.

    Examples
    --------
    >>> term = CellTerm((Axis("orders", cuts=(5.0,), missing=0),), cells=(1, 0), segments=2)
    >>> term.contributions(pd.DataFrame({"orders": [2, 7]}))
    array([[-1000.,     0.],
           [    0., -1000.]])
    """

    axes: tuple[Axis, ...]
    cells: tuple[int, ...]
    segments: int
    kind: ClassVar[str] = "cell"

    _strides: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sizes = [axis.size for axis in self.axes]
        if not self.axes:
            raise ScorecardError("A rule map needs at least one feature.")
        if len(self.cells) != math.prod(sizes):
            raise ScorecardError(
                f"A rule map of {' by '.join(map(str, sizes))} bins needs {math.prod(sizes)} cells, "
                f"found {len(self.cells)}."
            )
        if not all(0 <= segment < self.segments for segment in self.cells):
            raise ScorecardError(f"A rule map of {self.segments} segments names a segment that is not there.")
        strides = tuple(math.prod(sizes[place + 1 :]) for place in range(len(sizes)))
        object.__setattr__(self, "_strides", strides)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The features the term reads."""
        return tuple(axis.feature for axis in self.axes)

    @property
    def width(self) -> int:
        """The number of segments."""
        return self.segments

    def contributions(self, frame: pd.DataFrame) -> Floats:
        """Return what the term adds; see `Term`."""
        cell = np.zeros(len(frame), dtype=np.int64)
        for axis, stride in zip(self.axes, self._strides, strict=True):
            cell += axis.bins(frame[axis.feature]) * stride
        own = np.array(self.cells)[cell][:, np.newaxis] == np.arange(self.segments)
        return np.where(own, 0.0, OUTSIDE)

    def prepared(self) -> tuple[PreparedColumn, ...]:
        """Return the SQL columns that `addend` reads."""
        cell = " + ".join(
            axis.sql() + (f" * {stride}" if stride > 1 else "")
            for axis, stride in zip(self.axes, self._strides, strict=True)
        )
        axes = "; ".join(
            f"{axis.feature} cut at {', '.join(f'{cut:.6g}' for cut in axis.cuts) or 'nothing'}"
            f" (missing is bin {axis.missing})"
            for axis in self.axes
        )
        return (PreparedColumn(self._column, cell, f"cell of a grid: {axes}"),)

    def addend(self, segment: int) -> str:
        """Return SQL to append to a segment's sum."""
        return f"+ CASE WHEN {self.owned(segment)} THEN 0.0 ELSE {sql_number(OUTSIDE)} END"

    def owned(self, segment: int) -> str:
        """Return the SQL condition that a customer's cell belongs to a segment."""
        column = identifier(self._column)
        # ranges, because databases answer a long IN list by a join
        runs = [
            f"{column} = {first}" if first == last else f"{column} BETWEEN {first} AND {last}"
            for first, last in _runs([place for place, owner in enumerate(self.cells) if owner == segment])
        ]
        return " OR ".join(runs) or "FALSE"

    @property
    def _column(self) -> str:
        return "cell_" + self.axes[0].feature

    def to_record(self) -> dict[str, Any]:
        """Return the plain form that goes into JSON."""
        axes = [asdict(axis) for axis in self.axes]
        return {"kind": self.kind, "axes": axes, "cells": list(self.cells), "segments": self.segments}

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> CellTerm:
        """Read what `to_record` wrote."""
        axes = tuple(
            Axis(str(axis["feature"]), coefficients(axis["cuts"]), int(axis["missing"])) for axis in record["axes"]
        )
        return cls(axes, tuple(int(cell) for cell in record["cells"]), int(record["segments"]))


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """Return first and last of every stretch of neighbouring numbers, ascending."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place - 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs


def coefficients(values: Sequence[Any]) -> Coefficients:
    """Return the numbers of a record, one a segment."""
    return tuple(float(value) for value in values)


def check_coefficients(feature: str, *rows: Coefficients) -> None:
    """Raise ScorecardError unless there is one finite number a segment in every row."""
    if len({len(row) for row in rows}) != 1 or not all(math.isfinite(value) for row in rows for value in row):
        raise ScorecardError(f"Term '{feature}' needs one finite number a segment, found {rows}.")


def _signed(value: float) -> str:
    return f"- {sql_number(-value)}" if value < 0 else f"+ {sql_number(value)}"
