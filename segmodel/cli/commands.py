"""The commands that make a workspace, build it, and give out what it holds."""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from segmodel.cli.base import (
    AsOf,
    Folder,
    Json,
    Name,
    Output,
    cli,
    print_json,
    print_reconciliation,
    print_table,
    progress_bar,
    rows_by_table,
)
from segmodel.definition import FILE_NAME
from segmodel.errors import StoreError
from segmodel.formats import number, quantity
from segmodel.metrics import METRICS
from segmodel.reports import Provenance, metrics_document, write_table
from segmodel.scoring import score_file
from segmodel.sources import guess_definition
from segmodel.store import account_name
from segmodel.workspace import BuildReport, Workspace


@cli.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The workspace to make.")],
    transactions: Annotated[
        Path | None, typer.Option("--transactions", help="A file with customer, date and amount.")
    ] = None,
) -> None:
    """Start a workspace: guess the mapping of a transactions file and write segmentation.toml."""
    target = folder / FILE_NAME
    if target.exists():
        raise StoreError(
            f"'{target}' is there already and is left as it is. Delete it first, or choose another folder."
        )
    if transactions is None:
        raise StoreError("Name the file to start from: segmodel init FOLDER --transactions FILE.")
    text = guess_definition(transactions, _title(folder), folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"'{target}' cannot be written: {error.strerror}.") from None
    typer.echo(f"Wrote {target}. Look it over, then: segmodel build {folder}")


@cli.command()
def check(folder: Folder, as_json: Json = False) -> None:
    """Read and check every source; build nothing."""
    with progress_bar() as progress:
        tables = Workspace(folder).check(progress)
    if as_json:
        print_json({"tables": rows_by_table(tables)})
    else:
        print_reconciliation(tables)


@cli.command()
def build(folder: Folder, as_of: AsOf = None, as_json: Json = False) -> None:
    """Read, check, segment, measure and publish."""
    with progress_bar() as progress:
        report = Workspace(folder).build(as_of.date() if as_of else None, progress)
    if as_json:
        print_json(_build_document(report))
        return
    print_reconciliation(report.tables)
    for model in report.models:
        reason = report.fitted_anew.get(model.segmentation)
        anew = f", fitted anew: {reason}" if reason else ""
        typer.echo(f"{model.segmentation}: version {model.version}, {len(model.segments)} segments{anew}")
        for segment in model.segments:
            typer.echo(f"  {segment.id}  {segment.name}")
    typer.echo(f"Published build {report.build_id}, as of {report.as_of}. See it with: segmodel app {folder}")


@cli.command()
def rollback(
    folder: Folder, build_id: Annotated[str | None, typer.Argument(help="The build; none: list them.")] = None
) -> None:
    """Publish an earlier build again, or list the builds there are."""
    workspace = Workspace(folder)
    if build_id is not None:
        workspace.rollback(build_id)
    for info in workspace.builds.infos():
        mark = "  published" if info.is_current else ""
        typer.echo(f"{info.build_id}  as of {info.as_of or 'unknown (damaged)'}{mark}")


@cli.command()
def app(
    folder: Folder,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to serve on.")] = 8501,
) -> None:
    """Serve the dashboard."""
    if not folder.is_dir():
        raise StoreError(f"There is no folder '{folder}'. Start one with: segmodel init {folder} --transactions FILE")
    entry = importlib.util.find_spec("app")
    if entry is None or entry.origin is None:
        raise StoreError("The dashboard is not installed: package app is missing. Install the project again.")
    script = Path(entry.origin).with_name("server.py")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise StoreError(f"Port {port} is taken. Choose another: segmodel app {folder} --port {port + 1}") from None
    typer.echo(f"Living Segments is at http://localhost:{port} (stop it with Ctrl+C)", err=True)
    os.environ["SEGMODEL_WORKSPACE"] = str(folder.resolve())
    # the theme in .streamlit/ is found from the project's folder
    os.chdir(script.parent.parent)
    options = ["--server.port", str(port), "--server.headless", "true", "--browser.gatherUsageStats", "false"]
    command = [sys.executable, "-m", "streamlit", "run", str(script), *options]
    os.execv(sys.executable, command)  # noqa: S606  (our own interpreter and script, no shell)


@cli.command()
def metrics(
    folder: Folder,
    segmentation: Annotated[str | None, typer.Option("--segmentation", help="Only this one.")] = None,
    as_json: Json = False,
) -> None:
    """Print every segment metric of the published build."""
    with Workspace(folder).open() as published:
        document = metrics_document(published, segmentation)
    if as_json:
        print_json(document)
        return
    for name, content in document["segmentations"].items():
        table = Table(title=f"{name} {content['version']}, as of {document['as_of']}", title_justify="left")
        for heading in ("segment", "customers", "of customers", "value", "of value", "index"):
            table.add_column(heading, justify="left" if heading == "segment" else "right")
        for segment in content["segments"]:
            cells = (quantity(segment[key], METRICS[key].unit, document["currency"]) for key in _SHOWN)
            table.add_row(segment["name"], *cells)
        print_table(table)


_SHOWN = ("customers", "customer_share", "value", "value_share", "value_index")


@cli.command()
def score(
    folder: Folder,
    name: Name,
    source: Annotated[Path, typer.Option("--input", "-i", help="Transactions, or one row of features a customer.")],
    output: Output,
    as_of: AsOf = None,
) -> None:
    """Give each customer of a file their segment, by the published scorecard."""
    scored = score_file(Workspace(folder), name, source, as_of.date() if as_of else None)
    write_table(scored.customers, output, for_machines=True)
    print_reconciliation(scored.tables, err=True)
    typer.echo(f"Scored {number(len(scored.customers))} customers into {output}", err=True)


@cli.command()
def export(
    folder: Folder,
    name: Name,
    segment: Annotated[str, typer.Argument(help="The segment's id or name.")],
    output: Output,
) -> None:
    """Write the customers of a segment to a file. Confidential."""
    with Workspace(folder).open() as published:
        customers = published.segment_customers(name, segment)
        info = published.info()
        data_start = published.data_start(info["as_of"])
        version = published.segmentations().set_index("name")["version"][name]
    provenance = Provenance(
        workspace=info["name"],
        content=f"Customers of {name}, {segment}",
        segmentation=name,
        version=version,
        as_of=info["as_of"],
        build_id=info["build_id"],
        person=account_name(),
        customers=len(customers),
        data_start=data_start,
    )
    write_table(customers, output, provenance)
    typer.echo(f"Wrote {number(len(customers))} customers to {output}. Confidential.", err=True)


def _title(folder: Path) -> str:
    """Return a workspace's name from its folder's: `my-brand` is My brand."""
    name = folder.resolve().name.replace("-", " ").replace("_", " ").strip()
    return name[:1].upper() + name[1:] if name else "Workspace"


def _build_document(report: BuildReport) -> dict[str, Any]:
    return {
        "build": report.build_id,
        "as_of": str(report.as_of),
        "tables": rows_by_table(report.tables),
        "segmentations": {
            model.segmentation: {"version": model.version, "k": len(model.segments)} for model in report.models
        },
    }
