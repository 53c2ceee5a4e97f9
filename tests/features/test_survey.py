from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from segmodel.clustering import KMeansSegmenter, LatentClassSegmenter
from segmodel.engines import Engine
from segmodel.errors import FeatureError
from segmodel.features import SurveyFeatures, survey_features, survey_items
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


def importance(engine: Engine, *, centre: bool = False) -> SurveyFeatures:
    """Make the columns of the items about importance."""
    chosen = {
        name: item for name, item in survey_items(engine).items() if name[:4] not in {"att", "att_", "sat_", "demo"}
    }
    return survey_features(engine, chosen, centre=centre)


FOUR = {"a": [1, 2, 3, 4, 5], "b": [7, 7, 7, 7, 7], "c": [2, None, 2, 2, 2], "d": [5, 6, 7, 1, 2], "e": [4, 4, 1, 3, 1]}


def test_each_item_is_a_column_and_missing_stays_missing(engine: Engine) -> None:
    put(engine, FOUR)
    made = importance(engine)
    frame = engine.frame("SELECT * FROM survey_features").set_index("customer_id")
    assert frame.index.tolist() == list("abcde")
    assert frame.loc["a", [f"imp_{place}" for place in range(5)]].tolist() == [1, 2, 3, 4, 5]
    assert np.isnan(frame.loc["c", "imp_1"])
    assert made.missing_share == pytest.approx(1 / 25)
    assert made.features["imp_3"].label == "How important is 3"
    assert list(made.features) == [f"imp_{place}" for place in range(5)]


def test_straight_liners_answered_enough_and_always_the_same(engine: Engine) -> None:
    put(engine, FOUR)
    made = importance(engine)
    liners = engine.rows("SELECT customer_id FROM survey_features WHERE is_straight_liner_need_importance")
    assert liners == [("b",)]  # c answered four only
    assert made.straight_liners == 1
    assert any("20% of those who answered gave the same answer" in note for note in made.notes)


def test_centring_leaves_what_matters_more_than_the_rest(engine: Engine) -> None:
    put(engine, FOUR)
    assert importance(engine, centre=True).is_centred
    frame = engine.frame("SELECT * EXCLUDE (customer_id, is_straight_liner_need_importance) FROM survey_features")
    np.testing.assert_allclose(frame.mean(axis=1), 0, atol=1e-12)
    assert frame.loc[0].tolist() == [-2, -1, 0, 1, 2]


def test_two_answers_to_one_item_are_no_answer(engine: Engine) -> None:
    put(engine, FOUR)
    engine.execute("INSERT INTO survey VALUES ('a', 'imp_0', '6'), ('a', 'imp_1', '2'), ('a', 'it''s', 'x')")
    made = importance(engine)
    assert made.contradicted == 1
    assert engine.rows("SELECT imp_0, imp_1, \"it's\" FROM survey_features WHERE customer_id = 'a'") == [
        (None, 2.0, "x")
    ]


def test_a_word_among_numbers_is_no_answer(engine: Engine) -> None:
    put(engine, {f"c{place:02d}": [place % 7 + 1, 1] for place in range(20)})
    engine.execute("UPDATE survey SET answer = 'n/a' WHERE customer_id = 'c03' AND item = 'imp_0'")
    made = importance(engine)
    assert made.unreadable == 1
    assert made.missing_share == pytest.approx(1 / 40)
    assert engine.rows("SELECT imp_0, imp_1 FROM survey_features WHERE customer_id = 'c03'") == [(None, 1.0)]


def test_without_a_table_of_items_all_are_used(engine: Engine) -> None:
    put(engine, FOUR, None)
    engine.execute("INSERT INTO survey VALUES ('a', 'att', 'yes')")
    assert set(survey_items(engine)) == {"att", *(f"imp_{place}" for place in range(5))}


def test_items_whose_names_clash_end_in_a_sentence(engine: Engine) -> None:
    assert survey_items(engine) == {}
    put(engine, FOUR)
    engine.execute("INSERT INTO survey VALUES ('a', 'IMP_1', '1')")
    with pytest.raises(FeatureError, match="share the name imp_1"):
        importance(engine)


