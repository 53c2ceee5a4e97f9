"""The command that tells who the segments are."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.markup import escape
from rich.table import Table

from segmodel.cli.base import Folder, Json, cli, print_json, print_table
from segmodel.council import Council, Writings
from segmodel.drift import VERDICT_WORDS
from segmodel.errors import StoryError
from segmodel.formats import listed, money, number, share, share_range
from segmodel.personas import Persona
from segmodel.reports import persona_size, personas, personas_document, told_personas, write_file
from segmodel.reports.pack import council_pack, pack_pdf, pack_pptx
from segmodel.reports.printed import PRINTS, Imprint, Print, print_personas
from segmodel.store import account_name
from segmodel.workspace import Workspace

_PACKS = ("pptx", "pdf")


@cli.command(name="personas")
def tell_personas(
    folder: Folder,
    segmentation: Annotated[str | None, typer.Option("--segmentation", help="Only this one; default: all.")] = None,
    as_json: Json = False,
) -> None:
    """Print who each segment is: its size, its value and what sets it apart."""
    with Workspace(folder).open() as published:
        if as_json:
            print_json(personas_document(published, segmentation))
            return
        names = list(published.segmentations()["name"]) if segmentation is None else [segmentation]
        told = {name: personas(published, name) for name in names}
        left_out = published.left_out()
    for name, found in told.items():
        table = Table(title=f"{escape(name)} {found[0].version}, as of {found[0].as_of}", title_justify="left")
        for heading in ("segment", "size and value", "what sets it apart"):
            table.add_column(heading)
        for each in found:
            table.add_row(escape(each.title), _size(each), escape(_traits(each)))
            table.add_section()
        print_table(table)
    if left_out:
        typer.echo(f"Protected, so not looked at: {listed(left_out)}. What may be is set by [personas] allow.")


@cli.command(name="print")
def print_paper(
    folder: Folder,
    kind: Annotated[str, typer.Argument(help=f"What to print: {', '.join(PRINTS)}.")],
    output: Annotated[Path, typer.Option("--output", help="The file to write: .pdf, or .png for a single page.")],
    segmentation: Annotated[
        str | None, typer.Option("--segmentation", help="Which one; default: the primary one.")
    ] = None,
    segment: Annotated[str | None, typer.Option("--segment", help="Only this segment; default: all.")] = None,
) -> None:
    """Print posters, one-pagers or cards of the segments, with what people wrote of them."""
    suffix = output.suffix.casefold().lstrip(".")
    if suffix not in ("pdf", "png"):
        raise StoryError(f"Found '{output.name}' to write to; expected a name that ends in .pdf or .png.")
    workspace = Workspace(folder)
    with workspace.open() as published:
        name = segmentation or published.primary_segmentation()
        told = [each.persona for each in told_personas(published, name, Writings(workspace.folder))]
        if segment is not None:
            wanted = published.segment_id(name, segment)
            told = [each for each in told if each.segment == wanted]
        source = f"{published.info()['name']}, build {published.build_id}"
    imprint = Imprint(source, account_name(), datetime.datetime.now().astimezone().date())
    pages = print_personas(told, imprint, cast("Print", kind), "pdf" if suffix == "pdf" else "png")
    if len(pages) > 1:
        raise StoryError(f"A .png holds one page and this has {len(pages)}. Choose a segment with --segment, or .pdf.")
    write_file(output, pages[0])
    typer.echo(f"Wrote {output}")


@cli.command(name="report")
def write_report(
    folder: Folder,
    output: Annotated[Path, typer.Option("--output", help="The file to write.")],
    kind: Annotated[
        str | None, typer.Option("--format", help="pptx, to edit, or pdf; default: what the name of the file says.")
    ] = None,
    segmentation: Annotated[
        str | None, typer.Option("--segmentation", help="Which one; default: the primary one.")
    ] = None,
) -> None:
    """Write the council pack: what changed, sizes and values, drift, priorities, personas and decisions due."""
    ending = output.suffix.casefold().lstrip(".")
    if kind is not None and kind not in _PACKS:
        raise StoryError(f"Found format '{kind}'; expected pptx or pdf.")
    if kind is not None and ending in _PACKS and ending != kind:
        raise StoryError(f"Found format '{kind}' and a file that ends in .{ending}; expected the same of both.")
    kind = kind or (ending if ending in _PACKS else "pptx")
    workspace = Workspace(folder)
    with workspace.open() as published:
        council, writings = Council(workspace.folder), Writings(workspace.folder)
        pack = council_pack(published, council, writings, account_name(), segmentation)
    write_file(output, pack_pptx(pack) if kind == "pptx" else pack_pdf(pack))
    typer.echo(f"Wrote {output}: {len(pack.slides) + 1} slides")


def _size(told: Persona) -> str:
    if told.customers is None:
        return persona_size(told)
    lines = [persona_size(told)]
    low, high = told.customer_share_low, told.customer_share_high
    lines.append(f"{share(told.customer_share)} of customers ({share_range(low, high)})")
    if told.value_share is not None:
        lines.append(f"{share(told.value_share)} of value, index {number(told.value_index)}")
        lines.append(f"{money(told.value_a_customer, told.currency)} a customer")
    if told.verdict:
        lines.append(VERDICT_WORDS[told.verdict].lower())  # type: ignore[index]
    return "\n".join(lines)


def _traits(told: Persona) -> str:
    lines = [f"{trait.sentence}, n = {number(trait.n)}" for trait in told.top_traits]
    return "\n".join(lines) or told.traits_note
