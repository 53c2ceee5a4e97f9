"""Traits in plain words."""

from __future__ import annotations

from segmodel.formats import counted, number, quantity, share, share_range, significant
from segmodel.personas.persona import Kind, Trait
from segmodel.personas.views import Column

REST = "the rest"
_MANY_TIMES = (1.5, 10.0)
"""Ratios of shares, from and to, that say more than both shares: below they are alike, and past them the rest are so
few that their share says it better."""


_UNKNOWN_OF: dict[Kind, str] = {
    "behaviour": "the others ordered too little to tell",
    "purchase": "the others ordered too little to tell",
    "attribute": "of the others it is not on record",
    "answer": "the others did not answer",
}
"""Why a trait is not known of everybody."""


def trait_label(column: Column, level: str) -> str:
    """Return what a trait is about: a feature, or a word of it.

    Parameters
    ----------
    column : Column
    level : str
        The word; empty of numbers, and of what is named after it.
    """
    if column.form == "flag":
        return f"{column.label}: yes" if column.kind in {"attribute", "answer"} else column.label
    return f"{column.label}: {level}" if level else column.label


def trait_against(
    column: Column, value: float, rest: float, currency: str, other: str = REST, *, is_share: bool
) -> str:
    """Return how a value compares with another group's: `93%, 2.1× the rest`, `every 9 days, the rest every 31 days`.

    Parameters
    ----------
    column : Column
    value, rest : float
        Of the segment, and of the other group.
    currency : str
    other : str
        The other group.
    is_share : bool
        Both are shares: of customers, or means of a share.
    """
    if is_share and other == REST and rest > 0 and _MANY_TIMES[0] <= value / rest < _MANY_TIMES[1]:
        return f"{share(value)}, {number(value / rest, 1)}× {other}"
    return _both(column, value, rest, currency, other, is_share=is_share)


def trait_sentence(
    column: Column,
    label: str,
    value: float,
    rest: float,
    currency: str,
    other: str = REST,
    *,
    is_share: bool,
    index: float | None,
) -> str:
    """Return a trait as one line with both values, and the index where there is one."""
    compared = _both(column, value, rest, currency, other, is_share=is_share)
    told = "" if index is None else f" (index {number(index)})"
    joined = f"{label} {compared}" if any(column.words) or label.endswith(" for") else f"{label}: {compared}"
    return f"{joined}{told}"


def trait_certainty(trait: Trait, currency: str, customers: int | None = None) -> str:
    """Return how sure a trait is, in its own unit, and why it is not known of everybody.

    Parameters
    ----------
    trait : Trait
    currency : str
    customers : int, optional
        Of the segment, where that is to be told beside of how many the trait is known.

    Returns
    -------
    str
        `95% interval 92% to 93%, known of 1,204 of 1,423 customers (the others ordered too little to tell)`.
    """
    if trait.measure == "share" or trait.unit == "share":
        ends = _share_ends(trait)
    else:
        low, high = (_in_words(end, trait.unit, currency, is_share=False) for end in (trait.low, trait.high))
        ends = f"{low} to {high}"
    if customers is None or customers <= trait.n:
        return f"95% interval {ends}, known of {counted(trait.n, 'customer')}"
    why = f" ({_UNKNOWN_OF[trait.kind]})" if trait.kind in _UNKNOWN_OF else ""
    return f"95% interval {ends}, known of {number(trait.n)} of {counted(customers, 'customer')}{why}"


def _share_ends(trait: Trait) -> str:
    """Return the ends of a share's interval as precise as the share itself, and more only with the share again."""
    low, high = share(trait.low), share(trait.high)
    if low != high:
        return f"{low} to {high}"
    return f"{share_range(trait.low, trait.high)} around {share(trait.value, 1)}"


def _both(column: Column, value: float, rest: float, currency: str, other: str, *, is_share: bool) -> str:
    before, after = column.words
    # "Days with a purchase: 26 days" says days twice
    unit = "number" if column.unit == "days" and column.label.casefold().startswith("days") else column.unit
    ours, theirs = (_in_words(each, unit, currency, is_share=is_share) for each in (value, rest))
    if ours == theirs:
        ours, theirs = (significant(each) for each in (value, rest))
    if is_share and rest == 0:
        return f"{before}{ours}{after}, none of {other}"
    return f"{before}{ours}{after}, {other} {before}{theirs}{after}"


def _in_words(value: float, unit: str, currency: str, *, is_share: bool) -> str:
    if is_share:
        return share(value)
    if unit in {"number", "ratio"} or value == 0:
        return significant(value, 2)
    return quantity(value, unit, currency)
