"""Distances between two samples of one feature, numbers or categories; each returns one number."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from scipy.spatial import distance

from segmodel.errors import DriftError

Floats = npt.NDArray[np.float64]

SMOOTHING = 0.5
"""Added to the count of every bin, so that an empty one has a logarithm (Haldane 1956, Anscombe 1956)."""


def population_stability_index(reference: npt.ArrayLike, current: npt.ArrayLike, bins: int = 10) -> float:
    """Return Σ(p − q)·ln(p ÷ q) over bins, p the shares of the current and q of the reference sample.

    Numbers are put in bins between the quantiles of the reference sample, of which those that coincide are one;
    categories are bins as they are, new and vanished ones too. Counts are raised by `SMOOTHING`.

    Parameters
    ----------
    reference, current : array_like
        Numbers, or words; missing values are left out.
    bins : int
        Bins of numbers.

    Raises
    ------
    DriftError
        When a sample has no value that is known, or only one of them holds numbers.

    Examples
    --------
    >>> round(population_stability_index(["a"] * 50 + ["b"] * 50, ["a"] * 80 + ["b"] * 20), 3)
    0.406
    """
    return float(psi_of_counts(*binned(reference, current, bins)))


def jensen_shannon_distance(reference: npt.ArrayLike, current: npt.ArrayLike, bins: int = 10) -> float:
    """Return the square root of the Jensen-Shannon divergence in bits: 0 for equal, 1 for disjoint samples.

    Bins are those of `population_stability_index`, without smoothing (Lin 1991; Endres & Schindelin 2003).
    """
    return float(js_of_counts(*binned(reference, current, bins)))


def kolmogorov_smirnov(reference: npt.ArrayLike, current: npt.ArrayLike) -> float:
    """Return the largest difference between the two cumulative distributions.

    Of categories, which have no order: the largest difference between two sets of them, half the sum of absolute
    differences of shares (total variation).
    """
    old, new = _samples(reference, current)
    if old.dtype == object:
        return float(total_variation_of_counts(*_counted(old, new)))
    return float(stats.ks_2samp(old, new, method="asymp").statistic)


def wasserstein_distance(reference: npt.ArrayLike, current: npt.ArrayLike) -> float:
    """Return the mean distance between the quantiles of the two samples, in standard deviations of the reference.

    A shift of all values by one standard deviation has distance 1. Where the reference is constant any other value is
    infinitely far. Of categories it is the total variation: the share that would have to change.
    """
    old, new = _samples(reference, current)
    if old.dtype == object:
        return float(total_variation_of_counts(*_counted(old, new)))
    moved, spread = stats.wasserstein_distance(old, new), old.std()
    if spread == 0:
        return 0.0 if moved == 0 else float("inf")
    return float(moved / spread)


def psi_of_counts(reference: npt.ArrayLike, current: npt.ArrayLike) -> Floats:
    """Return the population stability index of counts; the last axis holds the bins."""
    q, p = (_shares(counts, SMOOTHING) for counts in (reference, current))
    found: Floats = ((p - q) * np.log(p / q)).sum(axis=-1)
    return found


def js_of_counts(reference: npt.ArrayLike, current: npt.ArrayLike) -> Floats:
    """Return the Jensen-Shannon distance of counts; the last axis holds the bins."""
    found: Floats = distance.jensenshannon(_shares(reference), _shares(current), base=2, axis=-1)
    return np.nan_to_num(found)  # rounding takes the divergence of equal samples below zero


def total_variation_of_counts(reference: npt.ArrayLike, current: npt.ArrayLike) -> Floats:
    """Return half the sum of absolute differences of shares; the last axis holds the bins."""
    found: Floats = np.abs(_shares(reference) - _shares(current)).sum(axis=-1) / 2
    return found


def ks_of_counts(reference: npt.ArrayLike, current: npt.ArrayLike) -> Floats:
    """Return the Kolmogorov-Smirnov statistic of counts in ordered bins: at most what it is, for lack of detail."""
    found: Floats = np.abs(_shares(reference).cumsum(axis=-1) - _shares(current).cumsum(axis=-1)).max(axis=-1)
    return found


def binned(reference: npt.ArrayLike, current: npt.ArrayLike, bins: int = 10) -> tuple[Floats, Floats]:
    """Return the counts of two samples in the bins of `population_stability_index`.

    Raises
    ------
    DriftError
        As `population_stability_index`; and when `bins` is below 2.
    """
    if bins < 2:
        raise DriftError(f"Drift is measured in two bins or more, found {bins}.")
    old, new = _samples(reference, current)
    if old.dtype == object:
        return _counted(old, new)
    old, new = np.sort(old), np.sort(new)  # which takes less time than finding quantiles, and less than binning
    edges = quantile_edges(old, bins)
    return counts_between(old, edges), counts_between(new, edges)


def quantile_edges(values: Floats, bins: int) -> Floats:
    """Return the upper edges of all bins but the last: quantiles that are values of the sorted sample, each once.

    Of a constant sample it is the value and the number just below it, so that other values fall apart from it.
    """
    places = -(-len(values) * np.arange(1, bins) // bins) - 1  # the first value that as large a share is at most
    return with_constant(np.unique(values[places]), float(values[-1]))


def counts_between(values: Floats, edges: Floats) -> Floats:
    """Return how many of sorted values are in each bin: up to the first edge, up to the next, and above the last."""
    upto = np.searchsorted(values, edges, side="right")
    return np.diff(upto, prepend=0, append=len(values)).astype(np.float64)


def with_constant(edges: Floats, highest: float) -> Floats:
    """Return edges without a last bin that no value of the reference can be in, unless the reference is constant."""
    if len(edges) == 1 and edges[0] == highest:
        return np.array([np.nextafter(highest, -np.inf), highest])
    below: Floats = edges[edges < highest]
    return below


def holds_numbers(kind: str) -> bool:
    """Return whether a type of the engine holds numbers."""
    return kind.startswith("DECIMAL") or kind in {
        "DOUBLE", "FLOAT", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
        "UBIGINT",
    }  # fmt: skip


def _shares(counts: npt.ArrayLike, smoothing: float = 0.0) -> Floats:
    raised = np.asarray(counts, dtype=np.float64) + smoothing
    total = raised.sum(axis=-1, keepdims=True)
    found: Floats = np.divide(raised, total, out=np.full(raised.shape, np.nan), where=total > 0)
    return found


def _samples(reference: npt.ArrayLike, current: npt.ArrayLike) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the known values of both samples, as float64 where they are numbers, as objects where they are words."""
    parts = [pd.Series(np.ravel(np.asarray(sample))).dropna().infer_objects() for sample in (reference, current)]
    for part, name in zip(parts, ("reference", "current"), strict=True):
        if part.empty:
            raise DriftError(f"The {name} sample has no value that is known: there is nothing to compare.")
    is_number = [pd.api.types.is_numeric_dtype(part) and not pd.api.types.is_bool_dtype(part) for part in parts]
    if is_number[0] != is_number[1]:
        kinds = ["numbers" if each else "words" for each in is_number]
        raise DriftError(f"The reference sample holds {kinds[0]}, the current one {kinds[1]}; expected one kind.")
    if not is_number[0]:
        return parts[0].astype(str).to_numpy(object), parts[1].astype(str).to_numpy(object)
    old, new = (part.to_numpy(np.float64) for part in parts)
    if not (np.isfinite(old).all() and np.isfinite(new).all()):
        raise DriftError("A sample holds infinite numbers; leave them out, or cap them.")
    return old, new


def _counted(old: npt.NDArray[Any], new: npt.NDArray[Any]) -> tuple[Floats, Floats]:
    """Return how often each category of either sample stands in both."""
    counts = [pd.Series(part).value_counts() for part in (old, new)]
    aligned = pd.concat(counts, axis=1).sort_index().fillna(0.0).to_numpy(np.float64)
    return aligned[:, 0], aligned[:, 1]
