"""Micro-segments: small groups inside one segment, kept only when it pays to treat them differently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from segmodel.clustering.apart import SingleClouds
from segmodel.clustering.kmeans import Labels, count_distinct, numeric_rows
from segmodel.clustering.stability import STABLE_SEGMENT, Bootstraps, Fit, kmeans_fit, seeded
from segmodel.errors import ClusteringError
from segmodel.formats import number
from segmodel.progress import Progress, part, quiet
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


MOST_SHARED = 0.1
"""Share of its members a kept group may have in common with those kept before: a customer is treated in one way."""

Outcomes = npt.ArrayLike | Mapping[str, npt.ArrayLike]
"""One outcome, or several by name."""


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
    outcome : str
        The outcome in which it differs, or comes nearest to it.
    difference : float
        Mean outcome of its members less that of the rest, in standard deviations of the outcome.
    p_value : float
        Of the permutation test of that difference, corrected for the groups and outcomes tested (Holm 1979).
    kept : bool
        Whether it is stable, stands apart, is large enough and different.
    reason : str
        A plain sentence.
    isolation, cloud_isolation : float
        How far it stands apart, and the most that groups cut from a single cloud do; see `segmodel.clustering.apart`.
        NaN for a group that somebody proposes.
    """

    members: npt.NDArray[np.bool_]
    share: float
    jaccard: float
    outcome: str
    difference: float
    p_value: float
    kept: bool
    reason: str
    isolation: float = float("nan")
    cloud_isolation: float = float("nan")


@dataclass(frozen=True)
class _Group:
    """A group to be judged."""

    members: npt.NDArray[np.bool_]
    jaccard: float
    stands_apart: bool = True
    isolation: float = float("nan")
    cloud_isolation: float = float("nan")


def find_micro_segments(
    X: npt.ArrayLike,
    outcome: Outcomes,
    *,
    ks: Iterable[int] = range(2, 7),
    n_boot: int = BOOTSTRAPS,
    least_customers: int = LEAST_CUSTOMERS,
    random_state: int | None = None,
    fit: Fit | None = None,
    progress: Progress = quiet,
) -> tuple[MicroSegment, ...]:
    """Look for groups inside one segment that are worth treating differently.

    The members are divided into 2 to 6 parts; every part of 1% to 50% of the segment, and of 30 customers or more, is
    judged as by `judge_groups`, and must stand apart: k-means cuts pieces from a single cloud as well, stably, and of
    features that value is made of each piece has its own value. Of parts that are the same group one stays, and the
    groups kept have hardly a customer in common. The outcome takes no part in the division.

    Parameters
    ----------
    X : array-like of shape (n, p)
        Prepared features of the members of the segment.
    outcome : array-like of shape (n,), or mapping of str to such
        Value, or response as 0 and 1; NaN where not known. Several are told apart by name.
    ks : iterable of int
        Numbers of parts to try.
    n_boot : int
        Bootstrap samples.
    least_customers : int
        Smaller groups are not judged, nor are those of fewer than 30.
    random_state : int, optional
        Seed; a new one each time when None.
    fit : callable, optional
        Method; k-means when None.
    progress : Progress
        Told of each number of parts; raises to stop.

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
    outcomes = _outcomes(outcome, rows)
    seed, method = seeded(random_state), fit or kmeans_fit(10)
    tried = sorted(set(ks))
    with threadpool_limits(limits=1):
        groups = _divided(rows, tried, method, n_boot, seed, progress)
    distinct = _distinct(groups, max(LEAST_SHARE * len(rows), LEAST_CUSTOMERS, least_customers), len(rows))
    judged = sorted(_judge(distinct, outcomes, seed), key=lambda group: (not group.kept, -abs(group.difference)))
    return tuple(sorted(_without_shared(judged), key=lambda group: not group.kept))


def _divided(rows: Floats, tried: list[int], method: Fit, n_boot: int, seed: int, progress: Progress) -> list[_Group]:
    """Return the parts of every division, with how stable and how isolated each is."""
    groups: list[_Group] = []
    means = np.nanmean(rows, axis=0) if np.isnan(rows).any() else 0.0
    clouds = SingleClouds(np.where(np.isnan(rows), means, rows), tried, seed)
    for place, k in enumerate(tried):
        if count_distinct(rows, k + 1) <= k:
            break
        report = part(progress, place / len(tried), (place + 1) / len(tried))
        report(f"Dividing into {k} parts", 0.0)
        labels = np.asarray(method(rows, k, seed).labels_, dtype=np.int64)
        found = Bootstraps(rows, k, method, n_boot, seed, once=True).jaccards(labels).mean(axis=0)
        report(f"Comparing {k} parts with single clouds", 0.5)
        apart = clouds.compare(labels, k, method)
        groups += [
            _Group(
                labels == one, float(found[one]), bool(apart.stands_apart[one]), float(apart.groups[one]), apart.cloud
            )
            for one in range(k)
        ]
    return groups


def judge_groups(
    X: npt.ArrayLike,
    labels: npt.ArrayLike,
    outcome: Outcomes,
    *,
    n_boot: int = BOOTSTRAPS,
    random_state: int | None = None,
    fit: Fit | None = None,
) -> tuple[MicroSegment, ...]:
    """Judge a division of a segment that somebody proposes: each group against the rest.

    A group is kept when a method that divides bootstrap samples into as many parts, or up to four more, finds it again
    (Jaccard 0.75), it holds 1% of the segment and 30 customers or more, and its mean outcome differs by 0.2 standard
    deviations or more, beyond chance at 5% over all groups (permutation test, Holm 1979). Whether it stands apart is
    not asked: who proposes it has a reason.

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
    outcomes = _outcomes(outcome, rows)
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
    return tuple(_judge([_Group(own == one, float(jaccards[one])) for one in range(k)], outcomes, seed))


