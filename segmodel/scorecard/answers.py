"""The term of a survey item or another feature that takes few numbers: each number adds something of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from segmodel.engines import identifier
from segmodel.errors import ScorecardError
from segmodel.scorecard.preparation import Floats, as_numbers, sql_number, sql_value
from segmodel.scorecard.terms import Coefficients, PreparedColumn, Term, check_coefficients, coefficients


@dataclass(frozen=True)
class AnswerTerm(Term):
    """What each number of one feature adds; `default` for missing answers and for numbers never seen.

    As `CategoryTerm`, for columns that hold numbers: a database must not be asked to write 1.0 the way Python does.

    Examples
    --------
    >>> term = AnswerTerm("imp_price", {1.0: (0.5, -0.5), 7.0: (-0.5, 0.5)}, default=(0.0, 0.0))
    >>> term.contributions(pd.DataFrame({"imp_price": [7, None]}))
    array([[-0.5,  0.5],
           [ 0. ,  0. ]])
    """

    feature: str
    levels: Mapping[float, Coefficients]
    default: Coefficients

    kind: ClassVar[str] = "answer"

    def __post_init__(self) -> None:
        check_coefficients(self.feature, self.default, *self.levels.values())
        if not all(np.isfinite(level) for level in self.levels):
            raise ScorecardError(f"Term '{self.feature}' names an answer that is no finite number.")

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
        positions = pd.Index(list(self.levels), dtype=np.float64).get_indexer(
            pd.Index(as_numbers(frame[self.feature], self.feature))
        )
        table = np.array([*self.levels.values(), self.default], dtype=np.float64)
        return table[positions]  # an unknown number has position -1: the last row, the default

    def prepared(self) -> tuple[PreparedColumn, ...]:
        """Return the SQL columns that `addend` reads."""
        return (PreparedColumn(self._column, sql_value(self.feature), f"{self.feature}: as it is"),)

    def addend(self, segment: int) -> str:
        """Return SQL to append to a segment's sum."""
        column = identifier(self._column)
        cases = " ".join(
            f"WHEN {column} = {sql_number(level, binary=True)} THEN {sql_number(added[segment], binary=True)}"
            for level, added in self.levels.items()
        )
        default = sql_number(self.default[segment], binary=True)
        return f"+ CASE {cases} ELSE {default} END" if cases else f"+ {default}"

    @property
    def _column(self) -> str:
        return f"answer_{self.feature}"

    def to_record(self) -> dict[str, Any]:
        """Return the plain form that goes into JSON."""
        return {
            "kind": self.kind,
            "feature": self.feature,
            "levels": [[level, list(added)] for level, added in self.levels.items()],
            "default": list(self.default),
        }

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> AnswerTerm:
        """Read what `to_record` wrote."""
        listed: Sequence[Any] = record["levels"]
        levels = {float(level): coefficients(added) for level, added in listed}
        if len(levels) != len(listed):
            raise ScorecardError(f"Feature '{record['feature']}' lists an answer twice.")
        return cls(str(record["feature"]), levels, coefficients(record["default"]))
