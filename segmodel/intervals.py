"""The interval of a share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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
