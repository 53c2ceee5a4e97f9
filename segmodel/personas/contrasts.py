"""How two groups differ, and how sure that is: from counts, means and variances alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from segmodel.intervals import Z95, wilson

Floats = npt.NDArray[np.float64]

ENOUGH_EXPECTED = 50.0
"""Customers expected in each of the four cells for a share to be tested by chi-squared: below, its tail is too thin for
many tests at once, and Fisher's exact test is used."""

_LEAST_SPREAD = 1e-12


@dataclass(frozen=True)
class TraitThresholds:
    """What a trait needs to be told.

    Attributes
    ----------
    false_calls : float
        False traits allowed among those of one segmentation (Benjamini & Hochberg 1995).
    difference : float
        Standardised difference, or Cohen's h of shares: 0.2 is small (Cohen 1988), and what is smaller trivial.
    points : float
        Difference of two shares: three in a hundred against one in a hundred is large for h, and means little.
    """

    false_calls: float = 0.05
    difference: float = 0.2
    points: float = 0.05


def compare_shares(count: Floats, n: Floats, count_rest: Floats, n_rest: Floats) -> pd.DataFrame:
    """Compare shares of two groups, one comparison a row.

    Returns
    -------
    DataFrame
        value, low, high (the share of the first group; Wilson 1927), rest (of the second); index, index_low, index_high
        (100 × their ratio; interval by the method of variance estimates recovery from the Wilson intervals, Donner &
        Zou 2012; without an upper end where nobody of the second group is so); difference, difference_low,
        difference_high (Cohen's h, Cohen 1988) and p_value (Pearson's chi-squared of the two by two table, without a
        correction; where a cell expects fewer than `ENOUGH_EXPECTED`, twice the smaller tail of Fisher's exact test).
    """
    own, rest = wilson(count, n), wilson(count_rest, n_rest)
    index, index_low, index_high = ratio_interval(own.value, own.low, own.high, rest.value, rest.low, rest.high)
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = 2 * np.arcsin(np.sqrt(own.value)) - 2 * np.arcsin(np.sqrt(rest.value))
        half = Z95 * np.sqrt(1 / n + 1 / n_rest)
        pooled = (count + count_rest) / (n + n_rest)
        z = (own.value - rest.value) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / n_rest))
        expected = np.minimum(n, n_rest) * np.minimum(pooled, 1 - pooled)
    p_value = stats.chi2.sf(z**2, 1)
    few = (expected > 0) & (expected < ENOUGH_EXPECTED)
    p_value[few] = _exact(count[few], n[few], count_rest[few], n_rest[few])
    return pd.DataFrame(
        {
            "value": own.value,
            "low": own.low,
            "high": own.high,
            "rest": rest.value,
            "index": 100 * index,
            "index_low": 100 * index_low,
            "index_high": 100 * index_high,
            "difference": difference,
            "difference_low": difference - half,
            "difference_high": difference + half,
            "p_value": p_value,
        }
    )


def _exact(count: Floats, n: Floats, count_rest: Floats, n_rest: Floats) -> Floats:
    """Return twice the smaller tail of Fisher's exact test."""
    drawn = stats.hypergeom(n + n_rest, count + count_rest, n)
    return np.asarray(np.minimum(1.0, 2 * np.minimum(drawn.cdf(count), drawn.sf(count - 1))), dtype=np.float64)


