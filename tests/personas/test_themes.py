"""Themes: those that were planted are found, and none in noise of a few comments."""

from __future__ import annotations

import numpy as np

from segmodel.personas.themes import find_themes

PLANTED = (
    ("queue", "morning", "barista", "till", "wait"),
    ("parcel", "late", "courier", "doorstep", "tracking"),
    ("ribbon", "wrapping", "gift", "card", "bow"),
)


def spoken(count: int, seed: int = 1) -> tuple[list[list[str]], list[int]]:
    """Comments of four words, three of one theme and one of any."""
    random = np.random.default_rng(seed)
    every = [word for theme in PLANTED for word in theme]
    of = random.integers(0, len(PLANTED), count)
    said = [[*random.choice(PLANTED[theme], 3, replace=False), str(random.choice(every))] for theme in of]
    return [[str(word) for word in words] for words in said], of.tolist()


def test_planted_themes_are_found_with_their_number() -> None:
    comments, of = spoken(300)
    themes = find_themes(comments, sorted({word for words in comments for word in words}))
    assert len(themes.labels) == 3
    named = [
        {next(n for n, words in enumerate(PLANTED) if word in words) for word in label.split(", ")}
        for label in themes.labels
    ]
    assert all(len(planted) == 1 for planted in named)
    back = [planted.pop() for planted in named]
    assert np.mean([back[found] == planted for found, planted in zip(themes.of, of, strict=True)]) > 0.95
    assert ((themes.nearness >= 0) & (themes.nearness <= 1 + 1e-9)).all()


def test_themes_are_the_same_every_time() -> None:
    comments, _ = spoken(120)
    vocabulary = sorted({word for words in comments for word in words})
    one, two = find_themes(comments, vocabulary), find_themes(comments, vocabulary)
    assert one.labels == two.labels
    assert (one.of == two.of).all()


def test_a_theme_is_made_of_the_vocabulary_alone() -> None:
    comments, _ = spoken(120)
    vocabulary = [word for theme in PLANTED for word in theme[:4]]
    themes = find_themes([[*words, "smithson"] for words in comments], vocabulary)
    assert {word for label in themes.labels for word in label.split(", ")} <= set(vocabulary)


def test_few_comments_or_words_have_no_themes() -> None:
    comments, _ = spoken(20)
    assert find_themes(comments, ["queue", "parcel", "ribbon"]).labels == ()
    none = find_themes([], [])
    assert (none.labels, len(none.of)) == ((), 0)
    assert find_themes([["tea"]] * 100, ["tea"]).labels == ()
