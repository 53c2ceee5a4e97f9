"""What was planted in the segments of the sample is found as traits, and what was not planted is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from segmodel.personas import Trait, difference_of, read_traits
from segmodel.reports import personas, personas_document
from segmodel.store import PublishedBuild
from segmodel.workspace import Workspace
from tests.support.real_data import REPOSITORY

# by data/sample/generator/plan.py and people.py: more (+) or less (-) than in the other segments together
PLANTED = {
    "Offices and cafés": {"wholesale_share": 1, "average_order_value": 1, "is_business": 1, "bought = café supplies": 1,
                          "weekday_share": 1, "email_consent": 1},
    "Everyday regulars": {"app_share": 1, "frequency": 1, "bought = drinks": 1, "mean_gap_days": -1, "web_share": -1},
    "Fading subscribers": {"web_share": 1, "favourite_category = capsules": 1, "evening_share": 1,
                           "gap_regularity": 1, "discount_share": -1},
    "Weekend browsers": {"not weekday_share": 1, "store_share": 1, "average_order_value": -1, "bought = drinks": 1},
    "Gift givers": {"discount_share": 1, "favourite_category = gifts": 1, "web_share": 1, "evening_share": 1,
                    "mean_gap_days": 1},
}  # fmt: skip
NOT_PLANTED = {"roast", "region", "postcode_area"}
PROTECTED = ("age_band", "demo_household", "household")


@pytest.fixture(scope="module")
def published(request: pytest.FixtureRequest) -> Iterator[PublishedBuild]:
    if not (REPOSITORY / "data" / "sample" / "data").is_dir():
        pytest.skip("the sample is not there: data/sample/generate.py makes it")
    with Workspace(request.getfixturevalue("built_sample")).open() as opened:
        yield opened


@pytest.fixture(scope="module")
def traits(published: PublishedBuild) -> Mapping[str, dict[str, Trait]]:
    names = published.segments("behaviour").set_index("segment")["name"]
    found = read_traits(published, "behaviour")
    return {names[segment]: {trait.name: trait for trait in told} for segment, told in found.items()}


@pytest.mark.parametrize("segment", PLANTED)
def test_planted_traits_are_found(traits: Mapping[str, dict[str, Trait]], segment: str) -> None:
    for name, sign in PLANTED[segment].items():
        trait = traits[segment][name]
        assert trait.difference * sign > 0.2
        assert trait.q_value < 0.05


def test_traits_that_were_not_planted_are_not_found(
    traits: Mapping[str, dict[str, Trait]], published: PublishedBuild
) -> None:
    told = {trait.feature for found in traits.values() for trait in found.values()}
    assert told & NOT_PLANTED == set()
    # the needs were planted with behaviour apart: who cares for growers lives wherever the others do
    for found in read_traits(published, "needs").values():
        assert {trait.feature for trait in found} & NOT_PLANTED == set()


def test_protected_attributes_are_nowhere_and_named(published: PublishedBuild) -> None:
    assert published.left_out() == PROTECTED
    looked_at = set(published.trait_columns()["name"])
    assert looked_at & set(PROTECTED) == set()
    assert not {"email", "customer_id", "joined_on"} & looked_at


def test_a_card_has_three_traits_that_say_different_things(published: PublishedBuild) -> None:
    for name in ("behaviour", "needs"):
        for persona in personas(published, name):
            card = persona.top_traits
            assert len(card) == 3
            assert len({trait.family for trait in card}) == 3
    (gifts,) = [each for each in personas(published, "behaviour") if each.name == "Gift givers"]
    assert "discount_share" in {trait.name for trait in gifts.top_traits}
    (weekend,) = [each for each in personas(published, "behaviour") if each.name == "Weekend browsers"]
    assert weekend.top_traits[0].label == "Orders at weekends"
    assert weekend.top_traits[0].against.endswith("× the rest")


def test_traits_a_segmentation_was_found_by_say_so(traits: Mapping[str, dict[str, Trait]]) -> None:
    gifts = traits["Gift givers"]
    assert gifts["discount_share"].is_circular
    assert not gifts["evening_share"].is_circular


def test_answers_count_respondents_only(published: PublishedBuild, traits: Mapping[str, dict[str, Trait]]) -> None:
    answers = [trait for found in traits.values() for trait in found.values() if trait.kind == "answer"]
    assert answers
    assert all(trait.n + trait.n_rest <= 1600 for trait in answers)


def test_the_difference_of_two_segments_is_the_same_the_other_way_round(published: PublishedBuild) -> None:
    there = {each.feature: each for each in difference_of(published, "behaviour", "Gift givers", "Weekend browsers")}
    back = {each.feature: each for each in difference_of(published, "behaviour", "Weekend browsers", "Gift givers")}
    assert there["web_share"].difference == pytest.approx(-back["web_share"].difference)
    assert set(there) == set(back)
    assert there["evening_share"].sentence.startswith("Orders in the evening: 88%, Weekend browsers ")
    assert "roast" not in there
    assert difference_of(published, "behaviour", "Gift givers", "Gift givers") == ()


def test_personas_tell_the_facts_of_the_metrics(published: PublishedBuild) -> None:
    document = personas_document(published, "behaviour")
    told = document["segmentations"]["behaviour"]["personas"]
    assert sum(each["customers"] for each in told) == document["segmentations"]["behaviour"]["customers"]
    assert sum(each["value_share"] for each in told) == pytest.approx(1)
    verdicts = {each["name"]: each["verdict"] for each in told}
    assert verdicts["Fading subscribers"] == "unfit"
    assert all(each["colour"].startswith("#") for each in told)
