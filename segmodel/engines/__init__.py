"""Where SQL runs. Only this package imports a database engine."""

from __future__ import annotations

from segmodel.engines.dialect import DIALECTS, NUMBER, render
from segmodel.engines.duckdb import SCRATCH, Engine
from segmodel.engines.quoting import identifier, literal
from segmodel.engines.spark import SparkEngine
from segmodel.engines.sqlfile import SqlFile, read_catalogue

__all__ = [
    "DIALECTS",
    "NUMBER",
    "SCRATCH",
    "Engine",
    "SparkEngine",
    "SqlFile",
    "identifier",
    "literal",
    "read_catalogue",
    "render",
]
