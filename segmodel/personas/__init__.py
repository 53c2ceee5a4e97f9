"""Personas: what sets a segment apart, what its customers say, and what people wrote about it."""

from __future__ import annotations

from segmodel.personas.persona import Persona, Quote, Story, Trait, Voice, top_traits
from segmodel.personas.voices import store_voices

__all__ = ["Persona", "Quote", "Story", "Trait", "Voice", "store_voices", "top_traits"]
