"""Personas: what sets a segment apart, what its customers say, and what people wrote about it."""

from __future__ import annotations

from segmodel.personas.contrasts import TraitThresholds
from segmodel.personas.persona import Persona, Quote, Story, Trait, Voice, top_traits
from segmodel.personas.traits import difference_of, read_traits, store_traits

__all__ = [
    "Persona",
    "Quote",
    "Story",
    "Trait",
    "TraitThresholds",
    "Voice",
    "difference_of",
    "read_traits",
    "store_traits",
    "top_traits",
]
