"""What becomes of each segment when their number grows: who splits from whom (Dolnicar & Leisch 2017)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from segmodel.clustering.kmeans import Labels
from segmodel.clustering.stability import overlaps
from segmodel.errors import ClusteringError
from segmodel.scorecard.preparation import Floats

SWEEPS = 8
"""Passes over the columns; more change nothing in practice."""


@dataclass(frozen=True)
class AcrossNumbers:
    """Divisions into more and more segments, as columns of a picture with a band from each segment to the next.

    Attributes
    ----------
    segments : pandas.DataFrame
        One row a segment of a division: k, segment, share, place (from the top, 0 first, so that bands cross
        little), entropy (of where its members come from, in bits: 0 when all come from one segment; NaN in the first
        division), and stability, which is 1 - entropy / log2(segments of the division before).
    flows : pandas.DataFrame
        One row a band: k, segment, next_k, next_segment, share of all customers.
    """

    segments: pd.DataFrame
    flows: pd.DataFrame


def across_numbers(divisions: Mapping[int, Labels]) -> AcrossNumbers:
    """Follow the customers of each division into the next.

    Parameters
    ----------
    divisions : mapping of int to ndarray of shape (n,)
        For each number of segments the segment of every customer, from 0; -1 for none. At least one division.

    Examples
    --------
    >>> two, three = np.array([0, 0, 1, 1]), np.array([2, 2, 0, 1])
    >>> found = across_numbers({2: two, 3: three}).flows
    >>> found[["segment", "next_segment", "share"]].to_numpy().tolist()
    [[0.0, 2.0, 0.5], [1.0, 0.0, 0.25], [1.0, 1.0, 0.25]]
    """
    if not divisions:
        raise ClusteringError("To follow segments from one number to the next, one division or more is needed.")
    ks = sorted(divisions)
    tables = [_overlap(divisions, first, second) for first, second in itertools.pairwise(ks)]
    n = len(divisions[ks[0]])
    segments = []
    for k, places, before in zip(ks, _places(divisions, ks, tables), [None, *tables], strict=True):
        entropy = segment_entropy(before) if before is not None else np.full(len(places), np.nan)
        # from one segment only there is nothing to be uncertain of
        most = np.log2(before.shape[0]) if before is not None and before.shape[0] > 1 else 1.0
        sizes = np.bincount(divisions[k][divisions[k] >= 0], minlength=len(places))
        columns = {"share": sizes / n, "place": places, "entropy": entropy, "stability": 1 - entropy / most}
        segments.append(pd.DataFrame({"k": k, "segment": np.arange(len(places)), **columns}))
    flows = [
        (first, source, second, target, int(table[source, target]) / n)
        for (first, second), table in zip(itertools.pairwise(ks), tables, strict=True)
        for source, target in np.argwhere(table > 0).tolist()
    ]
    return AcrossNumbers(
        pd.concat(segments, ignore_index=True),
        pd.DataFrame(flows, columns=["k", "segment", "next_k", "next_segment", "share"]),
    )


def segment_entropy(counts: Floats) -> Floats:
    """Return the entropy, in bits, of where the members of each segment come from.

    Parameters
    ----------
    counts : ndarray of shape (segments before, segments)
        Customers shared.

    Examples
    --------
    >>> segment_entropy(np.array([[5, 2], [0, 2]])).tolist()
    [0.0, 1.0]
    """
    shares = counts / np.maximum(counts.sum(axis=0, keepdims=True), 1)
    logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    entropy: Floats = np.abs(-(shares * logs).sum(axis=0))
    return entropy


def _overlap(divisions: Mapping[int, Labels], first: int, second: int) -> Floats:
    sizes = [int(divisions[k].max(initial=0)) + 1 for k in (first, second)]
    return overlaps(divisions[first], divisions[second], *sizes).astype(np.float64)


def _places(divisions: Mapping[int, Labels], ks: list[int], tables: list[Floats]) -> list[Labels]:
    """Return the place of each segment in its column.

    Each column is sorted by the mean place of what its segments share customers with in the columns beside it,
    to and fro (Sugiyama, Tagawa & Toda 1981); the order that crosses least of those met is kept.
    """
    places = [np.arange(int(divisions[k].max(initial=0)) + 1, dtype=np.int64) for k in ks]
    best, least = [place.copy() for place in places], crossings(places, tables)
    for sweep in range(SWEEPS):
        forwards = sweep % 2 == 0
        columns = range(1, len(ks)) if forwards else range(len(ks) - 2, -1, -1)
        for column in columns:
            table = tables[column - 1] if forwards else tables[column].T
            beside = places[column - 1 if forwards else column + 1]
            weight = table.sum(axis=0)
            mean = (beside[:, np.newaxis] * table).sum(axis=0) / np.maximum(weight, 1)
            places[column] = np.argsort(np.lexsort((places[column], mean)))
        crossed = crossings(places, tables)
        if crossed < least:
            best, least = [place.copy() for place in places], crossed
    return best


def crossings(places: list[Labels], tables: list[Floats]) -> float:
    """Return how much crosses: for each two bands that do, the product of their customers."""
    total = 0.0
    for first, second, table in zip(places, places[1:], tables, strict=False):
        ordered = np.zeros_like(table)
        ordered[np.ix_(first, second)] = table
        below = ordered[::-1].cumsum(axis=0)[::-1]
        before = below.cumsum(axis=1)
        total += float((ordered[:-1, 1:] * before[1:, :-1]).sum())
    return total
