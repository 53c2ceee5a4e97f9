"""Whether segments move with something outside: indicators such as a price index, months apart, honestly uncertain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from segmodel.drift.behaviour import BEHAVIOUR
from segmodel.drift.verdicts import ALL_SEGMENTS
from segmodel.engines import Engine
from segmodel.formats import called, month, number
from segmodel.store import rounded

Floats = npt.NDArray[np.float64]
Finding = Literal["moves with it", "one month", "cannot be told"]

LAGS = 3
"""Months by which an indicator may lead."""

FEWEST = 12
"""Pairs of monthly changes under which nothing is said."""

FALSE_CALLS = 0.05
"""False calls allowed among all that are made of a segmentation (Benjamini & Hochberg 1995)."""

_COLUMNS = [
    "segment", "measure", "indicator", "lag", "months", "correlation", "low", "high", "p_value", "finding", "text",
]  # fmt: skip


@dataclass(frozen=True)
class Association:
    """How the monthly changes of two series go together, at the lag where they do most.

    Attributes
    ----------
    lag : int
        Months by which the indicator leads.
    months : int
        Pairs of changes.
    correlation, low, high : float
        Pearson's, with a 95% interval for as many independent months as there are.
    p_value : float
        Corrected for having looked at every lag.
    without_largest : float
        The p-value without the month that matters most: near 1 where one month decides.
    largest : int
        Place of that month among the changes.
    """

    lag: int
    months: int
    correlation: float
    low: float
    high: float
    p_value: float
    without_largest: float
    largest: int


def lagged_association(series: npt.ArrayLike, indicator: npt.ArrayLike, lags: int = LAGS) -> Association | None:
    """Return how the changes of a monthly series go with those of an indicator up to some months before.

    Changes from month to month are compared, as two series with a trend go together whatever they are of (Yule 1926).
    The number of independent months is n ÷ (1 + 2·Σ r_x(k)·r_y(k)) (Bartlett 1935), the interval Fisher's.

    Parameters
    ----------
    series, indicator : array_like of shape (n_months,)
        By month, oldest first; NaN where not known.
    lags : int

    Returns
    -------
    Association or None
        None where there are fewer than twelve pairs of changes at every lag, or one of the series never changes.
    """
    own, other = (np.diff(np.asarray(values, dtype=np.float64)) for values in (series, indicator))
    found = []
    for lag in range(lags + 1):
        later, earlier = own[lag:], other[: len(other) - lag]
        known = np.isfinite(later) & np.isfinite(earlier)
        if known.sum() < FEWEST or not (np.ptp(later[known]) > 0 and np.ptp(earlier[known]) > 0):
            continue
        places = np.flatnonzero(known) + lag
        found.append(_at_lag(lag, later[known], earlier[known], places))
    if not found:
        return None
    best = min(found, key=lambda each: each.p_value)
    return Association(**{**vars(best), "p_value": min(1.0, best.p_value * len(found))})


def outside_associations(engine: Engine, months: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Return what can be told of every segment and indicator, a row each.

    Parameters
    ----------
    engine : Engine
        Holds `context`, where there is one.
    months : DataFrame
        Of `against_reference`: segment, measure, snapshot, level.
    names : mapping of str to str
        Of the segments.

    Returns
    -------
    DataFrame
        segment, measure, indicator, lag, months, correlation, low, high, p_value, finding, text; without rows where
        there is no table `context`.
    """
    if "context" not in engine.tables() or months.empty:
        return pd.DataFrame(columns=_COLUMNS)
    indicators = engine.frame(
        "SELECT indicator, last_day(date) AS snapshot, favg(value) AS value FROM context GROUP BY ALL ORDER BY ALL"
    )
    indicators["snapshot"] = pd.to_datetime(indicators["snapshot"])
    rows = []
    for (measure, segment), own in months.sort_values("snapshot").groupby(["measure", "segment"], sort=True):
        for indicator, other in indicators.groupby("indicator", sort=True):
            pair = own.merge(other, on="snapshot", how="left")
            found = lagged_association(np.log(pair["level"].where(pair["level"] > 0)), pair["value"])
            rows.append(_row(str(segment), str(measure), str(indicator), found, pair["snapshot"]))
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    for name in ("correlation", "low", "high", "p_value"):
        frame[name] = rounded(frame[name])
    known = frame["p_value"].notna().to_numpy()
    sure = np.zeros(len(frame), dtype=bool)
    if known.any():
        sure[known] = stats.false_discovery_control(frame.loc[known, "p_value"]) <= FALSE_CALLS
    frame.loc[~sure & known, "finding"] = "cannot be told"
    frame["text"] = [_text(row, names) for row in frame.to_dict("records")]
    return frame


