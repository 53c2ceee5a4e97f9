from __future__ import annotations

import math

import pandas as pd
import pytest

from segmodel.opportunities import white_space

NONE = pd.DataFrame()
MARKET = pd.DataFrame(
    {
        "need_or_category": ["speed", "Café_supplies", "machines"],
        "size": [50.0, 200.0, 80.0],
        "our_share": [0.1, 0.25, 0.0],
        "growth": [0.1, -0.02, 0.05],
    }
)
NEEDS = pd.DataFrame(
    {
        "segment": ["", "s1", "s2", "s3"],
        "need": "speed",
        "difference": [math.nan, 3.0, 5.0, -4.0],
        "is_above": [False, True, True, False],
    }
)
CATEGORIES = NEEDS.rename(columns={"need": "category"}).assign(
    category="café supplies", is_above=False, difference=[math.nan, math.nan, 0.1, -0.1]
)


def by_name(space: pd.DataFrame) -> dict[str, pd.Series]:
    return {row["name"]: row for _, row in space.iterrows()}


def test_unclaimed_is_what_is_not_ours_and_the_largest_comes_first() -> None:
    space = white_space(MARKET, NEEDS, CATEGORIES)
    assert space["name"].tolist() == ["Café supplies", "machines", "speed"]
    assert space["unclaimed"].tolist() == pytest.approx([150.0, 80.0, 45.0])
    assert space["growth_amount"].tolist() == pytest.approx([-4.0, 4.0, 5.0])
    assert (space["unclaimed"] + space["size"] * space["our_share"]).tolist() == pytest.approx(space["size"].tolist())


def test_who_feels_it_is_known_only_where_it_was_asked_or_sold() -> None:
    found = by_name(white_space(MARKET, NEEDS, CATEGORIES))
    assert (found["speed"]["kind"], found["speed"]["felt_by"]) == ("need", ("s2", "s1"))
    supplies = found["Café supplies"]
    assert (supplies["kind"], supplies["felt_by"], supplies["is_felt_known"]) == ("category", (), True)
    assert (found["machines"]["kind"], found["machines"]["is_felt_known"]) == ("", False)


def test_what_is_missing_is_said_and_not_guessed() -> None:
    market = MARKET.assign(our_share=[None, 12.0, 0.2], growth=[0.1, math.nan, math.inf], size=[50.0, 200.0, -3.0])
    found = by_name(white_space(market, NONE, NONE))
    assert math.isnan(found["speed"]["unclaimed"])
    assert found["speed"]["caveat"] == "our share of it is not given"
    assert math.isnan(found["Café supplies"]["unclaimed"])
    assert found["Café supplies"]["caveat"] == "our share of it is not between 0 and 1; its growth is not given"
    assert found["machines"]["caveat"] == "its size is not a number from 0 on; its growth is not given"


def test_columns_that_were_not_given_are_missing() -> None:
    space = white_space(MARKET[["need_or_category", "size"]], NONE, NONE)
    assert space["unclaimed"].isna().all()
    assert space["caveat"].str.contains("share of it is not given; its growth is not given").all()


def test_no_market_is_an_empty_frame() -> None:
    assert white_space(NONE, NEEDS, CATEGORIES).empty


def test_where_every_comparison_is_hidden_who_feels_it_is_not_known() -> None:
    space = white_space(MARKET, NEEDS.assign(difference=math.nan), NONE)
    assert not by_name(space)["speed"]["is_felt_known"]
