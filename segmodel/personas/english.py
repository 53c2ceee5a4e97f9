"""English words: what tells an English comment from others, and which names are words as well."""

from __future__ import annotations

import re
from functools import cache

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

_FOREIGN_TOO = {
    "con",
    "de",
    "etc",
    "in",
    "me",
    "so",
    "un",
    "was",
    "an",
    "am",
    "on",
    "also",
    "die",
    "des",
    "as",
    "no",
    "do",
}
"""Stop words of English that other languages write too; they count where others say that the comment is English."""

_WORD = re.compile(r"[^\W\d_]+")
_LEAST_WORDS = 3
_LEAST_SHARE = 0.25
_LEAST_OWN = 1

_NAMES = """
amber angel april art ash august autumn bacon baker ball banks bell berry best bill bird bishop black bond brook brown
bush butler carter case cash chance chase chip christian church cliff coffee cook cooper day dawn dean drew faith farmer
field fields fisher ford forest fox frank french frost gardener gates gene ginger gold good grace grant gray green grey
guy hall hazel heath heather hill hills holly hope hunter ice iris ivory ivy jade joy june king knight lake lamb
lane law light little long love major march mark marsh mason max may mercy mile miles mill miller mills moon moore
morning noble north olive page park parker parks patience pearl penny pepper person place pole poppy porter potter
power price prince queen rain ray read red reed rich rivers robin rock rose ruby sage sand sandy short silver singer
small smart smith snow south spring star stone storm street strong sue sugar summer sunny sweet swift taylor temple
trinity turner violet walker wall ward water week weaver west white wild will wine winter wise wolf wood woods young
"""


@cache
def common_words() -> frozenset[str]:
    """Return English words that alone are no reason to hear a name: stop words, words of mood, names that are words."""
    return plain_words() | frozenset(_NAMES.split())


@cache
def plain_words() -> frozenset[str]:
    """Return the common words that nobody is called by."""
    names = frozenset(_NAMES.split())
    return (function_words() | frozenset(word for word in _lexicon() if word.isalpha())) - names


@cache
def function_words() -> frozenset[str]:
    """Return the stop words of English, as scikit-learn has them."""
    return frozenset(ENGLISH_STOP_WORDS)


@cache
def _lexicon() -> frozenset[str]:
    return frozenset(SentimentIntensityAnalyzer().lexicon)


def is_english(text: str) -> bool:
    """Say whether a comment reads as English: of three words or more, a quarter are English stop words.

    A light test that errs on the side of "cannot be told": at least one of them must be a word that French, German and
    Spanish do not write. Short or clipped comments, such as "Great coffee", are not told to be English.

    Examples
    --------
    >>> is_english("The ribbon was crushed in the post"), is_english("Das Band war in der Post zerdrückt")
    (True, False)
    """
    words = _WORD.findall(text.casefold())
    known = [word for word in words if word in function_words()]
    own = sum(word not in _FOREIGN_TOO for word in known)
    return len(words) >= _LEAST_WORDS and own >= _LEAST_OWN and len(known) >= _LEAST_SHARE * len(words)
