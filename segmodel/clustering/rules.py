"""Rule maps: RFM, value tiers and people's own rules, each complete and exclusive by construction."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from segmodel.definition import Rule
from segmodel.errors import ClusteringError
from segmodel.formats import number, share
from segmodel.formats import significant as shown
from segmodel.scorecard import Axis, CellTerm
from segmodel.scorecard.preparation import Floats, as_numbers, significant

RFM_FEATURES = ("recency_days", "frequency", "monetary")
VALUE_FEATURES = ("value",)

EVERYONE_ELSE = "Everyone else"
NO_VALUE = "No value in the window"

TIERS = (
    ("All customers with value",),
    ("Lower value", "Highest value"),
    ("Lower value", "Middle value", "Highest value"),
    ("Lower value", "Middle value", "High value", "Highest value"),
)
"""Names of the tiers of value by the number of cut points, lowest first."""

SMALLEST_AMOUNT = 5e-05
"""Half the smallest amount the store keeps: values from here on are above zero."""

MOST_CELLS = 20_000
"""A grid beyond this size comes from rules on too many features at once."""

RFM_GRID = (
    # columns: frequency and spend together, 1 (seldom, little) to 5 (often, much); rows: recency, 1 (long ago) to 5
    ("Lost", "Hibernating", "At risk", "Cannot lose", "Cannot lose"),
    ("Hibernating", "Hibernating", "At risk", "At risk", "Cannot lose"),
    ("Hibernating", "Need attention", "Need attention", "Loyal", "Loyal"),
    ("Promising", "Potential loyalists", "Potential loyalists", "Loyal", "Champions"),
    ("New", "Potential loyalists", "Potential loyalists", "Champions", "Champions"),
)

RFM_STORIES = {
    "Champions": "Bought recently, and among the most often and the most.",
    "Loyal": "Buy often and spend well, and bought not long ago.",
    "Potential loyalists": "Bought recently, and are on the way to buying often.",
    "New": "Bought very recently, seldom and for little so far.",
    "Promising": "Bought fairly recently, seldom and for little so far.",
    "Need attention": "Middling in how recently, how often and how much they buy.",
    "At risk": "Used to buy often or spend well, but not for some time.",
    "Cannot lose": "Were among the best customers, and have not bought for long.",
    "Hibernating": "Bought seldom and for little, and some time ago.",
    "Lost": "Bought longest ago, seldom and for little.",
}


@dataclass(frozen=True)
class RuleMap:
    """Which segment every cell of a grid belongs to.

    Attributes
    ----------
    axes : tuple of Axis
        The grid.
    names : tuple of str
        Segments that own at least one cell.
    stories : tuple of str
        What each segment is, in a sentence.
    cells : tuple of int
        Owner of every cell, by position in `names`; the last axis runs fastest.
    notes : tuple of str
        What a reader of the model should know.
    """

    axes: tuple[Axis, ...]
    names: tuple[str, ...]
    stories: tuple[str, ...]
    cells: tuple[int, ...]
    notes: tuple[str, ...] = ()

    def term(self, order: tuple[int, ...]) -> CellTerm:
        """Return the map as a term, with segments in `order` (positions in `names`)."""
        place = {old: new for new, old in enumerate(order)}
        return CellTerm(self.axes, tuple(place[owner] for owner in self.cells), len(self.names))


def rfm_segment(recency: int, frequency: int, monetary: int) -> str:
    """Return the name of one of the 125 cells; scores run from 1 to 5, and 5 is the best.

    Frequency and spend count together: their mean, halves rounded up.

    Examples
    --------
    >>> rfm_segment(5, 5, 5), rfm_segment(1, 1, 1), rfm_segment(1, 5, 5)
    ('Champions', 'Lost', 'Cannot lose')
    """
    return RFM_GRID[recency - 1][(frequency + monetary + 1) // 2 - 1]


def rfm_map(frame: pd.DataFrame, features: tuple[str, ...] = RFM_FEATURES) -> RuleMap:
    """Score recency, frequency and spend by quintiles, and name every cell.

    The score is 1 plus the number of quintile cut points below the value (for recency 5 less that number):
    customers with the same value share a score, and those tied at the lowest value keep the lowest. A missing
    recency counts as the longest, a missing frequency or spend as the least.
    """
    if len(features) != 3:
        raise ClusteringError(f"RFM needs three features, recency, frequency and spend; found {', '.join(features)}.")
    axes, scores, notes = [], [], []
    for place, feature in enumerate(features):
        known = _known(frame, feature)
        cuts, below = quantile_cuts(known, (0.2, 0.4, 0.6, 0.8))
        axes.append(Axis(feature, cuts, missing=len(cuts) if place == 0 else 0))
        scores.append([5 - count for count in below] if place == 0 else [1 + count for count in below])
        if len(cuts) < 4:
            notes.append(
                f"{feature} takes the same value for so many customers that it makes {len(cuts) + 1} "
                "groups instead of 5."
            )
    return _named_cells(
        tuple(axes),
        lambda bins: rfm_segment(*(score[place] for score, place in zip(scores, bins, strict=True))),
        RFM_STORIES,
        tuple(notes),
    )


def value_tiers(frame: pd.DataFrame, features: tuple[str, ...] = VALUE_FEATURES) -> RuleMap:
    """Divide customers with value at the top 5%, 20% and 50%; those without get a tier of their own.

    Tiers are named by their order, because the share each holds moves as customers do; how they were cut is in
    the stories. Where many customers share a value, a tier holds fewer than it should or disappears.
    """
    if len(features) != 1:
        raise ClusteringError(f"Value tiers need one feature, found {', '.join(features)}.")
    known = _known(frame, features[0])
    positive = known[known >= SMALLEST_AMOUNT]
    if not positive.size:
        raise ClusteringError(
            f"Value tiers need customers with value: '{features[0]}' is above zero for none of {len(frame)}."
        )
    cuts, _ = quantile_cuts(positive, (0.5, 0.8, 0.95))
    from_top = [0.0, *(float((positive >= cut).mean()) for cut in reversed(cuts)), 1.0]
    names = TIERS[len(cuts)]
    shares = list(itertools.pairwise(from_top))[::-1]
    axis = Axis(features[0], (SMALLEST_AMOUNT, *cuts), missing=0)
    labels = [NO_VALUE, *names]
    stories = {
        NO_VALUE: "No purchases in the window, or refunds as large as the purchases.",
        **{
            name: f"{_cut(cuts, place)}: {share(low - high)} of the customers with value on the day this was fitted."
            for place, (name, (high, low)) in enumerate(zip(names, shares, strict=True))
        },
    }
    return _named_cells((axis,), lambda bins: labels[bins[0]], stories, ())


def rule_map(rules: tuple[Rule, ...]) -> RuleMap:
    """Turn ordered rules into a grid: the first rule whose conditions all hold owns the cell.

    Cells no rule wants belong to "Everyone else". A missing value meets no condition.
    """
    bounds: dict[str, set[float]] = {}
    for rule in rules:
        for feature, ends in rule.when.items():
            bounds.setdefault(feature, set()).update(float(end) for end in ends if end != "")
    if not bounds:
        raise ClusteringError("The rules name no feature, so they cannot divide the customers.")
    axes = tuple(Axis(feature, tuple(sorted(cuts)), missing=len(cuts) + 1) for feature, cuts in bounds.items())
    size = math.prod(axis.size for axis in axes)
    if size > MOST_CELLS:
        raise ClusteringError(
            f"The rules cut {len(axes)} features into {number(size)} combinations, more than "
            f"{number(MOST_CELLS)}. Use fewer features or fewer cut points."
        )

    def owner(bins: tuple[int, ...]) -> str:
        place = {axis.feature: (axis, found) for axis, found in zip(axes, bins, strict=True)}
        for rule in rules:
            if all(_holds(*place[feature], ends) for feature, ends in rule.when.items()):
                return rule.segment
        return EVERYONE_ELSE

    stories = {rule.segment: "" for rule in rules}
    for rule in rules:
        stories[rule.segment] = " Or: ".join(filter(None, (stories[rule.segment], _condition(rule))))
    stories.setdefault(EVERYONE_ELSE, "Customers none of the rules names.")
    made = _named_cells(axes, owner, stories, ())
    unreached = [name for name in dict.fromkeys(rule.segment for rule in rules) if name not in made.names]
    notes = tuple(f"No customer can be in '{name}': earlier rules take them all." for name in unreached)
    return RuleMap(made.axes, made.names, made.stories, made.cells, notes)


def quantile_cuts(known: Floats, levels: tuple[float, ...]) -> tuple[tuple[float, ...], list[int]]:
    """Return cut points between observed values, and how many quantiles lie below each bin.

    A value is above a quantile when it is greater than it, so customers with the same value stay together. The
    cut is half-way to the next observed value; quantiles that fall on one value make one cut, and the largest
    value makes none.
    """
    values = np.unique(known)
    quantiles = np.quantile(known, levels, method="inverted_cdf")
    cuts: list[float] = []
    below = [0]
    for place, quantile in enumerate(quantiles):
        after = int(np.searchsorted(values, quantile, side="right"))
        if after == len(values):
            break
        middle = significant(float(quantile + values[after]) / 2)
        cut = middle if quantile < middle <= values[after] else float(values[after])
        if cuts and cut == cuts[-1]:
            below[-1] = place + 1
        else:
            cuts.append(cut)
            below.append(place + 1)
    return tuple(cuts), below


def _named_cells(
    axes: tuple[Axis, ...],
    owner: Callable[[tuple[int, ...]], str],
    stories: Mapping[str, str],
    notes: tuple[str, ...],
) -> RuleMap:
    owners = [owner(bins) for bins in itertools.product(*(range(axis.size) for axis in axes))]
    names = tuple(name for name in stories if name in set(owners))
    if len(names) < 2:
        features = ", ".join(axis.feature for axis in axes)
        raise ClusteringError(
            f"Every customer falls into '{names[0]}': {features} cannot divide these customers. "
            "Choose other features or cut points."
        )
    place = {name: position for position, name in enumerate(names)}
    return RuleMap(axes, names, tuple(stories[name] for name in names), tuple(place[name] for name in owners), notes)


def _known(frame: pd.DataFrame, feature: str) -> Floats:
    numbers = as_numbers(frame[feature], feature)
    known = numbers[~np.isnan(numbers)]
    if not known.size:
        raise ClusteringError(f"Feature '{feature}' is missing for every customer, so it cannot divide them.")
    return known


def _cut(cuts: tuple[float, ...], place: int) -> str:
    """Say between which cut points a tier lies, counted from the lowest."""
    low = shown(cuts[place - 1], 4) if place else ""
    high = shown(cuts[place], 4) if place < len(cuts) else ""
    if low and high:
        return f"Value from {low} to below {high}"
    if low:
        return f"Value of {low} or more"
    return f"Some value, below {high}" if high else "Any value"


def _holds(axis: Axis, place: int, ends: tuple[float | str, float | str]) -> bool:
    """Tell whether all values of a bin lie within half-open ends; cuts hold every end, so all or none do."""
    low, high = ends
    if place > len(axis.cuts):
        return low == "" and high == ""
    after_low = low == "" or (place > 0 and axis.cuts[place - 1] >= float(low))
    return after_low and (high == "" or (place < len(axis.cuts) and axis.cuts[place] <= float(high)))


def _condition(rule: Rule) -> str:
    parts = []
    for feature, (low, high) in rule.when.items():
        if low != "" and high != "":
            parts.append(f"{feature} from {low:g} to below {high:g}")
        elif low != "":
            parts.append(f"{feature} {low:g} or more")
        elif high != "":
            parts.append(f"{feature} below {high:g}")
    return ", and ".join(parts) + "." if parts else "Customers no earlier rule names."
