"""Who holds the value: Lorenz curve, Gini coefficient, deciles and the whale curve."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmodel.errors import ValueModelError
from segmodel.value.repeat import Floats, check_numbers

POINTS = 100
"""Steps of a curve, however many customers it is of."""


@dataclass(frozen=True)
class Concentration:
    """How unevenly customers hold the value there is.

    Attributes
    ----------
    n_customers : int
    n_floored : int
        Customers with a value below zero, who count as zero: Gini and Lorenz curve are not defined with them.
    gini : float
        0 when all have the same, near 1 when one has all; NaN without any value.
    top_decile_share : float
        Share of value of the tenth of customers with the most.
    lorenz : DataFrame
        `customer_share`, `value_share`: the poorest such share of customers holds such a share of value.
    deciles : DataFrame
        `decile` (1 has the most), `customers`, `value`, `value_share`, `lowest_value`, `highest_value`.
    """

    n_customers: int
    n_floored: int
    gini: float
    top_decile_share: float
    lorenz: pd.DataFrame
    deciles: pd.DataFrame


def concentration(values: npt.ArrayLike) -> Concentration:
    """Describe how value is spread over customers.

    Parameters
    ----------
    values : array_like of shape (n_customers,)

    Raises
    ------
    ValueModelError
        When there are no customers, or a value is missing, infinite or no number.

    Examples
    --------
    >>> found = concentration([0, 0, 0, 100])
    >>> found.gini, found.top_decile_share
    (0.75, 1.0)
    """
    given = _checked(values)
    ascending = np.sort(np.maximum(given, 0.0))
    deciles = _deciles(ascending)
    return Concentration(
        n_customers=len(given),
        n_floored=int((given < 0).sum()),
        gini=gini(ascending),
        top_decile_share=float(deciles["value_share"].iloc[0]),
        lorenz=_curve(ascending, "value_share"),
        deciles=deciles,
    )


def gini(values: npt.ArrayLike) -> float:
    """Return the Gini coefficient, Σ(2i − n − 1)·x_i ÷ (n·Σx) with x ascending; values below zero count as zero.

    Raises
    ------
    ValueModelError
        As `concentration`.
    """
    ascending = np.sort(np.maximum(_checked(values), 0.0))
    n, total = len(ascending), ascending.sum()
    if total == 0:
        return float("nan")
    rank = np.arange(1, n + 1)
    return float((2 * rank - n - 1) @ (ascending / total) / n)


def whale_curve(margins: npt.ArrayLike) -> pd.DataFrame:
    """Return what share of all margin the most profitable customers make together.

    It passes 1 where some customers lose money: the rest make more than there is in the end.

    Parameters
    ----------
    margins : array_like of shape (n_customers,)
        May be below zero.

    Returns
    -------
    DataFrame
        `customer_share`, from the most profitable on, and `margin_share`; NaN where the margins do not add up to more
        than zero.

    Raises
    ------
    ValueModelError
        As `concentration`.
    """
    return _curve(np.sort(_checked(margins))[::-1], "margin_share")


def _curve(ordered: Floats, name: str) -> pd.DataFrame:
    """Return cumulative shares of ordered values at whole percents of the customers, and at each of few customers."""
    n = len(ordered)
    cumulative = np.concatenate([[0.0], np.cumsum(ordered)])
    at = np.unique(np.round(np.linspace(0, n, min(n, POINTS) + 1)).astype(int))
    total = cumulative[-1]
    share = cumulative[at] / total if total > 0 else np.full(len(at), np.nan)
    return pd.DataFrame({"customer_share": at / n, name: share})


def _deciles(ascending: Floats) -> pd.DataFrame:
    descending = ascending[::-1]
    # rounded up, so that the first tenth of few customers holds one; others may then be empty
    edges = [-(-len(descending) * step // 10) for step in range(11)]
    parts = [descending[start:end] for start, end in itertools.pairwise(edges)]
    value = np.array([part.sum() for part in parts])
    total = value.sum()
    return pd.DataFrame(
        {
            "decile": np.arange(1, 11),
            "customers": [len(part) for part in parts],
            "value": value,
            "value_share": value / total if total > 0 else np.full(10, np.nan),
            "lowest_value": [part[-1] if len(part) else np.nan for part in parts],
            "highest_value": [part[0] if len(part) else np.nan for part in parts],
        }
    )


def _checked(values: npt.ArrayLike) -> Floats:
    numbers = np.ravel(check_numbers(values, "value", may_be_negative=True))
    if numbers.size == 0:
        raise ValueModelError("There are no customers to describe.")
    return numbers
