"""The command that says who moved between segments, and what is to be expected."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from segmodel import formats
from segmodel.cli.base import Folder, Json, cli, print_json, print_table
from segmodel.drift import LOST, NEW, OUTSIDE
from segmodel.metrics.migration_findings import check_sentence, rules_finding
from segmodel.reports import migration_document
from segmodel.workspace import Workspace

_DAY = ["%Y-%m-%d"]


@cli.command()
def migration(
    folder: Folder,
    segmentation: Annotated[
        str | None, typer.Option("--segmentation", help="Which one; default: the primary one.")
    ] = None,
    before: Annotated[
        datetime.datetime | None,
        typer.Option("--from", formats=_DAY, help="The earlier snapshot; default: a year before."),
    ] = None,
    after: Annotated[
        datetime.datetime | None, typer.Option("--to", formats=_DAY, help="The later snapshot; default: the latest.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print who moved between segments from one date to another, what new rules did, and what to expect."""
    with Workspace(folder).open() as published:
        document = migration_document(
            published, segmentation, before.date() if before else None, after.date() if after else None
        )
    if as_json:
        print_json(document)
        return
    typer.echo(f"{document['finding']}.")
    if not document["is_comparable"]:
        typer.echo("The data do not fill the windows of both dates: some of this is the data, not customers.")
    _print_flows(document)
    _print_segments(document)
    for sentence in (
        rules_finding(document["rules"] or {}, document["currency"]),
        check_sentence(document["forecast"]["check"] or {}),
    ):
        if sentence:
            typer.echo(sentence)


def _print_flows(document: dict[str, Any]) -> None:
    """Print the matrix: rows are segments before, columns segments after."""
    names = {row["id"]: row["name"] for row in document["segments"]} | OUTSIDE
    cells = {(row["segment_before"], row["segment_after"]): row for row in document["flows"]}
    title = f"{document['segmentation']} {document['version']}: customers from {document['from']} to {document['to']}"
    table = Table(title=escape(title), title_justify="left")
    table.add_column("from")
    starts, stops = ([one for one in names if one != outside] for outside in (LOST, NEW))
    for stop in stops:
        table.add_column(escape(names[stop]), justify="right")
    for start in starts:
        table.add_row(escape(names[start]), *(_cell(cells.get((start, stop))) for stop in stops))
    print_table(table)


def _cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return "0"
    return "hidden" if row["suppressed"] else formats.number(row["customers"])


def _print_segments(document: dict[str, Any]) -> None:
    table = Table(title="What became of each segment", title_justify="left")
    for heading in ("segment", "before", "after", "stayed", "95% interval", "net value", "went quiet"):
        table.add_column(heading, justify="left" if heading == "segment" else "right")
    for row in document["segments"]:
        table.add_row(
            escape(row["name"]),
            formats.shown(row["customers_before"], formats.number),
            formats.shown(row["customers_after"], formats.number),
            formats.share(row["retained_share"])
            if row["customers_before"] == 0
            else formats.shown(row["retained_share"], formats.share),
            formats.share_range(row["retained_share_low"], row["retained_share_high"]),
            formats.shown(row["net_value"], lambda value: formats.money(value, document["currency"])),
            formats.shown(row["went_quiet"], formats.number),
        )
    print_table(table)
