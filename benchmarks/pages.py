"""Claims: every page's script, warm, takes at most 150 ms more than an empty page, and sends under 300 KB.

A client speaks to two real servers, of the dashboard and of an empty page, over the web socket the browser uses.
A run is timed from the request to the message that says the script has finished, and its messages are weighed as
they arrive. Runs of a page and of the empty page take turns; what is above the empty page is the page's own.
"""

from __future__ import annotations

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import _measure as measure
import _workspace as workspace
from streamlit.proto.Alert_pb2 import Alert as AlertProto
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

PAGES = {
    "Home": "",
    "Segments": "segments",
    "Priorities": "priorities",
    "Value": "value",
    "Opportunities": "opportunities",
    "Drift": "drift",
    "Migration": "migration",
    "Data": "data",
    "Definitions": "definitions",
}
TURNS = 15
FINISHED = ForwardMsg.ScriptFinishedStatus.FINISHED_SUCCESSFULLY
ROOT = measure.HERE.parent


@dataclass(frozen=True)
class Server:
    """A running Streamlit server."""

    port: int
    process: int


def main() -> None:
    folder = workspace.write_workspace(measure.generate(), history_months=23)
    subprocess.run([sys.executable, "-m", "segmodel", "build", folder, "--json"], check=True, capture_output=True)
    claims = []
    with (
        served(ROOT / "app" / "main.py", {"SEGMODEL_WORKSPACE": str(folder)}) as dashboard,
        served(measure.HERE / "_empty_page.py", {}) as empty,
    ):
        for name, page in PAGES.items():
            with session(dashboard.port) as ours, session(empty.port) as theirs:
                _, first_bytes = run(ours, page)
                run(theirs, "")
                above, sent, before = [], [first_bytes], processor_seconds(dashboard)
                for _ in range(TURNS):
                    seconds, size = run(ours, page)
                    above.append(seconds - run(theirs, "")[0])
                    sent.append(size)
                spent = (processor_seconds(dashboard) - before) / TURNS
            print(
                f"  {name}: {spent * 1e3:.0f} ms of processor time a run, the empty page's share included", flush=True
            )
            claims.append(measure.Claim(f"{name}: median above an empty page", statistics.median(above) * 1e3,
                                        ("≤", 150), "ms"))  # fmt: skip
            claims.append(measure.Claim(f"{name}: sent to a new visitor", max(sent) / 1e3, ("≤", 300), "KB"))
    measure.report(claims)


@contextlib.contextmanager
def served(script: Path, variables: Mapping[str, str]) -> Iterator[Server]:
    """Serve a script on a free port for the length of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options = ["--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}",
               "--server.fileWatcherType=none", "--browser.gatherUsageStats=false"]  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", script, *options],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait()


def processor_seconds(server: Server) -> float:
    """Return the processor time a server has used so far, as Linux counts it (10 ms a tick)."""
    fields = Path(f"/proc/{server.process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(address: str, most_seconds: float = 60) -> None:
    """Return once a server answers."""
    end = time.monotonic() + most_seconds
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - an address of this machine
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return


@contextlib.contextmanager
def session(port: int) -> Iterator[ClientConnection]:
    """Open a session, as a browser tab does."""
    with connect(f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"], max_size=None) as connection:
        yield connection


def run(connection: ClientConnection, page: str) -> tuple[float, int]:
    """Ask for a page as the address bar does; return seconds until its script has finished, and bytes received."""
    request = BackMsg()
    request.rerun_script.page_name = page
    request.rerun_script.query_string = ""
    start = time.perf_counter()
    connection.send(request.SerializeToString())
    size = 0
    while True:
        received = connection.recv(timeout=60)
        size += len(received)
        message = ForwardMsg()
        message.ParseFromString(received if isinstance(received, bytes) else received.encode())
        fail_on_error(message, page)
        if message.WhichOneof("type") == "script_finished" and message.script_finished == FINISHED:
            return time.perf_counter() - start, size


def fail_on_error(message: ForwardMsg, page: str) -> None:
    """Stop when a page shows an error or an exception: a fast failure is no fast page."""
    if message.WhichOneof("type") != "delta":
        return
    element = message.delta.new_element
    kind = element.WhichOneof("type")
    if kind == "exception" or (kind == "alert" and element.alert.format == AlertProto.ERROR):
        sys.exit(f"Page '{page or 'home'}' shows an error: {element}")


if __name__ == "__main__":
    main()
