"""What a council judges segments by: how attractive they are to us, and how attractive we are to them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Axis = Literal["attractiveness", "ability"]

LOWEST, HIGHEST = 1.0, 10.0
"""Ends of every score."""

AXES: dict[Axis, str] = {
    "attractiveness": "How attractive they are to us",
    "ability": "How attractive we are to them",
}

KNOCK_OUTS = (
    "not homogeneous",
    "not distinct",
    "too small",
    "not reachable",
    "not a fit with our strengths",
    "not identifiable",
)
"""Why a segment is out whatever it scores (Dolnicar, Grün & Leisch 2018, chapter 4)."""


@dataclass(frozen=True)
class Criterion:
    """One thing segments are scored by, from 1 to 10.

    Attributes
    ----------
    name, label : str
    axis : {"attractiveness", "ability"}
    weight : float
        Where nobody has set another; weights count in proportion to each other, within an axis.
    question : str
        What is asked of whoever judges, or what is measured.
    measure : str
        The measured column it is filled from; empty where people judge.
    scale : str
        How the measure becomes a score, in words.
    score : callable or None
        The same as a function, fixed: it does not depend on what other segments there are.
    """

    name: str
    label: str
    axis: Axis
    weight: float
    question: str
    measure: str = ""
    scale: str = ""
    score: Callable[[float], float] | None = None

    @property
    def is_measured(self) -> bool:
        """Whether metrics fill it in."""
        return bool(self.measure)

    def scored(self, measured: float) -> float:
        """Return the score of what was measured; NaN where it is not known."""
        if self.score is None or not math.isfinite(measured):
            return math.nan
        return min(max(self.score(measured), LOWEST), HIGHEST)


def _line(at_lowest: float, at_highest: float) -> Callable[[float], float]:
    """Return a straight line from 1 to 10 between two values, which may fall."""
    span = at_highest - at_lowest
    return lambda measured: LOWEST + (HIGHEST - LOWEST) * (measured - at_lowest) / span


def _ratio(most: float) -> Callable[[float], float]:
    """Return a score of a ratio: in the middle at one, at the ends where it is `most` or one in `most`."""
    line = _line(-math.log(most), math.log(most))
    return lambda measured: line(math.log(measured)) if measured > 0 else LOWEST


CRITERIA: dict[str, Criterion] = {
    criterion.name: criterion
    for criterion in (
        Criterion(
            "value_share", "Value share", "attractiveness", 30, "How much of all value they bring today.",
            "value_share", "1 at none of it, 10 at 40% or more", _line(0.0, 0.4),
        ),
        Criterion(
            "growth", "Growth", "attractiveness", 20, "How their value changed in a year, against all customers'.",
            "growth", "1 at 20 points below the change of all, 10 at 20 above", _line(-0.2, 0.2),
        ),
        Criterion(
            "lifetime_value", "Lifetime value", "attractiveness", 25,
            "What a customer will bring, against the average customer.",
            "lifetime_value", "1 at a quarter of the average, 10 at four times it", _ratio(4.0),
        ),
        Criterion(
            "size", "Size", "attractiveness", 10, "How many of our customers they are.",
            "customer_share", "1 at none, 10 at 40% of customers or more", _line(0.0, 0.4),
        ),
        Criterion(
            "stability", "Stability", "attractiveness", 15, "How many of them are still the same segment a year later.",
            "stability", "1 where half changed segment, 10 where nobody did", _line(0.5, 1.0),
        ),
        Criterion("strategy", "Fit with our strategy", "attractiveness", 20, "Do we want to be known for them?"),
        Criterion("competition", "Little competition", "attractiveness", 10, "How little do others fight for them?"),
        Criterion(
            "loyalty", "Low churn risk", "ability", 30, "How surely they stay with us.",
            "churn_risk", "1 at a risk of 50% or more, 10 at none", _line(0.5, 0.0),
        ),
        Criterion(
            "reachability", "Reachability", "ability", 20, "How many agreed to hear from us and can be matched.",
            "reachability", "1 at none of them, 10 at all", _line(0.0, 1.0),
        ),
        Criterion("offer", "Our offer", "ability", 30, "Do we offer what they need, better than others?"),
        Criterion("brand", "Our brand", "ability", 20, "Do they think well of us?"),
        Criterion("capability", "Our capability", "ability", 20, "Can we serve them well, at a profit?"),
    )
}  # fmt: skip
"""Every criterion by name, in the order pages show them."""
