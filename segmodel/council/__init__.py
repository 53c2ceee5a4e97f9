"""What people write and decide, kept apart from what is computed: in SQLite, or in PostgreSQL by URL."""

from __future__ import annotations

from segmodel.council.record import Council, SavedScoring

__all__ = ["Council", "SavedScoring"]
