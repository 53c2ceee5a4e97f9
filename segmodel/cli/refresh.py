"""The command that keeps a workspace up to date, for people and for schedulers."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import typer

from segmodel.alerting import tell, tell_failure
from segmodel.alerts import DeliveryReport, Message
from segmodel.cli.alerts import UNDELIVERED, end_with, say_what_failed
from segmodel.cli.base import Folder, Json, cli, err, print_json, print_reconciliation, progress_bar, rows_by_table
from segmodel.errors import SegmodelError
from segmodel.refresh import RefreshReport
from segmodel.workspace import Workspace


@cli.command()
def refresh(folder: Folder, as_json: Json = False) -> None:
    """Read what is new and publish what a build would, computing only what changed; then tell who asked of alerts.

    Nothing new, nothing published. Exit 4 when an alert could not be noted or delivered: it is sent at the next run.
    """
    workspace = Workspace(folder)
    try:
        with progress_bar() as progress:
            report = workspace.refresh(progress)
    except SegmodelError as error:
        _tell_failure(workspace, str(error))
        raise
    except Exception as error:
        # A fault of the program must not go unheard either: a scheduler has nobody watching. Its text may hold rows of
        # customers, so only its kind is sent; it goes on to whoever reads the log.
        kind = type(error).__name__
        _tell_failure(workspace, f"The refresh stopped for a reason nobody foresaw ({kind}); its log says more.")
        raise
    news, delivery, obstacle = _tell(workspace)
    if as_json:
        document = refresh_document(report)
        document["alerts"] = [{"event": each.event, **json.loads(each.alert.to_json())} for each in news]
        print_json(document)
    else:
        print_reconciliation(report.tables)
        for sentence in (*report.sentences, *(f"{each.event.capitalize()}: {each.alert.title}" for each in news)):
            typer.echo(sentence)
    if obstacle:
        err.print(f"The build stands, but nobody could be told of it: {obstacle}", markup=False, soft_wrap=True)
        raise typer.Exit(UNDELIVERED)
    end_with(delivery)


def _tell(workspace: Workspace) -> tuple[tuple[Message, ...], DeliveryReport, str]:
    try:
        messages, delivery = tell(workspace, is_refreshed=True)
    except SegmodelError as error:
        return (), DeliveryReport({}, {}), str(error)
    return messages, delivery, ""


def _tell_failure(workspace: Workspace, message: str) -> None:
    """Tell people that a refresh failed; what stands in the way of that is said beside the failure itself."""
    try:
        report = tell_failure(workspace, message)
        if report is not None:
            say_what_failed(report)
    except SegmodelError as obstacle:
        err.print(f"Nobody could be told of the failure: {obstacle}", markup=False, soft_wrap=True)


def refresh_document(report: RefreshReport) -> dict[str, Any]:
    """Return the report as the document that `--json` prints."""
    return {
        "build": report.build_id,
        "as_of": str(report.as_of),
        "published": report.is_new,
        "why_whole_build": report.why_whole or None,
        "new": asdict(report.news),
        "snapshots_computed": [str(day) for day in report.computed],
        "snapshots_taken_over": [str(day) for day in report.taken_over],
        "tables": rows_by_table(report.tables),
        "notes": [note for table in report.tables for note in table.notes],
        "segmentations": {
            model.segmentation: {
                "version": model.version,
                "k": len(model.segments),
                "fitted_anew": report.fitted_anew.get(model.segmentation),
            }
            for model in report.models
        },
    }
