from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from segmodel.definition import Survey
from segmodel.engines import Engine
from segmodel.opportunities import needs_asked, store_opportunities
from segmodel.opportunities.store import NUMBERS
from tests.opportunities.made import ITEMS, LATEST, answers, filled, people, put


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.open(None) as opened:
        yield opened


def stored(engine: Engine, minimum_group: int = 5, survey: Survey | None = None) -> pd.DataFrame:
    store_opportunities(engine, "behaviour", minimum_group, survey or Survey(), LATEST)
    return engine.frame("SELECT * FROM opportunities").set_index(["need", "segment"])


def test_scores_are_those_counted_on_paper(engine: Engine) -> None:
    filled(engine)
    found = stored(engine)
    # s1: 15 of 20 answered 7, 4 of 20 answered 6: 7.5 + (7.5 − 2.0)
    own = found.loc[("speed", "s1")]
    assert own["n"] == 20
    assert own[["importance", "satisfaction", "opportunity"]].tolist() == pytest.approx([7.5, 2.0, 13.0])
    # s2: 10 of 30 and 15 of 30, more satisfied than it matters
    assert found.loc[("speed", "s2"), ["n", "importance", "satisfaction", "opportunity"]].tolist() == pytest.approx(
        [30, 10 / 3, 5.0, 10 / 3]
    )
    everybody = found.loc[("speed", "")]
    assert everybody["n"] == 62
    assert everybody["importance"] == pytest.approx(10 * (15 + 10 + 4) / 62)
    assert own["is_above"]
    assert not found.loc[("speed", "s2"), "is_above"]
    # the difference is from all others together: 42 of them, 14 important, 21 satisfied
    assert own["difference"] == pytest.approx(13.0 - 10 * 14 / 42)


def test_scores_agree_with_pandas_on_random_answers(engine: Engine) -> None:
    random = np.random.default_rng(2)
    survey = answers()
    survey["answer"] = random.integers(1, 8, len(survey)).astype(str)
    survey = survey[random.random(len(survey)) > 0.1]
    filled(engine, survey)
    found = stored(engine)
    wide = survey.assign(answer=survey["answer"].astype(int)).pivot_table(
        index="customer_id", columns="item", values="answer"
    )
    pairs = wide[["imp_speed", "sat_speed"]].dropna() >= 6
    by_segment = pairs.groupby(pairs.index.str[:2]).agg(["mean", "size"])
    for segment, row in by_segment.iterrows():
        own = found.loc[("speed", segment)]
        assert own["n"] == row["imp_speed", "size"]
        assert own["importance"] == pytest.approx(10 * row["imp_speed", "mean"])
        assert own["satisfaction"] == pytest.approx(10 * row["sat_speed", "mean"])


def test_a_scale_nobody_wrote_down_is_the_one_that_was_answered(engine: Engine) -> None:
    filled(engine)
    found = stored(engine).loc[("low_price", "")]
    assert found["importance"] == pytest.approx(10 * sum(1 + place % 5 >= 4 for place in range(62)) / 62)


def test_answers_off_the_scale_and_of_a_turned_scale_are_read_as_meant(engine: Engine) -> None:
    survey = answers()
    is_speed = survey["item"] == "imp_speed"
    filled(engine, survey.assign(answer=survey["answer"].mask(is_speed & (survey["customer_id"] == "s1-1"), "99")))
    assert stored(engine).loc[("speed", "s1"), "n"] == 19
    turned = ITEMS.assign(scale=ITEMS["scale"].mask(ITEMS["item"] == "imp_speed", "7-1"))
    engine.execute("DROP TABLE opportunities")
    filled(engine, items=turned)
    assert stored(engine).loc[("speed", "s1"), "importance"] == pytest.approx(2.5)  # the five who answered 2


def test_needs_are_named_by_what_their_items_share(engine: Engine) -> None:
    filled(engine)
    speed = {need.need: need for need in needs_asked(engine)}["speed"]
    assert (speed.label, speed.wording, speed.caveat) == ("speed", "Getting it quickly", "")
    price = {need.need: need for need in needs_asked(engine)}["low_price"]
    assert (price.label, price.wording) == ("low price", "Paying little matters")


