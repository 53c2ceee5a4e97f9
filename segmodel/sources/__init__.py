"""From files and databases to checked tables: contracts, readers, checks and quarantine."""

from __future__ import annotations

from segmodel.sources.archives import unpacked_size
from segmodel.sources.contracts import TABLES, Column, Table
from segmodel.sources.files import ENDINGS, kind_of
from segmodel.sources.guess import Candidate, MappingGuess, guess_mapping
from segmodel.sources.initial import SourceDraft, definition_text, draft_source, guess_definition, read_sample
from segmodel.sources.load import TableReport, load_sources

__all__ = [
    "ENDINGS",
    "TABLES",
    "Candidate",
    "Column",
    "MappingGuess",
    "SourceDraft",
    "Table",
    "TableReport",
    "definition_text",
    "draft_source",
    "guess_definition",
    "guess_mapping",
    "kind_of",
    "load_sources",
    "read_sample",
    "unpacked_size",
]
