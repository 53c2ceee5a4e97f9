from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segmodel.errors import StoryError
from segmodel.intervals import detectable_difference
from segmodel.personas import (
    BRIEF_PARTS,
    Fact,
    Quote,
    Story,
    Voice,
    brief_from_json,
    brief_to_json,
    check_brief,
    drafted_brief,
    written_brief,
)
from tests.personas.test_story import PERSONA

FACTS = (
    Fact("customers", "Customers", "They are 1,440 customers.", 1440.0, "customers"),
    Fact("customer_share", "Share of customers", "They are 18% of customers.", 0.18, "share", 0.172, 0.188),
    Fact("value_share", "Share of margin", "They bring 40% of margin.", 0.4, "share"),
    Fact("value_a_customer", "Margin a customer", "Margin a customer: £387.", 387.06, "money"),
    Fact("web_share", "Orders by web", "Orders by web: 93%, the rest 36%", 0.93, "share", 0.92, 0.94, 0.36, True),
    Fact("app_share", "Orders by app", "Orders by app: 4%, the rest 16%", 0.04, "share", 0.03, 0.05, 0.16, True),
)
PERSONA_NOW = replace(PERSONA, value_basis="margin", verdict="fit")


def kinds(*lines: str, part: str = "who") -> list[str]:
    """Return what is found in a brief of these lines, but for parts that are still empty."""
    found = check_brief(written_brief("positioning", {part: lines}), FACTS, PERSONA_NOW)
    return [flag.kind for flag in found if flag.kind != "empty"]


@pytest.mark.parametrize(
    "line",
    [
        "They are 18% of customers.",
        "About a fifth of customers bring 40% of margin.",
        "1,440 customers who order by web.",
        "Win those who are worth £387 a customer.",
        "Nearly all of them order by web: 93%, where the rest are at 36%.",
        "18 % der Kunden, Bestellungen im Netz",
        "Margin per head £387; 17.5% of our customers",
    ],
)
def test_a_brief_that_tells_a_fact_as_it_is_passes(line: str) -> None:
    assert kinds(line) == []


@pytest.mark.parametrize(
    "line",
    [
        "They are 25% of customers and order by web.",
        "Half of customers order by web.",
        "18% of customers bring 60% of margin.",
        "They order by web: 60% of the time, 18% of customers.",
        "2,500 customers, 18% of customers.",
        "£500 a customer, 18% of customers.",
        "One in three customers; 18% of customers.",
    ],
)
def test_a_figure_that_is_not_what_is_measured_is_told(line: str) -> None:
    assert kinds(line) == ["contradicts"]


@pytest.mark.parametrize(
    "line",
    [
        # what customers do is not how many of all they are
        "84% of customers order on weekdays; 18% of customers.",
        "60% of customers are women; 18% of customers.",
        "18% of customers, and 70% of customers read the newsletter.",
        # a change, or another amount, is not what one is worth
        "£5 per customer a month more; 18% of customers.",
        "It costs £5 a customer to reach 18% of customers.",
        "£387 a customer a year, 18% of customers.",
        # the other thing is what they never do
        "They order by web, never by phone.",
        "They order by web and never at weekends.",
        "They order by web but rarely by app.",
        "Not only do they order by web.",
        "Orders by web, not by store.",
        "They seldom order by app.",
    ],
)
def test_what_is_true_or_of_no_plain_subject_is_left_alone(line: str) -> None:
    assert kinds(line) == []


@pytest.mark.parametrize(
    "line",
    [
        "They are 25% of customers who matter; they order by web.",
        "They make up 30% of our customers today; orders by web.",
        "18% of customers, worth £150 a customer a year.",
    ],
)
def test_a_size_or_an_amount_that_is_plainly_another_is_told(line: str) -> None:
    assert kinds(line) == ["contradicts"]


@pytest.mark.parametrize("line", ["They never order by web.", "They mostly order by app.", "They don’t order by web."])
def test_words_that_turn_a_fact_round_are_told(line: str) -> None:
    assert kinds(line) == ["turned round"]


def test_a_brief_anybody_could_be_meant_by_is_told() -> None:
    assert kinds("People who love good coffee and value quality.") == ["no fact"]
    # a figure of no subject is no fact: this 18 counts nothing
    assert kinds("Win 18% more of them.") == ["no fact"]


def test_aims_are_no_claims() -> None:
    assert kinds("They are 18% of customers; raise it to 25% of customers.") == []
    assert kinds("25% of customers", part="kpi") == ["no fact"]


def test_what_changed_and_a_segment_that_fits_no_longer_are_told_with_empty_parts() -> None:
    brief = written_brief("positioning", {"who": ["18% of customers"]})
    found = check_brief(brief, FACTS, replace(PERSONA_NOW, verdict="unfit"), ["Written when they were 30%."])
    assert [flag.kind for flag in found][:2] == ["changed", "unfit"]
    assert sum(flag.kind == "empty" for flag in found) == len(BRIEF_PARTS["positioning"]) - 1


@pytest.mark.parametrize("kind", list(BRIEF_PARTS))
def test_a_draft_agrees_with_the_facts_it_was_made_of(kind: str) -> None:
    story = Story(essence="First coffee of the day", needs=("Beans that are fresh",), dos=("Show the roast date",))
    voice = Voice(9, 8, ("order",), (), "Most are glad.", (Quote("q", "Yes"),))
    persona = replace(PERSONA_NOW, story=story, voice=voice, traits=())
    found = check_brief(drafted_brief(kind, persona, FACTS), FACTS, persona)  # type: ignore[arg-type]
    assert {flag.kind for flag in found} <= {"empty"}


def test_a_brief_comes_back_as_it_was_kept() -> None:
    brief = written_brief("crm", {"who": ["ماء <b>", "  "], "plays": ["=SUM(1)\x00"]})
    assert brief.parts["plays"] == ("=SUM(1)",)
    assert brief_from_json(brief_to_json(brief)) == brief
    for damaged in ("", "[]", '{"kind": "crm"}', '{"kind": "other", "parts": {}}'):
        with pytest.raises(StoryError):
            brief_from_json(damaged)


def test_what_is_too_long_is_told_all_at_once() -> None:
    with pytest.raises(StoryError, match=r"100,000 characters.*13 lines"):
        written_brief("media", {"who": ["x" * 100_000], "plays": ["do"] * 13})


def test_a_difference_that_can_be_found_is_found_four_times_in_five() -> None:
    random = np.random.default_rng(7)
    n, held, repeats = 800, 200, 20_000
    gap = detectable_difference(n, held, 0.5)
    ours, others = random.binomial(n, 0.5 + gap / 2, repeats) / n, random.binomial(held, 0.5 - gap / 2, repeats) / held
    pooled = (ours * n + others * held) / (n + held)
    z = (ours - others) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / held))
    assert np.mean(np.abs(z) > 1.959964) == pytest.approx(0.8, abs=0.02)
