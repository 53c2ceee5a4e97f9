"""From files and databases to checked tables: contracts, readers, checks and quarantine."""

from __future__ import annotations

from segmodel.sources.archives import unpacked_size
from segmodel.sources.contracts import TABLES, Column, Table
from segmodel.sources.databases import open_database
from segmodel.sources.files import ENDINGS, kind_of
from segmodel.sources.guess import Candidate, MappingGuess, guess_mapping
from segmodel.sources.initial import (
    SourceDraft,
    definition_text,
    draft_source,
    guess_definition,
    read_rows,
    read_sample,
)
from segmodel.sources.ledger import Difference, Entry, Keeping, compare_days, read_days, read_ledger, store_days
from segmodel.sources.lists import read_lists
from segmodel.sources.load import TableReport, load_sources
from segmodel.sources.readers import list_files
from segmodel.sources.staging import Reject
from segmodel.sources.tables import FUTURE

__all__ = [
    "ENDINGS",
    "FUTURE",
    "TABLES",
    "Candidate",
    "Column",
    "Difference",
    "Entry",
    "Keeping",
    "MappingGuess",
    "Reject",
    "SourceDraft",
    "Table",
    "TableReport",
    "compare_days",
    "definition_text",
    "draft_source",
    "guess_definition",
    "guess_mapping",
    "kind_of",
    "list_files",
    "load_sources",
    "open_database",
    "read_days",
    "read_ledger",
    "read_lists",
    "read_rows",
    "read_sample",
    "store_days",
    "unpacked_size",
]
