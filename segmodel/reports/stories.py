"""Personas with what people wrote: stories, pictures and approved quotes over the facts of a build."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from segmodel.council import QUOTES, STORY, Writing, Writings
from segmodel.errors import StoryError
from segmodel.formats import count_word, day, sentence_case
from segmodel.personas import Persona, Story, Voice, approved_from_json, changed_facts, read_voice, story_from_json
from segmodel.reports.personas import personas
from segmodel.store import PublishedBuild


@dataclass(frozen=True)
class ToldPersona:
    """A persona with what people wrote, and what that means now.

    Attributes
    ----------
    persona : Persona
        With story and voice, of which only approved quotes.
    changed : tuple of str
        Facts that are no longer as they were when the story was written.
    written : Writing or None
        The story as it is kept.
    approved : Writing or None
        The choice of quotes as it is kept.
    """

    persona: Persona
    changed: tuple[str, ...] = ()
    written: Writing | None = None
    approved: Writing | None = None


def told_personas(published: PublishedBuild, segmentation: str, writings: Writings) -> tuple[ToldPersona, ...]:
    """Return every persona of a segmentation as people see it; see `tell`.

    Raises
    ------
    StoreError
        When there is no such segmentation.
    CouncilError
        When the council's record cannot be read.
    """
    return tell(personas(published, segmentation, voices=all_voices(published, segmentation)), writings)


def all_voices(published: PublishedBuild, segmentation: str) -> dict[str, Voice]:
    """Return what the customers of each segment say, with every quote there is to choose from."""
    found = {one: read_voice(published, segmentation, one) for one in published.segments(segmentation)["segment"]}
    return {segment: voice for segment, voice in found.items() if voice is not None}


def tell(facts: Sequence[Persona], writings: Writings) -> tuple[ToldPersona, ...]:
    """Return personas with what people wrote.

    Parameters
    ----------
    facts : sequence of Persona
        Of one segmentation, with every quote there is to choose from.
    writings : Writings
        What people wrote in the workspace.

    Raises
    ------
    CouncilError
        When the council's record cannot be read.
    """
    if not facts:
        return ()
    stories, quotes = (writings.newest(kind, facts[0].segmentation) for kind in (STORY, QUOTES))
    found = []
    for persona in facts:
        written, approved = stories.get(persona.segment), quotes.get(persona.segment)
        allowed = approved_from_json(approved.content) if approved else frozenset[str]()
        voice = persona.voice
        if voice is not None:
            voice = replace(voice, quotes=tuple(quote for quote in voice.quotes if quote.id in allowed))
        story = _story(written, writings) if written else Story()
        told = replace(persona, story=story or Story(), voice=voice)
        changed = changed_facts(written.evidence, told) if written else ()
        if written and story is None:
            saved = f"Version {written.number} of the story, by {written.who} on {day(written.saved_at.date())},"
            changed = (f"{saved} is damaged and cannot be read; earlier versions may be.",)
        found.append(ToldPersona(told, changed, written, approved))
    return tuple(found)


def untold(facts: Sequence[Persona]) -> tuple[ToldPersona, ...]:
    """Return personas without anything people wrote, for when their record cannot be read.

    Quotes are left out: which of them a person approved is not known.
    """
    return tuple(ToldPersona(replace(each, voice=each.voice and replace(each.voice, quotes=()))) for each in facts)


def personas_title(told: Sequence[ToldPersona]) -> str:
    """Return the title of a page of personas."""
    count = sentence_case(count_word(len(told)))
    if len(told) == 1:
        return "One kind of customer, and how to recognise them"
    if any(each.persona.story.cues for each in told):
        return f"{count} kinds of customer, and how to recognise each"
    return f"{count} kinds of customer, and what sets each apart"


def personas_table(told: Sequence[ToldPersona]) -> pd.DataFrame:
    """Return personas as people take them away: a row a segment, facts as numbers and what was written as text."""
    return pd.DataFrame(
        [
            {
                "segment": each.persona.segment,
                "name": each.persona.title,
                "essence": each.persona.story.essence,
                "customers": each.persona.customers,
                "customer_share": each.persona.customer_share,
                "value_share": each.persona.value_share,
                "value_index": each.persona.value_index,
                "value_a_customer": each.persona.value_a_customer,
                "traits": "; ".join(trait.sentence for trait in each.persona.top_traits),
                "recognise_by": "; ".join(each.persona.story.cues),
                "do": "; ".join(each.persona.story.dos),
                "dont": "; ".join(each.persona.story.donts),
                "quotes": "; ".join(quote.text for quote in each.persona.voice.quotes) if each.persona.voice else "",
                "owner": each.persona.story.owner,
                "verdict": each.persona.verdict,
                "changed": " ".join(each.changed),
            }
            for each in told
        ]
    )


def _story(written: Writing, writings: Writings) -> Story | None:
    """Return what was written; None where it is damaged."""
    try:
        story, digest = story_from_json(written.content)
    except StoryError:
        return None
    image = writings.picture(digest) if digest else None
    return replace(story, image=image, who=written.who, when=written.saved_at, version=written.number)
