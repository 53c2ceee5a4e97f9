"""One writer at a time: a lock that the system lets go of when its holder dies, and that says who holds it."""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import getpass
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from segmodel.errors import EngineError, StoreError

_LOOK_AGAIN_SECONDS = 0.05


@contextlib.contextmanager
def locked(path: Path, busy: str, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold a lock for the length of the block.

    Parameters
    ----------
    path : Path
        The lock's file; made, with its folder, where it is not there.
    busy : str
        What to say when somebody else holds it, such as "Another build is running".
    wait_seconds : float
        How long to wait for whoever holds it.

    Raises
    ------
    StoreError
        When somebody else holds it; the message says who.
    EngineError
        When the disk does not let a lock be made, as some network drives do not.
    """
    with disk_errors():
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("a+", encoding="utf-8")
    with lock:
        with disk_errors():
            is_ours = _taken(lock, wait_seconds)
        if not is_ours:
            raise StoreError(f"{busy}: {_holder(path)}. Wait for it, then try again.")
        holder = {"who": account_name(), "host": socket.gethostname(), "process": os.getpid()}
        now = datetime.datetime.now(datetime.UTC)
        with disk_errors():
            lock.truncate(0)
            lock.write(json.dumps({**holder, "since": f"{now:%Y-%m-%d %H:%M:%S} UTC"}))
            lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)


def account_name() -> str:
    """Return the name of the account this runs under, or its number where it has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


@contextlib.contextmanager
def disk_errors(what: str = "The store") -> Iterator[None]:
    """Turn what the disk refuses into an EngineError that names the file, without its folder."""
    try:
        yield
    except OSError as error:
        where = f": '{Path(error.filename).name}'" if error.filename else ""
        raise EngineError(f"{what} cannot be written: {error.strerror or error}{where}.") from error


def _taken(lock: IO[str], wait_seconds: float) -> bool:
    until = time.monotonic() + wait_seconds
    while True:
        try:
            # the system lets go of the lock when its holder dies, however it dies
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_LOOK_AGAIN_SECONDS)
        else:
            return True


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"{holder['who']} on {holder['host']}, process {holder['process']}, since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "its holder has not said who it is yet"
