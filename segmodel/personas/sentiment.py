"""How comments sound: glad, neutral or unhappy, told by a published lexicon of English."""

from __future__ import annotations

from functools import cache

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from segmodel.personas.english import is_english
from segmodel.personas.masking import unmasked

MOODS = ("glad", "neutral", "unhappy")

_LINE = 0.05
"""Compound score from which a comment counts as glad, and below minus which as unhappy: the authors' own lines."""


def mood(text: str) -> str:
    """Return whether a masked comment is glad, neutral or unhappy; empty where it is not told to be English.

    VADER (Hutto & Gilbert 2014): a lexicon with rules for negation, emphasis and "but", made for short texts.

    Examples
    --------
    >>> mood("The wrapping was beautiful and she loved the card"), mood("Der Kaffee war schlecht")
    ('glad', '')
    """
    if not is_english(unmasked(text)):
        return ""
    score = compound(unmasked(text))
    return "glad" if score >= _LINE else "unhappy" if score <= -_LINE else "neutral"


def compound(text: str) -> float:
    """Return VADER's compound score of a text, -1 to 1."""
    return float(_analyser().polarity_scores(text)["compound"])


@cache
def _analyser() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()
