"""The command that keeps a workspace up to date, for people and for schedulers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import typer

from segmodel.cli.base import Folder, Json, cli, print_json, print_reconciliation, progress_bar, rows_by_table
from segmodel.refresh import RefreshReport
from segmodel.workspace import Workspace


@cli.command()
def refresh(folder: Folder, as_json: Json = False) -> None:
    """Read what is new and publish what a build would, computing only what changed; nothing new, nothing published."""
    with progress_bar() as progress:
        report = Workspace(folder).refresh(progress)
    if as_json:
        print_json(refresh_document(report))
        return
    print_reconciliation(report.tables)
    for sentence in report.sentences:
        typer.echo(sentence)


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
