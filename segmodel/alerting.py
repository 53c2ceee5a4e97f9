"""What a command does about alerts: note what stands, send what is due, say what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from segmodel.alerts import (
    BUILD_FAILED,
    Alert,
    DeliveryReport,
    Message,
    Outbox,
    Sink,
    alerts_of,
    deliver,
    failed_build,
    sinks_of,
)
from segmodel.errors import DefinitionError, SegmodelError
from segmodel.workspace import Workspace

_OF_A_BUILD = ("drift/", "refit/", "review/", "change/", "quarantine/", BUILD_FAILED)
"""Beginnings of the keys that a build is the judge of; with it the last failure is over as well."""


def tell(
    workspace: Workspace, sinks: tuple[Sink, ...] = (), now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
) -> tuple[tuple[Message, ...], DeliveryReport]:
    """Note the alerts of the published build, and send every message that is due.

    Parameters
    ----------
    workspace : Workspace
    sinks : tuple of Sink
        Receivers beside those of the definition.
    now : callable
        The clock.

    Returns
    -------
    tuple
        What is new since the last time, and what became of all that was due.

    Raises
    ------
    SegmodelError
        When nothing is published, a rule names what is not there, a secret is not set, or the record cannot be written.
    """
    definition = workspace.definition
    receivers = (*sinks, *sinks_of(definition.alerts))
    with workspace.open() as published:
        alerts = alerts_of(published, definition)
    outbox = Outbox(workspace.folder)
    messages = outbox.record(alerts, [sink.name for sink in receivers], now(), _OF_A_BUILD)
    return messages, deliver(outbox, receivers, now)


def tell_failure(
    workspace: Workspace, error: SegmodelError, now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
) -> DeliveryReport:
    """Note that a build failed, and send every message that is due."""
    try:
        definition = workspace.definition
        receivers = sinks_of(definition.alerts)
    except DefinitionError:
        definition, receivers = None, ()  # what failed is the definition: nobody can be told whom it names
    outbox = Outbox(workspace.folder)
    outbox.record((failed_build(str(error), definition),), [sink.name for sink in receivers], now(), (BUILD_FAILED,))
    return deliver(outbox, receivers, now)


def send_test(workspace: Workspace, now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)) -> DeliveryReport:
    """Send one message to every receiver, so that people see it arrives."""
    definition = workspace.definition
    receivers = sinks_of(definition.alerts)
    text = "If you can read this, alerts of this workspace reach you."
    alert = Alert(f"test/{now().isoformat()}", "watch", f"Test of {definition.name}", text, definition.alerts.dashboard)
    outbox = Outbox(workspace.folder)
    outbox.add(Message.of("test", alert, now()), [sink.name for sink in receivers])
    return deliver(outbox, receivers, now)
