"""The commands of the typing tool: find the questions, publish them, and tell segments from answers."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.markup import escape
from rich.table import Table

from segmodel import formats
from segmodel.cli.base import (
    Folder,
    Json,
    Name,
    Output,
    ProgressAs,
    cli,
    print_json,
    print_table,
    progress_bar,
    progress_lines,
)
from segmodel.errors import SourceError
from segmodel.reports import accuracy_table, neutral, platform_document, segment_quotas, write_table
from segmodel.store import account_name
from segmodel.typing_tool import (
    Battery,
    BatteryFiles,
    Found,
    Settings,
    Source,
    find_batteries,
    findings,
    questionnaire,
    score_answers,
)
from segmodel.workspace import Workspace

From = Annotated[str, typer.Option("--from", help="survey: the battery of its items; cues: what staff can see or ask.")]
Version = Annotated[str | None, typer.Option("--version", help="Which published battery; default: the newest.")]


class Form(StrEnum):
    """What a battery is given out as."""

    QUESTIONNAIRE = "questionnaire"
    KEY = "key"
    PLATFORM = "platform"
    SQL = "sql"


@cli.command()
def typing(  # noqa: PLR0913, PLR0917 - an option each
    folder: Folder,
    name: Name,
    questions: Annotated[
        int | None, typer.Option("--questions", "-q", min=1, help="How many; default: the fewest that do nearly best.")
    ] = None,
    source: Annotated[
        str, typer.Option("--from", help="survey: its items; cues: what staff can see or ask.")
    ] = "survey",
    method: Annotated[str, typer.Option("--method", help="lda, naive_bayes or logistic.")] = "lda",
    kind: Annotated[list[str] | None, typer.Option("--kind", help="Only items of this kind; may be repeated.")] = None,
    without: Annotated[list[str] | None, typer.Option("--without", help="Never ask this; may be repeated.")] = None,
    repeats: Annotated[int, typer.Option("--repeats", help="Of cross-validation in five folds.")] = 5,
    unsure_below: Annotated[float, typer.Option("--unsure-below", help="Less probable answers are unsure.")] = 0.6,
    publish: Annotated[bool, typer.Option("--publish", help="Keep the battery, to be asked from now on.")] = False,
    as_json: Json = False,
    how: Annotated[ProgressAs, typer.Option("--progress", help="How to say on stderr how far it is.")] = ProgressAs.BAR,
) -> None:
    """Find the fewest questions that tell the segment, and say how well they do on people they have not seen."""
    settings = Settings(
        method=method,  # type: ignore[arg-type]  # checked there, with a sentence
        source=source,  # type: ignore[arg-type]
        kinds=tuple(kind or ()),
        without=tuple(without or ()),
        repeats=repeats,
        unsure_below=unsure_below,
    )
    workspace = Workspace(folder)
    with progress_lines() if how is ProgressAs.JSON else progress_bar() as progress, workspace.open() as published:
        published.segments(name)
        source_of = Source(published, workspace.definition, workspace.folder, name)
        sizes = range(3, 13) if questions is None else {*range(3, 13), questions}
        found = find_batteries(source_of, settings, progress, sizes)
    battery = found.battery(found.recommended if questions is None else questions)
    if publish:
        battery = BatteryFiles(workspace.folder).publish(battery, account_name())
        typer.echo(f"Published as typing/{name}/{battery.version}.json", err=True)
    if as_json:
        document = found.document(questions)
        print_json(document | {"battery": battery.to_record()})
        return
    _print_found(found, battery)
    if not publish:
        typer.echo(f"Publish it with: segmodel typing {folder} {name} --questions {len(battery.questions)} --publish")


@cli.command(name="typing-score")
def typing_score(
    folder: Folder,
    name: Name,
    source: Annotated[Path, typer.Option("--input", "-i", help="A row a person, a column a question.")],
    output: Output,
    version: Version = None,
    origin: From = "survey",
) -> None:
    """Tell the segment of each row of a file of answers, by the published battery; no row is lost."""
    battery = BatteryFiles(folder).load(name, version, origin)
    scored = score_answers(battery, source)
    write_table(scored.rows.rename(columns=neutral), output)
    for note in scored.notes:
        typer.echo(note, err=True)
    typer.echo(f"Wrote {formats.counted(len(scored.rows), 'row')} to {output}", err=True)


@cli.command(name="typing-export")
def typing_export(
    folder: Folder,
    name: Name,
    form: Annotated[Form, typer.Option("--as", help="What to write.")] = Form.QUESTIONNAIRE,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; default: stdout.")] = None,
    version: Version = None,
    origin: From = "survey",
) -> None:
    """Give out the published battery: on paper (Markdown), its key (CSV), for survey platforms (JSON), or as SQL."""
    text = _exported(BatteryFiles(folder).load(name, version, origin), form)
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SourceError(f"'{output}' cannot be written: {error.strerror}.") from None


@cli.command(name="quotas")
def quotas_command(
    folder: Folder,
    name: Name,
    n: Annotated[int, typer.Option("--interviews", "-n", help="Interviews in all.")],
    minimum: Annotated[int, typer.Option("--minimum", help="At least so many in each segment.")] = 30,
    as_json: Json = False,
) -> None:
    """Divide interviews among segments by their shares of customers, none below a minimum."""
    with Workspace(folder).open() as published:
        found = segment_quotas(published, name, n, minimum)
    if as_json:
        print_json(
            {"segmentation": name, "interviews": n, "minimum": minimum, "design_effect": found.design_effect}
            | {"segments": _rows(found.table)}
        )
        return
    table = Table(title=f"{name}: {formats.counted(n, 'interview')}", title_justify="left")
    for heading in ("segment", "of customers", "interviews", "weight", "to screen"):
        table.add_column(heading, justify="left" if heading == "segment" else "right")
    for row in _rows(found.table):
        cells = (formats.share(row["share"]), formats.number(row["quota"]), formats.number(row["weight"], 2))
        table.add_row(escape(row["name"]), *cells, formats.number(row["to_screen"]))
    print_table(table)


def _exported(battery: Battery, form: Form) -> str:
    if form is Form.SQL:
        return battery.to_sql()
    if form is Form.PLATFORM:
        return json.dumps(platform_document(battery), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    sheet = questionnaire(battery)
    if form is Form.KEY:
        return sheet.table().rename(columns=neutral).map(neutral).to_csv(index=False)
    return sheet.markdown(f"Which segment? {battery.segmentation} {battery.version}")


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _print_found(found: Found, battery: Battery) -> None:
    typer.echo(f"{findings.finding(battery)}.")
    typer.echo(findings.standing(battery))
    curve = Table(title="By number of questions", title_justify="left")
    for heading in ("questions", "put right", "95% interval", "balanced", "kappa", "unsure"):
        curve.add_column(heading, justify="right")
    for row in _rows(found.curve):
        mark = "→ " if row["questions"] == len(battery.questions) else ""
        interval = formats.share_range(row["hit_rate_low"], row["hit_rate_high"])
        rest = (formats.share(row["balanced"]), formats.number(row["kappa"], 2), formats.share(row["unsure_share"]))
        curve.add_row(f"{mark}{row['questions']}", formats.share(row["hit_rate"]), interval, *rest)
    print_table(curve)
    asked = Table(title="Questions", title_justify="left")
    for heading in ("question", "wording", "chosen by folds"):
        asked.add_column(heading, overflow="fold", justify="right" if heading == "chosen by folds" else "left")
    for question in battery.questions:
        often = formats.share(battery.chosen[question.name])
        asked.add_row(escape(question.name), escape(question.wording), often)
    print_table(asked)
    told = Table(title="By segment", title_justify="left")
    for heading in ("segment", "found", "right when told"):
        told.add_column(heading, justify="left" if heading == "segment" else "right")
    for row in _rows(accuracy_table(battery)):
        told.add_row(escape(row["name"]), formats.share(row["recall"]), formats.share(row["precision"]))
    print_table(told)
    for note in battery.notes:
        typer.echo(f"- {note}")
