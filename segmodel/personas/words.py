"""Words, and those by which the customers of a segment can be told from the others."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import false_discovery_control, norm

from segmodel.personas.english import function_words
from segmodel.personas.masking import unmasked

Floats = npt.NDArray[np.float64]

PRIOR = 500.0
"""Words the prior counts for: a word has to be said often before it is told from chance."""

LEAST_Z = 1.96
FALSE_DISCOVERIES = 0.05
MOST_WORDS = 12
_SHORTEST = 2

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")
_BARE = {"don", "doesn", "didn", "isn", "wasn", "won", "ve", "ll", "im", "ive", "dont", "didnt", "doesnt", "isnt",
         "wasnt", "cant", "wont", "just", "really", "did", "does", "like", "got", "it's", "i'm", "i've"}  # fmt: skip


def words_of(text: str) -> list[str]:
    """Return the words of a masked text, in their order: no stop words of English, no masks, no numbers.

    Scripts that put no spaces between words (Chinese, Japanese, Thai, …) give pairs of neighbouring characters.

    Examples
    --------
    >>> words_of("The ribbon was crushed, [name] said"), words_of("咖啡很好")
    (['ribbon', 'crushed', 'said'], ['咖啡', '啡很', '很好'])
    """
    found = []
    for word in _WORD.findall(unmasked(text).casefold().replace("’", "'")):
        for run in _UNSPACED.findall(word):
            found += [run[place : place + 2] for place in range(len(run) - 1)]
        rest = _UNSPACED.sub("", word)
        stem = rest.partition("'")[0]
        if len(rest) >= _SHORTEST and rest not in _BARE and stem not in _BARE and stem not in function_words():
            found.append(rest)
    return found


@dataclass(frozen=True)
class LogOdds:
    """How much more often words are said here than elsewhere, one a row.

    Attributes
    ----------
    delta, z : ndarray
        Difference of the log-odds, and the same in standard errors.
    """

    delta: Floats
    z: Floats


def log_odds(own: Floats, rest: Floats, prior: Floats) -> LogOdds:
    """Return log-odds ratios with an informative Dirichlet prior (Monroe, Colaresi & Quinn 2008).

    Parameters
    ----------
    own, rest : ndarray, one a word
        How often each word was said here, and elsewhere.
    prior : ndarray, one a word
        How often it would have been said in a text of as many words as the prior counts for.

    Examples
    --------
    >>> found = log_odds(np.array([30.0, 70.0]), np.array([10.0, 90.0]), np.array([2.0, 8.0]))
    >>> found.delta.round(3).tolist(), found.z.round(3).tolist()
    ([1.209, -1.209], [3.572, -7.968])
    """
    first, second = own + prior, rest + prior
    delta = np.log(first / (first.sum() - first)) - np.log(second / (second.sum() - second))
    return LogOdds(delta, delta / np.sqrt(1 / first + 1 / second))


def customers_by_word(said: pd.DataFrame) -> pd.DataFrame:
    """Count the customers of each segment who said each word: somebody who repeats it counts once.

    Parameters
    ----------
    said : DataFrame
        One row a comment: customer, segment and words (a list).

    Returns
    -------
    DataFrame
        One row a word in alphabetical order, one column a segment.
    """
    long = said[["customer", "segment", "words"]].explode("words").dropna(subset=["words"]).drop_duplicates()
    return long.groupby(["words", "segment"]).size().unstack(fill_value=0).sort_index()  # noqa: PD010 - counts, not a table


def word_scores(counts: pd.DataFrame) -> pd.DataFrame:
    """Compare every segment with all others, word by word.

    Parameters
    ----------
    counts : DataFrame
        As `customers_by_word` returns it.

    Returns
    -------
    DataFrame
        One row a segment and word: segment, word, customers, customers_rest, z, q (after Benjamini & Hochberg 1995 over
        all rows).
    """
    total = counts.sum(axis=1).to_numpy(dtype=float)
    parts = []
    for segment in counts:
        own = counts[segment].to_numpy(dtype=float)
        if len(counts) < 2 or not own.sum() or own.sum() == total.sum():
            continue
        found = log_odds(own, total - own, PRIOR * total / total.sum())
        columns = {
            "segment": segment,
            "word": counts.index,
            "customers": own,
            "customers_rest": total - own,
            "z": found.z,
        }
        parts.append(pd.DataFrame(columns))
    if not parts:
        return pd.DataFrame(columns=["segment", "word", "customers", "customers_rest", "z", "q"])
    scores = pd.concat(parts, ignore_index=True)
    return scores.assign(q=false_discovery_control(2 * norm.sf(scores["z"].abs())))


def distinctive_words(scores: pd.DataFrame, heard: pd.Series, minimum_group: int) -> pd.DataFrame:
    """Return the words that set segments apart, the clearest first, at most `MOST_WORDS` a segment.

    Parameters
    ----------
    scores : DataFrame
        As `word_scores` returns it.
    heard : Series
        By segment, how many customers said anything.
    minimum_group : int
        Words said, or not said, by fewer customers of the segment are not told: a rare word may say who it was.

    Returns
    -------
    DataFrame
        segment, rank, word, customers, share, index, z, q; the index is 100 × share in the segment ÷ share in the rest.
        It is missing, and so are z and q, which would tell it, where too few of the others said the word.
    """
    size = scores["segment"].map(heard).astype(float)
    others = float(heard.sum()) - size
    silent = size - scores["customers"]
    is_told = (scores["customers"] >= minimum_group) & ((silent == 0) | (silent >= minimum_group))
    clear = is_told & (scores["z"] >= LEAST_Z) & (scores["q"] <= FALSE_DISCOVERIES)
    share = scores["customers"] / size
    is_few = (scores["customers_rest"] < minimum_group) | (others <= 0)
    index = (100 * share / (scores["customers_rest"] / others)).where(~is_few)
    found = scores.assign(share=share, index=index)[clear].sort_values(
        ["segment", "z", "word"], ascending=[True, False, True]
    )
    found["rank"] = found.groupby("segment").cumcount() + 1
    found = found[found["rank"] <= MOST_WORDS]
    # an index tells how many said the word in all; less the segments that are listed, that must not be a handful
    unlisted = found["customers"] + found["customers_rest"] - found.groupby("word")["customers"].transform("sum")
    is_told = found["index"].notna() & ((unlisted == 0) | (unlisted >= minimum_group))
    found[["index", "z", "q"]] = found[["index", "z", "q"]].where(is_told)
    columns = ["segment", "rank", "word", "customers", "share", "index", "z", "q"]
    return found[columns].reset_index(drop=True)
