"""How good churn risks are: do they tell who leaves from who stays, and do as many leave as they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import rankdata

from segmodel.errors import ValueModelError
from segmodel.intervals import Z95, wilson
from segmodel.value.churn_columns import read_label
from segmodel.value.repeat import Floats, check_numbers

LARGEST_GAP = 0.1
"""Share by which the customers expected to leave may differ from those who left before noise must explain it."""

SLOPES = (0.8, 1.25)
"""Calibration slopes between which risks are used whatever noise says: neither far too bold nor far too timid."""

BINS = 10


@dataclass(frozen=True)
class Recalibration:
    """What would have to be done to risks, on the log-odds scale, for them to be right.

    Attributes
    ----------
    intercept, intercept_low, intercept_high : float
        To be added to all risks (calibration in the large); 0 where as many left as expected.
    slope, slope_low, slope_high : float
        By which their spread is to be multiplied; under 1 where risks are too bold. NaN where all risks are alike.
    """

    intercept: float
    intercept_low: float
    intercept_high: float
    slope: float
    slope_low: float
    slope_high: float

    @property
    def intercept_is_nil(self) -> bool:
        """Whether 0 lies in its interval."""
        return self.intercept_low <= 0 <= self.intercept_high

    @property
    def slope_is_one(self) -> bool:
        """Whether 1 lies in its interval; true where all risks are alike, since there is then no spread to correct."""
        return bool(np.isnan(self.slope)) or self.slope_low <= 1 <= self.slope_high


@dataclass(frozen=True)
class ChurnCheck:
    """Risks held against who left. All intervals are at 95%.

    Attributes
    ----------
    n_customers, n_left : int
    expected : float
        Sum of the risks: customers expected to leave.
    auc, auc_low, auc_high : float
        Chance that somebody who left had the higher risk than somebody who stayed; 0.5 is guessing.
    brier, brier_base : float
        Mean squared error of the risks, and of giving everybody the share who left.
    brier_gain_low : float
        Lower end of the interval of how much better the first is.
    log_loss, log_loss_base : float
        The same two, as mean negative log-likelihood.
    top_decile_lift : float
        Share who left among the tenth with the highest risks ÷ share of all who left.
    calibration : DataFrame
        Up to ten bins by risk, equal risks in one: `bin`, `customers`, `predicted` (mean risk), `observed` (share who
        left), `low` and `high` (Wilson).
    recalibration : Recalibration
    gives_away : tuple of str
        Columns that alone tell who left.
    """

    n_customers: int
    n_left: int
    expected: float
    auc: float
    auc_low: float
    auc_high: float
    brier: float
    brier_base: float
    brier_gain_low: float
    log_loss: float
    log_loss_base: float
    top_decile_lift: float
    calibration: pd.DataFrame
    recalibration: Recalibration
    gives_away: tuple[str, ...] = ()

    @property
    def churn_rate(self) -> float:
        """Share who left."""
        return self.n_left / self.n_customers

    @property
    def is_better_than_guessing(self) -> bool:
        """Whether the order of the risks tells who leaves, beyond noise."""
        return self.auc_low > 0.5

    @property
    def is_more_exact(self) -> bool:
        """Whether the risks are nearer to what happened than the same risk for everybody, beyond noise."""
        return self.brier_gain_low > 0

    @property
    def is_calibrated(self) -> bool:
        """Whether as many left as expected and risks are neither too bold nor too timid.

        Each either within noise, or within `LARGEST_GAP` and `SLOPES`: in many customers noise excuses nothing.
        """
        found = self.recalibration
        as_many = found.intercept_is_nil or abs(self.expected / self.n_left - 1) <= LARGEST_GAP
        return as_many and (found.slope_is_one or SLOPES[0] <= found.slope <= SLOPES[1])

    @property
    def is_trusted(self) -> bool:
        """Whether risks may be shown: they beat guessing, are calibrated, and no column gives the label away."""
        beats_guessing = self.is_better_than_guessing and self.is_more_exact
        return beats_guessing and self.is_calibrated and not self.gives_away

    @property
    def sentence(self) -> str:
        """The outcome in words."""
        counts = (
            f"Of {self.n_customers:,} customers {self.n_left:,} left; risks from a model that had not seen them "
            f"expected {self.expected:,.0f}"
        )
        if self.gives_away:
            those = ", ".join(f"'{name}'" for name in self.gives_away)
            return f"{counts}. Do not use the risks: {those} alone gives away who left. Leave it out and fit again."
        if not self.is_better_than_guessing:
            return f"{counts}. Do not use the risks: they tell who leaves no better than giving everybody the same."
        order = (
            f"{counts}, and the tenth most at risk left {self.top_decile_lift:.1f} times as often as all (AUC "
            f"{self.auc:.2f}, 95% interval {self.auc_low:.2f} to {self.auc_high:.2f})."
        )
        if self.is_trusted:
            return order
        return f"{order} Use them to rank customers only, not as chances: {self._why_not_calibrated()}."

    def _why_not_calibrated(self) -> str:
        found = self.recalibration
        if not found.intercept_is_nil and abs(self.expected / self.n_left - 1) > LARGEST_GAP:
            return f"they expect {'more' if self.expected > self.n_left else 'fewer'} to leave than did"
        if self.is_calibrated:
            return "they are not surely nearer to what happened than the same risk for everybody"
        which = "high ones are too high and low ones too low" if found.slope < 1 else "they differ too little"
        return f"their calibration slope is {found.slope:.2f}, so {which}"


def check_churn_risk(risk: npt.ArrayLike, left: npt.ArrayLike, *, gives_away: tuple[str, ...] = ()) -> ChurnCheck:
    """Hold churn risks against who left.

    Parameters
    ----------
    risk : array_like of shape (n_customers,)
        From a model that was not fitted on these customers, each above 0 and below 1.
    left : array_like of shape (n_customers,)
        yes or no, true or false, 1 or 0.
    gives_away : tuple of str
        Columns the model read that give the label away.

    Raises
    ------
    ValueModelError
        When a risk is missing or not between 0 and 1, or the label cannot be used.

    Notes
    -----
    The interval of the AUC is DeLong's (DeLong, DeLong & Clarke-Pearson 1988); calibration intercept and slope are
    Cox's (1958), the intercept with the slope held at one.
    """
    chances = np.ravel(check_numbers(risk, "risk"))
    if ((chances <= 0) | (chances >= 1)).any():
        raise ValueModelError("A risk is 0, 1 or beyond; expected chances in between, as nobody's is nil or certain.")
    is_gone = read_label(left, len(chances))
    rate, n = float(is_gone.mean()), len(chances)
    auc, auc_low, auc_high = _auc(chances, is_gone)
    wrong, wrong_base = (chances - is_gone) ** 2, (rate - is_gone) ** 2
    gain = wrong_base - wrong
    return ChurnCheck(
        n_customers=n,
        n_left=int(is_gone.sum()),
        expected=float(chances.sum()),
        auc=auc,
        auc_low=auc_low,
        auc_high=auc_high,
        brier=float(wrong.mean()),
        brier_base=float(wrong_base.mean()),
        brier_gain_low=float(gain.mean() - Z95 * gain.std(ddof=1) / np.sqrt(n)),
        log_loss=_log_loss(chances, is_gone),
        log_loss_base=_log_loss(np.full(n, rate), is_gone),
        top_decile_lift=_lift(chances, is_gone),
        calibration=calibration_table(chances, is_gone),
        recalibration=recalibration(chances, is_gone),
        gives_away=gives_away,
    )


def calibration_table(risk: Floats, left: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Return ten bins by risk, fewer where many risks are equal, as `ChurnCheck.calibration`."""
    place = pd.qcut(pd.Series(risk).rank(method="average"), BINS, labels=False, duplicates="drop").fillna(0)
    rows = pd.DataFrame({"bin": place.astype(int), "risk": risk, "left": left})
    table = rows.groupby("bin").agg(
        customers=("left", "size"), predicted=("risk", "mean"), observed=("left", "mean"), gone=("left", "sum")
    )
    shares = wilson(table["gone"].to_numpy(float), table["customers"].to_numpy(float))
    table["low"], table["high"] = shares.low, shares.high
    table.index = pd.RangeIndex(1, len(table) + 1, name="bin")
    return table.drop(columns="gone").reset_index()


