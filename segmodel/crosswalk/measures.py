"""How much two segmentations say of each other, from the table of how many customers are where in both."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.special import gammaln

Counts = npt.NDArray[np.int64]
"""Customers by segment of the one (rows) and of the other (columns), shape (r, c)."""

_SURE = 0.01
"""Chance of calling segmentations related that are not."""


@dataclass(frozen=True)
class Agreement:
    """What two segmentations of the same customers say of each other; NaN where one of them does not divide them.

    Attributes
    ----------
    customers : int
        In both.
    tells_columns, tells_rows : float
        Theil's U: the share of what is unknown of the columns that knowing the rows takes away, 1 − H(columns | rows)
        ÷ H(columns), and the other way round (Theil 1970).
    chance_columns, chance_rows : float
        What U would come to for segmentations that have nothing to do with each other: (r − 1)(c − 1) ÷ (2 n H)
        (Miller 1955).
    mutual_information : float
        Adjusted for chance: AMI, with the arithmetic mean of both entropies (Vinh, Epps & Bailey 2010).
    rand : float
        Adjusted Rand index (Hubert & Arabie 1985).
    cramers_v : float
        Corrected for bias (Bergsma 2013).
    right_columns, right_rows : float
        Share of customers placed right by a list that gives every row its most frequent column, and the other way.
    base_columns, base_rows : float
        Share placed right by naming the largest column, or row, whoever it is.
    p : float
        Chance of a table at least as uneven where nothing is related: the G test, by chi-squared (Wilks 1938).
    """

    customers: int
    tells_columns: float
    tells_rows: float
    chance_columns: float
    chance_rows: float
    mutual_information: float
    rand: float
    cramers_v: float
    right_columns: float
    right_rows: float
    base_columns: float
    base_rows: float
    p: float

    @property
    def is_told(self) -> bool:
        """Whether the two are told from segmentations that have nothing to do with each other."""
        return self.p < _SURE


def agreement(counts: Counts) -> Agreement:
    """Measure how much two segmentations say of each other.

    Parameters
    ----------
    counts : ndarray of int, shape (r, c)
        Rows and columns without customers are left out.

    Examples
    --------
    >>> found = agreement(np.array([[30, 0], [0, 70]]))
    >>> found.tells_columns, found.rand, found.right_columns
    (1.0, 1.0, 1.0)
    >>> found = agreement(np.array([[20, 20], [30, 30]]))
    >>> found.tells_columns < 1e-12, found.is_told
    (True, False)
    """
    table = np.asarray(counts, dtype=np.int64)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    n = int(table.sum())
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    of_rows, of_columns = _entropy(rows), _entropy(columns)
    shared = max(of_rows + of_columns - _entropy(table.ravel()), 0.0)
    freedom = max((len(rows) - 1) * (len(columns) - 1), 0)
    return Agreement(
        customers=n,
        tells_columns=_share(shared, of_columns),
        tells_rows=_share(shared, of_rows),
        chance_columns=_share(freedom / (2 * n) if n else 0.0, of_columns),
        chance_rows=_share(freedom / (2 * n) if n else 0.0, of_rows),
        mutual_information=_adjusted(shared, rows, columns, (of_rows + of_columns) / 2),
        rand=_rand(table, rows, columns, n),
        cramers_v=_cramers_v(table, rows, columns, n),
        right_columns=_share(float(table.max(axis=1, initial=0).sum()), n),
        right_rows=_share(float(table.max(axis=0, initial=0).sum()), n),
        base_columns=_share(float(columns.max(initial=0)), n),
        base_rows=_share(float(rows.max(initial=0)), n),
        p=float(stats.chi2.sf(2 * n * shared, freedom)) if freedom else 1.0,
    )


def _share(part: float, whole: float) -> float:
    return min(part / whole, 1.0) if whole > 0 else math.nan


def _entropy(counts: npt.NDArray[np.int64]) -> float:
    """Return the entropy of shares, in nats."""
    shares = counts[counts > 0] / counts.sum() if counts.sum() else np.ones(1)
    return float(-(shares * np.log(shares)).sum())


def _adjusted(shared: float, rows: Counts, columns: Counts, mean: float) -> float:
    expected = _expected(rows, columns)
    room = mean - expected
    return (shared - expected) / room if abs(room) > np.finfo(float).eps else math.nan


def _expected(rows: Counts, columns: Counts) -> float:
    """Return the mutual information to expect of random tables with these sums (Vinh, Epps & Bailey 2010, eq. 24a)."""
    n = int(rows.sum())
    expected = 0.0
    for row in rows.tolist():
        for column in columns.tolist():
            cell = np.arange(max(1, row + column - n), min(row, column) + 1, dtype=float)
            log_weight = (
                gammaln(row + 1) + gammaln(column + 1) + gammaln(n - row + 1) + gammaln(n - column + 1)
                - gammaln(n + 1) - gammaln(cell + 1) - gammaln(row - cell + 1) - gammaln(column - cell + 1)
                - gammaln(n - row - column + cell + 1)
            )  # fmt: skip
            gain = cell / n * np.log(n * cell / (row * column))
            expected += float((gain * np.exp(log_weight)).sum())
    return expected


def _pairs(counts: npt.NDArray[np.int64]) -> float:
    return float((counts.astype(float) * (counts - 1.0) / 2).sum())


def _rand(table: Counts, rows: Counts, columns: Counts, n: int) -> float:
    together, of_rows, of_columns, all_pairs = _pairs(table), _pairs(rows), _pairs(columns), n * (n - 1) / 2
    if not all_pairs:
        return math.nan
    expected = of_rows * of_columns / all_pairs
    most = (of_rows + of_columns) / 2
    return (together - expected) / (most - expected) if most > expected else math.nan


def _cramers_v(table: Counts, rows: Counts, columns: Counts, n: int) -> float:
    r, c = len(rows), len(columns)
    if min(r, c) < 2 or n < 2:
        return math.nan
    expected = np.outer(rows, columns) / n
    phi = float(((table - expected) ** 2 / expected).sum()) / n
    corrected = max(0.0, phi - (r - 1) * (c - 1) / (n - 1))
    most = min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
    return math.sqrt(corrected / most) if most > 0 else math.nan
