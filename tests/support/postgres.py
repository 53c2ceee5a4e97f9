"""A real PostgreSQL server with its own data folder, for as long as a test needs it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import LOOPBACK, free_port

ROLE = "segmodel"


def find_server_programs() -> Path | None:
    """Return the folder that holds initdb and pg_ctl, the newest version where there are several."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).parent] if on_path else []
    # Debian keeps the server's programs off the path, one folder a major version.
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(debian, key=lambda folder: float(folder.parent.name), reverse=True)
    if shutil.which("pg_config"):
        told = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True)
        folders.append(Path(told.stdout.strip()))
    return next((folder for folder in folders if _holds_server(folder)), None)


@contextmanager
def postgres_server(programs: Path) -> Iterator[str]:
    """Start a server on a free loopback port, yield its SQLAlchemy URL, stop it and remove its data."""
    # Not pytest's own folder: that one is closed to the account the server may have to run as.
    folder = Path(tempfile.mkdtemp(prefix="segmodel-postgres-"))
    account = _server_account()
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)

    def run(program: str, *arguments: str) -> None:
        # The server inherits the output of pg_ctl, so a pipe would stay open: a file it is.
        with (folder / "programs.log").open("a") as output:
            finished = subprocess.run(
                [programs / program, "--pgdata", folder / "data", *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd=folder,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
                check=False,
                **({"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}),
            )
        if finished.returncode:
            log = (folder / "programs.log").read_text()
            raise RuntimeError(f"{program} ended with {finished.returncode}:\n{log}")

    try:
        run("initdb", "--username", ROLE, "--auth", "trust", "--encoding", "UTF8", "--no-sync")
        port = free_port()
        options = f"-p {port} -c listen_addresses={LOOPBACK} -c unix_socket_directories='' -c fsync=off"
        run("pg_ctl", "start", "--wait", "--silent", "--options", options)
        try:
            yield f"postgresql+psycopg://{ROLE}@{LOOPBACK}:{port}/postgres"
        finally:
            run("pg_ctl", "stop", "--wait", "--silent", "--mode", "fast")
    finally:
        shutil.rmtree(folder)


def _holds_server(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in ("initdb", "pg_ctl"))


def _server_account() -> pwd.struct_passwd | None:
    """Return the account to run the server as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]
