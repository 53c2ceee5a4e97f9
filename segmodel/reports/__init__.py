"""What leaves the app: tables and documents that say where they come from."""

from __future__ import annotations

from segmodel.reports.crosswalk import cells_table, crosswalk_document, pairs_table, segmentations_table
from segmodel.reports.documents import forecast_document, lifetime_document, metrics_document
from segmodel.reports.drift import drift_document, unfit
from segmodel.reports.files import write_file, write_table
from segmodel.reports.migration import flows_table, migration_document
from segmodel.reports.personas import persona, persona_size, personas, personas_document
from segmodel.reports.priorities import priorities_document, scoring_note
from segmodel.reports.stories import (
    ToldPersona,
    all_voices,
    personas_table,
    personas_title,
    tell,
    told_personas,
    untold,
)
from segmodel.reports.tables import Provenance, neutral, to_csv
from segmodel.reports.typing_tool import accuracy_table, platform_document, segment_quotas

__all__ = [
    "Provenance",
    "ToldPersona",
    "accuracy_table",
    "all_voices",
    "cells_table",
    "crosswalk_document",
    "drift_document",
    "flows_table",
    "forecast_document",
    "lifetime_document",
    "metrics_document",
    "migration_document",
    "neutral",
    "pairs_table",
    "persona",
    "persona_size",
    "personas",
    "personas_document",
    "personas_table",
    "personas_title",
    "platform_document",
    "priorities_document",
    "scoring_note",
    "segment_quotas",
    "segmentations_table",
    "tell",
    "to_csv",
    "told_personas",
    "unfit",
    "untold",
    "write_file",
    "write_table",
]
