"""What leaves the app: tables and documents that say where they come from."""

from __future__ import annotations

from segmodel.reports.documents import forecast_document, lifetime_document, metrics_document
from segmodel.reports.drift import drift_document, unfit
from segmodel.reports.files import write_table
from segmodel.reports.migration import flows_table, migration_document
from segmodel.reports.personas import persona, persona_size, personas, personas_document
from segmodel.reports.priorities import priorities_document, scoring_note
from segmodel.reports.tables import Provenance, neutral, to_csv

__all__ = [
    "Provenance",
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
    "priorities_document",
    "scoring_note",
    "to_csv",
    "unfit",
    "write_table",
]
