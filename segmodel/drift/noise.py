"""How far a measure of drift gets by chance alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from segmodel.errors import DriftError

Floats = npt.NDArray[np.float64]


def psi_noise_line(n: int, m: int, bins: int, level: float = 0.99) -> float:
    """Return the population stability index that is passed in one of a hundred comparisons without any drift.

    Without drift the index follows (1/n + 1/m)·χ²(bins − 1) (Yurdakul & Naranjo 2020): fixed lines such as 0.1 are
    passed most of the time by a hundred customers, and hide real drift of a hundred thousand.

    Parameters
    ----------
    n, m : int
        Customers of the reference and of the current sample whose value is known.
    bins : int
        Bins that were used, after those that coincide were put together.
    level : float
        Share of comparisons without drift that stay under the line.

    Returns
    -------
    float
        NaN where a sample is empty or there is one bin only: nothing can be told.

    Raises
    ------
    DriftError
        When `level` is not between 0 and 1, or a count is below zero.

    Examples
    --------
    >>> round(psi_noise_line(1000, 1000, 10), 4)
    0.0433
    """
    if not 0 < level < 1:
        raise DriftError(f"The level of a noise line lies between 0 and 1, found {level}.")
    if min(n, m, bins) < 0:
        raise DriftError(f"Counts are not below zero, found n = {n}, m = {m}, bins = {bins}.")
    return float(noise_lines(np.array(n), np.array(m), np.array(bins), level))


def noise_lines(n: npt.ArrayLike, m: npt.ArrayLike, bins: npt.ArrayLike, level: float = 0.99) -> Floats:
    """Return `psi_noise_line` of many comparisons."""
    scale, free = _scale_and_freedom(n, m, bins)
    line: Floats = np.where(np.isfinite(scale) & (free > 0), scale * stats.chi2.ppf(level, np.maximum(free, 1)), np.nan)
    return line


def psi_p_values(psi: npt.ArrayLike, n: npt.ArrayLike, m: npt.ArrayLike, bins: npt.ArrayLike) -> Floats:
    """Return how often such an index, or a larger one, comes about without drift; NaN where nothing can be told.

    Parameters
    ----------
    psi, n, m, bins : array_like of one shape
        See `psi_noise_line`.
    """
    scale, free = _scale_and_freedom(n, m, bins)
    is_known = np.isfinite(scale) & (free > 0) & np.isfinite(psi)
    found: Floats = np.where(is_known, stats.chi2.sf(np.asarray(psi) / scale, np.maximum(free, 1)), np.nan)
    return found


def _scale_and_freedom(n: npt.ArrayLike, m: npt.ArrayLike, bins: npt.ArrayLike) -> tuple[Floats, Floats]:
    counts = [np.asarray(count, dtype=np.float64) for count in (n, m)]
    inverse = [np.divide(1.0, count, out=np.full(count.shape, np.inf), where=count > 0) for count in counts]
    return inverse[0] + inverse[1], np.asarray(bins, dtype=np.float64) - 1