def recalibration(risk: Floats, left: npt.NDArray[np.bool_]) -> Recalibration:
    """Return calibration intercept and slope with their intervals.

    Parameters
    ----------
    risk : ndarray of shape (n_customers,)
        Above 0 and below 1.
    left : ndarray of bool
    """
    odds = logit(risk)
    one = np.ones((len(odds), 1))
    (intercept,), (spread,) = _logistic(one, odds, left)
    slope, slope_spread = float("nan"), float("nan")
    if np.ptp(odds) > 1e-9:
        # centred, so that the search is well behaved however rare leaving is
        both, spreads = _logistic(np.column_stack([one, odds - odds.mean()]), np.zeros(len(odds)), left)
        slope, slope_spread = float(both[1]), float(spreads[1])
    return Recalibration(
        float(intercept), float(intercept - Z95 * spread), float(intercept + Z95 * spread),
        slope, slope - Z95 * slope_spread, slope + Z95 * slope_spread,
    )  # fmt: skip


def _logistic(design: Floats, offset: Floats, left: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return coefficients of a logistic regression and their standard errors, by Newton's method with halved steps."""
    found = np.zeros(design.shape[1])

    def loss(coefficients: Floats) -> float:
        scores = offset + design @ coefficients
        return float((np.logaddexp(0, scores) - left * scores).sum())

    information = np.eye(len(found))
    for _ in range(50):
        chance = expit(offset + design @ found)
        information = (design * (chance * (1 - chance))[:, None]).T @ design + 1e-12 * np.eye(len(found))
        step = np.linalg.solve(information, design.T @ (left - chance))
        while loss(found + step) > loss(found) + 1e-9 and np.abs(step).max() > 1e-12:
            step = step / 2
        found = found + step
        if np.abs(step).max() < 1e-9:
            break
    return found, np.sqrt(np.diag(np.linalg.inv(information)))


def _auc(risk: Floats, left: npt.NDArray[np.bool_]) -> tuple[float, float, float]:
    """Return the AUC with DeLong's interval, computed from ranks as Sun & Xu (2014) do."""
    gone, stayed = risk[left], risk[~left]
    everyone = rankdata(np.concatenate([gone, stayed]))
    above = (everyone[: len(gone)] - rankdata(gone)) / len(stayed)
    below = 1 - (everyone[len(gone) :] - rankdata(stayed)) / len(gone)
    auc = float(above.mean())
    error = np.sqrt(above.var(ddof=1) / len(gone) + below.var(ddof=1) / len(stayed))
    return auc, float(max(0.0, auc - Z95 * error)), float(min(1.0, auc + Z95 * error))


def _lift(risk: Floats, left: npt.NDArray[np.bool_]) -> float:
    """Return the lift of the tenth with the highest risks; of equal risks at its edge each counts in part."""
    size = max(1, len(risk) // BINS)
    edge = np.sort(risk)[-size]
    over, at = risk > edge, risk == edge
    hits = left[over].sum() + left[at].mean() * (size - over.sum())
    return float(hits / size / left.mean())


def _log_loss(risk: Floats, left: npt.NDArray[np.bool_]) -> float:
    return float(-np.log(np.where(left, risk, 1 - risk)).mean())
