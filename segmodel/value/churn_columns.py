"""Tables as a churn classifier takes them: a label with two values, columns of numbers and of words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import TargetEncoder
from sklearn.tree import DecisionTreeClassifier

from segmodel.errors import ValueModelError

LEAST_OF_EACH = 20
"""Customers who left, and who stayed, under which a classifier is not fitted."""

GIVES_AWAY = 0.99
"""AUC of a column alone from which it is taken to say what came of a customer, and not what led to it."""

MISSING = "(missing)"
_LEFT, _STAYED = frozenset({"yes", "true", "1", "1.0"}), frozenset({"no", "false", "0", "0.0"})
_BLANK = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "?"})


@dataclass(frozen=True)
class Columns:
    """Which columns a model reads, and how.

    Attributes
    ----------
    numbers, words : tuple of str
    left_out : tuple of str
        Columns that hold one value only, or, as words, hardly the same value twice (names, ids).
    """

    numbers: tuple[str, ...]
    words: tuple[str, ...]
    left_out: tuple[str, ...]

    def read(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return numbers as floats and words as text, missing values as NaN and as a word of their own.

        Raises
        ------
        ValueModelError
            When a column is missing, or one of numbers holds a word.
        """
        absent = [name for name in (*self.numbers, *self.words) if name not in X.columns]
        if absent:
            raise ValueModelError(
                f"The table lacks {', '.join(absent)}, which the churn model was fitted on. Add them."
            )
        read: dict[str, pd.Series] = {name: _as_numbers(X[name]) for name in self.numbers}
        read |= {name: _as_words(X[name]) for name in self.words}
        return pd.DataFrame(read, index=X.index)


def read_label(y: object, n_customers: int) -> npt.NDArray[np.bool_]:
    """Return whether each customer left.

    Parameters
    ----------
    y : array_like of shape (n_customers,)
        yes or no, true or false, 1 or 0; upper or lower case.
    n_customers : int
        How many there must be.

    Raises
    ------
    ValueModelError
        When values are missing or others than these, all alike, or too few of one kind.

    Examples
    --------
    >>> read_label(["Yes", "no"] * 20, 40)[:2].tolist()
    [True, False]
    """
    given = pd.Series(np.ravel(np.asarray(y, dtype=object)))
    if len(given) != n_customers:
        raise ValueModelError(
            f"The label has {len(given):,} values for {n_customers:,} customers; pass one value each."
        )
    words = given.astype(str).str.strip().str.casefold()
    unknown = given.isna() | words.isin(_BLANK)
    if unknown.any():
        raise ValueModelError(f"The label is missing for {unknown.sum():,} customers. Leave them out.")
    found = words.drop_duplicates()
    if not set(found) <= _LEFT | _STAYED:
        shown = ", ".join(f"'{value}'" for value in given[found.index[:5]])
        raise ValueModelError(
            f"The label holds {len(found):,} values, as {shown}; expected yes or no, true or false, or 1 or 0."
        )
    left = words.isin(_LEFT).to_numpy(bool)
    fewer = min(int(left.sum()), int((~left).sum()))
    if fewer < LEAST_OF_EACH:
        who = "left" if left.sum() <= len(left) / 2 else "stayed"
        raise ValueModelError(
            f"{'None' if fewer == 0 else f'Only {fewer:,}'} of {len(left):,} customers {who}; a churn model needs "
            f"{LEAST_OF_EACH} who left and {LEAST_OF_EACH} who stayed. Take a longer period or more customers."
        )
    return left