def test_straight_liners_are_left_out_unless_the_definition_keeps_them(engine: Engine) -> None:
    more = [(f"imp_{place}", "", "need-importance", "1-7", "") for place in range(5)]
    items = pd.concat([ITEMS, pd.DataFrame(more, columns=ITEMS.columns)], ignore_index=True)
    random = np.random.default_rng(4)
    rows = [(who, item[0], str(random.integers(1, 8))) for who in people()["customer_id"] for item in more]
    survey = pd.concat([answers(), pd.DataFrame(rows, columns=["customer_id", "item", "answer"])])
    liner = (survey["customer_id"] == "s1-1") & survey["item"].str.startswith("imp_")
    filled(engine, survey.assign(answer=survey["answer"].mask(liner, "4")), items)
    assert stored(engine).loc[("speed", "s1"), "n"] == 19
    engine.execute("DROP TABLE opportunities")
    assert stored(engine, survey=Survey(straight_liners="keep")).loc[("speed", "s1"), "n"] == 20


def test_small_groups_are_hidden_and_no_subtraction_gives_one_away(engine: Engine) -> None:
    filled(engine)
    found = stored(engine, minimum_group=15)
    speed = found.loc["speed"]
    assert speed["suppressed"].to_dict() == {"": False, "s1": True, "s2": False, "s3": True}
    assert speed.loc[["s1", "s3"], NUMBERS].isna().all(axis=None)
    assert not speed.loc[["s1", "s3"], "is_above"].any()
    assert speed.loc["", "n"] - speed["n"].drop("").sum() >= 15


def test_when_too_few_answered_everything_is_hidden(engine: Engine) -> None:
    filled(engine)
    found = stored(engine, minimum_group=100)
    assert found["suppressed"].all()
    assert found[NUMBERS].isna().all(axis=None)


def test_only_customers_that_count_at_the_latest_snapshot_are_asked(engine: Engine) -> None:
    filled(engine, who=people().assign(is_counted=lambda rows: rows["segment"] != "s3"))
    found = stored(engine)
    assert ("speed", "s3") not in found.index
    assert found.loc[("speed", ""), "n"] == 50


def test_needs_that_cannot_be_told_say_why(engine: Engine) -> None:
    odd = pd.DataFrame(
        [
            ("imp_alone", "Alone", "need-importance", "1-7", "alone"),
            ("imp_twice", "Twice", "need-importance", "1-7", "twice"),
            ("imp_again", "Again", "need-importance", "1-7", "twice"),
            ("sat_twice", "Twice", "need-satisfaction", "1-7", "twice"),
            ("imp_wide", "Wide", "need-importance", "0-100", "wide"),
            ("sat_wide", "Wide", "need-satisfaction", "0-100", "wide"),
            ("imp_silent", "Silent", "need-importance", "1-5", "silent"),
            ("sat_silent", "Silent", "need-satisfaction", "1-5", "silent"),
        ],
        columns=ITEMS.columns,
    )
    filled(engine, items=pd.concat([ITEMS, odd], ignore_index=True))
    caveats = stored(engine)["caveat"].xs("", level="segment").to_dict()
    assert caveats["speed"] == ""
    assert caveats["alone"].startswith("no item of kind need-satisfaction")
    assert caveats["twice"].startswith("2 items of kind need-importance")
    assert "4 to 11 whole numbers" in caveats["wide"]
    assert caveats["silent"].startswith("nobody")


@pytest.mark.parametrize("missing", ["survey", "items", "need"])
def test_without_pairs_of_items_there_is_no_table(engine: Engine, missing: str) -> None:
    filled(engine, items=ITEMS.drop(columns="need") if missing == "need" else ITEMS)
    if missing != "need":
        engine.execute(f"DROP TABLE {missing}")
    store_opportunities(engine, "behaviour", 5, Survey(), LATEST)
    assert "opportunities" not in engine.tables()


