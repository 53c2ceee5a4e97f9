"""How many segments: a table and a recommendation in a plain sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score, pairwise_distances, silhouette_score
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from segmodel.clustering.kmeans import KMeans, Labels, count_distinct
from segmodel.errors import ClusteringError
from segmodel.formats import share
from segmodel.scorecard.preparation import Floats

ROWS = 2_000
"""Rows the table is computed on: a seeded sample, so that the time does not grow with the customers."""

PAIRS = 10
SPLITS = 5
RESTARTS = 3

STABLE = 0.80
"""Adjusted Rand from which a division is called repeatable."""

NOISE = 0.03
"""Agreements this close are alike: about the standard error of a mean over so few pairs."""

CLEAR = 0.80
"""Prediction strength from which segments are called clearly apart (Tibshirani & Walther 2005 say 0.8 to 0.9).

Stability alone does not show that k is too large: cutting one of many segments in two changes few pairs."""

SMALLEST_SHARE = 0.05
"""A segment below this share of customers is rarely worth a plan of its own."""


@dataclass(frozen=True)
class KChoice:
    """The recommended number of segments and why.

    Attributes
    ----------
    k : int
        The recommendation.
    table : pandas.DataFrame
        One row a k: within_ss, silhouette, prediction_strength, stability, smallest_share,
        `stable` (stability and share pass their bars) and `clear` (so does prediction strength).
    reason : str
        One or two plain sentences.
    n : int
        Customers the table was computed on.
    """

    k: int
    table: pd.DataFrame
    reason: str
    n: int


def choose_k(matrix: Floats, random_state: int = 0, ks: Iterable[int] = range(2, 9)) -> KChoice:
    """Compare numbers of segments and recommend one.

    A k is *stable* when two k-means fitted to bootstrap samples agree (mean adjusted Rand at least 0.80; Dolnicar &
    Leisch 2010) and its smallest segment holds at least 5% of customers; it is *clear* when prediction strength is
    at least 0.80 as well. The recommendation is the first of these that exists:

    1. the largest clear k from 3 on;
    2. of the stable k from 3 on, the one that agrees best (the fewer on a near tie): a repeatable division of
       customers without clear gaps;
    3. 2, when 2 is stable (two groups seldom help anyone decide, and the reason says so);
    4. of the k from 3 on with large enough segments, the one that agrees best likewise, else the smallest k: the
       reason says that this is a convenient division only.

    Parameters
    ----------
    matrix : ndarray of shape (n, p)
        Prepared features, rows in an order that can be repeated.
    random_state : int
        Seed of the sample, the bootstraps and the restarts.
    ks : iterable of int
        Numbers to compare; those the data are too few for are left out.

    Raises
    ------
    ClusteringError
        When there are fewer than two different customers.
    """
    rows = _sample(np.ascontiguousarray(matrix, dtype=np.float64), random_state)
    wanted = sorted(set(ks))
    distinct = count_distinct(rows, max(wanted) + 1)
    if distinct < 2:
        raise ClusteringError("Segments need at least two different customers; here all are alike.")
    possible = [k for k in wanted if k < distinct] or [2]
    if distinct <= max(possible):
        table = pd.DataFrame({"k": [2]})
        return KChoice(2, table, f"Only {distinct} different customers: 2 segments.", len(rows))
    with threadpool_limits(limits=1):
        distances = pairwise_distances(rows)
        table = pd.DataFrame([_line(rows, distances, k, random_state) for k in possible])
    k, reason = recommend(table)
    return KChoice(k, table, reason, len(rows))


def bootstrap_stability(rows: Floats, k: int, *, n_boot: int = PAIRS, random_state: int = 0) -> Floats:
    """Return the adjusted Rand index of each pair of k-means fitted to bootstrap samples and applied to all.

    Global stability of Dolnicar & Leisch (2010).
    """
    generator = np.random.default_rng([random_state, k, 1])
    found = np.empty(n_boot)
    for pair in range(n_boot):
        first, second = (_bootstrap_labels(rows, k, generator) for _ in range(2))
        found[pair] = adjusted_rand_score(first, second)
    return found


def prediction_strength(rows: Floats, k: int, *, n_splits: int = SPLITS, random_state: int = 0) -> float:
    """Return the prediction strength of Tibshirani & Walther (2005), averaged over random halves.

    One half is clustered and so is the other; of each pair of customers that the second half puts together,
    the share the first half's centres put together as well; the worst segment counts.
    """
    generator = np.random.default_rng([random_state, k, 2])
    strengths = []
    for _ in range(n_splits):
        order = generator.permutation(len(rows))
        halves = rows[order[: len(rows) // 2]], rows[order[len(rows) // 2 :]]
        if min(count_distinct(half, k) for half in halves) < k:
            return 0.0
        # many restarts: a poor local optimum of one half says nothing about the customers
        trained, tested = (_fitted(half, k, generator, 10) for half in halves)
        counts = pd.crosstab(tested.labels_, trained.predict(halves[1])).to_numpy()
        sizes = counts.sum(axis=1)
        together = (counts * (counts - 1)).sum(axis=1) / np.maximum(sizes * (sizes - 1), 1)
        strengths.append(float(together.min()))
    return float(np.mean(strengths))


def recommend(table: pd.DataFrame) -> tuple[int, str]:
    """Return the recommended k and the reason; see `choose_k` for the rule."""
    useful = table[table["k"] >= 3]
    clear, stable = useful[useful["clear"]], useful[useful["stable"]]
    if len(clear):
        row = clear.iloc[-1]
        return int(row["k"]), (
            f"{row['k']:.0f} segments: the most that are clearly apart and come out the same when the customers are "
            f"sampled again ({_agreement(row['stability'])}), none under {share(SMALLEST_SHARE)} of customers."
        )
    if len(stable):
        row = _best(stable)
        return int(row["k"]), (
            f"{row['k']:.0f} segments: there are no clear gaps between customers, but this division comes out the "
            f"same when they are sampled again ({_agreement(row['stability'])}), with none under "
            f"{share(SMALLEST_SHARE)} of customers."
        )
    two = table[table["stable"]]
    if len(two):
        return int(two["k"].iloc[0]), (
            "2 segments: no finer division comes out the same when the customers are sampled again "
            f"({_agreement(two['stability'].iloc[0])} for two). Two groups seldom help anyone decide; look for "
            "features that tell customers apart better."
        )
    large = useful[useful["smallest_share"] >= SMALLEST_SHARE]
    row = _best(large) if len(large) else table.iloc[0]
    tried = f"from {table['k'].min()} to {table['k'].max()}" if len(table) > 1 else f"tried ({table['k'].min()})"
    return int(row["k"]), (
        f"{row['k']:.0f} segments, as a convenient division only: these data show no clear segments. No number of "
        f"groups {tried} comes out the same when the customers are sampled again with none under "
        f"{share(SMALLEST_SHARE)} of customers; this one is the nearest ({_agreement(row['stability'])})."
    )


def _best(candidates: pd.DataFrame) -> pd.Series[Any]:
    """Return the fewest segments that agree as well as the best, but for the noise of a few bootstraps."""
    stability = candidates["stability"]
    best: pd.Series[Any] = candidates[stability >= stability.max() - NOISE].iloc[0]
    return best


def _agreement(stability: float) -> str:
    return f"agreement {stability:.2f} of 1, where {STABLE:.2f} is asked"


def _line(rows: Floats, distances: Floats, k: int, random_state: int) -> dict[str, Any]:
    fitted = KMeans(k, n_init=10, random_state=random_state).fit(rows)
    stability = float(bootstrap_stability(rows, k, random_state=random_state).mean())
    strength = prediction_strength(rows, k, random_state=random_state)
    smallest = float(np.bincount(fitted.labels_, minlength=k).min() / len(rows))
    stable = stability >= STABLE and smallest >= SMALLEST_SHARE
    return {
        "k": k,
        "within_ss": round(fitted.inertia_, 6),
        "silhouette": round(float(silhouette_score(distances, fitted.labels_, metric="precomputed")), 6),
        "prediction_strength": round(strength, 6),
        "stability": round(stability, 6),
        "smallest_share": round(smallest, 6),
        "stable": stable,
        "clear": stable and strength >= CLEAR,
    }


def _sample(rows: Floats, random_state: int) -> Floats:
    if len(rows) <= ROWS:
        return rows
    chosen = np.random.default_rng([random_state, 0]).choice(len(rows), ROWS, replace=False)
    return rows[np.sort(chosen)]


def _bootstrap_labels(rows: Floats, k: int, generator: np.random.Generator) -> Labels:
    drawn = rows[generator.integers(len(rows), size=len(rows))]
    if count_distinct(drawn, k) < k:  # a bootstrap of very few customers may miss most of them
        return np.zeros(len(rows), dtype=np.int64)
    return _fitted(drawn, k, generator).predict(rows)


def _fitted(rows: Floats, k: int, generator: np.random.Generator, restarts: int = RESTARTS) -> KMeans:
    return KMeans(k, n_init=restarts, random_state=int(generator.integers(2**31))).fit(rows)
