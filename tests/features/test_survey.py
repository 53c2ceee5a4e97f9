from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from segmodel.clustering import KMeansSegmenter, LatentClassSegmenter
from segmodel.engines import Engine
from segmodel.errors import FeatureError
from segmodel.features import survey_features
from tests.support.real_data import REPOSITORY

SAMPLE = REPOSITORY / "data" / "sample"
ITEMS = pd.DataFrame(
    [(f"imp_{place}", f"How important is {place}", "need-importance", str(place)) for place in range(5)]
    + [("att", "I like it", "attitude", None), ("it's", "Odd", "need-importance", None)],
    columns=["item", "text", "kind", "need"],
)


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.open(None) as opened:
        yield opened


def put(engine: Engine, answers: dict[str, list[object]], items: pd.DataFrame | None = ITEMS) -> None:
    rows = [
        (customer, f"imp_{place}", None if answer is None else str(answer))
        for customer, given in answers.items()
        for place, answer in enumerate(given)
    ]
    frame = pd.DataFrame(rows, columns=["customer_id", "item", "answer"]).astype("str")
    frame.loc[[row[2] is None for row in rows], "answer"] = None
    tables = {"survey": frame} | ({} if items is None else {"items": items})
    for name, table in tables.items():
        with engine.loaded("made", table):
            engine.execute(f"CREATE TABLE {name} AS SELECT * FROM made")


FOUR = {"a": [1, 2, 3, 4, 5], "b": [7, 7, 7, 7, 7], "c": [2, None, 2, 2, 2], "d": [5, 6, 7, 1, 2], "e": [4, 4, 1, 3, 1]}


def test_each_item_is_a_column_and_missing_stays_missing(engine: Engine) -> None:
    put(engine, FOUR)
    made = survey_features(engine)
    frame = engine.frame("SELECT * FROM survey_features").set_index("customer_id")
    assert frame.index.tolist() == list("abcde")
    assert frame.loc["a", [f"imp_{place}" for place in range(5)]].tolist() == [1, 2, 3, 4, 5]
    assert np.isnan(frame.loc["c", "imp_1"])
    assert made.missing_share == pytest.approx(1 / 25)
    assert made.features["imp_3"].label == "How important is 3"
    assert list(made.features) == [f"imp_{place}" for place in range(5)]


def test_straight_liners_answered_enough_and_always_the_same(engine: Engine) -> None:
    put(engine, FOUR)
    made = survey_features(engine)
    liners = engine.rows("SELECT customer_id FROM survey_features WHERE is_straight_liner")
    assert liners == [("b",)]  # c answered four only
    assert made.straight_liners == 1
    assert any("20% of them gave the same answer" in note for note in made.notes)


def test_centring_leaves_what_matters_more_than_the_rest(engine: Engine) -> None:
    put(engine, FOUR)
    assert survey_features(engine, centre=True).is_centred
    frame = engine.frame("SELECT * EXCLUDE (customer_id, is_straight_liner) FROM survey_features")
    np.testing.assert_allclose(frame.mean(axis=1), 0, atol=1e-12)
    assert frame.loc[0].tolist() == [-2, -1, 0, 1, 2]


def test_two_answers_to_one_item_are_no_answer(engine: Engine) -> None:
    put(engine, FOUR)
    engine.execute("INSERT INTO survey VALUES ('a', 'imp_0', '6'), ('a', 'imp_1', '2'), ('a', 'it''s', 'x')")
    made = survey_features(engine)
    assert made.contradicted == 1
    assert engine.rows("SELECT imp_0, imp_1, \"it's\" FROM survey_features WHERE customer_id = 'a'") == [
        (None, 2.0, "x")
    ]


def test_a_word_among_numbers_is_no_answer(engine: Engine) -> None:
    put(engine, {f"c{place:02d}": [place % 7 + 1, 1] for place in range(20)})
    engine.execute("UPDATE survey SET answer = 'n/a' WHERE customer_id = 'c03' AND item = 'imp_0'")
    made = survey_features(engine)
    assert made.unreadable == 1
    assert made.missing_share == pytest.approx(1 / 40)
    assert engine.rows("SELECT imp_0, imp_1 FROM survey_features WHERE customer_id = 'c03'") == [(None, 1.0)]


def test_without_a_table_of_items_all_are_used(engine: Engine) -> None:
    put(engine, FOUR, None)
    engine.execute("INSERT INTO survey VALUES ('a', 'att', 'yes')")
    assert set(survey_features(engine).features) == {"att", *(f"imp_{place}" for place in range(5))}


def test_a_survey_that_cannot_be_used_ends_in_a_sentence(engine: Engine) -> None:
    with pytest.raises(FeatureError, match="no survey"):
        survey_features(engine)
    put(engine, FOUR)
    with pytest.raises(FeatureError, match="no answers to items of kind need-satisfaction"):
        survey_features(engine, kinds=("need-satisfaction",))
    engine.execute("UPDATE items SET item = 'IMP_1' WHERE item = 'att'")
    engine.execute("UPDATE items SET kind = 'need-importance'")
    engine.execute("INSERT INTO survey VALUES ('a', 'IMP_1', '1')")
    with pytest.raises(FeatureError, match="share the name imp_1"):
        survey_features(engine)


def test_the_four_planted_needs_of_the_sample_are_found(engine: Engine) -> None:
    if not (SAMPLE / "data").is_dir():
        pytest.skip("the sample is not there: data/sample/generate.py makes it")
    engine.execute(f"CREATE TABLE survey AS SELECT * FROM read_csv('{SAMPLE}/data/survey.csv.gz', all_varchar = true)")
    engine.execute(f"CREATE TABLE items AS SELECT * FROM read_csv('{SAMPLE}/data/items.csv', all_varchar = true)")
    truth = pd.read_csv(SAMPLE / "truth" / "needs.csv.gz").set_index("customer_id").sort_index()
    made = survey_features(engine)
    answers = engine.frame("SELECT * FROM survey_features").set_index("customer_id")
    assert len(made.features) == 10
    truth = truth.loc[answers.index]
    found = answers["is_straight_liner"]
    assert (found & truth["straight_liner"]).sum() >= 0.9 * truth["straight_liner"].sum()
    assert (found & ~truth["straight_liner"]).sum() <= 0.01 * len(truth)
    classes = LatentClassSegmenter(4).fit(answers[~found].drop(columns="is_straight_liner"))
    assert adjusted_rand_score(truth.loc[~found, "need_group"], classes.labels_) > 0.6
    survey_features(engine, centre=True)
    centred = engine.frame("SELECT * FROM survey_features WHERE NOT is_straight_liner").set_index("customer_id")
    rows = centred.drop(columns="is_straight_liner").fillna(0.0)
    labels = KMeansSegmenter(4).fit(rows).labels_
    assert adjusted_rand_score(truth.loc[~found, "need_group"], labels) > 0.6
