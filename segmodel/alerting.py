"""What a command does about alerts: note what stands, send what is due, say what became of it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace

from pydantic import ValidationError

from segmodel.alerts import (
    BUILD_FAILED,
    Alert,
    DeliveryReport,
    Message,
    Outbox,
    Sink,
    deliver,
    failed_build,
    look_at,
    sinks_of,
)
from segmodel.definition import Alerts
from segmodel.errors import DefinitionError, StoreError
from segmodel.workspace import Workspace


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def tell(
    workspace: Workspace,
    sinks: tuple[Sink, ...] = (),
    now: Callable[[], dt.datetime] = _utc_now,
    *,
    is_refreshed: bool = False,
) -> tuple[tuple[Message, ...], DeliveryReport]:
    """Note the alerts of the published build, and send every message that is due.

    A receiver whose secret is not set, and a rule that names what is not there, keep nobody else from being told: the
    report names them. What the receiver should have got waits for it.

    Parameters
    ----------
    workspace : Workspace
    sinks : tuple of Sink
        Receivers beside those of the definition.
    now : callable
        The clock.
    is_refreshed : bool
        Whether a refresh has just ended well, which ends the alert of one that failed even where nothing was new.

    Returns
    -------
    tuple
        What is new since the last time, and what became of all that was due.

    Raises
    ------
    SegmodelError
        When nothing is published, or the record cannot be written.
    """
    definition = workspace.definition
    with workspace.open() as published:
        findings = look_at(published, definition)
    if is_refreshed:
        findings = replace(findings, checked=findings.checked | {BUILD_FAILED})
    outbox = Outbox(workspace.folder)
    receivers = [*_names(definition.alerts), *(sink.name for sink in sinks)]
    messages = outbox.record(findings.alerts, receivers, now(), findings.ending)
    report = _deliver(outbox, definition.alerts, sinks, now)
    return messages, replace(report, faults=findings.faults)


def tell_failure(
    workspace: Workspace, message: str, now: Callable[[], dt.datetime] = _utc_now
) -> DeliveryReport | None:
    """Note that a refresh failed, and send every message that is due.

    Where the definition cannot be read, those are told whom the definition of the published build names.

    Parameters
    ----------
    workspace : Workspace
    message : str
        What went wrong.
    now : callable
        The clock.

    Returns
    -------
    DeliveryReport or None
        None where there is nobody to tell: the definition cannot be read, and nothing is published.

    Raises
    ------
    SegmodelError
        When the published build cannot be read where it is needed, or the record cannot be written.
    """
    try:
        alerts, name = workspace.definition.alerts, ""
    except DefinitionError:
        if workspace.current() is None:
            return None
        with workspace.open() as published:
            info = published.info()
        alerts = _published_alerts(info["definition"])
        name = str(info["name"])
    outbox = Outbox(workspace.folder, name=name)
    outbox.record((failed_build(message, alerts, workspace.current()),), _names(alerts), now(), lambda _: None)
    return _deliver(outbox, alerts, (), now)


def send_test(
    workspace: Workspace, sinks: tuple[Sink, ...] = (), now: Callable[[], dt.datetime] = _utc_now
) -> DeliveryReport:
    """Send one message to every receiver, so that people see it arrives."""
    definition = workspace.definition
    text = "If you can read this, alerts of this workspace reach you."
    alert = Alert(f"test/{now().isoformat()}", "watch", f"Test of {definition.name}", text, definition.alerts.dashboard)
    outbox = Outbox(workspace.folder)
    outbox.add(Message.of("test", alert, now()), [*_names(definition.alerts), *(sink.name for sink in sinks)])
    return _deliver(outbox, definition.alerts, sinks, now)


def _published_alerts(definition: str) -> Alerts:
    try:
        return Alerts.model_validate(json.loads(definition).get("alerts", {}))
    except ValidationError:
        raise StoreError("The published build names receivers in a way this version does not know.") from None


def _names(alerts: Alerts) -> list[str]:
    return [receiver.name for receiver in alerts.receivers]


def _deliver(outbox: Outbox, alerts: Alerts, more: tuple[Sink, ...], now: Callable[[], dt.datetime]) -> DeliveryReport:
    """Send what is due to everybody who can be sent to; the others are among those that failed."""
    sinks, faults = sinks_of(alerts)
    report = deliver(outbox, (*sinks, *more), now)
    return replace(report, failed=faults | report.failed)
