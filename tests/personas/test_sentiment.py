"""Moods: the lexicon says what its authors published, and only of English."""

from __future__ import annotations

import pytest

from segmodel.personas.english import is_english
from segmodel.personas.sentiment import compound, mood


@pytest.mark.parametrize(
    ("text", "published"),
    [  # the README of vaderSentiment, "Code examples"
        ("VADER is smart, handsome, and funny.", 0.8316),
        ("VADER is smart, handsome, and funny!", 0.8439),
        ("VADER is very smart, handsome, and funny.", 0.8545),
        ("VADER is VERY SMART, handsome, and FUNNY.", 0.9227),
        ("VADER is VERY SMART, handsome, and FUNNY!!!", 0.9342),
        ("VADER is not smart, handsome, nor funny.", -0.7424),
        ("The book was good.", 0.4404),
        ("At least it isn't a horrible book.", 0.431),
        ("The plot was good, but the characters are uncompelling and the dialog is not great.", -0.7042),
        ("Today SUX!", -0.5461),
    ],
)
def test_the_lexicon_scores_as_published(text: str, published: float) -> None:
    assert compound(text) == pytest.approx(published, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The wrapping was beautiful and she loved the card.", "glad"),
        ("The delivery was terrible and nobody told me why.", "unhappy"),
        ("We order for an office of thirty.", "neutral"),
        ("My name is [name] and the coffee was horrible", "unhappy"),
        ("Der Kaffee war schlecht und die Lieferung kam zu spät.", ""),
        ("Le café était très mauvais et la livraison en retard.", ""),
        ("El café no me gusta, la entrega llegó tarde y en mal estado.", ""),
        ("咖啡很好", ""),
        ("القهوة رائعة", ""),
        ("[e-mail]", ""),
        ("", ""),
    ],
)
def test_moods_are_told_of_english_alone(text: str, expected: str) -> None:
    assert mood(text) == expected


def test_a_lone_word_is_no_language() -> None:
    assert not is_english("Super")
