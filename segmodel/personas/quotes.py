"""Quotes: comments that stand for many, and that say of nobody who it was."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

import pandas as pd

from segmodel.personas.english import function_words
from segmodel.personas.masking import count_masks, unmasked

MOST_QUOTES = 6
"""Quotes of a segment a person may choose from."""

SHORTEST, LONGEST = 40, 200
"""Characters of a quote."""

_LETTERS = re.compile(r"[^\W\d_]+")
_TELLING = re.compile(r"\d\D?\d\D?\d|@|//|www\.|https?:|\\|[<>{}|=`\x00-\x1f\x7f]", re.IGNORECASE)
_PRICE = re.compile(r"[£€$]\s?\d{1,3}(?:[.,]\d{2})?(?!\d)")
_MOST_MASKS = 2
_LEAST_WORDS = 5
_SAID_BY = 3
_MOST_DIGITS = 4
_CLEAR_Z = 3.0


def quote_id(segmentation: str, segment: str, text: str) -> str:
    """Return what a quote is known by in later builds: a hash of where it belongs and what it says.

    Examples
    --------
    >>> quote_id("needs", "s1", "Please never change it.") == quote_id("needs", "s1", "Please never change it.")
    True
    """
    return hashlib.sha256(f"{segmentation}\n{segment}\n{text}".encode()).hexdigest()[:16]


def customers_by_token(said: pd.DataFrame) -> dict[str, int]:
    """Count the customers who wrote each run of letters, stop words too.

    Parameters
    ----------
    said : DataFrame
        One row a comment: customer and text (masked).
    """
    found: dict[str, set[int]] = {}
    for customer, text in zip(said["customer"], said["text"], strict=True):
        for token in set(_LETTERS.findall(unmasked(text).casefold())):
            found.setdefault(token, set()).add(customer)
    return {token: len(customers) for token, customers in found.items()}


def is_safe(text: str, customers: Mapping[str, int]) -> bool:
    """Say whether a masked text may be shown: a second look that knows nothing of how it was masked.

    No three digits close together, no sign of an address or of code, mostly words, and no word that may be a name
    unless three customers write it. A word may be a name where it begins with a capital, is of a script without
    capitals, or stands in a text that is written without them or in nothing else.

    Parameters
    ----------
    text : str
    customers : mapping of str to int
        As `customers_by_token` returns it.
    """
    plain = unmasked(text).replace(" | ", " ").strip()
    unpriced = _PRICE.sub("", plain)
    tokens = _LETTERS.findall(plain)
    if not SHORTEST <= len(text) <= LONGEST or len(tokens) < _LEAST_WORDS or count_masks(text) > _MOST_MASKS:
        return False
    if (
        _TELLING.search(unpriced)
        or sum(map(str.isdigit, unpriced)) > _MOST_DIGITS
        or not (text[0].isalpha() or text[0] in "[“\"'£€$")
    ):
        return False
    is_shapeless = plain == plain.lower() or plain == plain.upper()
    return all(
        customers.get(token.casefold(), 0) >= _SAID_BY
        for token in tokens
        if (is_shapeless or not token.islower()) and token.casefold() not in function_words()
    )


def choose_quotes(said: pd.DataFrame, scores: pd.DataFrame, segmentation: str, safe: pd.Series) -> pd.DataFrame:
    """Choose quotes that stand for a segment: near the centre of their theme, in words typical of the segment.

    Themes take turns, so that the first quotes are of different ones; no customer is quoted twice, and of comments
    with the same words one. What is said in words that the others use more is left out.

    Parameters
    ----------
    said : DataFrame
        One row a comment: customer, segment, text (masked), words, theme, nearness, source, said_on.
    scores : DataFrame
        As `word_scores` returns it.
    segmentation : str
    safe : Series of bool
        Which comments may be shown; see `is_safe`.

    Returns
    -------
    DataFrame
        segment, rank, quote_id, text, theme, source, said_on; at most `MOST_QUOTES` a segment.
    """
    columns = ["segment", "rank", "quote_id", "text", "theme", "source", "said_on"]
    told = said[safe & said["words"].str.len().gt(0)]
    z = scores.set_index(["segment", "word"])["z"].to_dict()
    typical = [
        sum(z.get((segment, word), 0.0) for word in set(words)) / len(set(words))
        for segment, words in zip(told["segment"], told["words"], strict=True)
    ]
    told = told.assign(typical=pd.Series(typical, index=told.index, dtype=float))
    told = told[told["typical"] > 0]
    score = told["nearness"] + (told["typical"] / _CLEAR_Z).clip(upper=1)
    content = [" ".join(sorted(set(words))) for words in told["words"]]
    order = told.assign(score=score.round(9), content=content).sort_values(
        ["segment", "score", "text"], ascending=[True, False, True]
    )
    order = order.drop_duplicates(["segment", "customer"]).drop_duplicates(["segment", "content"])
    order["turn"] = order.groupby(["segment", "theme"]).cumcount()
    order = order.sort_values(["segment", "turn", "score", "text"], ascending=[True, True, False, True])
    order["rank"] = order.groupby("segment").cumcount() + 1
    chosen = order[order["rank"] <= MOST_QUOTES]
    ids = [
        quote_id(segmentation, segment, text) for segment, text in zip(chosen["segment"], chosen["text"], strict=True)
    ]
    return chosen.assign(quote_id=ids)[columns].reset_index(drop=True)
