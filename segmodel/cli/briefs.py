"""The command that writes the brief of a segment."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import typer

from segmodel.cli.base import Folder, cli
from segmodel.council import Writings
from segmodel.errors import StoryError
from segmodel.personas import BRIEF_PARTS, brief_kind
from segmodel.reports import told_personas, write_file
from segmodel.reports.briefs import BRIEF_FILES, brief_facts, brief_file, brief_sheet, newest_brief, tell_brief
from segmodel.reports.printed import Imprint
from segmodel.store import account_name
from segmodel.workspace import Workspace


@cli.command(name="brief")
def write_brief(
    folder: Folder,
    segment: Annotated[str, typer.Argument(help="The segment, by name or id.")],
    kind: Annotated[str, typer.Option("--for", help=f"Which brief: {', '.join(BRIEF_PARTS)}.")] = "positioning",
    output: Annotated[
        Path | None, typer.Option("--output", help="The file to write: .docx, .pdf or .md; default: print it.")
    ] = None,
    segmentation: Annotated[
        str | None, typer.Option("--segmentation", help="Which one; default: the primary one.")
    ] = None,
) -> None:
    """Write the brief on a segment: as it was saved, or a draft from the facts, with what is doubtful about it."""
    wanted = brief_kind(kind)
    ending = "md" if output is None else output.suffix.casefold().lstrip(".")
    file = next((one for one in BRIEF_FILES if one == ending), None)
    if file is None:
        raise StoryError(f"Found '{output}' to write to; expected a name that ends in .docx, .pdf or .md.")
    workspace = Workspace(folder)
    with workspace.open() as published:
        name = segmentation or published.primary_segmentation()
        writings, chosen = Writings(workspace.folder), published.segment_id(name, segment)
        found = next(each for each in told_personas(published, name, writings) if each.persona.segment == chosen)
        kept = newest_brief(writings, found.persona, wanted)
        told = tell_brief(found, brief_facts(published, found.persona), wanted, kept)
        source = f"{published.info()['name']}, build {published.build_id}"
    imprint = Imprint(source, account_name(), datetime.datetime.now().astimezone().date())
    content = brief_file(brief_sheet(told, imprint), file)
    if output is None:
        typer.echo(content.decode())
        return
    write_file(output, content)
    typer.echo(f"Wrote {output}: {told.status}")
