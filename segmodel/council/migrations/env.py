"""Runs migrations on the connection that `database.migrate` gives, inside its transaction."""

from __future__ import annotations

from alembic import context

from segmodel.council.tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
