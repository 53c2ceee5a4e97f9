"""Personas: what sets a segment apart, what its customers say, and what people wrote about it."""

from __future__ import annotations

from segmodel.personas.approved import approved_from_json, approved_to_json
from segmodel.personas.brief import (
    BRIEF_LABELS,
    BRIEF_PARTS,
    Brief,
    BriefKind,
    Fact,
    Flag,
    brief_from_json,
    brief_kind,
    brief_subject,
    brief_to_json,
    written_brief,
)
from segmodel.personas.brief_check import check_brief
from segmodel.personas.brief_draft import drafted_brief
from segmodel.personas.contrasts import TraitThresholds
from segmodel.personas.persona import Persona, Quote, Story, Trait, Voice, top_traits
from segmodel.personas.story import changed_facts, facts_leaned_on, story_from_json, story_to_json, written
from segmodel.personas.told import mood_sentence, read_quotes, read_voice, voice_finding
from segmodel.personas.traits import difference_of, read_traits, store_traits
from segmodel.personas.voices import store_voices
from segmodel.personas.wording import trait_certainty

__all__ = [
    "BRIEF_LABELS",
    "BRIEF_PARTS",
    "Brief",
    "BriefKind",
    "Fact",
    "Flag",
    "Persona",
    "Quote",
    "Story",
    "Trait",
    "TraitThresholds",
    "Voice",
    "approved_from_json",
    "approved_to_json",
    "brief_from_json",
    "brief_kind",
    "brief_subject",
    "brief_to_json",
    "changed_facts",
    "check_brief",
    "difference_of",
    "drafted_brief",
    "facts_leaned_on",
    "mood_sentence",
    "read_quotes",
    "read_traits",
    "read_voice",
    "store_traits",
    "store_voices",
    "story_from_json",
    "story_to_json",
    "top_traits",
    "trait_certainty",
    "voice_finding",
    "written",
    "written_brief",
]
