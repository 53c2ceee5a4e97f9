"""What leaves the app: tables and documents that say where they come from."""

from __future__ import annotations

from segmodel.reports.documents import forecast_document, lifetime_document, metrics_document
from segmodel.reports.drift import drift_document, unfit
from segmodel.reports.files import write_table
from segmodel.reports.migration import flows_table, migration_document
from segmodel.reports.personas import persona, persona_size, personas, personas_document
from segmodel.reports.priorities import priorities_document, scoring_note
from segmodel.reports.tables import Provenance, neutral, to_csv
from segmodel.reports.typing_tool import accuracy_table, platform_document, segment_quotas

__all__ = [
    "Provenance",
    "accuracy_table",
    "drift_document",
    "flows_table",
    "forecast_document",
    "lifetime_document",
    "metrics_document",
    "migration_document",
    "neutral",
    "persona",
    "persona_size",
    "personas",
    "personas_document",
    "platform_document",
    "priorities_document",
    "scoring_note",
    "segment_quotas",
    "to_csv",
    "unfit",
    "write_table",
]
