"""Churn risk where it is known who left: a classifier whose risks are chances, chosen by cross-validation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import StratifiedKFold, cross_val_predict, train_test_split
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from segmodel.errors import ValueModelError
from segmodel.value.churn_candidates import CANDIDATES
from segmodel.value.churn_check import ChurnCheck, check_churn_risk, recalibration
from segmodel.value.churn_columns import columns_that_give_away, find_columns, read_label
from segmodel.value.repeat import Floats

SMALLEST_RISK = 0.001
"""Nobody's risk is said to be nearer to 0% or 100% than this."""


COMPARED = 50_000
"""Customers on whom candidates are compared and giveaways looked for; the chosen candidate is fitted on all."""


class ChurnModel(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Chance that a customer leaves, learnt from customers of whom it is known.

    The candidates are compared by cross-validation on log loss, and the simplest within one standard error of the
    best is taken (Breiman, Friedman, Olshen & Stone 1984). Where its risks out of fold are not calibrated, they are
    corrected by Platt scaling (Platt 1999), itself fitted out of fold.

    Parameters
    ----------
    candidates : sequence of str
        Of "logistic", "logistic_with_splines" and "boosting"; one alone is taken as it is.
    n_folds : int
        Of the cross-validation.
    smallest_risk : float
        Risks are cut to lie between this and one minus this.
    random_state : int, optional
        Deals customers to folds.

    Attributes
    ----------
    chosen_ : str
    comparison_ : DataFrame
        `candidate`, `log_loss` out of fold, `behind` (mean difference from the best a customer), `standard_error` of
        that; without the last three where there was one candidate.
    is_recalibrated_ : bool
        Whether Platt scaling was needed.
    numbers_, words_, left_out_ : tuple of str
        Columns read as numbers, as words, and not at all: those with one value, or with names and ids.
    gives_away_ : tuple of str
        Columns that alone tell who left (AUC of 0.99 or more), so that they cannot have been known before.
    warning_ : str or None
        The same in a sentence.
    churn_rate_ : float
    n_customers_ : int
    classes_ : ndarray
        False and True.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> months = np.arange(400) % 40
    >>> left = np.random.default_rng(1).uniform(size=400) < 0.8 - 0.02 * months
    >>> model = ChurnModel(random_state=0).fit(pd.DataFrame({"months": months}), left)
    >>> model.churn_risk(pd.DataFrame({"months": [0, 39]})).round(1).tolist()
    [0.8, 0.1]
    """

    chosen_: str
    comparison_: pd.DataFrame
    warning_: str | None

    def __init__(
        self,
        *,
        candidates: Sequence[str] = tuple(CANDIDATES),
        n_folds: int = 5,
        smallest_risk: float = SMALLEST_RISK,
        random_state: int | None = None,
    ) -> None:
        self.candidates = candidates
        self.n_folds = n_folds
        self.smallest_risk = smallest_risk
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, y: npt.ArrayLike) -> Self:
        """Learn from customers of whom it is known whether they left.

        Parameters
        ----------
        X : DataFrame of shape (n_customers, n_columns)
            What was known before: numbers, words, dates, yes-no values; values may be missing.
        y : array_like of shape (n_customers,)
            Who left: yes or no, true or false, 1 or 0.

        Raises
        ------
        ValueModelError
            When the label does not have two values, fewer than 20 customers left or stayed, no column says anything,
            or a parameter is out of range.
        """
        self._check_parameters()
        self.columns_ = find_columns(X)
        left = read_label(y, len(X))
        read = self.columns_.read(X)
        self.numbers_, self.words_, self.left_out_ = self.columns_.numbers, self.columns_.words, self.columns_.left_out
        with threadpool_limits(1):  # many small fits: threads would mostly wait for each other
            self._fit_best(read, left)
        self.classes_ = np.array([False, True])
        self.churn_rate_, self.n_customers_ = float(left.mean()), len(left)
        return self

    def _fit_best(self, read: pd.DataFrame, left: npt.NDArray[np.bool_]) -> None:
        folds = StratifiedKFold(self.n_folds, shuffle=True, random_state=self.random_state)
        built = {name: CANDIDATES[name](self.columns_, read) for name in self.candidates}
        few, few_left = _sampled(read, left, self.random_state)
        self.gives_away_ = columns_that_give_away(few, few_left)
        self.warning_ = _words_about(self.gives_away_)
        parts = list(folds.split(few, few_left))
        risks = {
            name: cross_val_predict(classifier, few, few_left, cv=parts, method="predict_proba")[:, 1]
            for name, classifier in built.items()
        }
        self.chosen_, self.comparison_ = _choose(risks, few_left)
        found = recalibration(self._cut(risks[self.chosen_]), few_left)
        self.is_recalibrated_ = not (found.intercept_is_nil and found.slope_is_one)
        classifier = built[self.chosen_]
        if self.is_recalibrated_:
            classifier = CalibratedClassifierCV(classifier, method="sigmoid", cv=folds, ensemble=False)
        self.classifier_ = classifier.fit(read, left)

    def churn_risk(self, X: pd.DataFrame) -> Floats:
        """Return the chance that each customer leaves, never nil and never certain.

        Parameters
        ----------
        X : DataFrame of shape (n_customers, n_columns)
            The columns fitted on, in any order; others are not read. Words not seen before count as rare ones.

        Raises
        ------
        ValueModelError
            When a column is missing, or one of numbers holds a word.
        """
        check_is_fitted(self, "classifier_")
        if not isinstance(X, pd.DataFrame):
            raise ValueModelError(f"Found {type(X).__name__}; expected a pandas DataFrame with one row a customer.")
        read = self.columns_.read(X)
        if read.empty:
            return np.empty(0)
        return self._cut(self.classifier_.predict_proba(read)[:, 1])

    def predict_proba(self, X: pd.DataFrame) -> Floats:
        """Return the chances of staying and of leaving, an array of shape (n_customers, 2), as scikit-learn does."""
        risk = self.churn_risk(X)
        return np.column_stack([1 - risk, risk])

    def predict(self, X: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Return whether each customer is more likely to leave than to stay."""
        return np.asarray(self.churn_risk(X) > 0.5)

    def _cut(self, risk: Floats) -> Floats:
        return np.clip(np.asarray(risk, dtype=np.float64), self.smallest_risk, 1 - self.smallest_risk)

    def _check_parameters(self) -> None:
        unknown = [name for name in self.candidates if name not in CANDIDATES]
        if unknown or not self.candidates:
            raise ValueModelError(
                f"Found candidates {list(self.candidates)}; expected one or more of {', '.join(CANDIDATES)}."
            )
        if not 2 <= self.n_folds <= 20 or not 0 < self.smallest_risk < 0.1:
            raise ValueModelError(
                f"Found n_folds {self.n_folds} and smallest_risk {self.smallest_risk}; expected 2 to 20 folds and a "
                "share above 0 and below 0.1."
            )


def evaluate_churn(
    X: pd.DataFrame,
    y: npt.ArrayLike,
    *,
    model: ChurnModel | None = None,
    n_folds: int = 5,
    random_state: int | None = None,
) -> ChurnCheck:
    """Say how good a churn model is, from risks of customers that it was not fitted on.

    Everything that is learnt, the choice among candidates and the calibration too, is learnt anew in each fold from the
    other folds, so the figures flatter nothing.

    Parameters
    ----------
    X, y
        As `ChurnModel.fit` takes them.
    model : ChurnModel, optional
        Not changed; the default one when left out.
    n_folds : int
    random_state : int, optional

    Raises
    ------
    ValueModelError
        As `ChurnModel.fit`; also when a fold is left with too few customers.
    """
    columns = find_columns(X)
    left = read_label(y, len(X))
    if not 2 <= n_folds <= 20:
        raise ValueModelError(f"Found n_folds {n_folds}; expected 2 to 20.")
    risk = np.empty(len(left))
    for known, unknown in StratifiedKFold(n_folds, shuffle=True, random_state=random_state).split(left, left):
        fitted = clone(model or ChurnModel(random_state=random_state)).fit(X.iloc[known], left[known])
        risk[unknown] = fitted.churn_risk(X.iloc[unknown])
    return check_churn_risk(
        risk, left, gives_away=columns_that_give_away(*_sampled(columns.read(X), left, random_state))
    )


def _sampled(
    read: pd.DataFrame, left: npt.NDArray[np.bool_], random_state: int | None
) -> tuple[pd.DataFrame, npt.NDArray[np.bool_]]:
    """Return as many customers as are compared, with the share who left that all have."""
    if len(left) <= COMPARED:
        return read, left
    some, _ = train_test_split(np.arange(len(left)), train_size=COMPARED, stratify=left, random_state=random_state)
    return read.iloc[some], left[some]


def _choose(risks: dict[str, Floats], left: npt.NDArray[np.bool_]) -> tuple[str, pd.DataFrame]:
    """Return the simplest candidate that is not worse than the best by more than chance, and the comparison."""
    losses = {name: -np.log(np.clip(np.where(left, risk, 1 - risk), 1e-6, 1.0)) for name, risk in risks.items()}
    best = min(losses, key=lambda name: float(losses[name].mean()))
    rows = []
    for name, loss in losses.items():
        behind = loss - losses[best]
        error = float(behind.std(ddof=1) / np.sqrt(len(loss)))
        rows.append({"candidate": name, "log_loss": loss.mean(), "behind": behind.mean(), "standard_error": error})
    table = pd.DataFrame(rows)
    near = table[table["behind"] <= table["standard_error"]]["candidate"]
    return next(name for name in CANDIDATES if name in set(near)), table


def _words_about(gives_away: Sequence[str]) -> str | None:
    if not gives_away:
        return None
    those = ", ".join(f"'{name}'" for name in gives_away)
    it, verb = ("it", "tells") if len(gives_away) == 1 else ("they", "tell")
    return (
        f"{those} alone {verb} who left, nearly without fail, so {it} must have been written afterwards. Leave that "
        "out: risks learnt from it are worth nothing for customers who are still here."
    )
