"""What all commands share: the program, its arguments, and where it prints."""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from segmodel import progress as progress_module
from segmodel.definition import FILE_NAME
from segmodel.formats import number
from segmodel.sources import TableReport

cli = typer.Typer(
    name="segmodel",
    help="Customer segmentation that runs like infrastructure.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
err = Console(stderr=True, highlight=False)

Folder = Annotated[Path, typer.Argument(help=f"The workspace: the folder that holds {FILE_NAME}.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
AsOf = Annotated[
    datetime.datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="The latest snapshot; default: day of the last purchase."),
]
Output = Annotated[Path, typer.Option("--output", "-o", help="File to write; .csv, .csv.gz or .parquet.")]
Name = Annotated[str, typer.Argument(help="The segmentation.")]


PAGE = 160
"""Characters a table may take where no terminal says how many there are."""


class ProgressAs(StrEnum):
    """How a long step says how far it is."""

    BAR = "bar"
    JSON = "json"


@contextmanager
def progress_bar() -> Iterator[progress_module.Progress]:
    """Show how far a long step is, where a person is watching."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("Starting", total=1.0)
        yield lambda sentence, done: bar.update(task, description=sentence, completed=done)


@contextmanager
def progress_lines() -> Iterator[progress_module.Progress]:
    """Write how far a long step is for a program that watches: one JSON object a line, one for each new percent.

    When nobody reads the lines any more, the next one raises BrokenPipeError, and the step ends with its reader.
    """
    last = -1

    def write(sentence: str, done: float) -> None:
        nonlocal last
        if (percent := int(100 * done)) > last:
            last = percent
            line = json.dumps({"sentence": sentence, "done": round(done, 4)}, ensure_ascii=False)
            typer.echo(line, err=True)

    yield write


def print_table(table: Table) -> None:
    """Print a table on stdout, as wide as the terminal."""
    (Console() if sys.stdout.isatty() else Console(width=PAGE)).print(table)


def print_json(document: dict[str, Any]) -> None:
    """Print one JSON document on stdout."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def rows_by_table(tables: tuple[TableReport, ...]) -> dict[str, dict[str, int]]:
    """Return the counts of every table, for `--json`."""
    return {
        report.table: {
            "rows_read": report.rows_read,
            "rows_accepted": report.rows_accepted,
            "rows_quarantined": report.rows_quarantined,
        }
        for report in tables
    }


def print_reconciliation(tables: tuple[TableReport, ...], *, err: bool = False) -> None:
    """Print what became of the rows of every table, and of files that hold the same."""
    for report in tables:
        typer.echo(
            f"{report.table}: {number(report.rows_read)} rows read = {number(report.rows_accepted)} accepted "
            f"+ {number(report.rows_quarantined)} quarantined ({number(report.duplicate_rows)} exact duplicates)",
            err=err,
        )
        for note in report.notes:
            typer.echo(f"  {note}", err=err)
