"""How a segment's value answers to what is spent on it: a curve of diminishing returns, or why none can be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtrit

from segmodel.errors import ValueModelError
from segmodel.formats import UNKNOWN, counted, listed, share, share_range
from segmodel.value.repeat import Floats
from segmodel.value.response_regression import Slope, controls, fit_slope, without_controls

FEWEST_MONTHS = 24
"""Whole months from which on season and response can be told apart: each month of the year is there twice."""

LEAST_OWN_VARIATION = 0.15
"""Standard deviation of log spend once season and trend are taken out; below it spend hardly moves by itself."""

WIDEST = 0.3
"""Widest interval of the elasticity that is still acted on."""

FOLLOWS_AT = 0.025
"""Chance of taking spend that does not follow last month's value for spend that does."""


@dataclass(frozen=True)
class ResponseCurve:
    """The response of one segment's monthly value to its monthly spend: value ∝ spend ^ elasticity.

    Attributes
    ----------
    name : str
        Of the segment, as sentences say it.
    elasticity, low, high : float
        How many percent more value come with one percent more spend, and its interval; between 0 and 1, NaN where
        nothing could be fitted.
    level : float
        Of the interval.
    n_months : int
        Months it was fitted on.
    own_variation : float
        Standard deviation of log spend once season and trend are taken out: 0.2 is about 20% up or down.
    least_spend, most_spend : float
        Range of monthly spend that was seen.
    is_enough : bool
        Whether it may be acted on.
    reason : str
        Why it may not, in plain words; empty where it may.
    slope : Slope or None
        What is known of the elasticity before it is held between 0 and 1.
    """

    name: str
    elasticity: float
    low: float
    high: float
    level: float
    n_months: int
    own_variation: float
    least_spend: float
    most_spend: float
    is_enough: bool
    reason: str
    slope: Slope | None = None

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        subject = self.name or "This segment"
        if not self.is_enough:
            return f"{subject}: not enough evidence. {self.reason}"
        rise, low, high = (1.1**elasticity - 1 for elasticity in (self.elasticity, self.low, self.high))
        return (
            f"{subject}: 10% more spend goes with {share(rise, 1)} more value in the same month ({self.level:.0%} "
            f"interval {share_range(low, high)}), from {counted(self.n_months, 'month')}."
        )

    def draws(self, n_draws: int, random: np.random.Generator) -> Floats:
        """Return elasticities as likely as the data make them, held between 0 and 1.

        Raises
        ------
        ValueModelError
            When nothing was fitted.
        """
        if self.slope is None:
            raise ValueModelError(f"The response of {self.name or 'the segment'} is not known: {self.reason}")
        return np.clip(self.slope.draws(n_draws, random), 0.0, 1.0)

    def points(self, spend: float, value: float, low: float | None = None, high: float | None = None) -> pd.DataFrame:
        """Return the curve through where the segment is today, for drawing.

        Parameters
        ----------
        spend, value : float
            Today's mean a month, above zero.
        low, high : float, optional
            Range of monthly spend; default: the range seen, widened to hold today's spend.

        Returns
        -------
        DataFrame
            41 rows: `spend`, `value`, `low`, `high`; empty where the response is not known.
        """
        if not self.is_enough or not (spend > 0 and value > 0):
            return pd.DataFrame(columns=["spend", "value", "low", "high"], dtype=float)
        start = min(self.least_spend, spend) if low is None else low
        stop = max(self.most_spend, spend) if high is None else high
        ratio = np.linspace(max(start, spend * 1e-3), stop, 41) / spend
        ends = np.sort([value * ratio**self.low, value * ratio**self.high], axis=0)
        return pd.DataFrame(
            {"spend": ratio * spend, "value": value * ratio**self.elasticity, "low": ends[0], "high": ends[1]}
        )


