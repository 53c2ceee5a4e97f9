"""Personas: what sets a segment apart, what its customers say, and what people wrote about it."""

from __future__ import annotations

from segmodel.personas.contrasts import TraitThresholds
from segmodel.personas.persona import Persona, Quote, Story, Trait, Voice, top_traits
from segmodel.personas.told import mood_sentence, read_quotes, read_voice, voice_finding
from segmodel.personas.traits import difference_of, read_traits, store_traits
from segmodel.personas.voices import store_voices

__all__ = [
    "Persona",
    "Quote",
    "Story",
    "Trait",
    "TraitThresholds",
    "Voice",
    "difference_of",
    "mood_sentence",
    "read_quotes",
    "read_traits",
    "read_voice",
    "store_traits",
    "store_voices",
    "top_traits",
    "voice_finding",
]
