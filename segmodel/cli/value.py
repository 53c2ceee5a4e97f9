"""The commands about money: what customers are forecast to be worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from segmodel.cli.base import Json, cli, print_json, print_table
from segmodel.errors import SourceError
from segmodel.forecasting import forecast_file
from segmodel.formats import money, number, quantity, risk
from segmodel.reports import lifetime_document
from segmodel.workspace import Workspace


@cli.command()
def clv(
    place: Annotated[
        Path,
        typer.Argument(help="A workspace with a published build, or a file of transactions.", metavar="FOLDER|FILE"),
    ],
    as_json: Json = False,
) -> None:
    """Print lifetime value and churn risk, by segment of a workspace or for all customers of a file."""
    if place.is_file():
        document, _ = forecast_file(place)
    elif place.is_dir():
        with Workspace(place).open() as published:
            document = lifetime_document(published)
    else:
        raise SourceError(f"There is no folder and no file '{place}'.")
    if as_json:
        print_json(document)
        return
    _print_model(document["model"], is_folder=place.is_dir())
    if place.is_file():
        _print_file(document)
        return
    for name, content in document["segmentations"].items():
        _print_segments(name, content, document["currency"], document["model"]["value_is"])


def _print_model(model: dict[str, Any], *, is_folder: bool) -> None:
    if model["basis"] == "model":
        typer.echo(f"Forecast by {model['name']} over {model['horizon_months']} months. {model['reason']}")
    else:
        typer.echo(f"No forecast is shown: {model['reason']}")
    if model["basis"] != "model" and is_folder:
        typer.echo("Instead: the last twelve months, thinned by the share of customers who stay.")


def _print_file(document: dict[str, Any]) -> None:
    typer.echo(f"{number(document['customers'])} customers, as of {document['as_of']}")
    if document["lifetime_value"] is not None:
        each = document["lifetime_value_a_customer"]
        typer.echo(
            f"Lifetime value {number(round(document['lifetime_value']))} in all, {each:,.2f} a customer; "
            f"churn risk {risk(document['churn_risk'])}"
        )


def _print_segments(name: str, content: dict[str, Any], currency: str, value_word: str) -> None:
    table = Table(title=f"{escape(name)}: {value_word} to come", title_justify="left")
    for heading in ("segment", "customers", "lifetime value", "95% interval", "churn risk", "may leave", "at risk"):
        table.add_column(heading, justify="left" if heading == "segment" else "right")
    for row in [*content["segments"], {"name": "all", **content["all"]}]:
        low, high = (money(row[f"lifetime_value_{end}"], currency) for end in ("low", "high"))
        table.add_row(
            escape(row["name"]),
            quantity(row["customers"], "customers", currency),
            money(row["lifetime_value"], currency),
            f"{low} to {high}",
            risk(row["churn_risk"]),
            quantity(row["may_leave"], "customers", currency),
            money(row["value_at_risk"], currency),
        )
    print_table(table)
