"""Personas: what sets a segment apart, what its customers say, and what people wrote about it."""

from __future__ import annotations

from segmodel.personas.persona import Persona, Quote, Story, Trait, Voice, top_traits

__all__ = ["Persona", "Quote", "Story", "Trait", "Voice", "top_traits"]
