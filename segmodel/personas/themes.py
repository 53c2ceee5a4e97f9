"""Themes: what comments are about, found by factors of words that are said together."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfTransformer

MOST_THEMES = 10
MOST_WORDS = 800
_FITTED_ON = 5_000
_LEAST_COMMENTS = 30
_COMMENTS_A_THEME = 15
_WORDS_A_THEME = 3
_TOO_COMMON = 0.5
_COHERENT = 5
_NAMED_BY = 3
_CLOSE = 1e-9


@dataclass(frozen=True)
class Themes:
    """What comments are about.

    Attributes
    ----------
    labels : tuple of str
        Each theme by its top words: `queue, app, points`.
    of : ndarray of int, one a comment
        The theme it is mostly about; -1 where it has none of the words.
    nearness : ndarray of float, one a comment
        Cosine between the comment and the centre of its theme, 0 to 1.
    """

    labels: tuple[str, ...]
    of: npt.NDArray[np.int64]
    nearness: npt.NDArray[np.float64]


def find_themes(comments: Sequence[Sequence[str]], vocabulary: Sequence[str], seed: int = 0) -> Themes:
    """Factor TF-IDF of words by non-negative matrices (Lee & Seung 1999); the data say how many themes.

    For 2 to `MOST_THEMES` themes, with 15 comments and 3 words a theme at least, the number is taken whose themes are
    the most coherent, the smallest of equal ones: the mean normalised pointwise mutual information of their five top
    words (Bouma 2009). Past 5,000 comments, themes are found in that many, evenly spread, and all comments are placed.

    Parameters
    ----------
    comments : sequence of sequence of str
        The words of each.
    vocabulary : sequence of str
        Words a theme may be made of, the most important first; past `MOST_WORDS` they are left out.
    seed : int
        Of the factorisation.
    """
    none = Themes((), np.full(len(comments), -1), np.zeros(len(comments)))
    counts = _count(comments, vocabulary[:MOST_WORDS])
    said = np.asarray((counts > 0).sum(axis=0)).ravel()
    words = [word for word, n in zip(vocabulary, said, strict=False) if 0 < n <= _TOO_COMMON * len(comments)]
    counts = _count(comments, words)
    spoken = np.flatnonzero(np.diff(counts.indptr))
    most = min(MOST_THEMES, len(spoken) // _COMMENTS_A_THEME, len(words) // _WORDS_A_THEME)
    if len(spoken) < _LEAST_COMMENTS or most < 2:
        return none
    weighted = _tf_idf(counts)
    fitted = spoken[np.linspace(0, len(spoken) - 1, min(len(spoken), _FITTED_ON)).astype(int)]
    together = _together(counts[fitted])
    centres, best = None, -np.inf
    for k in range(2, most + 1):
        found = _factor(weighted[fitted], k, seed)
        coherence = float(np.mean([_npmi(together, np.argsort(-row, kind="stable")[:_COHERENT]) for row in found]))
        if coherence > best + _CLOSE:
            centres, best = found, coherence
    return none if centres is None else _placed(weighted, centres, words)


def _count(comments: Sequence[Sequence[str]], words: Sequence[str]) -> sparse.csr_matrix:
    place = {word: number for number, word in enumerate(words)}
    rows = [(row, place[word]) for row, said in enumerate(comments) for word in said if word in place]
    row, column = zip(*rows, strict=True) if rows else ((), ())
    made = sparse.csr_matrix((np.ones(len(rows)), (row, column)), shape=(len(comments), len(words)))
    made.sum_duplicates()
    return made


def _tf_idf(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    made: sparse.csr_matrix = TfidfTransformer().fit_transform(counts)
    return made


def _factor(weighted: sparse.csr_matrix, k: int, seed: int) -> npt.NDArray[np.float64]:
    """Return the centres of k themes: how much each word counts in each."""
    with warnings.catch_warnings():
        # a theme is read by its top words, which stand long before the last digit does
        warnings.simplefilter("ignore", ConvergenceWarning)
        centres: npt.NDArray[np.float64] = (
            NMF(k, init="nndsvda", random_state=seed, max_iter=200, tol=1e-3).fit(weighted).components_
        )
    return centres


def _together(counts: sparse.csr_matrix) -> npt.NDArray[np.float64]:
    """Return the share of comments that hold both of two words, one row and column a word."""
    there = (counts > 0).astype(float)
    shares: npt.NDArray[np.float64] = (there.T @ there).toarray() / counts.shape[0]
    return shares


def _npmi(together: npt.NDArray[np.float64], top: npt.NDArray[np.intp]) -> float:
    """Return the mean normalised pointwise mutual information of pairs of words; -1 for words never said together."""
    found = []
    for first, second in combinations(top, 2):
        both = together[first, second]
        alone = together[first, first] * together[second, second]
        found.append(-1.0 if both <= 0 else 1.0 if both >= 1 else float(np.log(both / alone) / -np.log(both)))
    return float(np.mean(found))


def _placed(weighted: sparse.csr_matrix, centres: npt.NDArray[np.float64], words: Sequence[str]) -> Themes:
    length = np.linalg.norm(centres, axis=1, keepdims=True)
    # comments have length one, so the product with a centre of length one is the cosine
    cosines = np.asarray(weighted @ (centres / np.where(length > 0, length, 1)).T)
    of = np.where(cosines.max(axis=1) > 0, cosines.argmax(axis=1), -1)
    labels = [", ".join(words[place] for place in np.argsort(-row, kind="stable")[:_NAMED_BY]) for row in centres]
    return Themes(tuple(labels), of.astype(np.int64), cosines.max(axis=1))
