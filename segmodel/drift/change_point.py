"""Since when a monthly series is no longer what was expected of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from segmodel.errors import DriftError

Floats = npt.NDArray[np.float64]

SHORTEST = 4
"""Months from which a change is told from noise at all."""

SIMULATIONS = 20_000
"""Series without a change that the statistic is held against: p-values down to one in twenty thousand."""

LASTING = 2
"""Months a change must have lasted: one alone may be an odd month."""

_MOST_ALIKE = 0.8
"""Autocorrelation of neighbouring months that is believed at most: more could not be told from a change."""


@dataclass(frozen=True)
class ChangePoint:
    """A lasting change of a series: nothing before, one level from then on.

    Attributes
    ----------
    since : int
        Place of the first month that has changed.
    shift : float
        The level from then on, in the unit of the series.
    low, high : float
        Its 95% interval.
    p_value : float
        How often a series that never changes looks as if it had changed as clearly, at whichever month.
    """

    since: int
    shift: float
    low: float
    high: float
    p_value: float


def find_change(deviations: npt.ArrayLike, noise: npt.ArrayLike = 0.0) -> ChangePoint:
    """Find the month from which a series deviates from what was expected, and how surely.

    Of all months the one is taken from which a constant level fits best, in least squares, with no deviation before it
    (a change in the mean; Hinkley 1970) and two months or more after. The statistic is level × √months ÷ spread; the
    spread is that of what is left, but no less than the sampling noise, and is raised where neighbouring months are
    alike. Its p-value comes from simulated series without a change, so that having searched for the month is paid for.

    Parameters
    ----------
    deviations : array_like of shape (n_months,)
        Observed less expected, oldest first; the logarithm of the ratio for quantities that change by a factor.
    noise : array_like of shape (n_months,) or float
        Standard error of each month from sampling alone.

    Returns
    -------
    ChangePoint
        Always the likeliest one; whether it is more than noise is for its p-value to say.

    Raises
    ------
    DriftError
        When there are fewer than four months, or one is not a finite number.

    Examples
    --------
    >>> found = find_change([0.01, -0.02, 0.01, 0.0, -0.3, -0.28, -0.31, -0.3])
    >>> found.since, round(found.shift, 2), found.p_value < 0.01
    (4, -0.3, True)
    """
    series = np.asarray(deviations, dtype=np.float64)
    if series.ndim != 1 or len(series) < SHORTEST:
        raise DriftError(f"A change is looked for in {SHORTEST} months or more, found {series.size}.")
    if not np.isfinite(series).all():
        raise DriftError("A change is looked for in months that are all known; one is missing or infinite.")
    errors = np.broadcast_to(np.asarray(noise, dtype=np.float64), series.shape)
    floor = float(np.sqrt(np.mean(errors**2)))
    since, shift, spread = (value[0] for value in _fit(series[None, :]))
    spread = max(float(spread), floor)
    months = len(series) - int(since)
    if spread == 0:
        return ChangePoint(int(since), float(shift), float(shift), float(shift), 1.0 if shift == 0 else 0.0)
    statistic = abs(float(shift)) * np.sqrt(months) / spread
    drawn = _without_change(len(series))
    p_value = (1 + int((drawn >= statistic).sum())) / (1 + len(drawn))
    reach = 1.959964 * spread / np.sqrt(months)
    return ChangePoint(int(since), float(shift), float(shift - reach), float(shift + reach), p_value)


def _fit(series: Floats) -> tuple[npt.NDArray[np.intp], Floats, Floats]:
    """Return the first changed month, the level from there and the spread around it, of every row."""
    n = series.shape[1]
    left = np.arange(n, 0, -1)
    sums = np.cumsum(series[:, ::-1], axis=1)[:, ::-1]
    gain = sums**2 / left  # how much a level from each month on takes off the sum of squares
    since = gain[:, : n - LASTING + 1].argmax(axis=1)
    rows = np.arange(len(series))
    shift = sums[rows, since] / left[since]
    residual = series - np.where(np.arange(n) >= since[:, None], shift[:, None], 0.0)
    squares = (residual**2).sum(axis=1)
    alike = np.zeros(len(series))
    np.divide((residual[:, 1:] * residual[:, :-1]).sum(axis=1), squares, out=alike, where=squares > 0)
    alike = np.clip(alike, 0.0, _MOST_ALIKE)
    return since, shift, np.sqrt(squares / (n - 1) * (1 + alike) / (1 - alike))


@lru_cache(maxsize=64)
def _without_change(n: int) -> Floats:
    """Return the statistic of simulated series of independent months without a change."""
    since, shift, spread = _fit(np.random.default_rng(n).normal(size=(SIMULATIONS, n)))
    found: Floats = np.abs(shift) * np.sqrt(n - since) / spread
    return found