def test_items_are_told_in_the_words_of_their_kind(engine: Engine) -> None:
    put(engine, FOUR)
    engine.execute("INSERT INTO survey SELECT customer_id, 'att', '4' FROM survey WHERE item = 'imp_0'")
    engine.execute("INSERT INTO survey VALUES ('a', 'it''s', 'red'), ('b', 'it''s', 'blue')")
    items = survey_items(engine)
    assert (items["imp_2"].high, items["imp_2"].low) == ("2 matters", "2 matters little")
    assert items["att"].high == "agree: I like it"
    assert (items["it's"].unit, items["it's"].high) == ("category", "")
    assert all(item.rows == "survey" for item in items.values())


def test_one_answer_throughout_is_looked_for_within_a_kind(engine: Engine) -> None:
    kinds = pd.concat([ITEMS, pd.DataFrame({"item": [f"agree_{place}" for place in range(5)], "kind": "attitude"})])
    put(engine, FOUR, kinds)
    engine.execute("INSERT INTO survey SELECT customer_id, replace(item, 'imp', 'agree'), '2' FROM survey")
    engine.execute(
        "UPDATE survey SET answer = ((ascii(customer_id) + item[-1]::INTEGER) % 5 + 3)::VARCHAR "
        "WHERE item LIKE 'agree%' AND customer_id NOT IN ('a', 'b')"
    )
    both = survey_items(engine)
    survey_features(engine, both)
    marked = engine.frame("SELECT * FROM survey_features").set_index("customer_id").filter(like="is_straight")
    assert marked.columns.tolist() == ["is_straight_liner_attitude", "is_straight_liner_need_importance"]
    assert marked.loc["a"].tolist() == [True, False]  # 2 to every statement, 1 to 5 to what matters
    assert marked.loc["b"].tolist() == [True, True]


def test_what_is_asked_for_changes_no_answer(engine: Engine) -> None:
    kinds = pd.concat([ITEMS, pd.DataFrame({"item": ["age", "agree"], "kind": ["demographic", "attitude"]})])
    put(engine, FOUR, kinds)
    engine.execute("INSERT INTO survey SELECT customer_id, 'age', (20 + 9 * row_number() OVER ())::VARCHAR FROM survey")
    engine.execute("INSERT INTO survey SELECT customer_id, 'agree', '1' FROM survey WHERE item = 'imp_0'")
    items = survey_items(engine)
    assert (items["age"].unit, items["imp_0"].unit) == ("answer", "scale")
    survey_features(engine, items, centre=True)
    every = engine.frame("SELECT customer_id, imp_0, is_straight_liner_need_importance FROM survey_features")
    survey_features(engine, {"imp_0": items["imp_0"]}, centre=True)
    one = engine.frame("SELECT customer_id, imp_0, is_straight_liner_need_importance FROM survey_features")
    pd.testing.assert_frame_equal(one, every)
    # against the mean of the five importances alone, by hand: a answered 1 to 5
    assert one.set_index("customer_id").loc["a", "imp_0"] == -2


def test_the_four_planted_needs_of_the_sample_are_found(engine: Engine) -> None:
    if not (SAMPLE / "data").is_dir():
        pytest.skip("the sample is not there: data/sample/generate.py makes it")
    engine.execute(f"CREATE TABLE survey AS SELECT * FROM read_csv('{SAMPLE}/data/survey.csv.gz', all_varchar = true)")
    engine.execute(f"CREATE TABLE items AS SELECT * FROM read_csv('{SAMPLE}/data/items.csv', all_varchar = true)")
    truth = pd.read_csv(SAMPLE / "truth" / "needs.csv.gz").set_index("customer_id").sort_index()
    made = importance(engine)
    answers = engine.frame("SELECT * FROM survey_features").set_index("customer_id")
    assert len(made.features) == 10
    truth = truth.loc[answers.index]
    found = answers["is_straight_liner_need_importance"]
    assert (found & truth["straight_liner"]).sum() >= 0.9 * truth["straight_liner"].sum()
    assert (found & ~truth["straight_liner"]).sum() <= 0.01 * len(truth)
    classes = LatentClassSegmenter(4).fit(answers[~found].drop(columns="is_straight_liner_need_importance"))
    assert adjusted_rand_score(truth.loc[~found, "need_group"], classes.labels_) > 0.6
    importance(engine, centre=True)
    centred = engine.frame("SELECT * FROM survey_features WHERE NOT is_straight_liner_need_importance").set_index(
        "customer_id"
    )
    rows = centred.drop(columns="is_straight_liner_need_importance").fillna(0.0)
    labels = KMeansSegmenter(4).fit(rows).labels_
    assert adjusted_rand_score(truth.loc[~found, "need_group"], labels) > 0.6
