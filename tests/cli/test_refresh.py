from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from segmodel.workspace import Workspace
from tests.support.command_line import Run, refused
from tests.support.receivers import Webhook, webhook


@pytest.fixture
def hook(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    monkeypatch.setenv("ALERT_SECRET", "not a real secret")
    with webhook() as kept:
        with (folder / "segmentation.toml").open("a") as definition:
            definition.write(f'\n[[alerts.webhook]]\nname = "crm"\nurl = "{kept.url}"\nsecret = "ALERT_SECRET"\n')
        yield kept


def taken(hook: Webhook) -> list[tuple[str, dict[str, str]]]:
    found = [json.loads(body) for _, body in hook.taken]
    return [(each["event"], each["alert"]) for each in found if each["alert"]["key"] == "build/failed"]


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


def test_a_definition_that_breaks_is_told_to_those_the_published_build_names(
    run: Run, folder: Path, hook: Webhook
) -> None:
    assert run("refresh", folder).code == 0
    definition = folder / "segmentation.toml"
    good = definition.read_text()
    definition.write_text(good + "[[[")
    refused(run("refresh", folder), "not valid TOML")
    ((event, alert),) = taken(hook)
    assert (event, alert["severity"]) == ("opened", "error")
    assert "not valid TOML" in alert["evidence"]
    refused(run("refresh", folder), "not valid TOML")
    assert len(taken(hook)) == 1

    definition.write_text(good)
    (news,) = json.loads(run("refresh", folder, "--json").out)["alerts"]
    assert (news["event"], news["key"], news["as_of"]) == ("resolved", "build/failed", None)
    assert [event for event, _ in taken(hook)] == ["opened", "resolved"]


def test_a_folder_that_is_no_workspace_says_so_and_stays_as_it_was(run: Run, tmp_path: Path) -> None:
    refused(run("refresh", tmp_path), "No segmentation.toml")
    assert list(tmp_path.iterdir()) == []


def test_a_fault_of_the_program_is_told_without_what_it_says_and_goes_on(
    run: Run, folder: Path, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("ana@example.com")

    monkeypatch.setattr(Workspace, "refresh", fail)
    with pytest.raises(KeyError, match=r"ana@example\.com"):
        run("refresh", folder)
    ((event, alert),) = taken(hook)
    assert event == "opened"
    assert alert["evidence"] == "The refresh stopped for a reason nobody foresaw (KeyError); its log says more."


def test_one_who_cannot_be_told_of_a_failure_is_named_beside_it(
    run: Run, folder: Path, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ALERT_SECRET")
    (folder / "transactions.csv").unlink()
    found = run("refresh", folder)
    assert found.code == 2
    assert "There is no file" in found.err
    assert "'crm' were not delivered: the environment variable ALERT_SECRET is not set." in found.err
    assert not hook.taken
