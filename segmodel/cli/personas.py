"""The command that tells who the segments are."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from segmodel.cli.base import Folder, Json, cli, print_json, print_table
from segmodel.drift import VERDICT_WORDS
from segmodel.formats import listed, money, number, share, share_range
from segmodel.personas import Persona
from segmodel.reports import persona_size, personas, personas_document
from segmodel.workspace import Workspace


@cli.command(name="personas")
def print_personas(
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
