"""Which number of segments to recommend, and the sentence that says why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from segmodel.clustering.single_cloud import LEAST_TIGHTER
from segmodel.formats import share

STABLE = 0.80
"""Adjusted Rand from which a division is called repeatable."""

FOUND_AGAIN = 0.50
"""Adjusted Rand below which a division is not even a pattern that can be worked with."""

NOISE = 0.03
"""Agreements this close are alike: about the standard error of a mean over few pairs."""

CLEAR = 0.80
"""Prediction strength from which segments are called clearly apart (Tibshirani & Walther 2005 say 0.8 to 0.9).

Stability alone does not show that k is too large: cutting one of many segments in two changes few pairs."""

FURTHER = 0.02
"""A further segment must leave this much less of what is left of one cloud's spread: less is what cutting one round
group brings now and then."""

SMALLEST_SHARE = 0.05
"""A segment below this share of customers is rarely worth a plan of its own."""


@dataclass(frozen=True)
class Recommendation:
    """A number of segments and why.

    Attributes
    ----------
    k : int
        The best number there is, worth acting on or not.
    worth_acting_on : bool
        Whether the data show more than one cloud of customers, divided in a way that is found again.
    kind : str
        `natural` (clearly apart), `reproducible` (found again, without clear gaps), `constructive` (a pattern that
        holds, cut where it helps) or `none`; the first three after Dolnicar & Leisch (2010).
    reason : str
        Plain sentences.
    """

    k: int
    worth_acting_on: bool
    kind: str
    reason: str


def recommend(table: pd.DataFrame, asked: float = LEAST_TIGHTER) -> Recommendation:
    """Apply the rule described at `choose_k` to its table.

    Parameters
    ----------
    table : pandas.DataFrame
        As `choose_k` returns it.
    asked : float
        How much tighter than one cloud groups had to be, for the reason.
    """
    real = table[table["beyond_one_cloud"]]
    useful = real[real["k"] >= 3]
    clear, stable = useful[useful["clear"]], useful[useful["stable"]]
    if len(clear):
        row = _most_apart(clear)
        return _yes(row, "natural", f"the most that are clearly apart and {_again(row)}, {_none_small()}.")
    if len(stable):
        row = _best(stable)
        return _yes(
            row,
            "reproducible",
            f"there are no clear gaps between customers, but this division {_again(row)}, with {_none_small()}.",
        )
    held = useful[(useful["stability"] >= FOUND_AGAIN) & (useful["smallest_share"] >= SMALLEST_SHARE)]
    two = real[(real["k"] == 2) & real["stable"]]
    if len(two) and (held.empty or two["tighter"].iloc[0] >= held["tighter"].max()):
        row = two.iloc[0]
        return _yes(
            row,
            "natural" if row["clear"] else "reproducible",
            "no finer division comes out the same when the customers are sampled again "
            f"({_agreement(row['stability'])} for two). Two groups seldom help anyone decide; look for features "
            "that tell customers apart better.",
        )
    if len(held):
        row = _best(held)
        return _yes(
            row,
            "constructive",
            f"customers differ by more than chance (groups {share(row['tighter'])} tighter than one cloud of "
            "customers would give), but where to cut is a choice, and another sample would cut somewhat differently "
            f"({_agreement(row['stability'])}). Use it where it helps, and look at the stability of each segment.",
        )
    return _no(table, asked, any_real=len(real) > 0)


def _yes(row: pd.Series[Any], kind: str, because: str) -> Recommendation:
    return Recommendation(int(row["k"]), True, kind, f"{row['k']:.0f} segments: {because}")


def _no(table: pd.DataFrame, asked: float, *, any_real: bool) -> Recommendation:
    """Say that nothing is worth acting on, and which division is the nearest to one."""
    useful = table[table["k"] >= 3]
    large = useful[useful["smallest_share"] >= SMALLEST_SHARE]
    row = _best(large) if len(large) else table.iloc[0]
    tried = f"from {table['k'].min()} to {table['k'].max()}" if len(table) > 1 else f"tried ({table['k'].min()})"
    if any_real:
        why = (
            f"customers differ by more than chance, but no number of groups {tried} is found again when they are "
            f"sampled again with {_none_small()} (an agreement of {FOUND_AGAIN:.2f} is asked, the nearest reaches "
            f"{row['stability']:.2f})."
        )
    else:
        most = table.iloc[int(table["tighter"].to_numpy().argmax())]
        tightest = f"the tightest, {most['k']:.0f} groups, are {share(max(most['tighter'], 0.0), 1)} tighter"
        why = (
            f"the customers form one cloud. For each number of groups {tried}, groups as tight come from customers "
            f"without any segments ({tightest} than groups cut from such a cloud, where {share(asked)}, beyond "
            "chance, is asked)."
        )
    return Recommendation(
        int(row["k"]),
        False,
        "none",
        f"These data show no segments worth acting on: {why} {row['k']:.0f} segments would be a convenient division "
        "only; features that tell customers apart better may show more.",
    )


def _most_apart(clear: pd.DataFrame) -> pd.Series[Any]:
    """Return the most segments each step to which takes customers further from one cloud.

    A round group is cut at the same place in both halves often enough to look clear; but cutting it, as cutting a
    cloud, makes groups no tighter than it makes those of one cloud.
    """
    left = 1 - clear["tighter"].to_numpy()
    kept = 0
    for place in range(1, len(left)):
        if left[place] <= (1 - FURTHER) * left[kept]:
            kept = place
    found: pd.Series[Any] = clear.iloc[kept]
    return found


def _best(candidates: pd.DataFrame) -> pd.Series[Any]:
    """Return the fewest segments that agree as well as the best, but for the noise of a few bootstraps."""
    stability = candidates["stability"]
    best: pd.Series[Any] = candidates[stability >= stability.max() - NOISE].iloc[0]
    return best


def _again(row: pd.Series[Any]) -> str:
    verb = "come" if row["clear"] else "comes"
    return f"{verb} out the same when the customers are sampled again ({_agreement(row['stability'])})"


def _none_small() -> str:
    return f"none under {share(SMALLEST_SHARE)} of customers"


def _agreement(stability: float) -> str:
    return f"agreement {stability:.2f} of 1, where {STABLE:.2f} is asked"
