"""Micro-segments: small groups inside one segment, kept only when it pays to treat them differently."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from segmodel.clustering.kmeans import Labels, count_distinct, numeric_rows
from segmodel.clustering.stability import STABLE_SEGMENT, Bootstraps, Fit, kmeans_fit, seeded
from segmodel.errors import ClusteringError
from segmodel.formats import share
from segmodel.scorecard.preparation import Floats

BOOTSTRAPS = 20
PERMUTATIONS = 1_999
ERROR_RATE = 0.05
"""Chance that any group is called different although none is (Holm 1979)."""

LEAST_DIFFERENCE = 0.2
"""Standardised difference of the outcome below which treating a group differently would not pay."""

LEAST_SHARE = 0.01
LEAST_CUSTOMERS = 30
"""A group smaller than either of these is not judged: too few to learn from, or to write to."""

MOST_SHARE = 0.5
"""A larger group is the segment itself rather than a part of it."""

MORE_PARTS = 4
"""How many more parts than proposed may be needed before a proposed group comes apart."""

SAME_GROUP = 0.5
"""Jaccard from which two groups, found with different numbers of parts, are the same."""


@dataclass(frozen=True)
class MicroSegment:
    """One group inside a segment, and whether it is worth treating differently.

    Attributes
    ----------
    members : ndarray of bool, shape (n,)
        Who belongs to it.
    share : float
        Of the segment.
    jaccard : float
        How well it is found again in bootstrap samples (Hennig 2007).
    difference : float
        Mean outcome of its members less that of the rest, in standard deviations of the outcome.
    p_value : float
        Of the permutation test of that difference, corrected for the groups tested (Holm 1979).
    kept : bool
        Whether it is stable, large enough and different.
    reason : str
        A plain sentence.
    """

    members: npt.NDArray[np.bool_]
    share: float
    jaccard: float
    difference: float
    p_value: float
    kept: bool
    reason: str


def find_micro_segments(
    X: npt.ArrayLike,
    outcome: npt.ArrayLike,
    *,
    ks: Iterable[int] = range(2, 7),
    n_boot: int = BOOTSTRAPS,
    random_state: int | None = None,
    fit: Fit | None = None,
) -> tuple[MicroSegment, ...]:
    """Look for groups inside one segment that are worth treating differently.

    The members are divided into 2 to 6 parts; every part of 1% to 50% of the segment, and of 30 customers or more, is
    judged by `judge_groups`. Of parts that are the same group, the most stable stays. The outcome takes no part in the
    division, so its test is fair.

    Parameters
    ----------
    X : array-like of shape (n, p)
        Prepared features of the members of the segment.
    outcome : array-like of shape (n,)
        Value, or response as 0 and 1; NaN where not known.
    ks : iterable of int
        Numbers of parts to try.
    n_boot : int
        Bootstrap samples.
    random_state : int, optional
        Seed; a new one each time when None.
    fit : callable, optional
        Method; k-means when None.

    Returns
    -------
    tuple of MicroSegment
        Those kept first, then the largest difference first.

    Raises
    ------
    ClusteringError
        When the input is not a table of finite numbers with an outcome for each row.
    """
    rows = numeric_rows(X, missing=fit is not None)
    seed, method = seeded(random_state), fit or kmeans_fit(10)
    groups: list[npt.NDArray[np.bool_]] = []
    jaccards: list[float] = []
    with threadpool_limits(limits=1):
        for k in sorted(set(ks)):
            if count_distinct(rows, k + 1) <= k:
                break
            labels = np.asarray(method(rows, k, seed).labels_, dtype=np.int64)
            found = Bootstraps(rows, k, method, n_boot, seed, once=True).jaccards(labels).mean(axis=0)
            groups += [labels == part for part in range(k)]
            jaccards += found.tolist()
    distinct = _distinct(groups, jaccards, len(rows))
    judged = _judge([groups[at] for at in distinct], [jaccards[at] for at in distinct], _outcome(outcome, rows), seed)
    return tuple(sorted(judged, key=lambda group: (not group.kept, -abs(group.difference))))


def judge_groups(
    X: npt.ArrayLike,
    labels: npt.ArrayLike,
    outcome: npt.ArrayLike,
    *,
    n_boot: int = BOOTSTRAPS,
    random_state: int | None = None,
    fit: Fit | None = None,
) -> tuple[MicroSegment, ...]:
    """Judge a division of a segment that somebody proposes: each group against the rest.

    A group is kept when a method that divides bootstrap samples into as many parts, or up to four more, finds it again
    (Jaccard 0.75), it holds 1% of the segment and 30 customers or more, and its mean outcome differs by 0.2 standard
    deviations or more, beyond chance at 5% over all groups (permutation test, Holm 1979).

    Parameters
    ----------
    X, outcome, n_boot, random_state, fit
        As for `find_micro_segments`.
    labels : array-like of shape (n,)
        Group of each member, from 0.

    Returns
    -------
    tuple of MicroSegment
        In the order of the labels.

    Raises
    ------
    ClusteringError
        As `find_micro_segments`, or when there are not two groups or more.
    """
    rows = numeric_rows(X, missing=fit is not None)
    given = np.asarray(labels)
    if given.shape != (len(rows),) or len(np.unique(given)) < 2 or given.min() < 0:
        raise ClusteringError(f"Groups need a label of 0 or more for each of {len(rows)} customers, two at least.")
    own: Labels = np.unique(given, return_inverse=True)[1].astype(np.int64)
    k, seed = int(own.max()) + 1, seeded(random_state)
    method = fit or kmeans_fit(10)
    # a small group comes apart only once larger ones do: what is proposed as one of two may show among six
    parts = [number for number in range(k, k + MORE_PARTS + 1) if count_distinct(rows, number) >= number]
    jaccards = np.zeros(k)
    with threadpool_limits(limits=1):
        for number in parts:
            found = Bootstraps(rows, number, method, n_boot, seed, once=True).jaccards(own).mean(axis=0)
            jaccards = np.maximum(jaccards, found[:k])
    groups = [own == part for part in range(k)]
    return tuple(_judge(groups, jaccards.tolist(), _outcome(outcome, rows), seed))


def _outcome(outcome: npt.ArrayLike, rows: Floats) -> Floats:
    try:
        given = np.asarray(outcome, dtype=np.float64)
    except (TypeError, ValueError):
        raise ClusteringError("The outcome must be a number for each customer, found text.") from None
    if given.shape != (len(rows),) or np.isinf(given).any():
        raise ClusteringError(f"The outcome must be one finite number for each of the {len(rows)} customers.")
    return given


def _distinct(groups: list[npt.NDArray[np.bool_]], jaccards: list[float], n: int) -> list[int]:
    """Return which groups are of a size to be judged, the most stable of each that are the same."""
    sizes = [int(group.sum()) for group in groups]
    order = sorted(range(len(groups)), key=lambda at: -jaccards[at])
    chosen: list[int] = []
    for at in order:
        if not max(LEAST_SHARE * n, LEAST_CUSTOMERS) <= sizes[at] <= MOST_SHARE * n:
            continue
        if all(_jaccard(groups[at], groups[other]) < SAME_GROUP for other in chosen):
            chosen.append(at)
    return chosen


def _jaccard(first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> float:
    return float((first & second).sum() / max((first | second).sum(), 1))


def _judge(
    groups: list[npt.NDArray[np.bool_]], jaccards: list[float], outcome: Floats, seed: int
) -> list[MicroSegment]:
    tests = [_permutation_test(group, outcome, seed) for group in groups]
    corrected = _holm([p_value for _, p_value in tests])
    return [
        _verdict(group, jaccard, difference, p_value)
        for group, jaccard, (difference, _), p_value in zip(groups, jaccards, tests, corrected, strict=True)
    ]


def _verdict(group: npt.NDArray[np.bool_], jaccard: float, difference: float, p_value: float) -> MicroSegment:
    part = float(group.mean())
    shown = f"{abs(difference):.2f} standard deviations {'above' if difference > 0 else 'below'} the rest"
    test = f"permutation test, p = {p_value:.4f}" if p_value >= 0.0001 else "permutation test, p below 0.0001"
    if group.sum() < max(LEAST_SHARE * len(group), LEAST_CUSTOMERS):
        why = "too few customers"
    elif jaccard < STABLE_SEGMENT:
        why = f"not found again when the customers are sampled again (Jaccard {jaccard:.2f}, {STABLE_SEGMENT} is asked)"
    elif p_value >= ERROR_RATE:
        why = f"its outcome is {shown}, which chance explains ({test})"
    elif abs(difference) < LEAST_DIFFERENCE:
        why = f"its outcome is {shown}: beyond chance ({test}), but too little to pay"
    else:
        why = ""
    reason = (
        f"Not worth treating differently: {why}."
        if why
        else f"Worth treating differently: {share(part)} of the segment, found again (Jaccard {jaccard:.2f}), with an "
        f"outcome {shown} ({test})."
    )
    return MicroSegment(group, part, jaccard, difference, p_value, not why, reason)


def _permutation_test(group: npt.NDArray[np.bool_], outcome: Floats, seed: int) -> tuple[float, float]:
    """Return the standardised difference of a group from the rest, and the two-sided p-value of its mean."""
    known = ~np.isnan(outcome)
    inside, values = group[known], outcome[known]
    size, spread = int(inside.sum()), float(values.std())
    if not 0 < size < len(values) or spread == 0:
        return 0.0, 1.0
    standard = (values - values.mean()) / spread
    own = float(standard[inside].sum())
    generator = np.random.default_rng([seed, 7])
    # the sum over a random choice of as many customers; the rest follows from it
    few = min(size, len(values) - size)
    sums = np.array(
        [standard[generator.choice(len(values), few, replace=False, shuffle=False)].sum() for _ in range(PERMUTATIONS)]
    )
    as_far = int((np.abs(sums) >= abs(own) - 1e-9).sum())
    difference = own / size + own / (len(values) - size)
    return difference, (1 + as_far) / (1 + PERMUTATIONS)


def _holm(p_values: list[float]) -> list[float]:
    """Return p-values corrected for their number (Holm 1979)."""
    order = np.argsort(p_values, kind="stable")
    corrected = np.empty(len(p_values))
    highest = 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, p_values[at] * (len(p_values) - rank)))
        corrected[at] = highest
    return corrected.tolist()
