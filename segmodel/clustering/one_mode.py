"""A feature as it would be without groups: its values, smoothed as far as it takes for them to have one mode."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks
from sklearn.isotonic import IsotonicRegression

from segmodel.scorecard.preparation import Floats

POINTS = 1024
"""Points at which a density is known."""

PROMINENCE = 0.15
"""A mode stands out by this share of the highest: less is noise, or a bump in a tail."""

BINS = 200
"""Steps of a density that falls from its mode on both sides."""

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
    usual = _usual_bandwidth(values)
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


def falling_from_its_mode(column: Floats) -> Floats:
    """Return the sorted values of a feature, without even small groups in its tails.

    `with_one_mode` leaves a bump of a few in a hundred alone, as one sample in many has some. Here, what it returns is
    spread so that the density falls from its mode on both sides, and is as near to the data as that allows (isotonic
    regression of a histogram; Robertson, Wright & Dykstra 1988): a group in the tail becomes a part of it.

    Parameters
    ----------
    column : ndarray of shape (n,)
        Finite numbers.

    Returns
    -------
    ndarray of shape (n,)
        With the mean and the standard deviation of `column`.
    """
    values = with_one_mode(column)
    if values.std() <= 0 or len(np.unique(values)) <= FEW_VALUES:
        return values
    counts, edges = np.histogram(values, bins=BINS)
    smooth = gaussian_filter1d(counts.astype(np.float64), _usual_bandwidth(values) / (edges[1] - edges[0]))
    mode = int(smooth.argmax())
    steps = np.arange(BINS)
    rising = IsotonicRegression(increasing=True).fit_transform(steps[:mode], counts[:mode]) if mode else []
    falling = IsotonicRegression(increasing=False).fit_transform(steps[mode:], counts[mode:])
    return _spread_over(np.concatenate([rising, falling]), edges, values)


def _usual_bandwidth(values: Floats) -> float:
    """Return the bandwidth by Silverman's rule of thumb (1986)."""
    quarter, three_quarters = np.quantile(values, [0.25, 0.75])
    spread = float(values.std())
    narrow = min(spread, float(three_quarters - quarter) / 1.349) or spread
    return float(0.9 * narrow * len(values) ** -0.2)


def _spread_over(density: Floats, edges: Floats, values: Floats) -> Floats:
    """Return as many values, spread as a histogram says, with the same mean and standard deviation."""
    reached = np.concatenate([[0.0], np.cumsum(density)]) / density.sum()
    spread = np.interp((np.arange(len(values)) + 0.5) / len(values), reached, edges)
    found: Floats = values.mean() + (spread - spread.mean()) * values.std() / spread.std()
    return found


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
