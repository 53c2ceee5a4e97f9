from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from segmodel.errors import StoryError
from segmodel.personas import Persona, Trait, changed_facts, facts_leaned_on, story_from_json, story_to_json, written

_TRAIT = Trait(
    name="app", feature="app", label="Orders by app", against="8.3× the rest", sentence="Orders by app: 49%",
    kind="purchase", family="channel", measure="share", unit="share", value=0.49, rest=0.06,
    index=830.0, index_low=780.0, index_high=880.0, difference=1.1, difference_low=1.0, difference_high=1.2,
    low=0.46, high=0.52, n=1000, n_rest=5000, p_value=0.0, q_value=0.0,
)  # fmt: skip
PERSONA = Persona(
    workspace="Shop", segmentation="behaviour", segmentation_label="How people buy", segment="s1", name="Regulars",
    colour="#3C36B2", description="", as_of=dt.date(2026, 6, 30), version="v001", build="b1", currency="GBP",
    value_basis="margin", n=6000, customers=1080, customer_share=0.18, customer_share_low=0.17,
    customer_share_high=0.19, value_share=0.41, verdict="fit", traits=(_TRAIT,),
)  # fmt: skip


def test_what_was_typed_is_cleaned_and_comes_back_from_the_record() -> None:
    story = written(
        name="  Les habitués\n du matin ",
        essence="قهوة كل صباح ☕\u200d 咖啡 <b>now</b> =HYPERLINK()\x07",
        cues=["", "Knows the bean by name", "  "],
    )
    assert story.name == "Les habitués du matin"
    assert story.essence == "قهوة كل صباح ☕\u200d 咖啡 <b>now</b> =HYPERLINK()"
    assert story.cues == ("Knows the bean by name",)
    assert story_from_json(story_to_json(story, "ab12")) == (story, "ab12")


def test_everything_that_is_too_long_is_told_at_once() -> None:
    with pytest.raises(StoryError, match=r"the essence has 100,000 characters, expected at most 160; do has 7 lines"):
        written(essence="x" * 100_000, dos=[f"line {place}" for place in range(7)])


@pytest.mark.parametrize("text", ["", "[1]", "nonsense", "null"])
def test_a_damaged_story_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(StoryError, match="is damaged"):
        story_from_json(text)


def test_nothing_has_changed_while_facts_stay_within_their_intervals() -> None:
    then = facts_leaned_on(PERSONA)
    assert changed_facts(then, PERSONA) == ()
    near = replace(PERSONA, customer_share=0.185, customer_share_low=0.175, customer_share_high=0.195, value_share=0.43)
    assert changed_facts(then, near) == ()


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (
            {"customer_share": 0.24, "customer_share_low": 0.23, "customer_share_high": 0.25},
            "Written when they were 18% of customers; now they are 24%.",
        ),
        ({"value_share": 0.3}, "Written when they brought 41% of value; now 30%."),
        ({"traits": ()}, "“Orders by app” set them apart then, and does no longer."),
        (
            {"traits": (replace(_TRAIT, difference=-0.8, against="2%, the rest 9%"),)},
            "“Orders by app” is the other way round now: 2%, the rest 9%.",
        ),
        (
            {"traits": (replace(_TRAIT, name="not app", label="Orders without the app", against="90%, the rest 60%"),)},
            "“Orders by app” is the other way round now: “Orders without the app”, 90%, the rest 60%.",
        ),
        ({"verdict": "unfit"}, "The segment was still what was found then; now it is no longer what was found."),
    ],
)
def test_a_fact_a_story_leans_on_that_changed_is_told(now: dict[str, object], told: str) -> None:
    assert changed_facts(facts_leaned_on(PERSONA), replace(PERSONA, **now)) == (told,)  # type: ignore[arg-type]


def test_hidden_facts_tell_no_change() -> None:
    hidden = replace(PERSONA, customer_share=None, customer_share_low=None, customer_share_high=None, value_share=None)
    assert changed_facts(facts_leaned_on(PERSONA), hidden) == ()
    nobody = replace(hidden, customers=None, traits=(), traits_note="Too few to be told of.")
    assert changed_facts(facts_leaned_on(PERSONA), nobody) == ()
    assert changed_facts(facts_leaned_on(hidden), PERSONA) == ()
    assert changed_facts("not kept", PERSONA) == ()
