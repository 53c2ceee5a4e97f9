"""Warnings about a division, each with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from segmodel.clustering.kmeans import Labels
from segmodel.clustering.recommend import SMALLEST_SHARE
from segmodel.clustering.stability import PATTERN, STABLE_SEGMENT, SegmentStability, band
from segmodel.errors import ClusteringError
from segmodel.formats import counted, share
from segmodel.scorecard.preparation import Floats, as_numbers

MOST_SEGMENTS = 8
"""More segments than this are rarely kept apart by the people who should act on them."""

SMALL_DIFFERENCE = 0.2
"""Standardised difference below which nobody would act differently (Cohen 1988 calls 0.2 small)."""

ERROR_RATE = 0.05

FEW = 10
"""As many customers or fewer may be a handful of outliers. How many is not said: a small group's size is hidden."""

FAR = 3.0
"""A handful of customers is called outlying when its centre is this many times as far from the nearest other centre
as customers are from their own."""

_ROUNDING = 1e-12
"""Relative difference of two means that comes from adding up."""

STYLE_ITEMS = 0.9
"""Share of items on one side of the average from which a segment is suspected to be a way of answering."""

STYLE_SIZE = 0.3
"""Mean standardised difference over the items that goes with it; between small and medium."""


@dataclass(frozen=True)
class Guard:
    """One warning.

    Attributes
    ----------
    kind : str
        `many`, `small`, `unstable`, `alike`, `outliers` or `answering_style`.
    segment : int or None
        Which segment, from 0; None when it is about the whole division.
    sentence : str
        What is wrong, and what to do.
    evidence : mapping of str to float
        The figures behind it.
    """

    kind: str
    segment: int | None
    sentence: str
    evidence: Mapping[str, float] = field(default_factory=dict)


def check_division(
    X: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    stability: SegmentStability | None = None,
    actionable: pd.DataFrame | None = None,
    items: pd.DataFrame | None = None,
) -> tuple[Guard, ...]:
    """Return every warning about a division.

    Parameters
    ----------
    X : array-like of shape (n, p)
        Prepared features the division was found on.
    labels : array-like of shape (n,)
        Segment of each customer, from 0; -1 for none.
    stability : SegmentStability, optional
        How well each segment is found again; without it, stability is not judged.
    actionable : pandas.DataFrame, optional
        What an action would depend on, such as value, response or channel: one row a customer. Without it,
        segments are not compared. Features the division was found on differ by construction and prove little.
    items : pandas.DataFrame, optional
        Survey answers, one column an item; without it, answering styles are not looked for.

    Raises
    ------
    ClusteringError
        When the rows do not match.
    """
    rows = np.asarray(X, dtype=np.float64)
    found = np.asarray(labels, dtype=np.int64)
    for name, given in (("Labels", found), ("Actionable features", actionable), ("Survey items", items)):
        if given is not None and len(given) != len(rows):
            raise ClusteringError(f"{name} need one row for each of the {len(rows)} customers, found {len(given)}.")
    guards = [*too_many(found), *too_small(found), *outliers(rows, found)]
    if stability is not None:
        guards += unstable(stability)
    if actionable is not None:
        guards += alike(actionable, found, nearest_segments(rows, found))
    if items is not None:
        guards += answering_styles(items, found)
    return tuple(guards)


def too_many(labels: Labels) -> list[Guard]:
    """Warn of more than eight segments."""
    k = _count(labels)
    if k <= MOST_SEGMENTS:
        return []
    sentence = f"{k} segments are more than most teams can keep apart; {MOST_SEGMENTS} or fewer are easier to act on."
    return [Guard("many", None, sentence, {"segments": k})]


def too_small(labels: Labels) -> list[Guard]:
    """Warn of segments under 5% of customers."""
    shares = np.bincount(labels[labels >= 0], minlength=_count(labels)) / max(len(labels), 1)
    return [
        Guard(
            "small",
            segment,
            f"Under {share(SMALLEST_SHARE)} of customers are in this segment: rarely enough for a plan of its own. "
            "Join it with another, or treat it as a micro-segment.",
            # as coarse as the sentence: a small group cannot be counted from it
            {"share": round(float(part), 2)},
        )
        for segment, part in enumerate(shares)
        if part < SMALLEST_SHARE
    ]


def unstable(stability: SegmentStability) -> list[Guard]:
    """Warn of segments that are not found again in bootstrap samples (Hennig's bands)."""
    guards = []
    for segment, jaccard in enumerate(stability.jaccard.tolist()):
        if jaccard >= STABLE_SEGMENT:
            continue
        advice = (
            "Take it as a pattern, not as a group with fixed members."
            if jaccard >= PATTERN
            else "Do not plan for it; try another number of segments, or other features."
        )
        sentence = (
            f"This segment is {band(jaccard)}: sampled again, its closest match shares {share(jaccard)} of the "
            f"customers in either, where {share(STABLE_SEGMENT)} is asked. {advice}"
        )
        guards.append(Guard("unstable", segment, sentence, {"jaccard": round(jaccard, 4)}))
    return guards