def fit_response(months: pd.DataFrame, *, level: float = 0.9, name: str = "") -> ResponseCurve:
    """Fit the response of monthly value to monthly spend of one segment.

    log value = month of year + trend + elasticity · log spend + noise, where noise carries over from month to month.
    The effect is that of the same month: what spend does later is not counted, so it errs on the low side.

    Parameters
    ----------
    months : DataFrame
        `month`, `spend`, `value`; a row with `is_whole` false is left out, and so is one without value or spend above
        zero, of which a curve of constant elasticity cannot speak.
    level : float
        Of the interval.
    name : str
        Of the segment, for sentences.

    Returns
    -------
    ResponseCurve
        Which says when there is not enough evidence, and why.

    Raises
    ------
    ValueModelError
        When a column is missing, a month is there twice, or `level` is out of range.

    Notes
    -----
    Constant elasticity and its controls: Hanssens, Parsons & Schultz, Market Response Models (2001), chapters 3 and 5.
    Elasticities of advertising in the short term are 0.12 on average (Sethuraman, Tellis & Briesch 2011); that is a
    yardstick for readers, and not used here.

    Examples
    --------
    >>> few = pd.DataFrame({"month": ["2026-01-01", "2026-02-01"], "spend": [10.0, 12.0], "value": [90.0, 95.0]})
    >>> fit_response(few).reason
    'Only 2 whole months have both spend and value; season and response can be told apart from 24 on.'
    """
    if not 0 < level < 1:
        raise ValueModelError(f"Found level {level}; expected a share, as 0.9.")
    used, number = _usable(months)
    spend, value = used["spend"].to_numpy(np.float64), used["value"].to_numpy(np.float64)
    seen = (float(spend.min()), float(spend.max())) if len(spend) else (np.nan, np.nan)
    nothing = ResponseCurve(name, np.nan, np.nan, np.nan, level, len(used), np.nan, *seen, False, "")
    if len(used) < FEWEST_MONTHS:
        return _declined(
            nothing,
            f"Only {counted(len(used), 'whole month')} {'has' if len(used) == 1 else 'have'} both spend and value; "
            f"season and response can be told apart from {FEWEST_MONTHS} on.",
        )
    given, log_spend, log_value = controls(number), np.log(spend), np.log(value)
    left = without_controls(log_spend, given)
    freedom = len(used) - np.linalg.matrix_rank(given)
    own = float(np.sqrt(left @ left / freedom))
    varied = replace(nothing, own_variation=own)
    if own < LEAST_OWN_VARIATION:
        return _declined(
            varied,
            f"Spend hardly moves by itself: season and trend taken out, it varies by {share(own)} from month to month, "
            f"where {share(LEAST_OWN_VARIATION)} is the least that can tell anything. "
            "Vary it on purpose for some months to learn.",
        )
    slope = fit_slope(log_value, given, log_spend, number)
    low, high = slope.quantile((1 - level) / 2), slope.quantile((1 + level) / 2)
    bounded = [float(np.clip(each, 0.0, 1.0)) for each in (slope.estimate, low, high)]
    fitted = replace(varied, elasticity=bounded[0], low=bounded[1], high=bounded[2], is_enough=True, slope=slope)
    reason = _objection(slope.estimate, low, high, fitted, _follows_value(number, log_spend, log_value))
    return _declined(fitted, reason) if reason else fitted


def fit_responses(
    spend: pd.DataFrame, months: pd.DataFrame, segments: Iterable[tuple[str, str]], *, level: float = 0.9
) -> dict[str, ResponseCurve]:
    """Fit the response of every segment.

    Parameters
    ----------
    spend, months : DataFrame
        Rows of `segment_spend` and `segment_months` of one segmentation, as `store_budget` makes them.
    segments : iterable of (str, str)
        Id and name.
    level : float
        Of the intervals.

    Returns
    -------
    dict of str to ResponseCurve, by id
    """
    keys = ["segment", "month"]
    both = months[[*keys, "value", "is_whole"]].merge(spend[[*keys, "spend"]], on=keys)
    return {
        segment: fit_response(both[both["segment"] == segment], level=level, name=name) for segment, name in segments
    }


def _usable(months: pd.DataFrame) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """Return the months that can be fitted, in order, and each one's number."""
    missing = [column for column in ("month", "spend", "value") if column not in months]
    if missing:
        raise ValueModelError(f"The months have no column {listed(missing)}; expected month, spend and value.")
    known = months.assign(month=pd.to_datetime(months["month"]))
    if known["month"].dt.to_period("M").duplicated().any():
        raise ValueModelError("A month is there twice; expected one row a month of one segment.")
    if "is_whole" in known:
        known = known[known["is_whole"].astype(bool)]
    money = known[["spend", "value"]].to_numpy(np.float64)
    used = known[(np.isfinite(money) & (money > 0)).all(axis=1)].sort_values("month")
    number = (used["month"].dt.year * 12 + used["month"].dt.month - 1).to_numpy(np.int64)
    return used, number


def _objection(estimate: float, low: float, high: float, curve: ResponseCurve, follows: bool) -> str:
    """Say why a fit may not be acted on, or return nothing."""
    said = f"{_plain(low)} to {_plain(high)}"
    if follows:
        return (
            "Spend follows the value of the month before, so the two go together whichever drives the other: "
            "that is an association, not a response."
        )
    if estimate >= 1:
        return (
            f"Value rises as fast as spend or faster (elasticity {_plain(estimate)}), as where a budget is set by "
            "the sales expected: that is an association, not a response with diminishing returns."
        )
    if high <= 0:
        return (
            f"Value is lower in months with more spend (elasticity {said}); no gain from spend can be read from that."
        )
    if high - low > WIDEST:
        return (
            f"The elasticity may be anything from {said}, from {counted(curve.n_months, 'month')}: "
            f"an interval wider than {_plain(WIDEST)} does not tell a good move from a bad one."
        )
    return ""


def _follows_value(number: npt.NDArray[np.int64], log_spend: Floats, log_value: Floats) -> bool:
    """Return whether spend is higher after a month of higher value, season, trend and spend then being equal."""
    after = np.flatnonzero(np.diff(number) == 1) + 1
    columns = np.column_stack([controls(number[after]), log_spend[after - 1], log_value[after - 1]])
    freedom = len(after) - np.linalg.matrix_rank(columns)
    if freedom < 1:
        return False
    left = without_controls(log_spend[after], columns)
    own = without_controls(columns[:, -1], columns[:, :-1])
    slope = float(own @ log_spend[after] / (own @ own))
    error = float(np.sqrt(left @ left / freedom / (own @ own)))
    return slope > error * float(stdtrit(freedom, 1 - FOLLOWS_AT))


def _declined(curve: ResponseCurve, reason: str) -> ResponseCurve:
    return replace(curve, is_enough=False, reason=reason)


def _plain(number: float) -> str:
    return f"{number:.2f}".replace("-", "−") if np.isfinite(number) else UNKNOWN
