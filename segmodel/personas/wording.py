"""Traits in plain words."""

from __future__ import annotations

from segmodel.formats import number, quantity, share, significant
from segmodel.personas.views import Column

REST = "the rest"
_MANY_TIMES, _TOO_MANY_TIMES = 1.5, 20.0


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
    column: Column, value: float, rest: float, index: float | None, currency: str, other: str = REST
) -> str:
    """Return how a value compares with another group's: `2.1× the rest`, `every 9 days, the rest every 31 days`.

    Parameters
    ----------
    column : Column
    value, rest : float
        Of the segment, and of the other group.
    index : float or None
        100 × their ratio, where both are shares of customers.
    currency : str
    other : str
        The other group.
    """
    is_share = index is not None or column.unit == "share"
    if is_share and other == REST and rest > 0 and value / rest >= _MANY_TIMES:
        ratio = value / rest
        return f"over {number(_TOO_MANY_TIMES)}× {other}" if ratio >= _TOO_MANY_TIMES else f"{_times(ratio)}× {other}"
    return _both(column, value, rest, currency, other, is_share=is_share)


def trait_sentence(
    column: Column, label: str, value: float, rest: float, index: float | None, currency: str, other: str = REST
) -> str:
    """Return a trait as one line with both values, and the index where there is one."""
    compared = _both(column, value, rest, currency, other, is_share=index is not None or column.unit == "share")
    told = f" (index {number(index)})" if index is not None and rest > 0 else ""
    joined = f"{label} {compared}" if any(column.words) or label.endswith(" for") else f"{label}: {compared}"
    return f"{joined}{told}"


def _both(column: Column, value: float, rest: float, currency: str, other: str, *, is_share: bool) -> str:
    before, after = column.words
    ours, theirs = (_in_words(each, column.unit, currency, is_share=is_share) for each in (value, rest))
    if ours == theirs:
        ours, theirs = (significant(each) for each in (value, rest))
    if is_share and rest == 0:
        return f"{before}{ours}{after}, none of {other}"
    return f"{before}{ours}{after}, {other} {before}{theirs}{after}"


def _in_words(value: float, unit: str, currency: str, *, is_share: bool) -> str:
    if is_share:
        return share(value)
    if unit == "number":
        return significant(value)
    return quantity(value, unit, currency)


def _times(ratio: float) -> str:
    return number(ratio, 0 if ratio >= 9.95 else 1)
