"""Repeat purchases as every model takes them: checked, and identical customers counted once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmodel.errors import ValueModelError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RepeatPurchases:
    """Distinct combinations of frequency, recency and age, and how many customers share each.

    Attributes
    ----------
    frequency, recency, age, weight : ndarray of shape (n_groups,)
        `recency` and `age` are in units of `scale`, which is one unit of the caller's time times their mean age.
    scale : float
        Mean age of the customers: with it times are near one and the parameters of the models comparable.
    n_customers : int
    """

    frequency: Floats
    recency: Floats
    age: Floats
    weight: Floats
    scale: float

    @cached_property
    def share(self) -> Floats:
        """Share of the customers in each group."""
        share: Floats = self.weight / self.weight.sum()
        return share

    @property
    def n_customers(self) -> int:
        """How many customers the groups stand for."""
        return int(self.weight.sum())

    def thinned(self, n_groups: int) -> RepeatPurchases:
        """Return at most about `n_groups` groups, evenly spaced: enough to find where an optimum lies."""
        step = max(1, len(self.weight) // n_groups)
        return RepeatPurchases(
            self.frequency[::step], self.recency[::step], self.age[::step], self.weight[::step], self.scale
        )


def check_numbers(values: object, name: str, *, may_be_negative: bool = False) -> Floats:
    """Return values as finite numbers, none below zero unless that may be.

    Raises
    ------
    ValueModelError
        When a value is no number, missing, infinite or negative.
    """
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueModelError(
            f"{name} holds something that is not a number ({error}). Pass plain numbers, without currency symbols."
        ) from error
    bad = ~np.isfinite(numbers)
    if bad.any():
        raise ValueModelError(
            f"{name} has {bad.sum():,} values that are missing or infinite. Leave those customers out."
        )
    if not may_be_negative and (numbers < 0).any():
        raise ValueModelError(f"{name} has values below zero, the lowest {numbers.min():g}; it must be zero or more.")
    return numbers


def check_purchases(frequency: object, recency: object, age: object) -> tuple[Floats, Floats, Floats]:
    """Return frequency, recency and age broadcast to one shape, once they agree with each other.

    Raises
    ------
    ValueModelError
        When they differ in length, or a last repeat purchase lies outside the time a customer was seen.
    """
    checked = (check_numbers(frequency, "frequency"), check_numbers(recency, "recency"), check_numbers(age, "T"))
    try:
        x, last, seen = np.broadcast_arrays(*checked)
    except ValueError as error:
        shapes = ", ".join(str(part.shape) for part in checked)
        raise ValueModelError(
            f"frequency, recency and T have shapes {shapes}; pass one value a customer each."
        ) from error
    for is_bad, what in (
        (x != np.floor(x), "a frequency that is not a whole number"),
        (last > seen, "a recency beyond T, so a purchase in the future"),
        ((x > 0) & (last <= 0), "repeat purchases with a recency of zero; count days with a purchase after the first"),
        (
            (x == 0) & (last > 0),
            "no repeat purchase and yet a recency; recency is the time of the last repeat purchase",
        ),
    ):
        if is_bad.any():
            raise ValueModelError(f"{is_bad.sum():,} of {x.size:,} customers have {what}. Correct or leave them out.")
    return x, last, seen


def group_purchases(frequency: object, recency: object, age: object) -> RepeatPurchases:
    """Return the distinct customers to fit a model on.

    Raises
    ------
    ValueModelError
        When the arrays contradict each other, or nobody bought a second time.
    """
    x, last, seen = (np.ravel(part) for part in check_purchases(frequency, recency, age))
    if x.size == 0 or not (x > 0).any():
        raise ValueModelError(
            f"None of {x.size:,} customers bought on a second day, so there is nothing to learn about coming back. "
            "Use a longer period."
        )
    chosen, weight = weighted_rows(x, last, seen)
    scale = float(seen.mean())
    return RepeatPurchases(x[chosen], last[chosen] / scale, seen[chosen] / scale, weight, scale)


def weighted_rows(*columns: Floats) -> tuple[npt.NDArray[np.intp], Floats]:
    """Return where each distinct combination of values is first found, sorted by the values, and how often it comes."""
    first, which = distinct_rows(*columns)
    # in order, so that what is thinned evenly is still like the whole
    order = np.lexsort([column[first] for column in reversed(columns)])
    return first[order], np.bincount(which)[order].astype(np.float64)


def distinct_rows(*columns: Floats) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return where each distinct combination of values is first found, and which of them each row is.

    Parameters
    ----------
    columns : ndarray of shape (n,)
        Without missing values.
    """
    which, size = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in columns:
        codes, values = pd.factorize(column)
        pairs, distinct = pd.factorize(pd.Series(which * len(values) + codes))
        which, size = pairs, len(distinct)
    first = np.empty(size, dtype=np.intp)
    first[which[::-1]] = np.arange(len(which) - 1, -1, -1)
    return first, which


def over_counts(function: Callable[[Floats], Floats], counts: Floats) -> Floats:
    """Return a function of whole numbers, from 0 on, computed once for each of them where that is less work.

    Parameters
    ----------
    function : callable
        From an array of shape (m,) to one of shape (…, m).
    counts : ndarray of shape (n,)
        Whole and not below zero.
    """
    highest = int(counts.max(initial=0.0))
    if highest >= counts.size:
        return function(counts)
    table = function(np.arange(highest + 1.0))
    return np.take(table, counts.astype(np.intp), axis=-1)
