"""The sample's comments: each planted group is heard in the segment that found it, and nobody by chance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmodel.personas import read_voice, voice_finding
from segmodel.personas.masking import Masker
from segmodel.personas.words import customers_by_word, distinctive_words, word_scores, words_of
from segmodel.store import PublishedBuild
from segmodel.workspace import Workspace
from tests.support.real_data import REPOSITORY

# a few of the words the generator gives each group alone, and those it gives the others
PLANTED = {
    "Offices and cafés": {"office", "invoice", "account", "café"},
    "Everyday regulars": {"work", "app", "points", "flat"},
    "Fading subscribers": {"subscription", "bags", "price", "weeks"},
    "Weekend browsers": {"market", "saturday", "dogs", "lovely"},
    "Gift givers": {"gift", "present", "hamper", "christmas"},
}


@pytest.fixture(scope="module")
def published(built_sample: Path) -> PublishedBuild:
    return Workspace(built_sample).open()


def ids(published: PublishedBuild) -> dict[str, str]:
    segments = published.segments("behaviour")
    return dict(zip(segments["name"], segments["segment"], strict=True))


def test_each_segment_is_heard_in_its_own_words(published: PublishedBuild) -> None:
    words = published.voice_words("behaviour")
    heard = {name: set(words[words["segment"] == segment]["word"]) for name, segment in ids(published).items()}
    for name, planted in PLANTED.items():
        assert len(heard[name] & planted) >= 3, (name, heard[name])
        others = set().union(*(planted for other, planted in PLANTED.items() if other != name))
        assert not heard[name] & others, (name, heard[name])


def test_themes_and_quotes_are_of_the_segment(published: PublishedBuild) -> None:
    for name, segment in ids(published).items():
        voice = read_voice(published, "behaviour", segment)
        assert voice is not None
        assert voice.themes, name
        assert any(word in " ".join(voice.themes) for word in PLANTED[name] | {"order", "interval"}), (
            name,
            voice.themes,
        )
        first = voice.quotes[0].text.casefold()
        assert len({quote.text for quote in voice.quotes}) == len(voice.quotes) > 1
        assert all(mark not in first for mark in ("@", "07700", "example.com"))


def test_only_who_was_planted_unhappy_sounds_it(published: PublishedBuild) -> None:
    finding = voice_finding(published, "behaviour", ids(published)["Fading subscribers"])
    assert "of their comments in English were unhappy" in finding
    table = published.voices("behaviour").set_index("segment")
    most = table["unhappy"].drop("").idxmax()
    assert most == ids(published)["Fading subscribers"]


def test_every_planted_address_and_number_is_masked() -> None:
    raw = pd.read_csv(REPOSITORY / "data" / "sample" / "data" / "verbatims.csv.gz").dropna(subset=["text"])
    masked = raw["text"].map(Masker().mask)
    assert not masked.str.contains(r"@|example|07700|\+44").any()
    holds = raw["text"].str.contains(r"Write to me at|Call me on|Or the office on")
    assert (masked.str.contains(r"\[e-mail\]|\[phone\]") == holds).all()
    # and nothing else is touched
    assert (masked[~holds] == raw.loc[~holds, "text"]).all()


def test_nothing_is_heard_where_segments_are_dealt_by_chance() -> None:
    raw = pd.read_csv(REPOSITORY / "data" / "sample" / "data" / "verbatims.csv.gz").dropna(subset=["text"])
    customers = raw["customer_id"].factorize()[0]
    said = pd.DataFrame({"customer": customers, "words": raw["text"].map(Masker().mask).map(words_of)})
    found = 0
    for seed in range(20):
        dealt = np.random.default_rng(seed).integers(0, 5, customers.max() + 1).astype(str)
        shuffled = said.assign(segment=dealt[customers])
        heard = shuffled.groupby("segment")["customer"].nunique()
        found += not distinctive_words(word_scores(customers_by_word(shuffled)), heard, 10).empty
    assert found <= 1
