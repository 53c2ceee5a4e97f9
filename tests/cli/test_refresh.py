from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from segmodel.workspace import Workspace
from tests.support.command_line import Run, refused


def test_refresh_says_what_it_did_and_prints_its_contract_as_json(run: Run, folder: Path) -> None:
    lines = folder / "transactions.csv"
    whole = pd.read_csv(lines)
    known = whole[whole["ordered_at"] < "2026-03-01"]
    known.to_csv(lines, index=False)
    first = run("refresh", folder)
    assert first.code == 0
    assert "Everything was built anew: Nothing was published yet.\n" in first.out
    assert f"Published build {Workspace(folder).current()}, as of 2026-02-2" in first.out

    again = run("refresh", folder, "--json")
    assert again.code == 0
    document = json.loads(again.out)
    assert (document["published"], document["build"], document["tables"]) == (False, Workspace(folder).current(), {})
    assert run("refresh", folder).out.startswith("Nothing is new. Build ")

    whole.to_csv(lines, index=False)
    document = json.loads(run("refresh", folder, "--json").out)
    assert list(document) == [
        "build", "as_of", "published", "why_whole_build", "new", "snapshots_computed", "snapshots_taken_over",
        "tables", "notes", "segmentations", "alerts",
    ]  # fmt: skip
    assert document["build"] == Workspace(folder).current()
    assert (document["published"], document["why_whole_build"]) == (True, None)
    assert document["new"]["changed_files"] == ["transactions.csv"]
    assert document["new"]["added"] == len(whole) - len(known)
    assert document["snapshots_computed"][-1] == document["as_of"] == "2026-03-31"
    # a month end, and the day on which the segments were found
    assert document["snapshots_taken_over"] == ["2026-01-31", "2026-02-26"]
    assert document["tables"]["transactions"]["rows_read"] == len(whole)
    assert document["segmentations"]["behaviour"] == {"version": "v001", "k": 3, "fitted_anew": None}


def test_a_file_that_is_there_twice_is_named_by_build_and_refresh(run: Run, folder: Path) -> None:
    definition = folder / "segmentation.toml"
    definition.write_text(definition.read_text().replace('"transactions.csv"', '"*.csv"'))
    (folder / "copy.csv").write_bytes((folder / "transactions.csv").read_bytes())
    said = "  transactions.csv: Holds the same as copy.csv, so its rows count once.\n"
    assert said in run("build", folder).out
    assert "Nothing is new" in run("refresh", folder).out
    (folder / "more.csv").write_bytes((folder / "transactions.csv").read_bytes())
    out = run("refresh", folder).out
    assert said in out
    assert "Counted once, as they hold the same as another file: more.csv." in out


def test_refresh_refuses_bad_input_in_one_paragraph(run: Run, folder: Path) -> None:
    run("build", folder)
    (folder / "transactions.csv").write_text("customer_id,ordered_at,amount\n")
    refused(run("refresh", folder), "transactions.csv", "no rows")
    (folder / "transactions.csv").unlink()
    refused(run("refresh", folder), "There is no file")
    with Workspace(folder).builds.locked():
        refused(run("refresh", folder), "Another build is running")
