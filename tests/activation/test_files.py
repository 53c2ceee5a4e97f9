from __future__ import annotations

import datetime as dt
import hashlib
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from segmodel.activation import Audience, AudienceRequest, Manifest, People, export_audience, manifest_path
from segmodel.activation.files import neutral_sql
from segmodel.council import ActivationLog
from segmodel.engines import Engine
from segmodel.errors import ActivationError
from segmodel.reports import neutral
from segmodel.workspace import Workspace
from tests.activation.made import everybody, rows_of

Activate = Callable[..., Workspace]
NOW = dt.datetime(2026, 7, 1, 9, 30, tzinfo=dt.UTC)
ENGINE = Engine.open(None)


def export(workspace: Workspace, request: AudienceRequest, path: Path) -> Manifest:
    with workspace.open() as published:
        people = People.load(published, workspace.definition, workspace.folder, platform=request.platform)
    with people, Audience(people, request) as audience:
        return export_audience(audience, path, ActivationLog(workspace.folder), "Ana (steward)", NOW)


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
def test_a_file_holds_the_rows_and_its_manifest_says_so(activate: Activate, tmp_path: Path, ending: str) -> None:
    workspace = activate()
    request = everybody(workspace, "value>=5", fields=("segment", "value", "days_since_last"))
    path = tmp_path / f"best.{ending}"
    manifest = export(workspace, request, path)
    read = pd.read_parquet(path) if ending == "parquet" else pd.read_csv(path)
    expected = rows_of(workspace, request)
    pd.testing.assert_frame_equal(read, expected, check_dtype=False)
    told = json.loads(manifest_path(path).read_text())
    assert told == manifest.content
    assert told["rows"] == len(expected)
    assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (told["who"], told["at"], told["expires_on"]) == ("Ana (steward)", NOW.isoformat(), "2026-07-31")
    assert told["definition_hash"] == request.fingerprint()
    assert told["confidentiality"] == "Confidential"
    assert told["funnel"][-1]["kept"] == len(expected)
    if ending == "parquet":
        metadata = pq.read_schema(path).metadata
        assert metadata[b"exported_by"] == b"Ana (steward)"
        assert metadata[b"confidentiality"] == b"Confidential"
    assert sorted(each.name for each in tmp_path.glob("*best*")) == [path.name, manifest_path(path).name]


def test_the_same_audience_makes_the_same_file(activate: Activate, tmp_path: Path) -> None:
    workspace = activate()
    first = export(workspace, everybody(workspace), tmp_path / "one.csv")
    second = export(workspace, everybody(workspace), tmp_path / "two.csv")
    assert first.content["sha256"] == second.content["sha256"]


def test_every_export_is_a_line_of_the_log(activate: Activate, tmp_path: Path) -> None:
    workspace = activate()
    manifest = export(workspace, everybody(workspace), tmp_path / "one.csv")
    (entry,) = ActivationLog(workspace.folder).entries()
    assert (entry.kind, entry.target, entry.who, entry.state) == ("export", "one.csv", "Ana (steward)", "finished")
    assert entry.content == manifest.content
    assert entry.expires_on == dt.date(2026, 7, 31)


def test_nobody_left_makes_no_file(activate: Activate, tmp_path: Path) -> None:
    workspace = activate()
    with pytest.raises(ActivationError, match=r"Nobody is left.*value below 1,000,000,000"):
        export(workspace, everybody(workspace, "value>=1000000000"), tmp_path / "none.csv")
    with pytest.raises(ActivationError, match="end the name with"):
        export(workspace, everybody(workspace), tmp_path / "none.xls")
    assert not list(tmp_path.glob("*none*"))
    assert ActivationLog(workspace.folder).entries() == ()


def _limit_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, 4_000))


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_full_disk_leaves_what_was_there(activate: Activate, tmp_path: Path, ending: str) -> None:
    """A limit on the size of files stands for a small disk: it needs no right to mount one."""
    workspace = activate()
    path = tmp_path / "out" / f"best.{ending}"
    path.parent.mkdir()
    path.write_text("what was there")
    segments = ("s1", "s2", "s3", "s4", "s5")
    command = [sys.executable, "-m", "segmodel", "audience", workspace.folder, "value", *segments, "--output", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=_limit_files)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "disk is full" in done.stderr or "File too large" in done.stderr
    assert path.read_text() == "what was there"
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@given(some.text())
@example("=1+1")
@example(" \u00a0=1")
@example("\r\n@x")
@example("a\r\nb\rc")
@example("＝1")
@example("\x1c=1")
def test_text_is_neutralised_as_everywhere_else(text: str) -> None:
    found = ENGINE.value(f"SELECT {neutral_sql('given')} FROM (SELECT $value::VARCHAR AS given)", {"value": text})
    assert found == neutral(text)


def test_no_cell_of_a_csv_is_a_formula(activate: Activate, tmp_path: Path) -> None:
    workspace = activate()
    folder = workspace.folder
    for name in ("transactions.csv", "customers.csv"):
        frame = pd.read_csv(folder / name, dtype=str)
        frame["customer_id"] = "=" + frame["customer_id"]
        frame.to_csv(folder / name, index=False)
    workspace.build()
    export(workspace, everybody(workspace, keys="plain"), tmp_path / "plain.csv")
    rows = pd.read_csv(tmp_path / "plain.csv", dtype=str)
    assert rows["customer_id"].str.startswith("'=").all()
    assert rows["phone"].dropna().str.fullmatch(r"\+44[0-9]{10}").all()