def ratio_interval(
    own: Floats, own_low: Floats, own_high: Floats, rest: Floats, rest_low: Floats, rest_high: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return ratios of two estimates with their interval, from the interval of each (Donner & Zou 2012).

    Examples
    --------
    >>> ends = [np.array([value]) for value in (0.4, 0.3, 0.5, 0.2, 0.1, 0.3)]
    >>> [end.round(3).tolist() for end in ratio_interval(*ends)]
    [[2.0], [1.214], [4.12]]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        product = own * rest
        lower = rest_high * (2 * rest - rest_high)
        upper = rest_low * (2 * rest - rest_low)
        own_end = own_low * (2 * own - own_low)
        low_root = np.sqrt(np.maximum(product**2 - own_end * lower, 0))
        high_root = np.sqrt(np.maximum(product**2 - own_high * (2 * own - own_high) * upper, 0))
        low = np.where(np.abs(lower) > 0, (product - low_root) / lower, own_end / (2 * product))
        high = np.where(upper > 0, (product + high_root) / upper, np.inf)
        ratio = own / rest
    return ratio, np.clip(low, 0, None), high


def compare_means(
    n: Floats, mean: Floats, variance: Floats, n_rest: Floats, mean_rest: Floats, variance_rest: Floats
) -> pd.DataFrame:
    """Compare means of two groups, one comparison a row.

    Returns
    -------
    DataFrame
        value, low, high (the mean of the first group; Student's t), rest (of the second); difference, difference_low,
        difference_high ((mean − mean of the rest) ÷ pooled standard deviation, Cohen 1988; Hedges & Olkin 1985) and
        p_value (the larger of Student's and Welch's 1947: where amounts are skewed and the first group small, Welch's
        alone calls too much; where variances differ, Student's). Missing where nothing varies.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = np.sqrt(((n - 1) * variance + (n_rest - 1) * variance_rest) / (n + n_rest - 2))
        # a spread this small is the rounding of a mean: there is no difference in units of it
        pooled = np.where(pooled > _LEAST_SPREAD * np.maximum(np.abs(mean), np.abs(mean_rest)), pooled, np.nan)
        difference = (mean - mean_rest) / pooled
        half = Z95 * np.sqrt((n + n_rest) / (n * n_rest) + difference**2 / (2 * (n + n_rest)))
        squares, squares_rest = variance / n, variance_rest / n_rest
        freedom = (squares + squares_rest) ** 2 / (squares**2 / (n - 1) + squares_rest**2 / (n_rest - 1))
        t = np.abs(mean - mean_rest) / np.sqrt(squares + squares_rest)
        student = np.abs(difference) / np.sqrt(1 / n + 1 / n_rest)
        error = stats.t.ppf(0.975, np.maximum(n - 1, 1)) * np.sqrt(squares)
    larger = np.maximum(stats.t.sf(t, freedom), stats.t.sf(student, n + n_rest - 2))
    p_value = np.where(np.isfinite(difference), 2 * larger, np.nan)
    return pd.DataFrame(
        {
            "value": mean,
            "low": mean - error,
            "high": mean + error,
            "rest": mean_rest,
            "difference": difference,
            "difference_low": difference - half,
            "difference_high": difference + half,
            "p_value": p_value,
        }
    )


def others(n: Floats, mean: Floats, variance: Floats) -> tuple[Floats, Floats, Floats]:
    """Return count, mean and variance of all groups but each one, from those of the groups.

    Parameters
    ----------
    n, mean, variance : ndarray of shape (columns, groups)
        A group of nobody counts for nothing, whatever stands as its mean.
    """
    # nothing is taken from a sum: the difference of two large ones would be noise
    apart = ~np.eye(n.shape[1], dtype=bool)
    mean, variance = np.where(n > 0, mean, 0.0), np.where(n > 1, variance, 0.0)
    n_rest = n @ apart
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_rest = ((n * mean) @ apart) / n_rest
        between = n[:, None, :] * (mean[:, None, :] - mean_rest[:, :, None]) ** 2 * apart
        squares = (np.maximum(n - 1, 0) * variance) @ apart + between.sum(axis=2)
        return n_rest, mean_rest, squares / (n_rest - 1)


def call_traits(found: pd.DataFrame, thresholds: TraitThresholds | None = None) -> pd.DataFrame:
    """Return comparisons with `q_value` and `called`: past noise, and past a size that matters.

    Parameters
    ----------
    found : DataFrame
        All comparisons of one question: measure (share or mean), value, rest, difference and p_value.
    thresholds : TraitThresholds, optional
    """
    limits = thresholds or TraitThresholds()
    p_value = found["p_value"].to_numpy(dtype=float)
    tested = np.isfinite(p_value)
    q_value = np.full(len(found), np.nan)
    if tested.any():
        q_value[tested] = stats.false_discovery_control(np.clip(p_value[tested], 0, 1))
    is_large = found["difference"].abs().to_numpy(dtype=float) >= limits.difference
    points = (found["value"] - found["rest"]).abs().to_numpy(dtype=float)
    matters = is_large & ((found["measure"] == "mean").to_numpy() | (points >= limits.points))
    with np.errstate(invalid="ignore"):
        return found.assign(q_value=q_value, called=tested & (q_value <= limits.false_calls) & matters)
