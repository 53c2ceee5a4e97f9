"""The commands for data scientists: how many segments, and which version is in use."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.markup import escape
from rich.table import Table

from segmodel import __version__, formats
from segmodel.cli.base import Folder, Json, Name, ProgressAs, cli, print_json, print_table, progress_bar, progress_lines
from segmodel.clustering import Step
from segmodel.errors import ClusteringError, ScorecardError
from segmodel.store import account_name
from segmodel.studio import NumbersCompared, Run, read_run
from segmodel.workspace import Workspace

Why = Annotated[str, typer.Option("--why", help="The reason, kept in the log.")]
Basis = Annotated[str | None, typer.Option("--basis", help="Another basis than the definition's.")]
Method = Annotated[str | None, typer.Option("--method", help="Another method than the definition's.")]
Features = Annotated[
    list[str] | None,
    typer.Option("--features", help="Other features than the definition's: a,b,c, or a JSON list of names."),
]
Factors = Annotated[int | None, typer.Option("--factors", help="Find segments in so many factor scores; 0 for none.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Another seed than the definition's.")]
Version = Annotated[str | None, typer.Argument(help="Such as v002; default: the newest challenger.")]

_CHOOSING = (
    "k", "silhouette", "prediction_strength", "stability", "weakest_jaccard", "smallest_share", "value_explained",
    "tighter", "beyond_one_cloud", "stable", "clear",
)  # fmt: skip
"""What the printed table for choosing k shows; JSON has the rest."""

_INSIDE = (
    "name", "kept", "customers", "share", "value", "rest_value", "jaccard", "isolation", "cloud_isolation", "outcome",
    "difference", "p_value",
)  # fmt: skip
"""What the printed table of micro-segments shows; JSON has the rest."""

_SHARES = frozenset({"smallest_share", "value_explained", "tighter", "share"})


@cli.command()
def studio(  # noqa: PLR0913, PLR0917 - an option each
    folder: Folder,
    name: Name,
    ks: Annotated[str | None, typer.Option("--ks", help="Numbers of segments: 2-10, or 3,5,8; default 2-10.")] = None,
    basis: Basis = None,
    method: Method = None,
    features: Features = None,
    factors: Factors = None,
    seed: Seed = None,
    save: Annotated[bool, typer.Option("--save", help="Keep the run in folder studio, to be repeated.")] = False,
    run: Annotated[
        Path | None, typer.Option("--run", help="Repeat a run that was kept; exit 3 when it differs.")
    ] = None,
    as_json: Json = False,
    how: Annotated[ProgressAs, typer.Option("--progress", help="How to say on stderr how far it is.")] = ProgressAs.BAR,
) -> None:
    """Print the table for choosing the number of segments, with a recommendation; keep it with --save."""
    workspace = Workspace(folder)
    settings = _settings(basis, method, features, factors, seed)
    kept = None if run is None else _kept(run, name, is_alone=not settings and ks is None)
    asked, numbers = (settings, _numbers(ks or "2-10")) if kept is None else (kept.found.settings, kept.ks)
    with progress_lines() if how is ProgressAs.JSON else progress_bar() as progress:
        found = workspace.compare_numbers(name, numbers, progress, asked)
    if as_json:
        print_json(found.document())
    else:
        _print_numbers(folder, found)
    if save:
        typer.echo(f"Kept as {workspace.keep_run(found, account_name()).relative_to(workspace.folder)}", err=True)
    if kept is not None:
        _say_whether_alike(kept, found)


def _print_numbers(folder: Path, found: NumbersCompared) -> None:
    title = f"{found.segmentation}: {formats.counted(found.customers, 'customer')} compared"
    shown = found.table[[column for column in _CHOOSING if column in found.table]]
    _print_table(shown, title, marked=found.table["k"] == found.nearest)
    typer.echo(found.reason)
    typer.echo(f"Propose a version: segmodel propose {folder} {found.segmentation} --k {found.nearest} --why REASON")


def _kept(path: Path, name: str, *, is_alone: bool) -> Run:
    if not is_alone:
        raise ClusteringError("A run that is repeated has its settings in its file: leave the other options out.")
    kept = read_run(path)
    if kept.found.segmentation != name:
        raise ClusteringError(f"'{path.name}' is a run of {kept.found.segmentation}, not of {name}.")
    return kept


def _say_whether_alike(kept: Run, found: NumbersCompared) -> None:
    if kept.repeats(found):
        where = "the same build" if kept.found.build == found.build else f"another build, {found.build}"
        typer.echo(f"The same as when it was kept, on {where}.", err=True)
        return
    why = (
        "the same build"
        if kept.found.build == found.build
        else f"build {found.build}; it was kept of {kept.found.build}"
    )
    other = "" if kept.product == __version__ else f", computed by version {kept.product} then and {__version__} now"
    typer.echo(f"Not the same as when it was kept: {why}{other}.", err=True)
    raise typer.Exit(3)


def _settings(
    basis: str | None, method: str | None, features: list[str] | None, factors: int | None, seed: int | None
) -> dict[str, Any]:
    """Return what was asked for instead of the definition's settings."""
    names = [name for text in features or () for name in _listed(text)]
    asked = {"basis": basis, "method": method, "features": names or None, "seed": seed}
    settings = {name: value for name, value in asked.items() if value is not None}
    return settings if factors is None else {**settings, "factors": factors or None}


