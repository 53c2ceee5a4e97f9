"""From files and databases to checked tables: contracts, readers, checks and quarantine."""

from __future__ import annotations

from segmodel.sources.contracts import TABLES, Column, Table
from segmodel.sources.load import TableReport, load_sources

__all__ = ["TABLES", "Column", "Table", "TableReport", "load_sources"]
