"""The commands that make an audience, keep targets in step, and list what was given out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from rich.markup import escape
from rich.table import Table

from segmodel.activation import Audience, AudienceRequest, Funnel, People, SyncReport, export_audience
from segmodel.activation import sync as sync_target
from segmodel.activation.request import KEYS
from segmodel.cli.base import Folder, Json, Name, cli, err, print_json, print_table, progress_bar
from segmodel.council import ActivationEntry, ActivationLog
from segmodel.definition_activation import RowField
from segmodel.errors import ActivationError, did_you_mean
from segmodel.formats import moment, number, share
from segmodel.store import account_name
from segmodel.workspace import Workspace

_Fields = Annotated[
    list[str] | None,
    typer.Option("--field", help="What goes with the customer's id; may be given again. Default: segment."),
]


@cli.command()
def audience(
    folder: Folder,
    name: Name,
    segments: Annotated[list[str], typer.Argument(help="Ids or names of segments.")],
    condition: Annotated[
        list[str] | None,
        typer.Option("--condition", help="Such as value>=100, risk<50%, certainty>=0.8, recency<=90; all must hold."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; .csv, .csv.gz or .parquet. None: the funnel.")
    ] = None,
    holdout: Annotated[float | None, typer.Option(help="Share of customers kept out.")] = None,
    minimum: Annotated[int, typer.Option(min=0, help="Smallest audience the platform accepts.")] = 0,
    keys: Annotated[
        str, typer.Option(help="Match keys hashed by whose rules, google or meta; or given plain, or none.")
    ] = "google",
    field: _Fields = None,
    as_json: Json = False,
) -> None:
    """Print the funnel of an audience; with --output write it, with a manifest beside it. Confidential."""
    workspace = Workspace(folder)
    definition = workspace.definition
    request = AudienceRequest.of(
        definition.activation,
        name,
        segments,
        condition or (),
        minimum=minimum,
        fields=tuple(_one_of("--field", each, get_args(RowField)) for each in (field or ["segment"])),
        **({} if holdout is None else {"holdout": holdout}),
    ).with_keys(_one_of("--keys", keys, tuple(KEYS)))
    with workspace.open() as published:
        people = People.load(published, definition, folder, segmentation=name, platform=request.platform)
    with people, Audience(people, request) as made:
        manifest = None
        if output is not None:
            manifest = export_audience(made, output, ActivationLog(folder), account_name())
        if as_json:
            about = {"build": people.origin.build_id, "as_of": people.origin.as_of.isoformat()}
            told = {"request": request.document(), "funnel": made.funnel.document(), "rows": made.funnel.given}
            print_json({**about, **told, "manifest": None if manifest is None else manifest.content})
            return
        print_funnel(made.funnel)
    if manifest is not None:
        typer.echo(f"Wrote {number(manifest.rows)} customers to {output}. Confidential.", err=True)


@cli.command()
def sync(
    folder: Folder,
    target: Annotated[str | None, typer.Argument(help="The target; none: list the log.")] = None,
    log: Annotated[bool, typer.Option("--log", help="List what went where, newest first.")] = False,
    as_json: Json = False,
) -> None:
    """Bring a target up to date with its audiences; a sync that was broken off goes on where it was."""
    workspace = Workspace(folder)
    workspace.definition  # noqa: B018 - a folder that is no workspace says so
    if log or target is None:
        entries = ActivationLog(folder).entries()
        if as_json:
            print_json({"activations": [entry_document(entry) for entry in entries]})
        else:
            _print_log(entries)
        return
    with progress_bar() as progress:
        reports = sync_target(workspace, target, account_name(), progress)
    if as_json:
        print_json({"syncs": [report.document() for report in reports]})
        return
    for report in reports:
        typer.echo(sync_sentence(report))


def sync_sentence(report: SyncReport) -> str:
    """Return what a sync did, in a line."""
    counts = ", ".join(
        f"{number(getattr(report, name))} {name}" for name in ("added", "changed", "removed", "unchanged")
    )
    return f"{report.target}, {report.audience}: {counts}"


def entry_document(entry: ActivationEntry) -> dict[str, Any]:
    """Return a line of the log ready for JSON."""
    return {
        "id": entry.activation_id,
        "at": entry.at.isoformat(),
        "kind": entry.kind,
        "target": entry.target,
        "audience": entry.audience or None,
        "segmentation": entry.segmentation,
        "version": entry.model_version,
        "build": entry.build_id,
        "definition_hash": entry.definition_hash,
        "who": entry.who,
        "expires_on": entry.expires_on.isoformat(),
        "state": entry.state,
        "message": entry.message or None,
        "rows": entry.content["rows"],
        **{name: entry.content.get(name) for name in ("added", "changed", "removed", "unchanged")},
    }


def print_funnel(funnel: Funnel) -> None:
    """Print the steps, and under each why customers were lost."""
    table = Table()
    table.add_column("step")
    for heading in ("customers", "of the segment", "lost"):
        table.add_column(heading, justify="right")
    table.add_column("why")
    for step in funnel.steps:
        left = share(step.kept / funnel.in_segment) if funnel.in_segment else ""
        lost = step.entered - step.kept
        why = ", ".join(f"{reason}: {number(count)}" for reason, count in step.lost)
        table.add_row(step.label, number(step.kept), left, number(lost) if lost else "", escape(why))
    print_table(table)


def _print_log(entries: tuple[ActivationEntry, ...]) -> None:
    if not entries:
        typer.echo("Nothing was given out yet.")
        return
    table = Table()
    for heading in ("when", "who", "what", "to", "customers", "state", "expires"):
        table.add_column(heading, justify="right" if heading == "customers" else "left")
    for entry in entries:
        what = entry.audience or f"{entry.segmentation}, {', '.join(entry.content['segments'].values())}"
        cells = (moment(entry.at), entry.who, what, entry.target, number(entry.content["rows"]), entry.state)
        table.add_row(*map(escape, cells), entry.expires_on.isoformat())
    print_table(table)
    for entry in entries:
        if entry.message:
            err.print(f"{entry.target}, {moment(entry.at)}: {entry.message}", markup=False, soft_wrap=True)


def _one_of(option: str, given: str, allowed: tuple[str, ...]) -> Any:
    if given not in allowed:
        raise ActivationError(
            f"Found {option} '{given}', expected one of {', '.join(allowed)}.{did_you_mean(given, allowed)}"
        )
    return given
