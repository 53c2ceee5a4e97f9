"""Telling people: what stands, what is new, and sending it once to everybody who asked."""

from __future__ import annotations

from segmodel.alerts.alert import Alert, Message
from segmodel.alerts.delivery import DeliveryReport, deliver
from segmodel.alerts.outbox import Outbox, Standing
from segmodel.alerts.rules import BUILD_FAILED, alerts_of, failed_build
from segmodel.alerts.sinks import LineSink, MailboxSink, SendError, Sink, WebhookSink, sign, sinks_of

__all__ = [
    "BUILD_FAILED",
    "Alert",
    "DeliveryReport",
    "LineSink",
    "MailboxSink",
    "Message",
    "Outbox",
    "SendError",
    "Sink",
    "Standing",
    "WebhookSink",
    "alerts_of",
    "deliver",
    "failed_build",
    "sign",
    "sinks_of",
]
