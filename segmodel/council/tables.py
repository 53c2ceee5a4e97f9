"""The tables of the council, as they are now; `migrations/` says how they came to be."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Date, DateTime, LargeBinary, MetaData, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Base of the tables; constraints have names, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class PriorityScoring(Base):
    """A scoring that was saved: rows are added and never changed."""

    __tablename__ = "priority_scorings"
    __table_args__ = (UniqueConstraint("workspace", "segmentation", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace: Mapped[str] = mapped_column(Text)
    segmentation: Mapped[str] = mapped_column(Text)
    number: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    based_on: Mapped[int | None]
    build_id: Mapped[str] = mapped_column(Text)
    model_version: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text)


class AlertState(Base):
    """An alert as it stands: what it is about is its key, and there is one row a key."""

    __tablename__ = "alerts"
    __table_args__ = (UniqueConstraint("workspace", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(Text)
    is_open: Mapped[bool]
    content: Mapped[str] = mapped_column(Text)
    first_seen_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    last_seen_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class AlertDelivery(Base):
    """One message for one receiver: kept before it is sent, and marked when the receiver took it."""

    __tablename__ = "alert_deliveries"

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(Text)
    sink: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    claimed_until: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    delivered_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    attempts: Mapped[int]
    last_error: Mapped[str] = mapped_column(Text)


class Writing(Base):
    """Something people wrote about a segment, as it was saved: rows are added and never changed."""

    __tablename__ = "writings"
    __table_args__ = (UniqueConstraint("workspace", "kind", "segmentation", "subject", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    segmentation: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    number: Mapped[int]
    who: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    based_on: Mapped[int | None]
    build_id: Mapped[str] = mapped_column(Text)
    model_version: Mapped[str] = mapped_column(Text)
    is_approved: Mapped[bool]
    content: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text)


class Picture(Base):
    """A picture people gave, by what is in it: the same one is kept once."""

    __tablename__ = "pictures"
    __table_args__ = (UniqueConstraint("workspace", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Activation(Base):
    """An audience that was exported, or a sync of one that was begun: rows are added and never changed."""

    __tablename__ = "activations"
    __table_args__ = (UniqueConstraint("activation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace: Mapped[str] = mapped_column(Text)
    activation_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    target: Mapped[str] = mapped_column(Text)
    audience: Mapped[str] = mapped_column(Text)
    segmentation: Mapped[str] = mapped_column(Text)
    build_id: Mapped[str] = mapped_column(Text)
    model_version: Mapped[str] = mapped_column(Text)
    definition_hash: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    expires_on: Mapped[dt.date] = mapped_column(Date)


class ApiToken(Base):
    """A token other systems ask the API with: its digest alone, so that nobody who reads this can use it."""

    __tablename__ = "api_tokens"
    __table_args__ = (UniqueConstraint("digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)
    scopes: Mapped[str] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    expires_on: Mapped[dt.date | None] = mapped_column(Date)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_by: Mapped[str | None] = mapped_column(Text)
    used_on: Mapped[dt.date | None] = mapped_column(Date)


class ActivationStep(Base):
    """What became of an activation: a batch begun or taken, a failure, the end. Rows are added and never changed."""

    __tablename__ = "activation_steps"
    __table_args__ = (UniqueConstraint("activation_id", "batch", "step"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    activation_id: Mapped[str] = mapped_column(Text)
    step: Mapped[str] = mapped_column(Text)
    batch: Mapped[int]
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    message: Mapped[str] = mapped_column(Text)
    members: Mapped[bytes | None] = mapped_column(LargeBinary)
