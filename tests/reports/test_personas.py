from __future__ import annotations

from pathlib import Path

import pytest

from segmodel.personas import Quote, Story, Voice
from segmodel.reports import persona, personas, personas_document
from segmodel.store import PublishedBuild
from segmodel.workspace import Workspace
from tests.app.made import CUSTOMER_SHARES, CUSTOMERS, NAMES, write_workspace


@pytest.fixture
def published(tmp_path: Path) -> PublishedBuild:
    write_workspace(tmp_path / "brand")
    return Workspace(tmp_path / "brand").open()


def test_a_persona_has_the_facts_of_its_segment(published: PublishedBuild) -> None:
    with published:
        found = personas(published, "behaviour")
    assert [each.name for each in found] == list(NAMES)
    assert found[0].customers == round(CUSTOMER_SHARES[0] * CUSTOMERS)
    assert found[0].customer_share == pytest.approx(CUSTOMER_SHARES[0])
    assert found[0].colour == "#3C36B2"
    assert {each.verdict for each in found} <= {"fit", "watch", "unfit"}
    unfit = next(each for each in found if each.verdict == "unfit")
    assert unfit.verdict_note


def test_a_build_made_before_traits_says_so(published: PublishedBuild) -> None:
    with published:
        document = personas_document(published)
    (first, *_) = document["segmentations"]["behaviour"]["personas"]
    assert (first["traits"], first["card"]) == ([], [])
    assert "older than traits" in first["traits_note"]


def test_what_people_wrote_and_said_stands_with_the_facts(published: PublishedBuild) -> None:
    story = Story(name="The regulars", essence="Coffee is their morning.", version=2)
    voice = Voice(n_comments=40, n_customers=30, quotes=(Quote("q1", "Best start to my day."),))
    with published:
        told = persona(published, "behaviour", NAMES[0], story, voice)
        plain = persona(published, "behaviour", NAMES[0])
    assert (told.title, told.story.version, told.voice) == ("The regulars", 2, voice)
    assert (plain.title, plain.voice) == (NAMES[0], None)
