from __future__ import annotations

import sys
from pathlib import Path

import pytest

from segmodel.cli import main
from segmodel.workspace import Workspace
from tests.support.command_line import SHORT, Result, Run
from tests.support.workspaces import make_transactions, write_workspace


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process."""

    def call(*arguments: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["segmodel", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return Result(int(ended.value.code or 0), captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace built once; read it, never write to it."""
    folder = write_workspace(tmp_path_factory.mktemp("cli") / "shop", make_transactions(customers=70), settings=SHORT)
    Workspace(folder).build()
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace of the test's own, not built yet."""
    return write_workspace(tmp_path / "shop", settings=SHORT)
