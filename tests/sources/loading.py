"""What the tests of this folder share: a definition made of one source, and reading it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from segmodel.definition import Definition, parse_definition
from segmodel.engines import Engine
from segmodel.progress import quiet
from segmodel.sources import TableReport, load_sources

COLUMNS = {"customer_id": "customer", "ordered_at": "date", "amount": "amount"}


def definition(max_quarantined: float = 1.0, **sources: dict[str, Any]) -> Definition:
    """A definition with these sources; transactions is added when none needs it."""
    return parse_definition(
        {
            "name": "Test",
            "max_quarantined": max_quarantined,
            "sources": sources,
            "segmentation": [{"name": "value", "basis": "value", "method": "value_tiers"}],
        }
    )


@contextmanager
def loaded(
    folder: Path, max_quarantined: float = 1.0, **sources: dict[str, Any]
) -> Iterator[tuple[Engine, dict[str, TableReport]]]:
    """Read sources into an engine in memory."""
    with Engine.open(None) as engine:
        reports = load_sources(engine, definition(max_quarantined, **sources), folder, quiet)
        for report in reports:
            assert report.rows_read == report.rows_accepted + report.rows_quarantined
        yield engine, {report.table: report for report in reports}


def write(folder: Path, text: str, name: str = "orders.csv") -> dict[str, Any]:
    """Write a transactions file and return its source."""
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return {"path": name, "columns": dict(COLUMNS)}


def rows_of(folder: Path, text: str, **settings: Any) -> list[tuple[Any, ...]]:
    """Customer, date and amount of the accepted rows of a text."""
    source = write(folder, text) | settings
    with loaded(folder, transactions=source) as (engine, _):
        return engine.rows("SELECT customer_id, ordered_at, amount FROM transactions")


def quarantined(engine: Engine) -> list[tuple[int, str]]:
    """Row number and rule of what is in quarantine."""
    return engine.rows("SELECT row_number, rule FROM quarantine ORDER BY row_number, rule")


Write = Callable[[str], dict[str, Any]]