def _outcomes(outcome: Outcomes, rows: Floats) -> dict[str, Floats]:
    given = outcome if isinstance(outcome, Mapping) else {"outcome": outcome}
    return {name: _outcome(values, rows) for name, values in given.items()}


def _outcome(outcome: npt.ArrayLike, rows: Floats) -> Floats:
    try:
        given = np.asarray(outcome, dtype=np.float64)
    except (TypeError, ValueError):
        raise ClusteringError("The outcome must be a number for each customer, found text.") from None
    if given.shape != (len(rows),) or np.isinf(given).any():
        raise ClusteringError(f"The outcome must be one finite number for each of the {len(rows)} customers.")
    return given


def _distinct(groups: list[_Group], least: float, n: int) -> list[_Group]:
    """Return the groups of a size to be judged; of those that are the same the one that shows most clearly."""
    chosen: list[_Group] = []
    for group in sorted(groups, key=lambda group: (not group.stands_apart, -group.jaccard)):
        if not least <= int(group.members.sum()) <= MOST_SHARE * n:
            continue
        if all(_jaccard(group.members, other.members) < SAME_GROUP for other in chosen):
            chosen.append(group)
    return chosen


def _jaccard(first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> float:
    return float((first & second).sum() / max((first | second).sum(), 1))


def _without_shared(judged: list[MicroSegment]) -> list[MicroSegment]:
    """Return the groups so that no customer is in two that are kept; the first come first."""
    taken = np.zeros(len(judged[0].members) if judged else 0, dtype=bool)
    found = []
    for group in judged:
        own = group.members & ~taken
        if not group.kept:
            found.append(group)
        elif (group.members & taken).sum() > MOST_SHARED * group.members.sum():
            why = "it shares customers with a group that differs more"
            found.append(replace(group, kept=False, reason=f"Not worth treating differently: {why}."))
        else:
            found.append(replace(group, members=own, share=float(own.mean())))
            taken |= own
    return found


def _judge(groups: list[_Group], outcomes: dict[str, Floats], seed: int) -> list[MicroSegment]:
    tests = [
        (group, name, *_permutation_test(group.members, values, seed))
        for group in groups
        for name, values in outcomes.items()
    ]
    corrected = _holm([p_value for *_, p_value in tests])
    judged = [
        _verdict(group, name, difference, p_value)
        for (group, name, difference, _), p_value in zip(tests, corrected, strict=True)
    ]
    # of several outcomes the one that speaks most for treating the group differently
    each = len(outcomes)
    return [
        min(judged[at : at + each], key=lambda group: (not group.kept, group.p_value, -abs(group.difference)))
        for at in range(0, len(judged), each)
    ]


def _verdict(group: _Group, outcome: str, difference: float, p_value: float) -> MicroSegment:
    found = MicroSegment(
        members=group.members,
        share=float(group.members.mean()),
        jaccard=group.jaccard,
        outcome=outcome,
        difference=difference,
        p_value=p_value,
        kept=False,
        reason="",
        isolation=group.isolation,
        cloud_isolation=group.cloud_isolation,
    )
    why_not = _why_not(found, stands_apart=group.stands_apart)
    if why_not:
        return replace(found, reason=f"Not worth treating differently: {why_not}.")
    return replace(found, kept=True, reason=_worth(found))


def _worth(group: MicroSegment) -> str:
    apart = "" if np.isnan(group.isolation) else f", apart from its neighbours ({_apart(group)})"
    return (
        f"Worth treating differently: found again (Jaccard {group.jaccard:.2f}){apart}, and {_shown(group)} "
        f"({_test(group)})."
    )


def _why_not(group: MicroSegment, *, stands_apart: bool) -> str:
    shown, test = _shown(group), _test(group)
    if group.members.sum() < max(LEAST_SHARE * len(group.members), LEAST_CUSTOMERS):
        return "too few customers"
    if group.jaccard < STABLE_SEGMENT:
        found = f"Jaccard {group.jaccard:.2f}, {STABLE_SEGMENT} is asked"
        return f"not found again when the customers are sampled again ({found})"
    if group.p_value >= ERROR_RATE:
        return f"{shown}, which chance explains ({test})"
    if abs(group.difference) < LEAST_DIFFERENCE:
        return f"{shown}: beyond chance ({test}), but too little to pay"
    if not stands_apart:
        apart = f"nothing sets it apart from its neighbours ({_apart(group)})"
        return f"{shown} ({test}), but {apart}: customers shade into one another there"
    return ""


def _shown(group: MicroSegment) -> str:
    direction = "above" if group.difference > 0 else "below"
    return f"its {group.outcome} is {abs(group.difference):.2f} standard deviations {direction} the rest"


def _apart(group: MicroSegment) -> str:
    cloud = f"parts cut from a single cloud reach {number(group.cloud_isolation, 2)}"
    return f"isolation {number(group.isolation, 2)}, where {cloud}"


def _test(group: MicroSegment) -> str:
    p_value = group.p_value
    return f"permutation test, p = {p_value:.4f}" if p_value >= 0.0001 else "permutation test, p below 0.0001"


def _permutation_test(group: npt.NDArray[np.bool_], outcome: Floats, seed: int) -> tuple[float, float]:
    """Return the standardised difference of a group from the rest, and the two-sided p-value of its mean.

    An outcome known of fewer than 30 of the group says nothing of it.
    """
    known = ~np.isnan(outcome)
    inside, values = group[known], outcome[known]
    size, spread = int(inside.sum()), float(values.std()) if known.any() else 0.0
    if not LEAST_CUSTOMERS <= size < len(values) or spread == 0:
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
