"""Telling people: what stands, what is new, and sending it once to everybody who asked."""

from __future__ import annotations

from segmodel.alerts.alert import Alert, Message
from segmodel.alerts.delivery import DeliveryReport, deliver
from segmodel.alerts.findings import BUILD_FAILED, Findings
from segmodel.alerts.outbox import Ending, Outbox, Standing
from segmodel.alerts.rules import failed_build, look_at
from segmodel.alerts.sinks import LineSink, MailboxSink, SendError, Sink, WebhookSink, sign, sinks_of

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
    "sign",
    "sinks_of",
]
