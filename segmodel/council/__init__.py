"""What people write and decide, kept apart from what is computed: in SQLite, or in PostgreSQL by URL."""

from __future__ import annotations

from segmodel.council.activations import ActivationEntry, ActivationLog, NewActivation, SentBatch
from segmodel.council.record import Council, SavedScoring
from segmodel.council.tokens import SCOPES, Token, Tokens
from segmodel.council.writings import BRIEF, QUOTES, STORY, Draft, Writing, Writings

__all__ = [
    "BRIEF",
    "QUOTES",
    "SCOPES",
    "STORY",
    "ActivationEntry",
    "ActivationLog",
    "Council",
    "Draft",
    "NewActivation",
    "SavedScoring",
    "SentBatch",
    "Token",
    "Tokens",
    "Writing",
    "Writings",
]
