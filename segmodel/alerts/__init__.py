"""Telling people: what stands, what is new, and sending it once to everybody who asked."""

from __future__ import annotations

from segmodel.alerts.alert import Alert, Message
from segmodel.alerts.delivery import DeliveryReport, deliver, with_back_off
from segmodel.alerts.findings import BUILD_FAILED, Findings
from segmodel.alerts.outbox import Ending, Outbox, Standing
from segmodel.alerts.rules import failed_build, look_at
from segmodel.alerts.sinks import (
    LineSink,
    MailboxSink,
    SendError,
    Sink,
    WebhookSink,
    post_signed,
    sign,
    sinks_of,
    variable,
)

__all__ = [
    "BUILD_FAILED",
    "Alert",
    "DeliveryReport",
    "Ending",
    "Findings",
    "LineSink",
    "MailboxSink",
    "Message",
    "Outbox",
    "SendError",
    "Sink",
    "Standing",
    "WebhookSink",
    "deliver",
    "failed_build",
    "look_at",
    "post_signed",
    "sign",
    "sinks_of",
    "variable",
    "with_back_off",
]
