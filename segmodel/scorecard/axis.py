"""One axis of a rule map: a feature cut into bins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from segmodel.errors import ScorecardError
from segmodel.scorecard.preparation import LARGEST, as_numbers, sql_number, sql_value


@dataclass(frozen=True)
class Axis:
    """One feature of a rule map, cut into bins: bin i holds ``cuts[i-1] <= x < cuts[i]``.

    Attributes
    ----------
    feature : str
        The numeric feature.
    cuts : tuple of float
        Ascending.
    missing : int
        The bin of a missing value; ``len(cuts) + 1`` gives missing values a bin of their own.
    """

    feature: str
    cuts: tuple[float, ...]
    missing: int

    def __post_init__(self) -> None:
        if not all(math.isfinite(cut) for cut in self.cuts) or list(self.cuts) != sorted(set(self.cuts)):
            raise ScorecardError(f"Cut points of '{self.feature}' must be finite and ascending, found {self.cuts}.")
        if not 0 <= self.missing <= len(self.cuts) + 1:
            raise ScorecardError(f"Axis '{self.feature}' has no bin {self.missing} for missing values.")

    @property
    def size(self) -> int:
        """The number of bins."""
        return max(len(self.cuts), self.missing) + 1

    def bins(self, values: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return the bin of every value."""
        numbers = as_numbers(values, self.feature)
        found = np.searchsorted(np.array(self.cuts), numbers, side="right")
        return np.where(np.isnan(numbers), self.missing, found)

    def sql(self) -> str:
        """Return the bin as SQL."""
        value = sql_value(self.feature)
        cases = " ".join(f"WHEN {value} < {sql_number(cut)} THEN {place}" for place, cut in enumerate(self.cuts))
        inner = f"CASE {cases} ELSE {len(self.cuts)} END" if cases else "0"
        return f"CASE WHEN abs({value}) <= {LARGEST:.0e} THEN {inner} ELSE {self.missing} END"