def outliers(rows: Floats, labels: Labels) -> list[Guard]:
    """Warn of segments that are one outlying customer, or a handful."""
    k = _count(labels)
    sizes = np.bincount(labels[labels >= 0], minlength=k)
    if k < 2 or not (sizes > FEW).any():
        return []
    centres = _centres(rows, labels, k)
    large = [segment for segment in range(k) if sizes[segment] > FEW]
    spread = float(np.mean([np.sqrt(((rows[labels == s] - centres[s]) ** 2).sum(axis=1)).mean() for s in large]))
    guards = []
    for segment in np.flatnonzero((sizes > 0) & (sizes <= FEW)).tolist():
        apart = min(float(np.linalg.norm(centres[segment] - centres[other])) for other in large)
        times = apart / max(spread, 1e-12)
        if times < FAR:
            continue
        sentence = (
            f"{counted(FEW, 'customer')} or fewer, far from all others: {times:.0f} times as far from the nearest "
            "segment as customers are from their own. Check whether the data are right; clip or leave out outliers."
        )
        guards.append(Guard("outliers", segment, sentence, {"times_as_far": round(times, 2)}))
    return guards


def alike(actionable: pd.DataFrame, labels: Labels, nearest: Mapping[int, int]) -> list[Guard]:
    """Warn of segments that differ from their nearest neighbour in nothing that would change an action.

    A difference counts when its 95% interval (Welch), widened for the number of features (Bonferroni), excludes
    zero and it is 0.2 pooled standard deviations or more.
    """
    guards = []
    columns = [as_numbers(actionable[name], str(name)) for name in actionable]
    for segment, other in nearest.items():
        if other < segment and nearest.get(other) == segment:
            continue  # the pair was compared already
        sizes = [_difference(column[labels == segment], column[labels == other], len(columns)) for column in columns]
        if any(sizes):
            continue
        largest = max((_standardised(c[labels == segment], c[labels == other]) for c in columns), default=0.0)
        sentence = (
            f"This segment differs from its nearest neighbour, segment {other + 1}, in none of the "
            f"{counted(len(columns), 'feature')} an action would depend on (largest difference {largest:.2f} standard "
            f"deviations; {SMALL_DIFFERENCE} beyond chance is asked). The same plan would serve both: join them."
        )
        guards.append(Guard("alike", segment, sentence, {"neighbour": other, "largest_difference": round(largest, 4)}))
    return guards


def answering_styles(items: pd.DataFrame, labels: Labels) -> list[Guard]:
    """Warn of segments that answer high, or low, on (nearly) every item: they may share a way of answering only."""
    answers = np.column_stack([as_numbers(items[name], str(name)) for name in items])
    spread = np.nanstd(answers, axis=0)
    kept = answers[:, spread > 0]
    if kept.shape[1] < 3:  # with one or two items, high on all says nothing about style
        return []
    standard = (kept - np.nanmean(kept, axis=0)) / spread[spread > 0]
    guards = []
    for segment in range(_count(labels)):
        members = standard[labels == segment]
        if not len(members):
            continue
        differences = np.nanmean(members, axis=0)
        for side, word in ((1, "high"), (-1, "low")):
            same = float((side * differences > 0).mean())
            size = float(np.nanmean(side * differences))
            if same >= STYLE_ITEMS and size >= STYLE_SIZE:
                sentence = (
                    f"This segment answers {word} on {share(same)} of the items (by {size:.1f} standard deviations on "
                    "average): perhaps a way of answering, not a way of thinking. Compare it with answers centred "
                    "within each person before acting on it."
                )
                evidence = {"items": round(same, 4), "mean_difference": round(side * size, 4)}
                guards.append(Guard("answering_style", segment, sentence, evidence))
    return guards


def nearest_segments(rows: Floats, labels: Labels) -> dict[int, int]:
    """Return for each segment the one whose centre is nearest."""
    centres = _centres(rows, labels, _count(labels))
    apart = np.sqrt(((centres[:, np.newaxis] - centres[np.newaxis]) ** 2).sum(axis=2))
    np.fill_diagonal(apart, np.inf)
    filled = [segment for segment in range(len(centres)) if np.isfinite(apart[segment]).any()]
    return {segment: int(np.nanargmin(apart[segment])) for segment in filled}


def _count(labels: Labels) -> int:
    return int(labels.max(initial=-1)) + 1


def _centres(rows: Floats, labels: Labels, k: int) -> Floats:
    """Return the mean of each segment; NaN where one is empty."""
    sizes = np.bincount(labels[labels >= 0], minlength=k)[:, np.newaxis]
    sums = np.zeros((k, rows.shape[1]))
    np.add.at(sums, labels[labels >= 0], rows[labels >= 0])
    centres: Floats = np.divide(sums, sizes, out=np.full_like(sums, np.nan), where=sizes > 0)
    return centres


def _standardised(first: Floats, second: Floats) -> float:
    first, second = first[~np.isnan(first)], second[~np.isnan(second)]
    if len(first) < 2 or len(second) < 2:
        return 0.0
    freedom = len(first) + len(second) - 2
    pooled = np.sqrt(((len(first) - 1) * first.var(ddof=1) + (len(second) - 1) * second.var(ddof=1)) / freedom)
    apart = abs(float(first.mean() - second.mean()))
    if apart <= _ROUNDING * max(abs(float(first.mean())), abs(float(second.mean()))):
        return 0.0
    return apart / float(pooled) if pooled > 0 else (np.inf if apart > 0 else 0.0)


def _difference(first: Floats, second: Floats, features: int) -> bool:
    """Say whether two groups differ beyond chance and by a size that matters."""
    first, second = first[~np.isnan(first)], second[~np.isnan(second)]
    if _standardised(first, second) < SMALL_DIFFERENCE:
        return False
    if first.var() == 0 and second.var() == 0:
        return True
    # from the moments: given the rows, SciPy warns of a feature that is the same for all of a segment
    moments = [moment for rows in (first, second) for moment in (rows.mean(), rows.std(ddof=1), len(rows))]
    p_value = float(stats.ttest_ind_from_stats(*moments, equal_var=False).pvalue)
    return p_value < ERROR_RATE / features