def find_columns(X: object) -> Columns:
    """Return which columns hold numbers, which words, and which say nothing.

    A column of text whose values are all numbers, but for blanks, holds numbers; yes-no values and dates count as
    numbers (dates as days).

    Raises
    ------
    ValueModelError
        When it is no table, has columns without a name or two of one name, or no column says anything.
    """
    if not isinstance(X, pd.DataFrame):
        raise ValueModelError(f"Found {type(X).__name__}; expected a pandas DataFrame with one row a customer.")
    names: list[object] = list(X.columns)
    nameless = [name for name in names if not isinstance(name, str)]
    if nameless:
        raise ValueModelError(f"The table has columns named {nameless[:3]}; expected names that are text. Rename them.")
    twice = sorted({str(name) for name in X.columns[X.columns.duplicated()]})
    if twice:
        raise ValueModelError(f"The table has two columns named {', '.join(twice)}. Rename or drop one.")
    kinds: dict[str, list[str]] = {"numbers": [], "words": [], "left_out": []}
    for name in X.columns:
        kinds[_kind(X[name])].append(name)
    if not kinds["numbers"] and not kinds["words"]:
        raise ValueModelError(
            f"None of {len(X.columns)} columns of {len(X):,} rows differs between customers in a way that can be "
            "learnt from. Add what was known of them before they left."
        )
    return Columns(tuple(kinds["numbers"]), tuple(kinds["words"]), tuple(kinds["left_out"]))


def columns_that_give_away(read: pd.DataFrame, left: npt.NDArray[np.bool_]) -> tuple[str, ...]:
    """Return the columns that alone tell who left, so well that they must have been written after it.

    Each column is given to a small tree, and its AUC is taken on customers the tree has not seen.

    Parameters
    ----------
    read : DataFrame
        As `Columns.read` returns it.
    left : ndarray of bool
    """
    return tuple(str(name) for name in read.columns if _auc_alone(read[name], left) >= GIVES_AWAY)


def _auc_alone(column: pd.Series, left: npt.NDArray[np.bool_]) -> float:
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    tree = DecisionTreeClassifier(max_leaf_nodes=8, min_samples_leaf=5, random_state=0)
    if pd.api.types.is_numeric_dtype(column):
        guess = cross_val_predict(tree, column.to_frame(), left, cv=folds, method="predict_proba")
    else:
        encoded = make_pipeline(TargetEncoder(cv=folds, target_type="binary"), tree)
        guess = cross_val_predict(encoded, column.to_frame(), left, cv=folds, method="predict_proba")
    return float(roc_auc_score(left, guess[:, 1]))


def _kind(column: pd.Series) -> str:
    if _reads_as_numbers(column):
        numbers = _as_numbers(column)
        return "left_out" if numbers.nunique(dropna=False) < 2 else "numbers"
    words = _as_words(column)
    distinct = words.nunique()
    # what is new for more than half of the customers names them, and says nothing of those to come
    return "left_out" if distinct < 2 or distinct > max(len(words) / 2, 20) else "words"


def _reads_as_numbers(column: pd.Series) -> bool:
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return True
    given = _without_blanks(column).dropna()
    return bool(len(given)) and bool(pd.to_numeric(given, errors="coerce").notna().all())


def _without_blanks(column: pd.Series) -> pd.Series:
    given = column.astype(object)
    is_blank = given.isna() | given.astype(str).str.strip().str.casefold().isin(_BLANK)
    return given.where(~is_blank)


def _as_numbers(column: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(column):
        since = pd.Timestamp(1970, 1, 1, tz=getattr(column.dtype, "tz", None))
        return (column - since) / pd.Timedelta(days=1)
    if pd.api.types.is_numeric_dtype(column):
        numbers = column.astype("Float64").astype(np.float64)
    else:
        given = _without_blanks(column)
        numbers = pd.to_numeric(given, errors="coerce").astype(np.float64)
        wrong = given[numbers.isna() & given.notna()]
        if len(wrong):
            raise ValueModelError(
                f"Column '{column.name}' holds '{wrong.iloc[0]}' where the churn model was fitted on numbers. "
                "Correct it, or leave it blank."
            )
    return numbers.where(np.isfinite(numbers))


def _as_words(column: pd.Series) -> pd.Series:
    return _without_blanks(column).astype(object).fillna(MISSING).astype(str).str.strip().astype(object)
