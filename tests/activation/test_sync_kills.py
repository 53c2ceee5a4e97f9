"""A sync that is killed at any point is gone on with by doing it again, and the target comes out exactly right."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from segmodel.council import ActivationLog
from segmodel.workspace import Workspace
from tests.activation.test_sync import DATABASE, change_table, counts, in_table, only, run, same, wanted

Activate = Callable[..., Workspace]

# stops at a place in a sync, says so, and waits to be killed
STOPPING = """
import sys
import sqlalchemy as sa
from segmodel.activation import sync
from segmodel.activation.connectors.database import DatabaseConnector
from segmodel.workspace import Workspace

folder, where, at = sys.argv[1], sys.argv[2], int(sys.argv[3])
DatabaseConnector.batch_size = 20
apply = DatabaseConnector.apply


def stop():
    print("here", flush=True)
    sys.stdin.read()


def stopping(self, batch):
    is_here = batch.number == at
    if is_here and where == "before":
        stop()
    if is_here and where == "inside":
        sa.event.listen(self._engine, "commit", lambda connection: stop())
    apply(self, batch)
    if is_here and where == "after":
        stop()


DatabaseConnector.apply = stopping
sync(Workspace(folder), "crm", "Ana")
print("done", flush=True)
"""


def killed(folder: Path, where: str, at: int) -> None:
    """Run a sync up to a place, and kill it there."""
    command = [sys.executable, "-c", STOPPING, str(folder), where, str(at)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        process.kill()
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize(("where", "at"), [("before", 1), ("before", 3), ("inside", 2), ("after", 2), ("after", 3)])
def test_a_killed_sync_is_gone_on_with(activate: Activate, crm: str, where: str, at: int) -> None:
    # of who is there before some are to go, some to stay, and some to change
    workspace = activate(only("recency<=400") + DATABASE.format(uri=crm))
    run(workspace, "crm")
    change_table(crm, "UPDATE audience_members SET value = -1 WHERE customer_id < 'c0130'")
    workspace = activate(only("value>=15") + DATABASE.format(uri=crm))
    killed(workspace.folder, where, at)
    entry = ActivationLog(workspace.folder).entries()[0]
    assert entry.state == "broken off"

    went_on = run(workspace, "crm")
    assert went_on.batches > 0
    expected = wanted(workspace, "value>=15")
    same(in_table(crm), expected)
    assert counts(run(workspace, "crm")) == (0, 0, 0, len(expected))
