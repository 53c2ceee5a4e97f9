from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from segmodel.council import QUOTES, STORY, Draft, Writings
from segmodel.personas import Quote, Voice, approved_to_json, facts_leaned_on, story_to_json, written
from segmodel.reports import personas_table, personas_title, tell, untold
from tests.personas.test_story import PERSONA

SPOKEN = tuple(Quote(f"q{place}", f"Quote {place}") for place in range(3))
FACTS = (
    replace(PERSONA, voice=Voice(n_comments=12, n_customers=11, quotes=SPOKEN)),
    replace(PERSONA, segment="s2", name="Others", traits=()),
)


@pytest.fixture
def writings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Writings:
    monkeypatch.delenv("SEGMODEL_COUNCIL_URL", raising=False)
    return Writings(tmp_path)


def _save(writings: Writings, kind: str, content: str, based_on: int | None = None) -> None:
    draft = Draft(kind, "behaviour", "s1", content, facts_leaned_on(PERSONA), "b1", "v001")
    writings.save(draft, who="Ana", based_on=based_on)


def test_without_anything_written_there_are_the_facts_and_no_quote(writings: Writings) -> None:
    told = tell(FACTS, writings)
    assert [each.persona.title for each in told] == ["Regulars", "Others"]
    assert told[0].persona.voice is not None
    assert told[0].persona.voice.quotes == ()
    assert personas_title(told) == "Two kinds of customer, and what sets each apart"


def test_the_newest_story_lies_over_the_facts_with_its_picture_and_who_wrote_it(writings: Writings) -> None:
    digest = writings.keep_picture(b"picture")
    _save(writings, STORY, story_to_json(written(name="First try")))
    _save(writings, STORY, story_to_json(written(name="The faithful", cues=["Asks for the next roast"]), digest), 1)
    one, other = tell(FACTS, writings)
    assert (one.persona.title, one.persona.story.image, one.persona.story.who) == ("The faithful", b"picture", "Ana")
    assert one.persona.story.version == 2
    assert one.changed == ()
    assert other.persona.story.version == 0
    assert personas_title((one, other)) == "Two kinds of customer, and how to recognise each"


def test_only_quotes_a_person_approved_are_told(writings: Writings) -> None:
    _save(writings, QUOTES, approved_to_json(SPOKEN[1:2]))
    voice = tell(FACTS, writings)[0].persona.voice
    assert voice is not None
    assert [quote.id for quote in voice.quotes] == ["q1"]
    # a quote the data no longer offer is not told either
    other = (replace(FACTS[0], voice=Voice(quotes=SPOKEN[:1])),)
    assert tell(other, writings)[0].persona.voice == Voice()


def test_where_the_record_cannot_be_read_no_quote_is_told() -> None:
    (found,) = untold([replace(PERSONA, voice=Voice(n_comments=9, n_customers=9, quotes=SPOKEN))])
    assert found.persona.voice is not None
    assert found.persona.voice.quotes == ()
    assert found.persona.voice.n_comments == 9


def test_a_damaged_story_leaves_the_facts(writings: Writings) -> None:
    _save(writings, STORY, "nonsense")
    told = tell(FACTS, writings)[0]
    assert told.persona.title == "Regulars"
    assert told.changed[0].startswith("Version 1 of the story, by Ana on ")
    assert "is damaged and cannot be read" in told.changed[0]


def test_the_table_has_a_row_a_segment_with_what_was_written(writings: Writings) -> None:
    _save(writings, STORY, story_to_json(written(dos=["One", "Two"], owner="CRM")))
    table = personas_table(tell(FACTS, writings)).set_index("segment")
    assert table.loc["s1", ["do", "owner", "customer_share", "traits"]].to_list() == [
        "One; Two",
        "CRM",
        0.18,
        "Orders by app: 49%",
    ]
    assert table.loc["s2", "owner"] == ""
