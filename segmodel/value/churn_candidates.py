"""The classifiers a churn model chooses among, from the simplest on, each taking a table as `Columns.read` makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, QuantileTransformer, SplineTransformer, StandardScaler

from segmodel.value.churn_columns import Columns

Candidate = Callable[[Columns, pd.DataFrame], Pipeline]
"""Builds a classifier for the columns of a table."""

MOST_WORDS = 50
"""Different words of a column that are told apart; the rarer ones count as one."""

FEWEST_VALUES = 10
"""Different values from which on a number may bend; with fewer a straight line has to do."""


def logistic(columns: Columns, read: pd.DataFrame) -> Pipeline:
    """Logistic regression with a penalty: numbers standardised, words as yes or no each."""
    del read
    return _regression(_plain(columns))


def logistic_with_splines(columns: Columns, read: pd.DataFrame) -> Pipeline:
    """Logistic regression in which a number may raise the risk here and lower it there, by cubic splines."""
    bends = [name for name in columns.numbers if _may_bend(read[name])]
    spline = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        # evenly spread first, so that knots neither coincide nor lie where nobody is
        QuantileTransformer(n_quantiles=200, subsample=None),
        SplineTransformer(n_knots=5, include_bias=False),
    )
    return _regression([*_plain(columns), ("splines", spline, bends)])


def boosting(columns: Columns, read: pd.DataFrame) -> Pipeline:
    """Gradient-boosted trees, small and many, which find what works only together."""
    del read
    words = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=float("nan"), max_categories=MOST_WORDS, min_frequency=5
    )
    table = ColumnTransformer(
        [("words", words, list(columns.words)), ("numbers", "passthrough", list(columns.numbers))]
    )
    trees = HistGradientBoostingClassifier(
        learning_rate=0.05, max_iter=120, max_leaf_nodes=8, min_samples_leaf=20, l2_regularization=1.0,
        categorical_features=list(range(len(columns.words))), early_stopping=False, random_state=0,
    )  # fmt: skip
    return Pipeline([("table", table), ("classify", trees)])


CANDIDATES: Mapping[str, Candidate] = {
    "logistic": logistic,
    "logistic_with_splines": logistic_with_splines,
    "boosting": boosting,
}
"""From the simplest on."""


def _plain(columns: Columns) -> list[tuple[str, BaseEstimator, Sequence[str]]]:
    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), StandardScaler()
    )
    words = OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=5, max_categories=MOST_WORDS, sparse_output=False
    )
    return [("numbers", numbers, list(columns.numbers)), ("words", words, list(columns.words))]


def _regression(steps: list[tuple[str, BaseEstimator, Sequence[str]]]) -> Pipeline:
    return Pipeline([("table", ColumnTransformer(steps)), ("classify", LogisticRegression(C=1.0, max_iter=5_000))])


def _may_bend(column: pd.Series) -> bool:
    shares = column.value_counts(normalize=True, dropna=False)
    return len(shares) >= FEWEST_VALUES and float(shares.iloc[0]) < 0.9
