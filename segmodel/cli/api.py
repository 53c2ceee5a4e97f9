"""The commands that serve the lookup API, and make and take back the tokens it is asked with."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from rich.markup import escape
from rich.table import Table

from segmodel.api import create_api
from segmodel.cli.base import Folder, Json, cli, err, print_json, print_table
from segmodel.council import Token, Tokens
from segmodel.errors import StoreError
from segmodel.formats import day
from segmodel.store import account_name

_FOLDER = "SEGMODEL_API_WORKSPACE"

token_cli = typer.Typer(help="Make, list and revoke the tokens of the lookup API.", no_args_is_help=True)
cli.add_typer(token_cli, name="token")


@cli.command()
def api(
    folder: Folder,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to serve on.")] = 8502,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes; each keeps everybody in memory.")] = 1,
) -> None:
    """Serve the lookup API alone: segments of customers, scoring and metrics for other systems."""
    if not folder.is_dir():
        raise StoreError(f"There is no folder '{folder}'.")
    os.environ[_FOLDER] = str(folder.resolve())
    err.print(f"The lookup API is at http://{host}:{port}/api/v1 (stop it with Ctrl+C)")
    uvicorn.run(
        "segmodel.cli.api:application",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level="warning",
        access_log=False,  # addresses name customers
        server_header=False,
    )


def application() -> object:
    """Return the application of the workspace that was asked for; each process of a server makes its own."""
    return create_api(Path(os.environ[_FOLDER]))


@token_cli.command("create")
def create(
    folder: Folder,
    name: Annotated[str, typer.Option(help="Which system has it, such as Contact centre.")],
    scope: Annotated[list[str], typer.Option(help="lookup, score, segments or metrics; may be given again.")],
    expires: Annotated[
        datetime.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day it works.")
    ] = None,
) -> None:
    """Make a token and print it, this once: only a digest of it is kept."""
    plain, token = Tokens(folder).create(name, scope, account_name(), expires.date() if expires else None)
    err.print(f"Token {token.token_id} for {token.name}. Keep it now: it cannot be shown again.", markup=False)
    typer.echo(plain)


@token_cli.command("list")
def list_tokens(folder: Folder, as_json: Json = False) -> None:
    """List the tokens: for what, until when, last used when; never the tokens."""
    tokens = Tokens(folder).list()
    if as_json:
        print_json({"tokens": [_record(token) for token in tokens]})
        return
    table = Table(title="Tokens of the lookup API", title_justify="left")
    for heading in ("number", "for", "scopes", "made", "by", "until", "last used", "revoked"):
        table.add_column(heading)
    for token in tokens:
        revoked = "" if token.revoked_at is None else day(token.revoked_at.date())
        until = "no end" if token.expires_on is None else day(token.expires_on)
        table.add_row(
            str(token.token_id), escape(token.name), ", ".join(token.scopes), day(token.made_at.date()),
            escape(token.made_by), until, day(token.used_on), revoked,
        )  # fmt: skip
    print_table(table)


@token_cli.command("revoke")
def revoke(folder: Folder, number: Annotated[int, typer.Argument(help="As `segmodel token list` says.")]) -> None:
    """Take a token back for good; a server that has just seen it may take it for ten more seconds."""
    token = Tokens(folder).revoke(number, account_name())
    typer.echo(f"Token {token.token_id} for {token.name} is revoked.")


def _record(token: Token) -> dict[str, object]:
    return {
        "number": token.token_id,
        "name": token.name,
        "scopes": list(token.scopes),
        "made_at": token.made_at.isoformat(),
        "made_by": token.made_by,
        "expires_on": token.expires_on and token.expires_on.isoformat(),
        "used_on": token.used_on and token.used_on.isoformat(),
        "revoked_at": token.revoked_at and token.revoked_at.isoformat(),
    }
