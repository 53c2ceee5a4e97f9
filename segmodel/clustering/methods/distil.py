"""Linear methods as scorecards, and the distillation of methods that are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from segmodel.clustering.kmeans import Labels
from segmodel.errors import ClusteringError
from segmodel.scorecard import NumericTerm, Preparation, Scorecard
from segmodel.scorecard.preparation import Floats, significant

FOLDS = 5

_rounded = np.vectorize(significant, otypes=[float])


@dataclass(frozen=True)
class Distilled:
    """A clustering as an additive formula.

    Attributes
    ----------
    intercepts : ndarray of shape (k,)
        Where every segment's score starts.
    linear, quadratic : ndarray of shape (k, n_features)
        Factors of the prepared features and of their squares.
    fidelity : float
        Share of customers the formula puts where the method put them, each judged by a formula fitted without them.
    fidelity_by_segment : tuple of float
        The same, of the customers of each segment.
    n : int
        Customers it was fitted on.
    """

    intercepts: Floats
    linear: Floats
    quadratic: Floats
    fidelity: float
    fidelity_by_segment: tuple[float, ...]
    n: int


def distil(rows: Floats, labels: Labels, *, random_state: int = 0) -> Distilled:
    """Fit multinomial logistic regression on the features and their squares to a method's own labels.

    Knowledge distillation (Hinton, Vinyals & Dean 2015) into a model of the form a scorecard has. Customers whose
    label is negative, HDBSCAN's unassigned, teach nothing and are left out, of the fidelity as well.

    Parameters
    ----------
    rows : ndarray of shape (n, p)
        Prepared features.
    labels : ndarray of shape (n,)
        The method's segments, from 0; negative for none.
    random_state : int
        Seed of the folds.

    Raises
    ------
    ClusteringError
        When fewer than two segments have customers.
    """
    known = labels >= 0
    features, taught = np.column_stack([rows[known], rows[known] ** 2]), labels[known]
    sizes = np.bincount(taught, minlength=1)
    if np.count_nonzero(sizes) < 2:
        raise ClusteringError("A scorecard needs two segments with customers, found fewer.")
    with threadpool_limits(limits=1):
        told = _out_of_fold(features, taught, sizes, random_state)
        model = _learner().fit(features, taught)
    scaler, formula = model[0], model[-1]
    coefficients = formula.coef_ / scaler.scale_
    intercepts = formula.intercept_ - coefficients @ scaler.mean_
    if len(formula.classes_) == 2:  # scikit-learn keeps one row for two classes: the second against the first
        coefficients = np.vstack([np.zeros_like(coefficients), coefficients])
        intercepts = np.array([0.0, *intercepts])
    half = rows.shape[1]
    agreed = told == taught
    return Distilled(
        intercepts=_rounded(intercepts),
        linear=_rounded(coefficients[:, :half]),
        quadratic=_rounded(coefficients[:, half:]),
        fidelity=float(agreed.mean()),
        fidelity_by_segment=tuple(float(agreed[taught == segment].mean()) for segment in range(len(sizes))),
        n=len(taught),
    )


def linear_scorecard(
    intercepts: Floats,
    linear: Floats,
    preparations: Mapping[str, Preparation],
    quadratic: Floats | None = None,
) -> Scorecard:
    """Return linear discriminants or multinomial logistic regression as a scorecard.

    ``score = intercept + sum(linear * z + quadratic * z^2)``; probabilities are the method's own, because both are
    the softmax of these scores.

    Parameters
    ----------
    intercepts : ndarray of shape (k,)
        scikit-learn's `intercept_`, in the order of the segments.
    linear : ndarray of shape (k, n_features)
        scikit-learn's `coef_`, likewise.
    preparations : mapping of str to Preparation
        In the order of the columns.
    quadratic : ndarray of shape (k, n_features), optional
        Factors of the squares.
    """
    slopes = _rounded(linear)
    squares = None if quadratic is None else _rounded(quadratic)
    terms = tuple(
        NumericTerm(
            name,
            preparation,
            tuple(slopes[:, place].tolist()),
            () if squares is None else tuple(squares[:, place].tolist()),
        )
        for place, (name, preparation) in enumerate(preparations.items())
    )
    return Scorecard(
        tuple(f"s{place + 1}" for place in range(len(intercepts))), tuple(_rounded(intercepts).tolist()), terms
    )


def _learner() -> Pipeline:
    # C: the labels are a method's own and not noisy, so little shrinkage
    return make_pipeline(StandardScaler(), LogisticRegression(C=100.0, max_iter=5_000))


def _out_of_fold(features: Floats, taught: Labels, sizes: npt.NDArray[np.intp], seed: int) -> Labels:
    """Return the label each row gets from a formula that has not seen it; a lone member of a segment gets none."""
    told = np.full(len(taught), -1, dtype=np.int64)
    several = np.flatnonzero(sizes[taught] > 1)
    if len(np.unique(taught[several])) < 2:
        return told
    folds = StratifiedKFold(int(min(FOLDS, sizes[sizes > 1].min())), shuffle=True, random_state=seed)
    for learned, held in folds.split(features[several], taught[several]):
        model = _learner().fit(features[several[learned]], taught[several[learned]])
        told[several[held]] = model.predict(features[several[held]])
    return told
