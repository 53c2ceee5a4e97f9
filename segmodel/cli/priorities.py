"""The command for whoever decides: which segments to win, and whether the choice holds."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from segmodel import formats
from segmodel.cli.base import Folder, Json, cli, print_json
from segmodel.council import Council
from segmodel.reports import priorities_document
from segmodel.workspace import Workspace


@cli.command()
def priorities(
    folder: Folder,
    segmentation: Annotated[
        str | None, typer.Option("--segmentation", help="Which one; default: the primary one.")
    ] = None,
    number: Annotated[
        int | None, typer.Option("--version", help="Which saved scoring; default: the newest.", min=1)
    ] = None,
    as_json: Json = False,
) -> None:
    """Print whom to win by the newest saved scoring, how far the choice holds, and why the others wait."""
    with Workspace(folder).open() as published:
        document = priorities_document(published, Council(folder), segmentation, number)
    if as_json:
        print_json(document)
        return
    typer.echo(document["finding"])
    typer.echo(_told(document))
    _print_segments(document)
    for segment in document["segments"]:
        reason = f"knocked out: {segment['knocked_out']}" if segment["knocked_out"] else segment["not_now"]
        if reason:
            typer.echo(f"{segment['name']}: {reason}")
    for sentence in document["warnings"]:
        typer.echo(f"- {sentence}")


def _told(document: dict[str, Any]) -> str:
    scoring = document["scoring"]
    if scoring is None:
        return str(document["note"])
    day = scoring["saved_at"].partition("T")[0]
    text = f"Version {scoring['number']}, “{scoring['name']}”, saved by {scoring['who']} on {day}."
    return f"{text} {document['note']}".strip()


def _print_segments(document: dict[str, Any]) -> None:
    title = f"{document['segmentation']} {document['version']}, as of {document['as_of']}"
    table = Table(title=title, title_justify="left")
    for heading in ("segment", "attractive", "able", "score", "rank", "stays", "decision"):
        table.add_column(heading, justify="left" if heading in {"segment", "decision"} else "right")
    for segment in sorted(document["segments"], key=lambda one: (one["rank"] is None, one["rank"])):
        figures = (formats.number(segment[name], 1) for name in ("attractiveness", "ability", "score"))
        stays = formats.share(segment["stays"]) if segment["is_chosen"] else ""
        table.add_row(escape(segment["name"]), *figures, _rank(segment), stays, _decision(segment))
    Console().print(table)


def _rank(segment: dict[str, Any]) -> str:
    rank, low, high = segment["rank"], segment["rank_low"], segment["rank_high"]
    if rank is None:
        return formats.UNKNOWN
    return f"{rank}" if low == high else f"{rank} ({low} to {high})"


def _decision(segment: dict[str, Any]) -> str:
    if segment["knocked_out"]:
        return "out"
    return "win" if segment["is_chosen"] else "not now"
