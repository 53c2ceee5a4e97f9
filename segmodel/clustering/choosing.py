"""How many segments: a table and a recommendation in a plain sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from segmodel.clustering.across import AcrossNumbers, across_numbers
from segmodel.clustering.criteria import (
    SPLITS,
    calinski_harabasz,
    prediction_strength,
    silhouette,
    value_explained,
    within_ss,
)
from segmodel.clustering.guards import Guard
from segmodel.clustering.kmeans import count_distinct, numeric_rows
from segmodel.clustering.looks import CustomerMap, Look
from segmodel.clustering.named import METHODS, TAKES_MISSING, NamedMethod
from segmodel.clustering.recommend import CLEAR, SMALLEST_SHARE, STABLE, recommend
from segmodel.clustering.single_cloud import CLOUDS, compare_with_clouds, gap_statistic
from segmodel.clustering.stability import (
    PAIRS,
    RESTARTS,
    Bootstraps,
    Fit,
    Fitted,
    SegmentStability,
    kmeans_fit,
    seeded,
)
from segmodel.errors import ClusteringError, StoppedError, did_you_mean
from segmodel.progress import Progress, quiet
from segmodel.scorecard.preparation import Floats

ROWS = 2_000
"""Rows the table is computed on: a seeded sample, so that the time does not grow with the customers."""

QUICK = kmeans_fit(RESTARTS)
"""For the hundreds of fits to bootstrap samples."""

THOROUGH = kmeans_fit(10)
"""For the division itself, and for clouds it is compared with: a poor local optimum says nothing about customers."""


@dataclass(frozen=True)
class KChoice:
    """The recommended number of segments and why.

    Attributes
    ----------
    k : int
        The best number there is, worth acting on or not.
    table : pandas.DataFrame
        One row a k; the columns are described at `choose_k`.
    reason : str
        Plain sentences.
    n : int
        Customers the table was computed on.
    worth_acting_on : bool
        False when the data show no segments worth acting on; the reason says why.
    kind : str
        `natural`, `reproducible`, `constructive` or `none`; see `segmodel.clustering.recommend.Recommendation`.
    rows : ndarray of shape (n,)
        Which rows of the data the table was computed on.
    segments : mapping of int to SegmentStability
        For each k the division (`labels`, of the customers in `rows`) and how well each segment is found again.
    seed : int
        Repeats the table.
    looks : mapping of int to Look
        For each k its segments in words and numbers, where the features were told (see `compare_numbers`).
    customer_map : CustomerMap or None
        The customers in a plane; likewise.
    guards : mapping of int to tuple of Guard
        For each k the warnings about its division; empty as well where the features were not told.
    """

    k: int
    table: pd.DataFrame
    reason: str
    n: int
    worth_acting_on: bool = False
    kind: str = "none"
    rows: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64), repr=False)
    segments: Mapping[int, SegmentStability] = field(default_factory=dict, repr=False)
    seed: int = 0
    looks: Mapping[int, Look] = field(default_factory=dict, repr=False)
    customer_map: CustomerMap | None = field(default=None, repr=False)
    guards: Mapping[int, tuple[Guard, ...]] = field(default_factory=dict, repr=False)

    @property
    def recommended(self) -> int | None:
        """The number to act on, or None where nothing is worth acting on."""
        return self.k if self.worth_acting_on else None

    def across(self) -> AcrossNumbers:
        """Return who splits from whom, from each number of segments to the next."""
        return across_numbers({k: found.labels for k, found in self.segments.items()})


def never() -> bool:
    """Do not stop."""
    return False


def choose_k(
    X: npt.ArrayLike,
    ks: Iterable[int] = range(2, 11),
    *,
    method: str = "kmeans",
    n_boot: int = PAIRS,
    random_state: int | None = None,
    fit: Fit | None = None,
    value: npt.ArrayLike | None = None,
    progress: Progress = quiet,
    stopped: Callable[[], bool] = never,
) -> KChoice:
    """Compare numbers of segments and recommend one, or none.

    A k is *beyond one cloud* when its groups are tighter than groups cut from a single cloud of customers with the
    like margins and correlations: by 5% at least, and beyond chance at 1% over all k. Yes-no items are compared with a
    cloud that keeps the one factor they share most, where 2% are asked (see `segmodel.clustering.single_cloud`). A k is
    *stable* when two divisions fitted to bootstrap samples agree (mean adjusted Rand at least 0.80; Dolnicar & Leisch
    2010) and its smallest segment holds at least 5% of customers; it is *clear* when prediction strength is at least
    0.80 as well. Of the k that are beyond one cloud, the first of these is recommended:

    1. of the clear k from 3 on the largest that leaves groups 2% tighter, against one cloud, than the one before it
       (cutting one round group in two does not);
    2. of the stable k from 3 on, the one that agrees best (the fewer on a near tie);
    3. 2, when 2 is stable and no finer division of the next kind is further from a single cloud (two groups seldom
       help anyone decide, and the reason says so);
    4. of the k from 3 on with large enough segments and an agreement of 0.50 at least, the one that agrees best
       (the fewer on a near tie): a pattern that holds, cut where it helps.

    Else these data show no segments worth acting on, and `k` is the nearest thing to one.

    Parameters
    ----------
    X : array-like of shape (n, p)
        Prepared features, rows in an order that can be repeated. Of more than 2,000 rows a seeded sample is used.
    ks : iterable of int
        Numbers to compare; those the data are too few for are left out.
    method : str
        "kmeans", "gaussian_mixture", "ward" or "latent_class" (items with few different answers, NaN where one is
        missing; distances are between answers written as 0 and 1).
    n_boot : int
        Pairs of bootstrap samples for the agreement, and samples for the stability of each segment.
    random_state : int, optional
        Seed of the sample, the bootstraps and the restarts; a new one each time when None.
    fit : callable, optional
        Another method: called with rows, k and a seed; NaN may then stand for a missing answer.
    value : array-like of shape (n,), optional
        Value of each customer; NaN where not known.
    progress : callable
        Told what is being computed.
    stopped : callable
        Asked before each fit; computing ends as soon as it says True.

    Returns
    -------
    KChoice
        Its table has for each k: within_ss, silhouette (Rousseeuw 1987), calinski_harabasz (1974), gap and
        gap_error (Tibshirani, Walther & Hastie 2001; of k-means) or bic (of a method that has one, such as a
        mixture), prediction_strength (Tibshirani & Walther 2005), stability (mean adjusted Rand), stability_error
        (its Monte Carlo standard error), weakest_jaccard (least stable segment; Hennig 2007), smallest_share,
        value_explained (where value is given), tighter and cloud_p_value (see
        `segmodel.clustering.single_cloud`), and beyond_one_cloud, stable and clear. Missing answers count as the
        mean of the item in distances.

    Raises
    ------
    ClusteringError
        When there are fewer than two different customers, or the input is not a table of finite numbers.
    StoppedError
        When `stopped` said so.
    """
    if fit is None and method not in METHODS:
        known = ", ".join(METHODS)
        raise ClusteringError(
            f"Choosing k knows the methods {known}, found '{method}'.{did_you_mean(method, METHODS)} "
            "Give another method as a function (fit)."
        )
    if n_boot < 2:
        raise ClusteringError(f"Stability needs two pairs of bootstrap samples or more, found {n_boot}.")
    seed = seeded(random_state)
    missing = fit is not None or method in TAKES_MISSING
    rows, chosen = _sample(numeric_rows(X, missing=missing), seed)
    tried = NamedMethod(rows, fit) if fit is not None else METHODS[method](rows)
    rows, wanted = tried.rows, [k for k in _numbers(ks) if tried.most is None or k <= tried.most] or [2]
    distinct = count_distinct(rows, max(wanted) + 1)
    if distinct < 2:
        raise ClusteringError("Segments need at least two different customers; here all are alike.")
    possible = [k for k in wanted if k < distinct] or [2]
    if distinct <= max(possible):
        return KChoice(2, pd.DataFrame({"k": [2]}), f"Only {distinct} different customers: 2 segments.", len(rows))
    worth = None if value is None else _values(value, chosen, X)
    per_k = 1 + 3 * n_boot + 2 * SPLITS + CLOUDS + 1 + min(n_boot, CLOUDS) + 1
    steps = _Steps(progress, stopped, per_k * len(possible))
    table_of = _Table(rows, tried.fit, n_boot, seed, worth, steps)
    with threadpool_limits(limits=1):
        table, segments, asked = table_of.compute(possible)
    found = recommend(table, asked)
    progress("The number of segments is compared", 1.0)
    return KChoice(found.k, table, found.reason, len(rows), found.worth_acting_on, found.kind, chosen, segments, seed)


class _Steps:
    """Counts fits, tells how far it is, and stops when asked to."""

    def __init__(self, progress: Progress, stopped: Callable[[], bool], total: int) -> None:
        self.progress = progress
        self.stopped = stopped
        self.total = total
        self.done = 0

    def watched(self, fit: Fit) -> Fit:
        """Return the same method, counted."""

        def counted(rows: Floats, k: int, seed: int) -> Fitted:
            if self.stopped():
                raise StoppedError("Comparing numbers of segments was stopped.")
            self.progress(f"Comparing {k} segments", min(self.done / self.total, 1.0))
            self.done += 1
            return fit(rows, k, seed)

        return counted


@dataclass(frozen=True)
class _Table:
    """What the table is computed from; `fit` is None for k-means."""

    rows: Floats
    fit: Fit | None
    n_boot: int
    seed: int
    value: Floats | None
    steps: _Steps

    def compute(self, ks: Sequence[int]) -> tuple[pd.DataFrame, dict[int, SegmentStability], float]:
        """Return the table, each division, and how much tighter than one cloud groups had to be."""
        # distances, and the clouds without segments, need every answer
        filled = np.where(np.isnan(self.rows), np.nanmean(self.rows, axis=0), self.rows)
        found = [self._division(filled, k) for k in ks]
        quick = self.steps.watched(QUICK)
        clouds = compare_with_clouds(filled, ks, self.steps.watched(THOROUGH), self.seed)
        table = pd.DataFrame([line for line, _ in found])
        gap, error = gap_statistic(filled, ks, quick, random_state=self.seed, clouds=min(self.n_boot, CLOUDS))
        table["gap"], table["gap_error"] = gap.round(6), error.round(6)
        table["tighter"] = [round(cloud.tighter, 6) for cloud in clouds]
        table["cloud_p_value"] = [float(f"{cloud.p_value:.3g}") for cloud in clouds]
        table["beyond_one_cloud"] = [cloud.passes for cloud in clouds]
        table["stable"] = (table["stability"] >= STABLE) & (table["smallest_share"] >= SMALLEST_SHARE)
        table["clear"] = table["stable"] & (table["prediction_strength"] >= CLEAR)
        return table, {k: segments for k, (_, segments) in zip(ks, found, strict=True)}, clouds[0].asked

    def _division(self, filled: Floats, k: int) -> tuple[dict[str, Any], SegmentStability]:
        best = self.steps.watched(self.fit or THOROUGH)
        resampled = self.steps.watched(self.fit or QUICK)
        fitted = best(self.rows, k, self.seed)
        labels = np.asarray(fitted.labels_, dtype=np.int64)
        agreement = Bootstraps(self.rows, k, resampled, 2 * self.n_boot, self.seed).adjusted_rand()
        again = Bootstraps(self.rows, k, resampled, self.n_boot, self.seed, once=True)
        segments = SegmentStability(labels, again.jaccards(labels))
        strength = prediction_strength(self.rows, k, random_state=self.seed, fit=best)
        line: dict[str, Any] = {
            "k": k,
            "within_ss": within_ss(filled, labels),
            "silhouette": silhouette(filled, labels, random_state=self.seed),
            "calinski_harabasz": calinski_harabasz(filled, labels),
            "prediction_strength": strength,
            "stability": float(agreement.mean()),
            "stability_error": float(agreement.std(ddof=1) / np.sqrt(self.n_boot)),
            "weakest_jaccard": float(segments.jaccard.min()),
            "smallest_share": float(np.bincount(labels[labels >= 0], minlength=k).min() / len(labels)),
        }
        if hasattr(fitted, "bic_"):
            line["bic"] = float(fitted.bic_)
        if self.value is not None:
            line["value_explained"] = value_explained(self.value, labels)
        return {name: round(number, 6) for name, number in line.items()}, segments


def _numbers(ks: Iterable[int]) -> list[int]:
    wanted = sorted(set(ks))
    if not wanted or wanted[0] < 2:
        found = ", ".join(map(str, wanted)) or "none"
        raise ClusteringError(f"Numbers of segments to compare are 2 or more, found {found}.")
    return wanted


def _values(value: npt.ArrayLike, chosen: npt.NDArray[np.int64], X: npt.ArrayLike) -> Floats:
    given = np.asarray(value, dtype=np.float64)
    customers = len(np.asarray(X))
    if given.shape != (customers,):
        raise ClusteringError(f"Value needs one number for each of the {customers} customers, found {given.shape}.")
    return given[chosen]


def _sample(rows: Floats, seed: int) -> tuple[Floats, npt.NDArray[np.int64]]:
    if len(rows) <= ROWS:
        return rows, np.arange(len(rows))
    chosen = np.sort(np.random.default_rng([seed, 0]).choice(len(rows), ROWS, replace=False))
    return rows[chosen], chosen
