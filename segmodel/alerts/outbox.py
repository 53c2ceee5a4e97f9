"""What is to be sent, kept until it was taken: the same alert is never sent twice, and none is lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from segmodel.alerts.alert import GRAVITY, Alert, EventKind, Message
from segmodel.council.database import Database
from segmodel.council.tables import AlertDelivery, AlertState

CLAIM = dt.timedelta(minutes=5)
"""How long whoever sends has a delivery to itself; after that it is taken for killed, and somebody else tries."""

_ALERTS, _DELIVERIES = AlertState.__table__, AlertDelivery.__table__


@dataclass(frozen=True)
class Delivery:
    """One message that is due at one receiver."""

    id: int
    sink: str
    message: Message
    attempts: int


@dataclass(frozen=True)
class Standing:
    """An alert as it stands, with what became of its messages.

    Attributes
    ----------
    alert : Alert
    is_open : bool
    first_seen_at, last_seen_at : datetime
    """

    alert: Alert
    is_open: bool
    first_seen_at: dt.datetime
    last_seen_at: dt.datetime


class Outbox:
    """The alerts of a workspace, in the council's database.

    Parameters
    ----------
    folder : Path
        The workspace.
    url : str, optional
        As of `Council`.
    """

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self._database = Database(folder, url)

    def record(
        self, alerts: Sequence[Alert], sinks: Collection[str], now: dt.datetime, scope: Iterable[str] = ("",)
    ) -> tuple[Message, ...]:
        """Keep what is new and prepare a message of it for every receiver, in one transaction.

        An alert that is open already is told again only when it got graver; one that is not among `alerts` any more is
        over, and that is told once.

        Parameters
        ----------
        alerts : sequence of Alert
            All that stand now.
        sinks : collection of str
            Names of the receivers.
        now : datetime
            In UTC.
        scope : iterable of str
            Beginnings of the keys this list is complete for: only these can be over.

        Raises
        ------
        CouncilError
            When the database cannot be reached or written.
        """
        workspace = self._database.workspace()
        beginnings = tuple(scope)
        with self._database.writing() as connection:
            # PostgreSQL: two runs at once take turns; SQLite has one writer at a time anyway
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("LOCK TABLE alerts IN SHARE ROW EXCLUSIVE MODE"))
            mine = sa.select(_ALERTS).where(_ALERTS.c.workspace == workspace)
            known = {row["key"]: row for row in connection.execute(mine).mappings()}
            messages = []
            for alert in {each.key: each for each in alerts}.values():
                before = known.get(alert.key)
                event = _event(alert, before)
                _keep(connection, workspace, alert, before, now)
                if event is not None:
                    messages.append(Message.of(event, alert, now))
            standing = {alert.key for alert in alerts}
            for key, found in known.items():
                if found["is_open"] and key not in standing and key.startswith(beginnings):
                    over = sa.update(AlertState).where(_ALERTS.c.id == found["id"])
                    connection.execute(over.values(is_open=False, last_seen_at=now))
                    messages.append(Message.of("resolved", Alert.from_json(found["content"]), now))
            for message in messages:
                for sink in sinks:
                    connection.execute(sa.insert(AlertDelivery).values(**_delivery(workspace, message, sink)))
        return tuple(messages)

    def add(self, message: Message, sinks: Collection[str]) -> None:
        """Keep one message for these receivers."""
        workspace = self._database.workspace()
        with self._database.writing() as connection:
            for sink in sinks:
                connection.execute(sa.insert(AlertDelivery).values(**_delivery(workspace, message, sink)))

    def claim(self, sink: str, now: dt.datetime) -> tuple[Delivery, ...]:
        """Return what is due at a receiver and nobody else is sending, oldest first; it is the caller's to send now."""
        workspace = self._database.workspace()
        is_free = sa.or_(_DELIVERIES.c.claimed_until.is_(None), _DELIVERIES.c.claimed_until <= now)
        due = (
            sa.select(_DELIVERIES)
            .where(_DELIVERIES.c.workspace == workspace, _DELIVERIES.c.sink == sink)
            .where(_DELIVERIES.c.delivered_at.is_(None), is_free)
            .order_by(_DELIVERIES.c.id)
            .with_for_update(skip_locked=True)
        )
        with self._database.writing() as connection:
            rows = connection.execute(due).mappings().all()
            ids = [row["id"] for row in rows]
            taken = sa.update(AlertDelivery).where(_DELIVERIES.c.id.in_(ids))
            connection.execute(taken.values(claimed_until=now + CLAIM, attempts=_DELIVERIES.c.attempts + 1))
        return tuple(
            Delivery(row["id"], row["sink"], Message.from_json(row["content"]), row["attempts"] + 1) for row in rows
        )

    def delivered(self, deliveries: Iterable[Delivery], now: dt.datetime) -> None:
        """Mark deliveries as taken by their receiver."""
        self._mark(deliveries, delivered_at=now, claimed_until=None, last_error="")

    def failed(self, deliveries: Iterable[Delivery], why: str) -> None:
        """Give deliveries back, to be tried again at the next run."""
        self._mark(deliveries, claimed_until=None, last_error=why[:500])

    def waiting(self) -> dict[str, tuple[int, str]]:
        """Return how many messages wait for each receiver, and why the last attempt failed."""
        with self._database.reading() as connection:
            if connection is None:
                return {}
            mine = sa.select(_DELIVERIES.c.sink, _DELIVERIES.c.last_error).where(
                _DELIVERIES.c.workspace == self._database.workspace(), _DELIVERIES.c.delivered_at.is_(None)
            )
            rows = connection.execute(mine.order_by(_DELIVERIES.c.id)).all()
        found: dict[str, tuple[int, str]] = {}
        for sink, error in rows:
            found[sink] = (found.get(sink, (0, ""))[0] + 1, error)
        return found

    def standing(self) -> tuple[Standing, ...]:
        """Return every alert that is open, the gravest and then the oldest first."""
        with self._database.reading() as connection:
            if connection is None:
                return ()
            mine = sa.select(_ALERTS).where(_ALERTS.c.workspace == self._database.workspace(), _ALERTS.c.is_open)
            rows = connection.execute(mine.order_by(_ALERTS.c.first_seen_at, _ALERTS.c.id)).mappings().all()
        found = [
            Standing(Alert.from_json(row["content"]), True, _utc(row["first_seen_at"]), _utc(row["last_seen_at"]))
            for row in rows
        ]
        return tuple(sorted(found, key=lambda each: -GRAVITY.index(each.alert.severity)))

    def _mark(self, deliveries: Iterable[Delivery], **values: object) -> None:
        ids = [delivery.id for delivery in deliveries]
        with self._database.writing() as connection:
            connection.execute(sa.update(AlertDelivery).where(_DELIVERIES.c.id.in_(ids)).values(**values))