def test_nobody_of_the_segments_answering_is_said_and_no_error(engine: Engine) -> None:
    filled(engine, who=people().assign(customer_id=lambda rows: "other-" + rows["customer_id"]))
    found = stored(engine)
    assert set(found["caveat"]) == {"nobody in a segment answered both of its items."}
    assert found["n"].isna().all()


def test_each_segmentation_adds_its_rows(engine: Engine) -> None:
    filled(engine, segmentations=("behaviour", "value"))
    for name in ("behaviour", "value"):
        store_opportunities(engine, name, 5, Survey(), LATEST)
    frame = engine.frame("SELECT * FROM opportunities")
    assert frame.groupby("segmentation").size().to_dict() == {"behaviour": 8, "value": 8}


MARKET = pd.DataFrame({"need_or_category": ["Beans", "tea_pots", "speed"], "size": [5.0, 6.0, 7.0]})


def transactions() -> pd.DataFrame:
    """Return purchases: all of s1 buy beans, a third of s2; one purchase is old, one cancelled, one a refund."""
    bought = [(who, "beans") for who in people()["customer_id"] if who.startswith("s1")]
    bought += [(f"s2-{place}", "beans") for place in range(0, 30, 3)]
    rows = [(who, pd.Timestamp("2026-01-05"), 5.0, False, category) for who, category in bought]
    rows += [(who, pd.Timestamp("2026-02-05"), 5.0, False, "BEANS") for who, _ in bought[:3]]
    rows += [
        ("s2-1", pd.Timestamp("2025-06-30 23:00"), 5.0, False, "beans"),
        ("s2-2", pd.Timestamp("2026-01-05"), 5.0, True, "beans"),
        ("s2-4", pd.Timestamp("2026-01-05"), -5.0, False, "beans"),
        ("s3-0", pd.Timestamp("2026-06-30 22:00"), 5.0, False, "Tea pots"),
        ("s3-1", pd.Timestamp("2026-01-05"), 5.0, False, "other"),
    ]
    return pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount", "is_cancelled", "category"])


def categories(engine: Engine, minimum_group: int) -> pd.DataFrame:
    filled(engine)
    put(engine, market=MARKET, transactions=transactions())
    store_opportunities(engine, "behaviour", minimum_group, Survey(), LATEST)
    return engine.frame("SELECT * FROM segment_categories").set_index(["category", "segment"])


def test_categories_of_the_market_are_told_by_who_bought_them_in_the_window(engine: Engine) -> None:
    found = categories(engine, minimum_group=1)
    assert set(found.index.get_level_values("category")) == {"Beans", "tea_pots"}
    beans = found.loc["Beans"]
    assert beans["buyers"].to_dict() == {"": 30, "s1": 20, "s2": 10, "s3": 0}
    assert beans["share"].to_dict() == pytest.approx({"": 30 / 62, "s1": 1.0, "s2": 1 / 3, "s3": 0.0})
    assert beans.loc["s1", "difference"] == pytest.approx(1 - 10 / 42)
    assert beans["is_above"].to_dict() == {"": False, "s1": True, "s2": False, "s3": False}
    assert found.loc[("tea_pots", "s3"), "buyers"] == 1


def test_a_handful_of_buyers_is_hidden(engine: Engine) -> None:
    found = categories(engine, minimum_group=5)
    assert found.loc[("tea_pots", "s3"), "suppressed"]
    assert np.isnan(found.loc[("tea_pots", "s3"), "share"])
    assert np.isnan(found.loc[("tea_pots", ""), "share"])
    shown = found.dropna(subset=["buyers"])
    assert ((shown["buyers"] == 0) | (shown["buyers"] >= 5)).all()


def test_without_a_market_nothing_is_counted(engine: Engine) -> None:
    filled(engine)
    put(engine, transactions=transactions())
    store_opportunities(engine, "behaviour", 5, Survey(), LATEST)
    assert "segment_categories" not in engine.tables()
