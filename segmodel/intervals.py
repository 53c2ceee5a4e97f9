"""The interval of a share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Floats = npt.NDArray[np.float64]

Z95 = 1.959963984540054
"""Standard errors to either side of an estimate that hold 95% of a normal distribution."""


@dataclass(frozen=True)
class Interval:
    """Estimates, one a row, with the ends of their intervals; NaN where there is nobody."""

    value: Floats
    low: Floats
    high: Floats


def wilson(count: Floats, n: Floats, z: Floats | float = Z95) -> Interval:
    """Return shares with their interval (Wilson 1927).

    Parameters
    ----------
    count, n : ndarray, one a row
        How many of how many.
    z : float or ndarray
        Standard errors to either side; 1.96 gives 95%.

    Examples
    --------
    >>> found = wilson(np.array([5.0]), np.array([10.0]))
    >>> found.value.round(3).tolist(), found.low.round(3).tolist(), found.high.round(3).tolist()
    ([0.5], [0.237], [0.763])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = count / n
        centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # at shares of 0 and 1 the ends are 0 and 1, but for rounding
    return Interval(share, np.clip(centre - half, 0, share), np.clip(centre + half, share, 1))


def detectable_difference(
    n: int, n_other: int, share: float = 0.5, *, power: float = 0.8, level: float = 0.95
) -> float:
    """Return the smallest difference of two shares that a test of two groups would find.

    The usual approximation by the normal distribution, both groups at the same variance (Fleiss, Levin & Paik 2003,
    ch. 4): (z₁₋α/₂ + z_power) · √(p(1 − p)(1/n + 1/m)).

    Parameters
    ----------
    n, n_other : int
        Customers of each group.
    share : float
        What is expected in both; at 0.5 the difference is the largest.
    power : float
        How often a difference of that size is to be found.
    level : float
        1 less the share of false alarms, both sides.

    Examples
    --------
    >>> round(detectable_difference(800, 200), 3)
    0.111
    """
    z = float(ndtri((1 + level) / 2) + ndtri(power))
    return z * float(np.sqrt(share * (1 - share) * (1 / n + 1 / n_other)))