@cli.command()
def micro(
    folder: Folder,
    name: Name,
    segment: Annotated[str, typer.Argument(help="The segment's id or name.")],
    features: Annotated[
        str | None, typer.Option("--features", help="What groups may be found by: a,b; default: the definition's.")
    ] = None,
    as_json: Json = False,
    how: Annotated[ProgressAs, typer.Option("--progress", help="How to say on stderr how far it is.")] = ProgressAs.BAR,
) -> None:
    """Say whether groups inside a segment are worth treating differently; keep nothing."""
    wanted = None if features is None else [one for one in features.replace(" ", "").split(",") if one]
    with progress_lines() if how is ProgressAs.JSON else progress_bar() as progress:
        found = Workspace(folder).micro(name, segment, wanted, progress)
    if as_json:
        print_json(found.document())
        return
    typer.echo(f"{found.finding} {found.because}")
    if not found.groups.empty:
        told = found.groups.assign(p_value=found.groups["p_value"].map(lambda p_value: formats.number(p_value, 4)))
        _print_table(
            told[list(_INSIDE)], f"{found.name}: groups judged, customers to the nearest {found.minimum_group}"
        )


@cli.command()
def propose(
    folder: Folder,
    name: Name,
    k: Annotated[
        str | None, typer.Option("--k", help="Number of segments, or auto; default: the definition's.")
    ] = None,
    why: Why = "",
    basis: Basis = None,
    method: Method = None,
    features: Features = None,
    factors: Factors = None,
    seed: Seed = None,
) -> None:
    """Fit a challenger on the published build and keep it as the next version, not in use."""
    workspace = Workspace(folder)
    settings = _settings(basis, method, features, factors, seed)
    with progress_bar() as progress:
        model = workspace.propose(name, _number(k), account_name(), why, progress, settings)
    identity = model.diagnostics.get("identity", {})
    typer.echo(f"{name}: proposed version {model.version}, {len(model.segments)} segments, not in use")
    for segment in model.segments:
        typer.echo(f"  {segment.id}  {segment.name}{'  (new)' if segment.id in identity.get('new', ()) else ''}")
    if identity.get("retired"):
        typer.echo(f"  retired: {', '.join(identity['retired'])}")
    typer.echo(f"Compare it with the version in use: segmodel compare {folder} {name} {model.version}")


