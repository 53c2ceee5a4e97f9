from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmodel.clustering import rfm_segment
from segmodel.clustering.rules import (
    EVERYONE_ELSE,
    NO_VALUE,
    RFM_STORIES,
    RuleMap,
    quantile_cuts,
    rfm_map,
    rule_map,
    value_tiers,
)
from segmodel.definition import Rule
from segmodel.errors import ClusteringError


def owners(made: RuleMap, frame: pd.DataFrame) -> list[str]:
    term = made.term(tuple(range(len(made.names))))
    return [made.names[place] for place in term.contributions(frame).argmax(axis=1)]


def shoppers(rows: int = 500) -> pd.DataFrame:
    generator = np.random.default_rng(4)
    return pd.DataFrame(
        {
            "recency_days": generator.integers(0, 365, rows).astype(float),
            "frequency": generator.geometric(0.2, rows).astype(float),
            "monetary": generator.lognormal(4, 1, rows).round(2),
        }
    )


def test_each_of_the_125_cells_has_exactly_one_name() -> None:
    names = {cell: rfm_segment(*cell) for cell in itertools.product(range(1, 6), repeat=3)}
    assert len(names) == 125
    assert set(names.values()) == set(RFM_STORIES)


def test_better_customers_never_get_a_worse_corner() -> None:
    assert rfm_segment(5, 5, 5) == "Champions"
    assert rfm_segment(1, 1, 1) == "Lost"
    assert rfm_segment(5, 1, 1) == "New"
    assert rfm_segment(1, 5, 5) == "Cannot lose"


def test_quintile_scores_agree_with_pandas_where_nothing_is_tied() -> None:
    frame = pd.DataFrame(np.random.default_rng(1).permuted(np.tile(np.arange(100.0), (3, 1)), axis=1).T)
    frame.columns = ["recency_days", "frequency", "monetary"]
    scores = [pd.qcut(frame[name], 5, labels=False) for name in frame.columns]
    expected = [rfm_segment(5 - r, f + 1, m + 1) for r, f, m in zip(*scores, strict=True)]
    assert owners(rfm_map(frame), frame) == expected


def test_customers_alike_share_a_score_however_many_they_are() -> None:
    frame = shoppers().assign(frequency=1.0)
    made = rfm_map(frame)
    assert [axis.size for axis in made.axes] == [5, 1, 5]
    assert "frequency" in made.notes[0]
    # everyone bought once: the lowest score, not the middle one
    best = pd.DataFrame({"recency_days": [0.0], "frequency": [1.0], "monetary": [1e6]})
    assert owners(made, best) == [rfm_segment(5, 1, 5)]


def test_all_customers_alike_cannot_be_divided() -> None:
    frame = pd.DataFrame({"recency_days": [3.0] * 4, "frequency": 1.0, "monetary": 9.0})
    with pytest.raises(ClusteringError, match="Every customer falls into"):
        rfm_map(frame)


@given(
    st.lists(st.integers(-5, 20).map(float), min_size=1, max_size=60),
    st.lists(st.sampled_from([0.05, 0.2, 0.5, 0.8, 0.95]), min_size=1, unique=True).map(sorted),
)
@settings(max_examples=200, deadline=None)
def test_a_bin_is_the_number_of_quantiles_below_a_value(values: list[float], levels: list[float]) -> None:
    known = np.array(values)
    cuts, below = quantile_cuts(known, tuple(levels))
    quantiles = np.quantile(known, levels, method="inverted_cdf")
    found = np.array(below)[np.searchsorted(cuts, known, side="right")]
    np.testing.assert_array_equal(found, (known[:, None] > quantiles).sum(axis=1))


def test_tiers_hold_the_share_they_say() -> None:
    frame = pd.DataFrame({"value": [*np.arange(1.0, 1001.0), *([0.0] * 50), -20.0, np.nan]})
    made = value_tiers(frame)
    held = pd.Series(owners(made, frame)).value_counts().to_dict()
    assert held == {
        "Highest value": 50,
        "High value": 150,
        "Middle value": 300,
        "Lower value": 500,
        NO_VALUE: 52,
    }
    # of those with value, not of all; and where the cuts are
    said = "of the customers with value on the day this was fitted."
    assert dict(zip(made.names, made.stories, strict=True)) == {
        "Highest value": f"Value of 950.5 or more: 5% {said}",
        "High value": f"Value from 800.5 to below 950.5: 15% {said}",
        "Middle value": f"Value from 500.5 to below 800.5: 30% {said}",
        "Lower value": f"Some value, below 500.5: 50% {said}",
        NO_VALUE: "No purchases in the window, or refunds as large as the purchases.",
    }


def test_tied_values_make_fewer_tiers_that_say_what_they_hold() -> None:
    frame = pd.DataFrame({"value": [20.0] * 10 + [10.0] * 90})
    made = value_tiers(frame)
    assert pd.Series(owners(made, frame)).value_counts().to_dict() == {"Lower value": 90, "Highest value": 10}
    assert any(story.startswith("Value of 15.00 or more: 10% of") for story in made.stories)
    alike = pd.DataFrame({"value": [7.0] * 30})
    assert set(owners(value_tiers(alike), alike)) == {"All customers with value"}


@given(st.lists(st.sampled_from([0.01, 1.0, 2.0, 3.0, 900.0]), min_size=1, max_size=80))
@settings(max_examples=100, deadline=None)
def test_tier_names_differ_and_every_customer_has_one(values: list[float]) -> None:
    frame = pd.DataFrame({"value": values})
    made = value_tiers(frame)
    assert len(set(made.names)) == len(made.names)
    assert len(owners(made, frame)) == len(values)


def test_no_value_at_all_cannot_be_divided() -> None:
    with pytest.raises(ClusteringError, match="above zero for none of 3"):
        value_tiers(pd.DataFrame({"value": [0.0, -1.0, np.nan]}))


RULES = (
    Rule(segment="Big", when={"monetary": (500, "")}),
    Rule(segment="Gone", when={"recency_days": (180, ""), "monetary": ("", 100)}),
    Rule(segment="Big", when={"frequency": (20, 30)}),
)


def by_hand(row: dict[str, float]) -> str:
    if row["monetary"] >= 500:
        return "Big"
    if row["recency_days"] >= 180 and row["monetary"] < 100:
        return "Gone"
    return "Big" if 20 <= row["frequency"] < 30 else EVERYONE_ELSE


def test_the_first_rule_that_holds_names_the_segment() -> None:
    edges = pd.DataFrame(
        itertools.product((179.0, 180.0, np.nan), (19.0, 20.0, 30.0, np.nan), (99.99, 100.0, 500.0, np.nan)),
        columns=["recency_days", "frequency", "monetary"],
    )
    frame = pd.concat([shoppers(), edges], ignore_index=True)
    assert owners(rule_map(RULES), frame) == [by_hand(row) for row in frame.to_dict("records")]


def test_a_rule_no_customer_can_reach_is_noted() -> None:
    made = rule_map((*RULES, Rule(segment="Never", when={"monetary": (600, 700)})))
    assert "Never" not in made.names
    assert made.notes == ("No customer can be in 'Never': earlier rules take them all.",)


def test_rules_that_cannot_divide_are_refused() -> None:
    with pytest.raises(ClusteringError, match="name no feature"):
        rule_map((Rule(segment="All"),))
    with pytest.raises(ClusteringError, match="combinations"):
        rule_map(tuple(Rule(segment=f"r{n}", when={f"f{n}": (0, 1)}) for n in range(10)))
