"""A feature as it would be without groups: its values, smoothed as far as it takes for them to have one mode."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from segmodel.scorecard.preparation import Floats

POINTS = 1024
"""Points at which a density is known."""

PROMINENCE = 0.15
"""A mode stands out by this share of the highest: less is noise, or a bump in a tail."""

FEW_VALUES = 20
"""A feature with at most so many values is a scale: the gaps between its values say nothing of groups."""


def with_one_mode(column: Floats) -> Floats:
    """Return the sorted values of a feature, without the groups that it shows by itself.

    Where the density at the usual bandwidth (Silverman 1986: 0.9 of the smaller spread times n to the -1/5) has one
    mode that stands out, these are the values as they are. Else they are those of a density as wide, smoothed with
    the critical bandwidth: the smallest that leaves one mode (Silverman 1981).

    Parameters
    ----------
    column : ndarray of shape (n,)
        Finite numbers.

    Returns
    -------
    ndarray of shape (n,)
        With the mean and the standard deviation of `column`.
    """
    values = np.sort(column)
    spread = values.std()
    if spread <= 0 or len(np.unique(values)) <= FEW_VALUES:
        return values
    quarter, three_quarters = np.quantile(values, [0.25, 0.75])
    narrow = min(spread, (three_quarters - quarter) / 1.349) or spread
    usual = 0.9 * narrow * len(values) ** -0.2
    if _modes(values, usual) <= 1:
        return values
    low, high = usual, 4 * spread
    for _ in range(25):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if _modes(values, middle) > 1 else (low, middle)
    grid, density = _density(values, high)
    reached = np.cumsum(density) / density.sum()
    smooth = np.interp((np.arange(len(values)) + 0.5) / len(values), reached, grid)
    one: Floats = values.mean() + (smooth - smooth.mean()) * spread / smooth.std()
    return one


def _modes(values: Floats, bandwidth: float) -> int:
    density = _density(values, bandwidth)[1]
    return len(find_peaks(np.concatenate([[0.0], density, [0.0]]), prominence=PROMINENCE * density.max())[0])


def _density(values: Floats, bandwidth: float) -> tuple[Floats, Floats]:
    """Return a grid and the Gaussian kernel density on it, up to a factor."""
    edges = np.linspace(values[0] - 4 * bandwidth, values[-1] + 4 * bandwidth, POINTS + 1)
    counts = np.histogram(values, edges)[0].astype(np.float64)
    step = edges[1] - edges[0]
    density: Floats = gaussian_filter1d(counts, bandwidth / step, mode="constant")
    return (edges[:-1] + edges[1:]) / 2, density
