"""Latent class analysis: segments of people who answer alike, with missing answers left out of the sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import logsumexp
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from segmodel.clustering.kmeans import START_ROWS, Labels
from segmodel.clustering.methods.mixed import as_text, holds_words
from segmodel.errors import ClusteringError
from segmodel.scorecard import AnswerTerm, CategoryTerm, Scorecard, Term
from segmodel.scorecard.preparation import Floats, as_numbers, significant

MOST_LEVELS = 15
"""An item with more different answers is a measurement, not an item."""

SMALLEST_PROBABILITY = 1e-6
"""No answer is impossible: one customer's slip must not rule a segment out."""

SHORT_RUN = 30
FINALISTS = 4
MOST_STEPS = 5_000
CLOSE = 1e-9
"""A run ends when a step gains less than this share of the log-likelihood."""

Level = float | str
_rounded = np.vectorize(significant, otypes=[float])


def most_classes(sizes: Sequence[int]) -> int:
    """Return how many latent classes items with so many levels each can tell apart; 1 at least.

    A model may not estimate more numbers than there are ways of answering, less one (Goodman 1974).
    """
    parameters_a_class = 1 + sum(size - 1 for size in sizes)
    return max(1, int(min(_ways(sizes), 1e9) // parameters_a_class))


def _ways(sizes: Sequence[int]) -> float:
    return float(np.prod(np.array(sizes, dtype=np.float64)))


@dataclass(frozen=True)
class Item:
    """One item and the answers it can have: numbers, or words."""

    name: str
    levels: tuple[Level, ...]

    @property
    def is_numeric(self) -> bool:
        """Whether answers are numbers."""
        return not isinstance(self.levels[0], str)

    def indicators(self, values: pd.Series[Any]) -> Floats:
        """Return one row a customer, one column an answer: 1 where given, all 0 where missing or unknown."""
        if self.is_numeric:
            known = pd.Index(np.array(self.levels, dtype=np.float64))
            positions = known.get_indexer(pd.Index(as_numbers(values, self.name)))
        else:
            positions = pd.Index(self.levels, dtype=object).get_indexer(pd.Index(as_text(values)))
        return np.vstack([np.eye(len(self.levels)), np.zeros(len(self.levels))])[positions]


def items_of(frame: pd.DataFrame) -> tuple[tuple[Item, ...], dict[str, str]]:
    """Return the items of a frame with the answers found, and why others are left out.

    Raises
    ------
    ClusteringError
        When a column takes too many different values to be an item.
    """
    items, dropped = [], {}
    for column in frame.columns:
        name, values = str(column), frame[column]
        levels: list[Level]
        if holds_words(values):
            levels = sorted(as_text(values).dropna().unique())
        else:
            numbers = as_numbers(values, name)
            levels = np.unique(numbers[~np.isnan(numbers)]).tolist()
        if len(levels) > MOST_LEVELS:
            raise ClusteringError(
                f"'{name}' takes {len(levels)} different values; latent class needs answers from a short list, "
                f"{MOST_LEVELS} at most. Leave it out, put it into bands, or choose method mixed."
            )
        if len(levels) < 2:
            dropped[name] = f"{name} has {'the same answer' if levels else 'no answer'} from everybody."
            continue
        items.append(Item(name, tuple(levels)))
    return tuple(items), dropped


class IndicatorLatentClass(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Latent class analysis of items written as 0 and 1, one column an answer; see `LatentClassSegmenter`.

    Parameters
    ----------
    n_segments : int
        Number of segments.
    sizes : sequence of int
        Answers of each item: how many neighbouring columns it has.
    n_init : int
        Random starts.
    random_state : int, optional
        Seed; 0 when left out.
    """

    def __init__(
        self, n_segments: int, *, sizes: Sequence[int], n_init: int = 20, random_state: int | None = None
    ) -> None:
        self.n_segments = n_segments
        self.sizes = sizes
        self.n_init = n_init
        self.random_state = random_state

    def fit(self, X: Floats, y: None = None) -> IndicatorLatentClass:  # noqa: ARG002
        """Find the segments; see `LatentClassSegmenter.fit`."""
        rows = np.asarray(X, dtype=np.float64)
        patterns, counts = np.unique(rows, axis=0, return_counts=True)
        self._check(patterns)
        generator = np.random.default_rng(self.random_state or 0)
        with threadpool_limits(limits=1):
            weights, probabilities = self._search(patterns, counts.astype(np.float64), generator)
            # the largest segment first; the order in which they are found means nothing
            order = np.lexsort((*_rounded(probabilities), -_rounded(weights)))
            self.weights_: Floats = _rounded(weights[order])
            self.probabilities_: Floats = _rounded(probabilities[:, order])
            joint = self._log_joint(rows)
        self.labels_: Labels = joint.argmax(axis=1)
        self.log_likelihood_ = float(logsumexp(joint, axis=1).sum())
        self.n_parameters_ = self.n_segments - 1 + self.n_segments * sum(size - 1 for size in self.sizes)
        self.bic_ = self.n_parameters_ * float(np.log(len(rows))) - 2 * self.log_likelihood_
        return self

    def predict(self, X: Floats) -> Labels:
        """Return the most probable segment of every row; the first on a tie."""
        check_is_fitted(self, "weights_")
        likeliest: Labels = self._log_joint(np.asarray(X, dtype=np.float64)).argmax(axis=1)
        return likeliest

    def _log_joint(self, rows: Floats) -> Floats:
        joint: Floats = rows @ np.log(self.probabilities_) + np.log(self.weights_)
        return joint

    def _check(self, patterns: Floats) -> None:
        k = self.n_segments
        if len(patterns) < k:
            raise ClusteringError(
                f"{k} segments need at least {k} different ways of answering, found {len(patterns)}. "
                "Ask for fewer segments, or for more answers."
            )
        if k > most_classes(self.sizes):
            raise ClusteringError(
                f"{len(self.sizes)} items with {_ways(self.sizes):.0f} ways of answering cannot tell {k} latent "
                "classes apart. Use more items, or ask for fewer segments."
            )

    def _search(self, patterns: Floats, counts: Floats, generator: np.random.Generator) -> tuple[Floats, Floats]:
        """Run many starts a little way, side by side, and the best of them to the end."""
        short, short_counts = patterns, counts
        if len(patterns) > START_ROWS:
            chosen = np.sort(generator.choice(len(patterns), START_ROWS, replace=False))
            short, short_counts = patterns[chosen], counts[chosen]
        weights, probabilities = self._starts(short, short_counts, generator)
        gained = np.zeros(self.n_init)
        for _ in range(SHORT_RUN):
            weights, probabilities, gained = self._step(short, short_counts, weights, probabilities)
        best = np.argsort(-gained, kind="stable")[:FINALISTS]
        weights, probabilities = weights[best], probabilities[:, best]
        before = np.full(len(best), -np.inf)
        for _ in range(MOST_STEPS):
            weights, probabilities, reached = self._step(patterns, counts, weights, probabilities)
            if np.all(reached - before <= CLOSE * np.abs(reached)):
                break
            before = reached
        winner = int(reached.argmax())
        return weights[winner], probabilities[:, winner]

    def _starts(self, patterns: Floats, counts: Floats, generator: np.random.Generator) -> tuple[Floats, Floats]:
        """Return weights (starts, k) and probabilities (answers, starts, k): half of all, half of one customer each."""
        overall = self._shares(counts @ patterns)
        shape = (self.n_init, self.n_segments)
        drawn = generator.random((self.n_init, len(patterns))).argsort(axis=1)[:, : self.n_segments]
        own = patterns[drawn]  # starts, k, answers
        answered = np.repeat(np.add.reduceat(own, self._firsts, axis=2), np.array(self.sizes), axis=2)
        start = 0.5 * overall + 0.5 * np.where(answered > 0, own, overall)
        return np.full(shape, 1.0 / self.n_segments), np.moveaxis(start, 2, 0)

    def _step(
        self, patterns: Floats, counts: Floats, weights: Floats, probabilities: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Return weights and probabilities after one step of expectation-maximisation, and log-likelihoods before."""
        answers, starts, k = probabilities.shape
        flat = np.log(probabilities).reshape(answers, starts * k)
        joint = (patterns @ flat).reshape(len(patterns), starts, k) + np.log(weights)
        highest = joint.max(axis=2, keepdims=True)
        np.exp(joint - highest, out=joint)
        total = joint.sum(axis=2, keepdims=True)
        reached: Floats = counts @ (np.log(total) + highest)[:, :, 0]
        joint *= counts[:, np.newaxis, np.newaxis] / total
        sums = joint.sum(axis=0)
        expected = (patterns.T @ joint.reshape(len(patterns), starts * k)).reshape(answers, starts, k)
        return np.maximum(sums / counts.sum(), SMALLEST_PROBABILITY), self._shares(expected), reached

    def _shares(self, expected: Floats) -> Floats:
        """Return each answer's share of the answers to its item: missing ones count for nothing."""
        totals = np.repeat(np.add.reduceat(expected, self._firsts, axis=0), np.array(self.sizes), axis=0)
        even = np.repeat(1.0 / np.array(self.sizes), np.array(self.sizes)).reshape((-1,) + (1,) * (expected.ndim - 1))
        shares = np.where(totals > 1e-12, expected / np.maximum(totals, 1e-12), even)
        return np.maximum(shares, SMALLEST_PROBABILITY)

    @property
    def _firsts(self) -> Labels:
        firsts: Labels = np.cumsum([0, *self.sizes[:-1]])
        return firsts


class LatentClassSegmenter(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Latent class analysis of survey items (Lazarsfeld & Henry 1968; Goodman 1974).

    Each segment has its own probability of every answer; within a segment, answers are independent. Fitted by
    expectation-maximisation. A missing answer leaves its item out of that customer's sums, which is full-information
    maximum likelihood where answers are missing at random. Many starts run a little way and the best four to the
    end, because single runs end in local maxima; probabilities are kept from 0 and 1 by 0.000001.

    Parameters
    ----------
    n_segments : int
        Number of segments.
    n_init : int
        Random starts.
    random_state : int, optional
        Seed; 0 when left out, so that two runs give the same segments.

    Attributes
    ----------
    items_ : tuple of Item
        The items in use, with their answers.
    dropped_ : dict of str to str
        Items that tell nobody apart, with the reason.
    weights_ : ndarray of shape (n_segments,)
        Share of each segment, largest first.
    probabilities_ : tuple of ndarray of shape (answers, n_segments)
        Of every item: how probable each answer is in each segment.
    labels_ : ndarray of shape (n_samples,)
        Most probable segment of every row.
    log_likelihood_, bic_ : float
        Natural logarithm, summed over the rows; Bayesian information criterion (Schwarz 1978), lower is better.
    n_parameters_ : int
        Numbers estimated.

    Examples
    --------
    >>> answers = pd.DataFrame({item: ["yes"] * 7 + ["no"] * 4 for item in "abc"})
    >>> answers.loc[0, "a"] = None
    >>> LatentClassSegmenter(2).fit(answers).labels_.tolist()
    [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]
    """

    def __init__(self, n_segments: int, *, n_init: int = 20, random_state: int | None = None) -> None:
        self.n_segments = n_segments
        self.n_init = n_init
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike | pd.DataFrame, y: None = None) -> LatentClassSegmenter:  # noqa: ARG002
        """Find the segments.

        Raises
        ------
        ClusteringError
            When there are too few items or ways of answering for so many segments, or a column takes too many
            different values to be an item.
        """
        frame = as_frame(X)
        self.items_, self.dropped_ = items_of(frame)
        if len(self.items_) < 2:
            left_out = "".join(f" {why}" for why in self.dropped_.values())
            raise ClusteringError(
                f"Latent class needs two items or more with different answers, found {len(self.items_)}.{left_out}"
            )
        sizes = tuple(len(item.levels) for item in self.items_)
        inner = IndicatorLatentClass(
            self.n_segments, sizes=sizes, n_init=self.n_init, random_state=self.random_state
        ).fit(indicators(frame, self.items_))
        self.fitted_ = inner
        self.weights_ = inner.weights_
        self.probabilities_ = split_items(inner.probabilities_, self.items_)
        self.labels_: Labels = inner.labels_
        self.log_likelihood_, self.bic_ = inner.log_likelihood_, inner.bic_
        self.n_parameters_ = inner.n_parameters_
        return self

    def predict(self, X: npt.ArrayLike | pd.DataFrame) -> Labels:
        """Return the most probable segment of every row; answers never seen count as missing."""
        check_is_fitted(self, "fitted_")
        return self.fitted_.predict(indicators(as_frame(X), self.items_))


def latent_class_scorecard(weights: Floats, probabilities: Sequence[Floats], items: Sequence[Item]) -> Scorecard:
    """Return latent classes, or naive Bayes on categories, as a scorecard: ``ln(weight) + sum of ln(probability)``.

    A missing answer, or one never seen, adds nothing to any segment.

    Parameters
    ----------
    weights : ndarray of shape (k,)
        Shares, in the order of the segments.
    probabilities : sequence of ndarray of shape (answers, k)
        One an item.
    items : sequence of Item
        In the same order.
    """
    k = len(weights)
    terms: list[Term] = []
    for item, own in zip(items, probabilities, strict=True):
        logs = [tuple(row) for row in _rounded(np.log(own)).tolist()]
        nothing = (0.0,) * k
        if item.is_numeric:
            numbers = {float(level): added for level, added in zip(item.levels, logs, strict=True)}
            terms.append(AnswerTerm(item.name, numbers, nothing))
        else:
            words = {str(level): added for level, added in zip(item.levels, logs, strict=True)}
            terms.append(CategoryTerm(item.name, words, nothing))
    prior = tuple(_rounded(np.log(weights)).tolist())
    return Scorecard(tuple(f"s{place + 1}" for place in range(k)), prior, tuple(terms))


def indicators(frame: pd.DataFrame, items: Sequence[Item]) -> Floats:
    """Return the answers as 0 and 1, one column an answer, the items side by side."""
    return np.hstack([item.indicators(frame[item.name]) for item in items])


def split_items(columns: Floats, items: Sequence[Item]) -> tuple[Floats, ...]:
    """Return one array an item from rows that hold one answer each."""
    return tuple(np.split(columns, np.cumsum([len(item.levels) for item in items])[:-1]))


def as_frame(X: npt.ArrayLike | pd.DataFrame) -> pd.DataFrame:
    """Return answers as a frame with text for column names; columns of an array are item_1, item_2 and so on."""
    if isinstance(X, pd.DataFrame):
        return X.set_axis([str(column) for column in X.columns], axis=1)
    try:
        values = np.asarray(X)
    except ValueError:
        raise ClusteringError(
            "Latent class needs one row a customer and a column an item, found rows of different lengths."
        ) from None
    if values.ndim != 2:
        raise ClusteringError(
            f"Latent class needs one row a customer and a column an item, found shape {values.shape}."
        )
    frame = pd.DataFrame(values, columns=[f"item_{place + 1}" for place in range(values.shape[1])])
    return frame.infer_objects() if values.dtype == object else frame
