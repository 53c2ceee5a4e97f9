"""The command that lays segmentations side by side."""

from __future__ import annotations

import typer
from rich.markup import escape
from rich.table import Table

from segmodel.cli.base import Folder, Json, cli, print_json, print_table
from segmodel.crosswalk import Crosswalk
from segmodel.metrics import crosswalk_findings as words
from segmodel.reports import crosswalk_document, pairs_table, segmentations_table
from segmodel.workspace import Workspace


@cli.command()
def crosswalk(folder: Folder, as_json: Json = False) -> None:
    """Print what each segmentation tells of the others, where they contradict, and which leads for what."""
    with Workspace(folder).open() as published:
        if as_json:
            print_json(crosswalk_document(published))
            return
        found = Crosswalk.of(published)
    typer.echo(f"{words.title_finding(found)}.")
    for frame, title in ((segmentations_table(found), "Segmentations"), (pairs_table(found), "Pairs")):
        table = Table(title=title, title_justify="left")
        for heading in frame:
            table.add_column(str(heading))
        for row in frame.itertuples(index=False):
            table.add_row(*(escape(str(value)) for value in row))
        print_table(table)
    for pair in found.pairs():
        if pair.is_told:
            typer.echo(f"{words.contradictions_finding(pair)}.")
    typer.echo("Which leads:")
    for lead in words.architecture(found):
        typer.echo(f"- {lead.decision}: {lead.label or 'none'}. {lead.reason}")