def _keep(
    connection: sa.Connection, workspace: str, alert: Alert, before: sa.RowMapping | None, now: dt.datetime
) -> None:
    """Write an alert as it stands now; one that was over begins anew."""
    values: dict[str, object] = {
        "severity": alert.severity,
        "is_open": True,
        "content": alert.to_json(),
        "last_seen_at": now,
    }
    if before is None or not before["is_open"]:
        values["first_seen_at"] = now
    if before is None:
        connection.execute(sa.insert(AlertState).values(workspace=workspace, key=alert.key, **values))
    else:
        connection.execute(sa.update(AlertState).where(_ALERTS.c.id == before["id"]).values(**values))


def _event(alert: Alert, before: sa.RowMapping | None) -> EventKind | None:
    if before is None or not before["is_open"]:
        return "opened"
    is_graver = GRAVITY.index(alert.severity) > GRAVITY.index(before["severity"])
    return "worsened" if is_graver else None


def _delivery(workspace: str, message: Message, sink: str) -> dict[str, object]:
    return {
        "workspace": workspace,
        "message_id": message.message_id,
        "sink": sink,
        "content": message.to_json(),
        "created_at": message.at,
        "claimed_until": None,
        "delivered_at": None,
        "attempts": 0,
        "last_error": "",
    }


def _utc(at: dt.datetime) -> dt.datetime:
    # SQLite keeps no time zone
    return at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)