@cli.command()
def compare(folder: Folder, name: Name, version: Version = None, as_json: Json = False) -> None:
    """Compare a version with the one in use: agreement, who moves, stability, what each tells of value."""
    workspace = Workspace(folder)
    with progress_bar() as progress:
        comparison = workspace.compare(name, version, progress)
    if as_json:
        print_json(comparison.document())
        return
    typer.echo(comparison.finding)
    _print_table(comparison.versions, "Versions")
    _print_table(comparison.segments, "Segments")
    across = f"{comparison.champion} down, {comparison.challenger} across"
    matrix = comparison.matrix().rename_axis(index="", columns="").reset_index()
    _print_table(matrix, f"Customers to the nearest {comparison.minimum_group}: {across}")
    typer.echo(f"Take it into use: segmodel promote {folder} {name} {comparison.challenger} --why REASON")


@cli.command()
def promote(
    folder: Folder,
    name: Name,
    version: Version = None,
    why: Why = "",
    back: Annotated[bool, typer.Option("--back", help="Go back to the version in use before.")] = False,
    build: Annotated[bool, typer.Option("--build", help="Build at once, so that pages show it.")] = False,
) -> None:
    """Take a version into use, or go back to the one before; with neither a version nor a reason, list the steps."""
    workspace = Workspace(folder)
    if back and version is not None:
        raise ScorecardError("Name a version, or say --back for the one before: not both.")
    if not (back or build or version or why):
        for step in workspace.steps(name):
            typer.echo(_told(step))
        return
    if back:
        step = workspace.go_back(name, account_name(), why)
    else:
        step = workspace.promote(name, version, account_name(), why)
    typer.echo(f"{name}: {_told(step)}")
    if not build:
        typer.echo(f"The next build scores with it: segmodel build {folder}")
        return
    with progress_bar() as progress:
        report = workspace.build(progress=progress)
    typer.echo(f"Published build {report.build_id}, as of {report.as_of}.")


def _told(step: Step) -> str:
    why = f": {step.why}" if step.why else ""
    return f"{step.version} {step.action} by {step.who} on {formats.moment(step.at.replace(tzinfo=None))}{why}"


def _listed(text: str) -> list[str]:
    """Read `a,b,c`, or a JSON list where names have commas."""
    if text.lstrip().startswith("["):
        try:
            return [str(name) for name in json.loads(text)]
        except (TypeError, ValueError):
            raise ClusteringError(f"Features are written a,b,c or as a JSON list of names; found '{text}'.") from None
    return [part.strip() for part in text.split(",") if part.strip()]


def _numbers(text: str) -> list[int]:
    """Read `2-10` or `3,5,8`."""
    plain = text.replace(" ", "")
    if found := re.fullmatch(r"(\d{1,3})-(\d{1,3})", plain):
        return list(range(int(found[1]), int(found[2]) + 1))
    if re.fullmatch(r"\d{1,3}(,\d{1,3})*", plain):
        return [int(part) for part in plain.split(",")]
    raise ClusteringError(f"Numbers of segments are written 2-10, or 3,5,8; found '{text}'.")


def _number(text: str | None) -> Any:
    if text is None or text == "auto":
        return text
    if not re.fullmatch(r"\d{1,3}", text):
        raise ClusteringError(f"The number of segments is a whole number or auto, found '{text}'.")
    return int(text)


def _print_table(frame: pd.DataFrame, title: str, marked: pd.Series | None = None) -> None:
    """Print a frame as a table; the marked row has an arrow."""
    table = Table(title=title, title_justify="left")
    if marked is not None:
        table.add_column("")
    for column in frame.columns:
        is_text = frame[column].map(lambda value: isinstance(value, str)).any()
        # folded, never cut off: whoever reads it may be a file
        table.add_column(str(column).replace("_", " "), justify="left" if is_text else "right", overflow="fold")
    for place, row in enumerate(frame.astype(object).to_dict("records")):
        arrow = [] if marked is None else ["→" if marked.iloc[place] else ""]
        table.add_row(*arrow, *(_cell(str(column), value) for column, value in row.items()))
    print_table(table)


def _cell(column: str, value: object) -> str:
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, bool):
        return "yes" if value else ""
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return ""
    if column in _SHARES and isinstance(value, float):
        return formats.share(value)
    if isinstance(value, float):
        return formats.number(value, 2)
    return formats.number(value) if isinstance(value, int) else str(value)
