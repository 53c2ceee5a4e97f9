"""The opportunity score, its interval, and what stands out from the rest; all from counts of respondents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr
from scipy.stats import false_discovery_control

from segmodel.intervals import Z95, Interval, wilson

Floats = npt.NDArray[np.float64]
Estimate = Callable[[Floats | float], "Interval"]
"""Returns an estimate with its interval for a number of standard errors; 1.96 gives 95%."""

HIGHEST = 20.0
"""Of the score: everybody finds it important, and nobody is satisfied."""

FALSE_DISCOVERIES = 0.05
_FARTHEST = 12.0
_HALVINGS = 50


@dataclass(frozen=True)
class Answers:
    """How many answered both items of a need, and how many of them gave one of the two highest answers.

    Attributes
    ----------
    n : ndarray, one a row
        Respondents who answered both items.
    important, satisfied, both : ndarray, one a row
        Those of them who find it important, are satisfied, and both.
    """

    n: Floats
    important: Floats
    satisfied: Floats
    both: Floats

    def less(self, part: Answers) -> Answers:
        """Return the answers of the others: those of `self` that are not of `part`."""
        return Answers(
            self.n - part.n,
            self.important - part.important,
            self.satisfied - part.satisfied,
            self.both - part.both,
        )


def opportunity(answers: Answers, z: Floats | float = Z95) -> Interval:
    """Return importance + max(importance − satisfaction, 0), from 0 to 20 (Ulwick 2005), with its interval.

    Importance and satisfaction are ten times the share that gave one of the two highest answers. The score is the
    larger of importance and of twice importance less satisfaction. The first has Wilson's interval; the second is a
    difference of shares of the same people, whose interval is put together from Wilson's (Newcombe 1998, method 10;
    Zou & Donner 2008). The ends of the score's interval are the larger of both ends.

    Examples
    --------
    >>> found = opportunity(Answers(*(np.array([value]) for value in (100.0, 70.0, 30.0, 20.0))))
    >>> found.value.round(9).tolist(), found.low.round(1).tolist(), found.high.round(1).tolist()
    ([11.0], [8.8], [12.8])
    """
    important, lacking = wilson(answers.important, answers.n, z), weighted_difference(answers, 2, z)
    score = np.maximum(important.value, lacking.value)
    low = np.maximum(important.low, lacking.low)
    high = np.maximum(important.high, lacking.high)
    return Interval(10 * score, 10 * low, np.minimum(10 * high, HIGHEST))


def weighted_difference(answers: Answers, weight: float, z: Floats | float = Z95) -> Interval:
    """Return `weight` times the share that finds it important less the share that is satisfied, with its interval.

    Both are shares of the same people: with weight 1 it is method 10 of Newcombe (1998); with another it is what
    Zou & Donner (2008) make of it.
    """
    important, satisfied = wilson(answers.important, answers.n, z), wilson(answers.satisfied, answers.n, z)
    together = _correlation(answers)
    gap = weight * important.value - satisfied.value
    down = _apart(weight * (important.value - important.low), satisfied.high - satisfied.value, together)
    up = _apart(weight * (important.high - important.value), satisfied.value - satisfied.low, together)
    return Interval(gap, gap - down, gap + up)


def difference(own: Estimate, rest: Estimate, z: Floats | float = Z95) -> Interval:
    """Return the difference of two estimates from different people, with its interval (Zou & Donner 2008)."""
    one, other = own(z), rest(z)
    gap = one.value - other.value
    down = np.hypot(one.value - one.low, other.high - other.value)
    up = np.hypot(one.high - one.value, other.value - other.low)
    return Interval(gap, gap - down, gap + up)


def clearly_above(own: Estimate, rest: Estimate) -> npt.NDArray[np.bool_]:
    """Return which estimates are above the rest, at most one in twenty of them by chance.

    A difference is as sure as the widest interval that leaves out nought; of all rows together, false discoveries
    are held at 5% (Benjamini & Hochberg 1995). Rows with an unknown difference are none.
    """
    gap = difference(own, rest).value
    known = np.isfinite(gap)
    near, far = np.zeros_like(gap), np.full_like(gap, _FARTHEST)
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        found = difference(own, rest, middle)
        leaves_out = (found.low > 0) | (found.high < 0)
        near, far = np.where(leaves_out, middle, near), np.where(leaves_out, far, middle)
    above = np.zeros(gap.shape, dtype=bool)
    if known.any():
        chances = false_discovery_control(2 * ndtr(-near[known]))
        above[known] = (chances <= FALSE_DISCOVERIES) & (gap[known] > 0)
    return above


def _correlation(answers: Answers) -> Floats:
    """Return how finding important and being satisfied go together, 0 where one does not vary.

    Newcombe (1998) takes half a respondent off a positive covariance, for continuity.
    """
    n, important, satisfied, both = answers.n, answers.important, answers.satisfied, answers.both
    spread = np.sqrt(important * (n - important) * satisfied * (n - satisfied))
    covariance = n * both - important * satisfied
    covariance = np.where(covariance > 0, np.maximum(covariance - n / 2, 0), covariance)
    return np.divide(covariance, spread, out=np.zeros_like(spread), where=spread > 0)


def _apart(one: Floats, other: Floats, together: Floats) -> Floats:
    return np.sqrt(np.maximum(one**2 + other**2 - 2 * together * one * other, 0))
