"""Audiences: who may be sent where, as files and kept in step with targets, with a log of all that was given out."""

from __future__ import annotations

from segmodel.activation.audience import Audience
from segmodel.activation.connectors import CONNECTORS, Batch, Connector, connector_of
from segmodel.activation.files import Manifest, export_audience, manifest_path
from segmodel.activation.findings import funnel_finding
from segmodel.activation.funnel import STEPS, Funnel, Step
from segmodel.activation.holdout import is_held_out
from segmodel.activation.people import Origin, People
from segmodel.activation.request import AudienceRequest, target_named
from segmodel.activation.sync import SyncReport, sync

__all__ = [
    "CONNECTORS",
    "STEPS",
    "Audience",
    "AudienceRequest",
    "Batch",
    "Connector",
    "Funnel",
    "Manifest",
    "Origin",
    "People",
    "Step",
    "SyncReport",
    "connector_of",
    "export_audience",
    "funnel_finding",
    "is_held_out",
    "manifest_path",
    "sync",
    "target_named",
]