def _at_lag(lag: int, own: Floats, other: Floats, places: npt.NDArray[np.intp]) -> Association:
    correlation = float(np.corrcoef(own, other)[0, 1])
    low, high, p_value = _uncertainty(correlation, _independent(own, other))
    scores = (own - own.mean()) * (other - other.mean())
    largest = int(np.argmax(scores * np.sign(correlation)))
    rest = np.arange(len(own)) != largest
    without = 1.0
    if np.ptp(own[rest]) > 0 and np.ptp(other[rest]) > 0:
        left = float(np.corrcoef(own[rest], other[rest])[0, 1])
        without = _uncertainty(left, _independent(own[rest], other[rest]))[2] if left * correlation > 0 else 1.0
    return Association(lag, len(own), correlation, low, high, p_value, without, int(places[largest]))


def _independent(own: Floats, other: Floats) -> float:
    """Return how many independent pairs these are worth, for how alike neighbouring months are; at least four."""
    n = len(own)
    parts = [
        [float(np.corrcoef(values[step:], values[:-step])[0, 1]) for values in (own, other)]
        for step in range(1, min(4, n // 3))
        if all(np.ptp(values[step:]) > 0 and np.ptp(values[:-step]) > 0 for values in (own, other))
    ]
    inflation = 1 + 2 * sum(first * second for first, second in parts)
    return float(np.clip(n / max(inflation, 1.0), 4.0, n))


def _uncertainty(correlation: float, n: float) -> tuple[float, float, float]:
    """Return the 95% interval of a correlation of `n` independent pairs, and its p-value (Fisher 1915; Student)."""
    bounded = float(np.clip(correlation, -0.999999, 0.999999))
    reach = 1.959964 / np.sqrt(max(n - 3, 1.0))
    low, high = (float(np.tanh(np.arctanh(bounded) + sign * reach)) for sign in (-1, 1))
    t = bounded * np.sqrt((n - 2) / (1 - bounded**2))
    return low, high, float(2 * stats.t.sf(abs(t), n - 2))


def _row(segment: str, measure: str, indicator: str, found: Association | None, days: pd.Series) -> dict[str, object]:
    row = {"segment": segment, "measure": measure, "indicator": indicator, "finding": "cannot be told", "text": ""}
    if found is None:
        return row | dict.fromkeys(["lag", "months", "correlation", "low", "high", "p_value"], np.nan)
    is_one = found.without_largest > FALSE_CALLS
    # the month is kept for the sentence: changes are counted from the second month on
    at = pd.Timestamp(days.iloc[found.largest + 1]).date()
    return row | {
        "lag": found.lag,
        "months": found.months,
        "correlation": found.correlation,
        "low": found.low,
        "high": found.high,
        "p_value": found.p_value,
        "finding": "one month" if is_one else "moves with it",
        "text": month(at),
    }


def _text(row: Mapping[Any, Any], names: Mapping[str, str]) -> str:
    segment = str(row["segment"])
    whose = called(names.get(segment, segment)) if segment != ALL_SEGMENTS else "all customers"
    what = f"{BEHAVIOUR[str(row['measure'])]} of {whose} and {str(row['indicator']).replace('_', ' ')}"
    if row["finding"] == "cannot be told":
        reason = "too few months" if pd.isna(row["p_value"]) else "no more than chance"
        return f"{what}: cannot be told ({reason})."
    if row["finding"] == "one month":
        return f"{what}: went together in {row['text']} and not else. One event is no rule."
    lag = int(row["lag"])
    when = "in the same month" if lag == 0 else f"{lag} {'month' if lag == 1 else 'months'} later"
    low, high = (number(row[end], 2) for end in ("low", "high"))
    correlation = number(row["correlation"], 2)
    return (
        f"{what}: change together, {when} (correlation {correlation}, 95% interval {low} to {high}). That is no proof "
        "of a cause."
    )
