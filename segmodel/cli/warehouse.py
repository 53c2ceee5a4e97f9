"""The command that writes a segmentation for somebody's warehouse."""

from __future__ import annotations

import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from segmodel import formats
from segmodel.cli.base import Folder, Name, cli
from segmodel.engines import DIALECTS
from segmodel.errors import ScorecardError, SourceError
from segmodel.features import TODAY
from segmodel.warehouse import scorecard_sql, warehouse_sql
from segmodel.workspace import Workspace


class From(StrEnum):
    """What the query starts from."""

    TRANSACTIONS = "transactions"
    FEATURES = "features"


@cli.command()
def sql(
    folder: Folder,
    name: Name,
    dialect: Annotated[str, typer.Option(help=f"Whose SQL: {formats.listed(DIALECTS)}.")] = "duckdb",
    start: Annotated[
        From, typer.Option("--from", help="From transactions to segments, or from a table customer_features.")
    ] = From.TRANSACTIONS,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="The day customers are described at, or today; default: the build's.")
    ] = None,
    view: Annotated[str | None, typer.Option("--view", help="Create or replace a view of this name.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; default: stdout.")] = None,
) -> None:
    """Print a segmentation as SQL: every customer's segment, probability and runner-up."""
    if start is From.FEATURES and (as_of or view):
        raise ScorecardError("--as-of and --view go with --from transactions: a table of features has its own dates.")
    with Workspace(folder).open() as published:
        if start is From.FEATURES:
            text = scorecard_sql(published, name, dialect)
        else:
            text = warehouse_sql(published, name, dialect, _day(as_of), view)
    if output is None:
        typer.echo(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SourceError(f"'{output}' cannot be written: {error.strerror}.") from None


def _day(text: str | None) -> datetime.date | str | None:
    if text is None or text == TODAY:
        return text
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise ScorecardError(f"A day is written 2026-06-30, or today; found '{text}'.") from None
