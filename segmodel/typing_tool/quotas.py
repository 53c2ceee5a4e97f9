"""How many of each segment to interview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np
import pandas as pd

from segmodel.errors import TypingToolError
from segmodel.formats import number

MOST = 1_000_000


@dataclass(frozen=True)
class Quotas:
    """Interviews by segment.

    Attributes
    ----------
    table : DataFrame
        A row a segment: segment, share (of customers), quota, weight (that makes the sample stand for all customers
        again) and to_screen (people to meet at random until the quota is expected to be full).
    n, minimum : int
        Interviews in all, and at least in each segment.
    design_effect : float
        How many times wider the variance of an overall mean is than that of a sample of customers' own shares, by the
        weights alone (Kish 1965).
    """

    table: pd.DataFrame
    n: int
    minimum: int
    design_effect: float


def quotas(shares: Mapping[str, float], n: int, minimum: int = 30) -> Quotas:
    """Divide interviews by the shares of segments, none below a minimum.

    Segments that would be below it get the minimum; the rest is divided among the others by their shares, whole
    numbers by largest remainders.

    Parameters
    ----------
    shares : mapping of str to float
        Share of customers in each segment; they need not add up to 1.
    n : int
        Interviews.
    minimum : int
        At least so many in each segment.

    Raises
    ------
    TypingToolError
        When the interviews do not suffice, or a segment has no customers.

    Examples
    --------
    >>> quotas({"s1": 0.6, "s2": 0.38, "s3": 0.02}, 400, 50).table["quota"].tolist()
    [214, 136, 50]
    """
    if not shares or any(not value > 0 for value in shares.values()):
        raise TypingToolError("Quotas need the share of every segment; one is hidden, as it is a small group, or nil.")
    if not 1 <= n <= MOST or not 0 <= minimum <= MOST:
        raise TypingToolError(f"Interviews go from 1 to {number(MOST)}; found {n}, at least {minimum} a segment.")
    if n < minimum * len(shares):
        raise TypingToolError(
            f"{number(n)} interviews are too few for {len(shares)} segments with {number(minimum)} each; "
            f"ask for {number(minimum * len(shares))} or more, or a lower minimum."
        )
    names = list(shares)
    given = np.array([shares[name] for name in names]) / sum(shares.values())
    raised = np.zeros(len(names), dtype=bool)
    while True:
        left = n - minimum * int(raised.sum())
        exact = np.where(raised, minimum, left * given / max(given[~raised].sum(), 1e-12))
        below = ~raised & (exact < minimum)
        if not below.any():
            break
        raised |= below
    whole = np.floor(exact).astype(int)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: n - int(whole.sum())]] += 1
    weight = given * n / np.maximum(whole, 1)
    table = pd.DataFrame(
        {
            "segment": names,
            "share": given,
            "quota": whole,
            "weight": weight,
            "to_screen": [ceil(count / part - 1e-9) for count, part in zip(whole, given, strict=True)],
        }
    )
    return Quotas(table, n, minimum, float((whole * weight**2).sum() * n / (whole * weight).sum() ** 2))
