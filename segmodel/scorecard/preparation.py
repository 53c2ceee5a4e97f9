"""How one numeric feature is made comparable, in Python and in SQL, operation by operation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmodel.engines import identifier
from segmodel.errors import ScorecardError

Floats = npt.NDArray[np.float64]

LARGEST = 1e300
"""A number beyond this size, infinity included, is treated as missing: no customer has it."""

GRID = 1e9
"""Prepared values are rounded to nine decimals: two libraries' logarithms may differ in the last bit, and
after rounding every engine goes on from the same number."""


def significant(value: float, digits: int = 12) -> float:
    """Round to significant digits, so that a number reads the same in JSON, SQL and Python.

    Examples
    --------
    >>> significant(2 / 3), significant(123456789.123456789)
    (0.666666666667, 123456789.123)
    """
    return float(f"{value:.{digits}g}")


def sql_number(value: float, *, binary: bool = False) -> str:
    """Write a finite number as SQL that every engine reads as exactly this number.

    Up to 15 digits are exact as a decimal; longer ones get an exponent, which makes them binary. `binary` asks
    for the exponent always: where decimals of different lengths meet, a database would first align them.

    Examples
    --------
    >>> sql_number(0.25), sql_number(-3.5), sql_number(1 / 3)
    ('0.25', '(-3.5)', '0.3333333333333333e0')
    """
    text = repr(float(value))
    if "e" not in text and (binary or sum(character.isdigit() for character in text) > 15):
        text += "e0"
    return f"({text})" if value < 0 else text


def as_numbers(values: pd.Series[Any], feature: str) -> Floats:
    """Return a column as floats, with NaN for whatever is missing, infinite or beyond `LARGEST`.

    Raises
    ------
    ScorecardError
        When the column holds text that is not a number.
    """
    try:
        numbers = pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ScorecardError(f"Feature '{feature}' must hold numbers, found text: {error}.") from None
    return np.where(np.abs(numbers) <= LARGEST, numbers, np.nan)


def sql_value(feature: str) -> str:
    """Return the SQL of a feature as a binary number, whatever the type of its column."""
    return f"CAST({identifier(feature)} AS DOUBLE)"


@dataclass(frozen=True)
class Preparation:
    """Fill, clip, logarithm, standardise and weight one numeric feature.

    ``z = weight * (t - centre) / scale`` with ``t = ln(1 + x)`` when `log`, else ``x``, where x is the value, or
    `fill` when missing, kept within `low` and `high`; z is rounded to nine decimals.

    Attributes
    ----------
    fill : float
        Stands in for missing, infinite and absurdly large values.
    low, high : float
        Values outside are moved to these ends.
    log : bool
        Whether ln(1 + x) is taken; `low` is then at least 0.
    centre, scale : float
        Mean and standard deviation of t where the model was fitted.
    weight : float
        How much the feature counts; 1 for all by default.

    Examples
    --------
    >>> Preparation(fill=2, low=0, high=10, log=False, centre=4, scale=2).apply(pd.Series([8, None, 99]), "orders")
    array([ 2., -1.,  3.])
    """

    fill: float
    low: float
    high: float
    log: bool
    centre: float
    scale: float
    weight: float = 1.0

    def __post_init__(self) -> None:
        numbers = (self.fill, self.low, self.high, self.centre, self.scale, self.weight)
        if not all(math.isfinite(number) for number in numbers):
            raise ScorecardError(f"A preparation needs finite numbers, found {numbers}.")
        if not (self.low <= self.high and self.scale > 0 and self.weight > 0):
            raise ScorecardError(f"A preparation needs low <= high and a positive scale and weight, found {numbers}.")
        if self.log and self.low < 0:
            raise ScorecardError(f"A logarithm needs values from 0 on, found a lower end of {self.low}.")

    def apply(self, values: pd.Series[Any], feature: str) -> Floats:
        """Return the prepared values of a column."""
        numbers = as_numbers(values, feature)
        numbers = np.where(np.isnan(numbers), self.fill, numbers)
        numbers = np.minimum(np.maximum(numbers, self.low), self.high)
        if self.log:
            numbers = np.log(1.0 + numbers)
        standardised = (numbers - self.centre) / self.scale * self.weight
        return np.floor(standardised * GRID + 0.5) / GRID

    def sql(self, feature: str) -> str:
        """Return the same as one SQL expression."""
        value = sql_value(feature)
        filled = f"CASE WHEN abs({value}) <= {LARGEST:.0e} THEN {value} ELSE {sql_number(self.fill)} END"
        clipped = f"least(greatest({filled}, {sql_number(self.low)}), {sql_number(self.high)})"
        changed = f"ln(1.0 + {clipped})" if self.log else clipped
        weight = "" if self.weight == 1 else f" * {sql_number(self.weight)}"
        return (
            f"floor(({changed} - {sql_number(self.centre)}) / {sql_number(self.scale)}{weight}"
            f" * {GRID:.0e} + 0.5) / {GRID:.0e}"
        )

    def describe(self) -> str:
        """Return the steps in words."""
        steps = f"missing becomes {self.fill:.6g}, kept within {self.low:.6g} and {self.high:.6g}"
        return (
            steps
            + (", logarithm" if self.log else "")
            + ", standardised"
            + ("" if self.weight == 1 else f", weighted {self.weight:g} times")
        )

    def to_record(self) -> dict[str, Any]:
        """Return the plain form that goes into JSON."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Preparation:
        """Read what `to_record` wrote."""
        return cls(
            log=bool(record["log"]),
            **{name: float(record[name]) for name in ("fill", "low", "high", "centre", "scale", "weight")},
        )
