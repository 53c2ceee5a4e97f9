"""The command that says what stands, and tells people."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from segmodel.alerting import send_test, tell
from segmodel.alerts import DeliveryReport, LineSink, Outbox
from segmodel.cli.base import Folder, Json, cli, err, print_json, print_table
from segmodel.errors import AlertError
from segmodel.formats import moment
from segmodel.workspace import Workspace

UNDELIVERED = 4
"""Exit code where a receiver did not take an alert, which is sent again, or a rule could not be followed."""


@cli.command()
def alerts(
    folder: Folder,
    send: Annotated[bool, typer.Option("--send", help="Note what the build gives and send what is due.")] = False,
    stdout: Annotated[
        bool, typer.Option("--stdout", help="With --send or --test: also write each message as a line.")
    ] = False,
    test: Annotated[bool, typer.Option("--test", help="Send one test message to every receiver.")] = False,
    as_json: Json = False,
) -> None:
    """Print the alerts that stand; exit 4 when one could not be delivered, or a rule could not be followed."""
    workspace = Workspace(folder)
    workspace.definition  # noqa: B018 - a folder that is no workspace says so
    if stdout and not (send or test):
        raise AlertError("--stdout writes the messages that are sent, so it goes with --send or --test.")
    if stdout and as_json:
        raise AlertError("--stdout writes a line for each message and --json one document: choose one of them.")
    report = None
    extra = (LineSink(typer.echo),) if stdout else ()
    if test:
        report = send_test(workspace, extra)
    elif send:
        _, report = tell(workspace, extra)
    if as_json:
        print_json(alerts_document(workspace, report))
    elif not stdout:
        _print(workspace, report)
    if report is not None:
        end_with(report)


def say_what_failed(report: DeliveryReport) -> None:
    """Say which receivers did not take their messages, and which rules could not be followed."""
    for name, why in report.failed.items():
        text = f"Alerts for '{name}' were not delivered: {why}. They are sent again at the next run."
        err.print(text, markup=False, soft_wrap=True)
    for fault in report.faults:
        err.print(f"A rule could not be followed; the others were. {fault}", markup=False, soft_wrap=True)


def end_with(report: DeliveryReport) -> None:
    """Say what stood in the way of telling people, and exit accordingly."""
    say_what_failed(report)
    if not report.is_complete:
        raise typer.Exit(UNDELIVERED)


def alerts_document(workspace: Workspace, report: DeliveryReport | None) -> dict[str, Any]:
    """Return what stands, what waits and what was delivered, ready for JSON."""
    outbox = Outbox(workspace.folder)
    return {
        "build": workspace.current(),
        "alerts": [
            {
                "key": each.alert.key,
                "severity": each.alert.severity,
                "title": each.alert.title,
                "evidence": each.alert.evidence,
                "link": each.alert.link,
                "segmentation": each.alert.segmentation or None,
                "segment": each.alert.segment or None,
                "build": each.alert.build_id or None,
                "as_of": None if each.alert.as_of is None else str(each.alert.as_of),
                "first_seen_at": each.first_seen_at.isoformat(),
                "last_seen_at": each.last_seen_at.isoformat(),
            }
            for each in outbox.standing()
        ],
        "waiting": {sink: {"messages": count, "error": why} for sink, (count, why) in outbox.waiting().items()},
        "delivered": None if report is None else report.delivered,
        "faults": [] if report is None else list(report.faults),
    }


def _print(workspace: Workspace, report: DeliveryReport | None) -> None:
    standing = Outbox(workspace.folder).standing()
    if not standing:
        typer.echo("No alert stands." if report else "No alert stands. Note those of the published build with --send.")
    else:
        table = Table()
        for heading in ("severity", "what", "since", "evidence"):
            table.add_column(heading)
        for each in standing:
            since = moment(each.first_seen_at)
            table.add_row(each.alert.severity, escape(each.alert.title), since, escape(each.alert.evidence))
        print_table(table)
    for name, count in (report.delivered if report else {}).items():
        typer.echo(f"{name}: {count} delivered")
