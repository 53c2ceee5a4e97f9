"""The fewest questions that tell the segment: every set where there are few, else one added at a time, with swaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from math import comb

import numpy as np

from segmodel.typing_tool.discriminant import Floats, Moments, leave_one_out_hits

EXHAUSTIVE_UP_TO = 1_200
"""Where there are no more sets of a size, each is tried."""

_LARGEST = 6
"""Questions of the largest sets that are all tried: of larger ones, adding and swapping misses next to nothing."""

_SWAPS = 20
"""Improvements by a swap, at most, a size: each is one, so that there would be an end in any case."""

Set = tuple[int, ...]


def hit_rates(moments: Moments, columns: Sequence[Set], sets: Sequence[Set]) -> Floats:
    """Return the share put right by leave-one-out, a set of questions each.

    Parameters
    ----------
    moments : Moments
    columns : sequence of tuple of int
        The columns of each question.
    sets : sequence of tuple of int
        Questions.
    """
    chosen = [tuple(column for question in each for column in columns[question]) for each in sets]
    widths = np.array([len(each) for each in chosen])
    rates = np.empty(len(chosen))
    for width in np.unique(widths):
        places = np.flatnonzero(widths == width)
        hits = leave_one_out_hits(moments, np.array([chosen[place] for place in places]))
        # counted, not averaged: equal counts must be equal rates
        rates[places] = hits.sum(axis=1) / hits.shape[1]
    return rates


def best_sets(
    moments: Moments, columns: Sequence[Set], sizes: Iterable[int], exhaustive_up_to: int = EXHAUSTIVE_UP_TO
) -> Mapping[int, Set]:
    """Return the best set of questions found of each size, in the order of the questions.

    A size up to six with no more than `exhaustive_up_to` sets has all of them tried. Others start from the best set
    of one question less, take the question that adds most, and then swap one for another as long as that helps.

    Parameters
    ----------
    moments : Moments
        Of the respondents that may be looked at: where a hit rate is to be honest, those of the training folds only.
    columns : sequence of tuple of int
        The columns of each question.
    sizes : iterable of int
        How many questions; those beyond the number there are are left out.
    exhaustive_up_to : int
    """
    wanted = sorted({size for size in sizes if 1 <= size <= len(columns)})
    found: dict[int, Set] = {}
    best: Set = ()
    for size in range(1, max(wanted, default=0) + 1):
        if size <= _LARGEST and comb(len(columns), size) <= exhaustive_up_to:
            best = _first_best(moments, columns, list(combinations(range(len(columns)), size)))[0]
        else:
            best = _swapped(moments, columns, *add_one(moments, columns, best))
        found[size] = best
    return {size: found[size] for size in wanted}


def add_one(moments: Moments, columns: Sequence[Set], chosen: Set) -> tuple[Set, float]:
    """Return a set with the question that adds most to it, the first of several, and its hit rate."""
    candidates = [(*chosen, other) for other in range(len(columns)) if other not in chosen]
    best, rate = _first_best(moments, columns, candidates)
    return tuple(sorted(best)), rate


def _swapped(moments: Moments, columns: Sequence[Set], chosen: Set, rate: float) -> Set:
    for _ in range(_SWAPS):
        others = [other for other in range(len(columns)) if other not in chosen]
        candidates = [
            tuple(sorted((*chosen[:place], *chosen[place + 1 :], other)))
            for place in range(len(chosen))
            for other in others
        ]
        if not candidates:
            return chosen
        best, better = _first_best(moments, columns, candidates)
        if better <= rate:
            return chosen
        chosen, rate = best, better
    return chosen


def _first_best(moments: Moments, columns: Sequence[Set], sets: Sequence[Set]) -> tuple[Set, float]:
    rates = hit_rates(moments, columns, sets)
    place = int(rates.argmax())
    return sets[place], float(rates[place])
