"""Repeat purchases as every model takes them: checked, and identical customers counted once."""

from __future__ import annotations

from dataclasses import dataclass

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
    groups = (
        pd.DataFrame({"x": x, "last": last, "seen": seen})
        .groupby(["x", "last", "seen"], sort=True)
        .size()
        .reset_index(name="weight")
    )
    scale = float(seen.mean())
    return RepeatPurchases(
        groups["x"].to_numpy(np.float64),
        groups["last"].to_numpy(np.float64) / scale,
        groups["seen"].to_numpy(np.float64) / scale,
        groups["weight"].to_numpy(np.float64),
        scale,
    )
