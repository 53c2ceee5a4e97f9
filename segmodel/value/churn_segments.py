"""Churn risk by segment: how many may leave, and how much value is at risk with them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

from segmodel.errors import ValueModelError
from segmodel.intervals import wilson
from segmodel.value.repeat import Floats, check_numbers

MAY_LEAVE = 0.5
"""Risk from which a customer counts as one who may leave: more likely gone, or going, than not."""

EVERYBODY = ""
"""Name of the row that stands for all customers, as in the tables of a build."""


def segment_churn(
    risk: npt.ArrayLike,
    segment: npt.ArrayLike,
    value: npt.ArrayLike,
    *,
    threshold: float = MAY_LEAVE,
    level: float = 0.9,
) -> pd.DataFrame:
    """Return churn risk by segment, with the customers who may leave and the value at risk.

    Parameters
    ----------
    risk : array_like of shape (n_customers,)
        Chance that each customer leaves: from `ChurnModel.churn_risk`, or one minus `probability_alive`.
    segment : array_like of shape (n_customers,)
        Each customer's segment; none may be missing.
    value : array_like of shape (n_customers,)
        What each customer is worth while here, as the last twelve months' value. A lifetime value from a purchase model
        is thinned by the same risk already, and would count it twice.
    threshold : float
        Customers with a risk above it may leave. 0.5 means the same in every segment and at every date, where a
        multiple of the mean risk would move with it; lower it where leaving is rare and hardly any risk is that high.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        One row for all customers, whose `segment` is empty text, then one a segment, sorted: `segment`, `customers`,
        `churn_risk` (mean), `churn_risk_low`, `churn_risk_high`, `may_leave` (customers), `value_at_risk`.

    Raises
    ------
    ValueModelError
        When the three differ in length or are empty, a risk is not between 0 and 1, a value is no number, a segment is
        missing or has no name, or a parameter is out of range.

    Notes
    -----
    Value at risk is the sum of risk × value; a customer with a value below zero adds nothing, as no value leaves with
    them. The interval is for the share of these customers who leave when the risks are right: Wilson's, for as many
    customers of equal risk as would give the same spread. It does not hold that the risks may be wrong, which
    `check_churn_risk` tells.

    Examples
    --------
    >>> segment_churn([0.1, 0.9, 0.4], ["a", "b", "b"], [100, 50, 10])[["segment", "may_leave", "value_at_risk"]]
      segment  may_leave  value_at_risk
    0                  1           59.0
    1       a          0           10.0
    2       b          1           49.0
    """
    risks, names, values = _checked(risk, segment, value)
    if not 0 < threshold < 1 or not 0 < level < 1:
        raise ValueModelError(f"Found a threshold of {threshold} and a level of {level}; expected shares, as 0.5.")
    lost = risks * np.maximum(values, 0.0)
    rows = [_row(EVERYBODY, risks, lost, threshold, level)]
    for name in np.unique(names):
        here = names == name
        rows.append(_row(name, risks[here], lost[here], threshold, level))
    return pd.DataFrame(rows)


def _checked(
    risk: npt.ArrayLike, segment: npt.ArrayLike, value: npt.ArrayLike
) -> tuple[Floats, npt.NDArray[np.object_], Floats]:
    risks = np.ravel(check_numbers(risk, "risk"))
    values = np.ravel(check_numbers(value, "value", may_be_negative=True))
    given = pd.Series(np.ravel(np.asarray(segment, dtype=object)))
    if not len(risks) == len(values) == len(given):
        raise ValueModelError(
            f"Found {len(risks):,} risks, {len(given):,} segments and {len(values):,} values; pass one a customer each."
        )
    if not len(risks):
        raise ValueModelError("There are no customers to describe.")
    if (risks > 1).any():
        raise ValueModelError(f"Found a risk of {risks.max():g}; expected a chance from 0 to 1, as 0.2 for 20%.")
    nameless = given.isna() | (given.astype(str) == EVERYBODY)
    if nameless.any():
        raise ValueModelError(f"{nameless.sum():,} customers have no segment. Leave them out.")
    return risks, given.astype(str).to_numpy(object), values


def _row(name: str, risks: Floats, lost: Floats, threshold: float, level: float) -> dict[str, object]:
    low, high = _interval(risks, level)
    return {
        "segment": str(name),
        "customers": len(risks),
        "churn_risk": float(risks.mean()),
        "churn_risk_low": low,
        "churn_risk_high": high,
        "may_leave": int((risks > threshold).sum()),
        "value_at_risk": float(lost.sum()),
    }


def _interval(risks: Floats, level: float) -> tuple[float, float]:
    """Return the interval of the share who leave, each with a chance of their own (Wilson 1927)."""
    mean, spread = float(risks.mean()), float((risks * (1 - risks)).sum())
    if spread <= 0:
        return mean, mean
    z = float(norm.ppf((1 + level) / 2))
    # customers who all had the mean risk, of whom as many would have to be seen for the same spread
    alike = np.array([len(risks) ** 2 * mean * (1 - mean) / spread])
    found = wilson(mean * alike, alike, z)
    return float(found.low[0]), float(found.high[0])
