"""The survey and the other tables of the sample: what was planted in them can be found again."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from tests.sample.reading import fitted, table, truth_table

# --- survey ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    rows = table("survey.csv.gz")
    rows = rows.assign(answer=pd.to_numeric(rows["answer"], errors="coerce"))
    return rows.pivot_table(index="customer_id", columns="item", values="answer")


def test_items_describe_every_answer(answers: pd.DataFrame) -> None:
    items = table("items.csv").set_index("item")
    assert set(answers.columns) == set(items.index)
    assert items["kind"].value_counts().to_dict() == {
        "need-importance": 10, "need-satisfaction": 10, "attitude": 10, "demographic": 3,
    }  # fmt: skip
    for item, scale in items["scale"].items():
        low, high = map(int, scale.split("-"))
        assert answers[item].between(low, high).where(answers[item].notna(), other=True).all()
    assert 0.01 < answers.isna().mean().mean() < 0.03


def test_four_need_groups_are_recovered_and_only_partly_follow_behaviour(
    answers: pd.DataFrame, segment_of: pd.Series
) -> None:
    planted = truth_table("needs.csv.gz").set_index("customer_id").loc[answers.index]
    assert planted["need_group"].nunique() == 4
    importance = answers.filter(like="imp_")
    importance = importance.sub(importance.mean(axis=1), axis=0).fillna(0.0)
    honest = ~planted["straight_liner"]
    labels = fitted(importance[honest].to_numpy(), 4).labels_
    assert adjusted_rand_score(planted.loc[honest, "need_group"], labels) >= 0.7
    overlap = adjusted_rand_score(planted["need_group"], segment_of[answers.index])
    assert 0.02 < overlap < 0.3


def test_straight_liners_are_those_recorded(answers: pd.DataFrame) -> None:
    planted = truth_table("needs.csv.gz").set_index("customer_id").loc[answers.index]
    needs = answers.filter(regex="^(imp|sat)_")
    assert set(answers.index[needs.max(axis=1) == needs.min(axis=1)]) == set(planted.index[planted["straight_liner"]])


# --- the other tables ------------------------------------------------------------------------------------------------


def test_campaign_effects_are_those_planted(segment_of: pd.Series, effects: dict[str, Any]) -> None:
    campaigns = table("campaigns.csv.gz")
    campaigns = campaigns.assign(
        segment=campaigns["customer_id"].map(segment_of), converted=campaigns["converted"].astype(int)
    )
    assert set(campaigns["campaign"]) == set(effects["campaigns"])
    for (campaign, segment, arm), rows in campaigns.groupby(["campaign", "segment", "arm"]):
        planted = effects["campaigns"][campaign][segment]
        rate = planted["control_rate"] * (planted["effect_factor"] if arm == "treatment" else 1.0)
        error = math.sqrt(rate * (1 - rate) / len(rows))
        assert abs(rows["converted"].mean() - rate) < 3.5 * error
    assert not campaigns.duplicated(["campaign", "customer_id"]).any()


def test_campaign_arms_do_not_depend_on_the_segment(segment_of: pd.Series) -> None:
    campaigns = table("campaigns.csv.gz")
    treated = (campaigns["arm"] == "treatment").groupby(
        [campaigns["campaign"], campaigns["customer_id"].map(segment_of)]
    )
    spread = treated.mean().groupby(level=0).agg(lambda shares: shares.max() - shares.min())
    assert (spread < 0.12).all()


def test_marketing_spend_is_misaligned_with_value(
    clean: pd.DataFrame, segment_of: pd.Series, effects: dict[str, Any]
) -> None:
    spend = table("spend.csv")
    assert len(spend) == 36 * 5
    spend_share = spend["amount"].astype(float).groupby(spend["segment"]).sum()
    spend_share = spend_share / spend_share.sum()
    margin = clean.groupby(clean["customer_id"].map(segment_of))["profit"].sum()
    margin_share = margin / margin.sum()
    gap = {key: spend_share[planted["label"]] - margin_share[key] for key, planted in effects["segments"].items()}
    assert gap["everyday_regulars"] < -0.2
    assert gap["offices_and_cafes"] < -0.1
    assert gap["gift_givers"] > 0.2


def test_loyalty_tier_follows_lifetime_spend_and_life_stage_the_age(clean: pd.DataFrame) -> None:
    memberships = table("memberships.csv.gz")
    assert set(memberships["segmentation"]) == {"loyalty_tier", "life_stage"}
    tier = memberships[memberships["segmentation"] == "loyalty_tier"].set_index("customer_id")["segment"]
    spend = clean.groupby("customer_id")["spend"].sum().reindex(tier.index)
    ranges = spend.groupby(tier).agg(["min", "max"]).loc[["Bronze", "Silver", "Gold", "Platinum"]]
    assert (ranges["max"].to_numpy()[:-1] <= ranges["min"].to_numpy()[1:]).all()
    age = table("customers.csv.gz").drop_duplicates("customer_id").set_index("customer_id")["age_band"]
    stage = memberships[memberships["segmentation"] == "life_stage"].set_index("customer_id")["segment"]
    retired = (stage == "Retired").groupby(age.reindex(stage.index)).mean()
    assert retired["65+"] > 0.8
    assert 0 < retired["25-34"] < 0.1


def test_every_office_customer_orders_for_one_account(segment_of: pd.Series) -> None:
    contacts, accounts = table("contacts.csv"), table("accounts.csv")
    assert set(contacts["account_id"]) == set(accounts["account_id"])
    ordering = contacts[contacts["customer_id"] != ""]
    assert sorted(ordering["customer_id"]) == sorted(segment_of.index[segment_of == "offices_and_cafes"])
    assert set(contacts["role"]) == {"decider", "buyer", "user", "influencer", "gatekeeper"}


def test_verbatims_hold_something_to_mask_and_differ_by_segment(segment_of: pd.Series) -> None:
    verbatims = table("verbatims.csv.gz")
    text = verbatims["text"]
    assert text.str.contains(r"\S+@example\.com").sum() >= 15
    assert text.str.contains(re.compile(r"07700 900\d{3}")).sum() >= 15
    mentions = text.str.contains("subscription|subscribed").groupby(verbatims["customer_id"].map(segment_of)).mean()
    assert mentions["fading_subscribers"] > 0.3
    assert mentions.drop("fading_subscribers").max() < 0.02
    assert text.nunique() > 600


def test_no_address_could_belong_to_a_real_person() -> None:
    emails = table("customers.csv.gz")["email"]
    assert emails[emails != ""].str.fullmatch(r"[a-z.]+\d+@example\.com").all()
    assert (emails == "").mean() < 0.05
