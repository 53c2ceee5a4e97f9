"""What is to be sent, kept until it was taken: the same alert is never sent twice, and none is lost."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from segmodel.alerts.alert import GRAVITY, Alert, EventKind, Message, Severity, is_clearly_larger
from segmodel.council.database import Database
from segmodel.council.tables import AlertDelivery, AlertState

CLAIM = dt.timedelta(minutes=5)
"""How long whoever sends has a delivery to itself after each attempt begins; after that it is taken for killed, and
somebody else tries."""

_ALERTS, _DELIVERIES = AlertState.__table__, AlertDelivery.__table__


@dataclass(frozen=True)
class Delivery:
    """One message that is due at one receiver.

    Attributes
    ----------
    id : int
    sink : str
    message : Message
    attempts : int
        With the one to come.
    taken_by : tuple of str
        Addresses of the receiver that took it at an earlier attempt; the others refused.
    """

    id: int
    sink: str
    message: Message
    attempts: int
    taken_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ending:
    """How an alert ended that does not stand any more.

    Attributes
    ----------
    event : {"resolved", "closed"}
        Looked at again and found well; or closed, as it cannot be looked at any more.
    reason : str
        Why it was closed; it takes the place of the evidence.
    """

    event: Literal["resolved", "closed"] = "resolved"
    reason: str = ""


def _resolved(alert: Alert) -> Ending:  # noqa: ARG001 - as every judge of endings
    return Ending()


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
    name : str, optional
        What tells the workspace from others in one database, where its definition cannot be read.
    """

    def __init__(self, folder: Path, url: str | None = None, name: str = "") -> None:
        self._database = Database(folder, url)
        self._name = name

    def record(
        self,
        alerts: Sequence[Alert],
        sinks: Collection[str],
        now: dt.datetime,
        ending: Callable[[Alert], Ending | None] = _resolved,
    ) -> tuple[Message, ...]:
        """Keep what is new and prepare a message of it for every receiver, in one transaction.

        An alert that is open already is told again only when it got graver or clearly larger, or tells of a later
        month; one that is not among `alerts` any more ends where `ending` says so, and that is told once. A receiver
        that never heard of an alert that is open, such as one that was just added, is told of it now.

        Parameters
        ----------
        alerts : sequence of Alert
            All that stand now.
        sinks : collection of str
            Names of the receivers.
        now : datetime
            In UTC.
        ending : callable
            Says how an open alert ended that is not among `alerts`; None where nobody can tell, and it stays open.

        Returns
        -------
        tuple of Message
            What is new; without what only a new receiver is told.

        Raises
        ------
        CouncilError
            When the database cannot be reached or written.
        """
        workspace = self._workspace()
        with self._database.writing() as connection:
            # PostgreSQL: two runs at once take turns; SQLite has one writer at a time anyway
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("LOCK TABLE alerts IN SHARE ROW EXCLUSIVE MODE"))
            mine = sa.select(_ALERTS).where(_ALERTS.c.workspace == workspace)
            known = {row["key"]: row for row in connection.execute(mine).mappings()}
            standing = {alert.key: alert for alert in alerts}
            messages = []
            for alert in standing.values():
                event = _keep(connection, workspace, alert, known.get(alert.key), now)
                if event is not None:
                    messages.append(Message.of(event, alert, now))
            for key, found in known.items():
                if found["is_open"] and key not in standing:
                    messages += _end(connection, found, ending, now)
            for message in messages:
                _send_to(connection, workspace, message, sinks)
            _tell_newcomers(connection, workspace, sinks, now)
        return tuple(messages)

    def add(self, message: Message, sinks: Collection[str]) -> None:
        """Keep one message for these receivers."""
        with self._database.writing() as connection:
            _send_to(connection, self._workspace(), message, sinks)

    def claim(self, sink: str, now: dt.datetime, after: int = 0, limit: int | None = None) -> tuple[Delivery, ...]:
        """Return what is due at a receiver and nobody else is sending, oldest first; it is the caller's to send now.

        Parameters
        ----------
        sink : str
        now : datetime
            In UTC; the claim ends `CLAIM` later, unless `hold` extends it.
        after : int
            Only deliveries with a greater id: what this run tried already is not due again in it.
        limit : int, optional
            The most that are returned; all when left out.
        """
        workspace = self._workspace()
        is_free = sa.or_(_DELIVERIES.c.claimed_until.is_(None), _DELIVERIES.c.claimed_until <= now)
        due = (
            sa.select(_DELIVERIES)
            .where(_DELIVERIES.c.workspace == workspace, _DELIVERIES.c.sink == sink)
            .where(_DELIVERIES.c.delivered_at.is_(None), is_free, _DELIVERIES.c.id > after)
            .order_by(_DELIVERIES.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        with self._database.writing() as connection:
            rows = connection.execute(due).mappings().all()
            ids = [row["id"] for row in rows]
            taken = sa.update(AlertDelivery).where(_DELIVERIES.c.id.in_(ids))
            connection.execute(taken.values(claimed_until=now + CLAIM, attempts=_DELIVERIES.c.attempts + 1))
        return tuple(
            Delivery(
                row["id"],
                row["sink"],
                Message.from_json(row["content"]),
                row["attempts"] + 1,
                tuple(json.loads(row["content"]).get("taken_by", ())),
            )
            for row in rows
        )

    def hold(self, deliveries: Iterable[Delivery], now: dt.datetime) -> None:
        """Extend the claim on those of these deliveries that were neither taken nor given back."""
        ids = [delivery.id for delivery in deliveries]
        held = sa.update(AlertDelivery).where(_DELIVERIES.c.id.in_(ids), _DELIVERIES.c.claimed_until.is_not(None))
        with self._database.writing() as connection:
            connection.execute(held.values(claimed_until=now + CLAIM))

    def delivered(self, deliveries: Iterable[Delivery], now: dt.datetime) -> None:
        """Mark deliveries as taken by their receiver."""
        self._mark(deliveries, delivered_at=now, claimed_until=None, last_error="")

    def failed(self, deliveries: Iterable[Delivery], why: str, taken_by: Sequence[str] = ()) -> None:
        """Give deliveries back, to be tried again at the next run, at addresses that have not taken them."""
        for delivery in deliveries:
            content = json.loads(delivery.message.to_json()) | {"taken_by": list(taken_by or delivery.taken_by)}
            self._mark(
                (delivery,),
                claimed_until=None,
                last_error=why[:500],
                content=json.dumps(content, ensure_ascii=False),
            )

    def waiting(self) -> dict[str, tuple[int, str]]:
        """Return how many messages wait for each receiver, and why the last attempt failed."""
        with self._database.reading() as connection:
            if connection is None:
                return {}
            mine = sa.select(_DELIVERIES.c.sink, _DELIVERIES.c.last_error).where(
                _DELIVERIES.c.workspace == self._workspace(), _DELIVERIES.c.delivered_at.is_(None)
            )
            rows = connection.execute(mine.order_by(_DELIVERIES.c.id)).all()
        found: dict[str, tuple[int, str]] = {}
        for sink, error in rows:
            count, earlier = found.get(sink, (0, ""))
            found[sink] = (count + 1, error or earlier)  # those behind the one that failed were not tried
        return found

    def standing(self) -> tuple[Standing, ...]:
        """Return every alert that is open, the gravest and then the oldest first."""
        with self._database.reading() as connection:
            if connection is None:
                return ()
            mine = sa.select(_ALERTS).where(_ALERTS.c.workspace == self._workspace(), _ALERTS.c.is_open)
            rows = connection.execute(mine.order_by(_ALERTS.c.first_seen_at, _ALERTS.c.id)).mappings().all()
        found = [
            Standing(Alert.from_json(row["content"]), True, _utc(row["first_seen_at"]), _utc(row["last_seen_at"]))
            for row in rows
        ]
        return tuple(sorted(found, key=lambda each: -GRAVITY.index(each.alert.severity)))

    def _workspace(self) -> str:
        return "" if self._database.is_own_file else self._name or self._database.workspace()

    def _mark(self, deliveries: Iterable[Delivery], **values: object) -> None:
        ids = [delivery.id for delivery in deliveries]
        with self._database.writing() as connection:
            connection.execute(sa.update(AlertDelivery).where(_DELIVERIES.c.id.in_(ids)).values(**values))


@dataclass(frozen=True)
class _Told:
    """What people were last told of an alert that is open."""

    month: str
    change: float | None

    @classmethod
    def of(cls, before: sa.RowMapping) -> _Told:
        content = json.loads(before["content"])
        alert = Alert.from_json(before["content"])
        return cls(content.get("told_month", alert.month), content.get("told_change", alert.change))


def _keep(
    connection: sa.Connection, workspace: str, alert: Alert, before: sa.RowMapping | None, now: dt.datetime
) -> EventKind | None:
    """Write an alert as it stands now, and return what is to be told of it; one that was over begins anew."""
    open_before = before if before is not None and before["is_open"] else None
    event: EventKind | None = "opened"
    told = _Told(alert.month, alert.change)
    if open_before is not None:
        last = _Told.of(open_before)
        event = _event(alert, open_before["severity"], last)
        # where it became clearly milder, growing again is news: it is held against the milder one from now on
        if event is None and not (alert.month == last.month and is_clearly_larger(last.change, alert.change)):
            told = last
    content = json.loads(alert.to_json()) | {"told_month": told.month, "told_change": told.change}
    values: dict[str, object] = {
        "severity": alert.severity,
        "is_open": True,
        "content": json.dumps(content, ensure_ascii=False),
        "last_seen_at": now,
    }
    if event == "opened":
        values["first_seen_at"] = now
    if before is None:
        connection.execute(sa.insert(AlertState).values(workspace=workspace, key=alert.key, **values))
    else:
        connection.execute(sa.update(AlertState).where(_ALERTS.c.id == before["id"]).values(**values))
    return event


def _event(alert: Alert, severity: Severity, told: _Told) -> EventKind | None:
    """Return what is to be told of an alert that is open already."""
    # an earlier month comes with a rollback, and was told in its time
    if alert.month > told.month or (alert.change or 0.0) * (told.change or 0.0) < 0:
        return "opened"
    if alert.month < told.month:
        return None
    is_graver = GRAVITY.index(alert.severity) > GRAVITY.index(severity)
    return "worsened" if is_graver or is_clearly_larger(alert.change, told.change) else None


def _end(
    connection: sa.Connection, found: sa.RowMapping, ending: Callable[[Alert], Ending | None], now: dt.datetime
) -> list[Message]:
    """End an open alert where it can be told how it ended, and return the message of it."""
    alert = Alert.from_json(found["content"])
    ended = ending(alert)
    if ended is None:
        return []
    over = sa.update(AlertState).where(_ALERTS.c.id == found["id"])
    connection.execute(over.values(is_open=False, last_seen_at=now))
    return [Message.of(ended.event, replace(alert, evidence=ended.reason or alert.evidence), now)]


def _tell_newcomers(connection: sa.Connection, workspace: str, sinks: Collection[str], now: dt.datetime) -> None:
    """Prepare what is open for receivers that never heard of it."""
    mine = sa.select(_ALERTS).where(_ALERTS.c.workspace == workspace, _ALERTS.c.is_open).order_by(_ALERTS.c.id)
    still_open = connection.execute(mine).mappings().all()
    if not still_open:
        return
    since = min(row["first_seen_at"] for row in still_open)
    sent = sa.select(_DELIVERIES.c.sink, _DELIVERIES.c.content, _DELIVERIES.c.created_at).where(
        _DELIVERIES.c.workspace == workspace, _DELIVERIES.c.created_at >= since
    )
    heard: dict[tuple[str, str], dt.datetime] = {}
    for sink, content, at in connection.execute(sent.order_by(_DELIVERIES.c.id)):
        message = json.loads(content)
        if message["event"] in {"opened", "worsened"}:
            heard[(sink, message["alert"]["key"])] = at
    for row in still_open:
        first_seen_at = row["first_seen_at"]
        heard_at = {sink: heard.get((sink, row["key"])) for sink in sinks}
        newcomers = [sink for sink, at in heard_at.items() if at is None or at < first_seen_at]
        if newcomers:
            _send_to(connection, workspace, Message.of("opened", Alert.from_json(row["content"]), now), newcomers)


def _send_to(connection: sa.Connection, workspace: str, message: Message, sinks: Iterable[str]) -> None:
    for sink in sinks:
        connection.execute(sa.insert(AlertDelivery).values(**_delivery(workspace, message, sink)))


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
