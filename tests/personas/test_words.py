"""Words that set segments apart: held against a computation by hand, against chance, and never of a few."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from segmodel.personas.words import PRIOR, customers_by_word, distinctive_words, log_odds, word_scores, words_of


def test_log_odds_agree_with_the_formula_word_by_word() -> None:
    random = np.random.default_rng(3)
    own, rest, prior = (random.integers(1, 60, 40).astype(float) for _ in range(3))
    found = log_odds(own, rest, prior)
    n_own, n_rest, n_prior = sum(own), sum(rest), sum(prior)
    for place in range(40):
        # Monroe, Colaresi & Quinn 2008, equations 15, 18 and 19, one word at a time
        y_i, y_j, a = own[place], rest[place], prior[place]
        delta = math.log((y_i + a) / (n_own + n_prior - y_i - a)) - math.log((y_j + a) / (n_rest + n_prior - y_j - a))
        variance = 1 / (y_i + a) + 1 / (y_j + a)
        assert found.delta[place] == pytest.approx(delta, rel=1e-12)
        assert found.z[place] == pytest.approx(delta / math.sqrt(variance), rel=1e-12)


def made(seed: int, *, planted: bool) -> pd.DataFrame:
    """600 customers in three segments who each say some of 60 words; planted: one word is said more by one segment."""
    random = np.random.default_rng(seed)
    chance = np.full((3, 60), 0.08)
    if planted:
        chance[1, 7] = 0.4
    rows = []
    for customer in range(600):
        segment = customer % 3
        words = [f"word{place:02d}" for place in np.flatnonzero(random.random(60) < chance[segment])]
        rows.append({"customer": customer, "segment": f"s{segment}", "words": words})
    return pd.DataFrame(rows)


def found_in(said: pd.DataFrame, minimum_group: int = 10) -> pd.DataFrame:
    heard = said.groupby("segment")["customer"].nunique()
    return distinctive_words(word_scores(customers_by_word(said)), heard, minimum_group)


def test_a_planted_word_is_found_in_its_segment_alone() -> None:
    found = found_in(made(1, planted=True))
    assert found[["segment", "word", "rank"]].to_numpy().tolist() == [["s1", "word07", 1]]
    said = made(1, planted=True)
    own = said[said["segment"] == "s1"]["words"].map(lambda words: "word07" in words)
    rest = said[said["segment"] != "s1"]["words"].map(lambda words: "word07" in words)
    row = found.iloc[0]
    assert (row["customers"], row["share"]) == (own.sum(), pytest.approx(own.mean()))
    assert row["index"] == pytest.approx(100 * own.mean() / rest.mean())


def test_nothing_is_found_where_segments_are_dealt_by_chance() -> None:
    assert sum(len(found_in(made(seed, planted=False))) > 0 for seed in range(40)) <= 2


def test_one_customer_who_repeats_a_word_counts_once() -> None:
    said = pd.DataFrame(
        {"customer": [1, 1, 2], "segment": ["a", "a", "b"], "words": [["tea", "tea"], ["tea"], ["tea", "milk"]]}
    )
    assert customers_by_word(said).loc["tea"].to_dict() == {"a": 1, "b": 1}


def test_a_word_of_a_few_is_not_told() -> None:
    said = made(1, planted=True)
    odd = said.index[said["segment"] == "s2"][:9]
    said.loc[odd, "words"] = said.loc[odd, "words"].map(lambda words: [*words, "smithson"])
    assert word_scores(customers_by_word(said)).query("word == 'smithson' and segment == 's2'")["z"].iloc[0] > 2
    assert "smithson" not in set(found_in(said)["word"])
    ten = said.index[said["segment"] == "s2"][:30]
    said.loc[ten, "words"] = said.loc[ten, "words"].map(lambda words: [*words, "ribbon"])
    row = found_in(said).set_index("word").loc["ribbon"]
    # nobody else says it: an index, or z, would tell that
    assert (row["customers"], bool(row[["index", "z", "q"]].isna().all())) == (30, True)


def test_scripts_without_spaces_or_capitals_have_words() -> None:
    assert words_of("القهوة رائعة") == ["القهوة", "رائعة"]
    assert words_of("咖啡好") == ["咖啡", "啡好"]
    assert words_of("Кофе очень вкусный, café crème") == ["кофе", "очень", "вкусный", "café", "crème"]
    assert words_of("[e-mail] [name] 123 ☕") == []


def test_scores_of_little_are_none() -> None:
    one = pd.DataFrame({"customer": [1], "segment": ["a"], "words": [["tea", "milk"]]})
    assert word_scores(customers_by_word(one)).empty
    assert PRIOR > 0
