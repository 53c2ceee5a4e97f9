"""The command that says whether segments are still what was found."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from segmodel.cli.base import Folder, Json, cli, print_json, print_table
from segmodel.drift import VERDICT_WORDS
from segmodel.reports import drift_document, unfit
from segmodel.workspace import Workspace

UNFIT = 3
"""Exit code where something is no longer fit."""


@cli.command()
def drift(
    folder: Folder,
    segmentation: Annotated[str | None, typer.Option("--segmentation", help="Only this one; default: all.")] = None,
    as_json: Json = False,
) -> None:
    """Print whether each segment is still what was found, and why; exit 3 when one no longer is."""
    with Workspace(folder).open() as published:
        document = drift_document(published, segmentation)
    if as_json:
        print_json(document)
    else:
        for name, content in document["segmentations"].items():
            _print_segmentation(name, content)
    if unfit(document):
        raise typer.Exit(UNFIT)


def _print_segmentation(name: str, content: dict[str, Any]) -> None:
    if content["verdict"] == "untested":
        typer.echo(f"{name}: not tested yet. {content['sentence']}")
        return
    table = Table(title=f"{escape(name)}: {VERDICT_WORDS[content['verdict']].lower()}", title_justify="left")
    for heading in ("segment", "verdict", "since", "why"):
        table.add_column(heading)
    for segment in content["segments"]:
        why = "\n".join(reason["text"] for reason in segment["reasons"]) or segment["note"]
        table.add_row(
            escape(segment["name"]), VERDICT_WORDS[segment["verdict"]].lower(), segment["since"] or "", escape(why)
        )
    print_table(table)
    typer.echo(content["sentence"])
