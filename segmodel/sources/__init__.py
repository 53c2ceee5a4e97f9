"""From files and databases to checked tables: contracts, readers, checks and quarantine."""

from __future__ import annotations

from segmodel.sources.contracts import TABLES, Column, Table
from segmodel.sources.guess import Candidate, MappingGuess, guess_mapping
from segmodel.sources.initial import guess_definition, read_sample
from segmodel.sources.load import TableReport, load_sources

__all__ = [
    "TABLES",
    "Candidate",
    "Column",
    "MappingGuess",
    "Table",
    "TableReport",
    "guess_definition",
    "guess_mapping",
    "load_sources",
    "read_sample",
]
