"""The commands about drift and alerts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.made import write_workspace
from tests.app.made_value import change
from tests.support.command_line import Run, refused
from tests.support.receivers import Webhook, webhook


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_workspace(tmp_path / "brand")
    return tmp_path / "brand"


@pytest.fixture
def hook(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    monkeypatch.setenv("ALERT_SECRET", "not a real secret")
    with webhook() as kept:
        section = f'\n[[alerts.webhook]]\nname = "crm"\nurl = "{kept.url}"\nsecret = "ALERT_SECRET"\n'
        with (folder / "segmentation.toml").open("a") as definition:
            definition.write(section)
        yield kept


def test_drift_ends_with_3_where_something_no_longer_fits(run: Run, folder: Path) -> None:
    found = run("drift", folder, "--json")
    assert found.code == 3
    document = json.loads(found.out)
    assert (document["reference"], document["as_of"]) == ("2025-06-30", "2026-06-30")
    behaviour = document["segmentations"]["behaviour"]
    assert behaviour["verdict"] == "unfit"
    assert [segment["verdict"] for segment in behaviour["segments"]] == ["fit", "watch", "fit", "fit", "unfit"]
    (reason,) = behaviour["segments"][-1]["reasons"]
    assert (reason["kind"], reason["since"]) == ("orders", "2025-12-31")
    (drifted,) = [row for row in behaviour["features"] if row["drifted"]]
    assert {"feature", "segment", "psi", "noise_line", "drifted"} <= set(drifted)
    assert (drifted["feature"], drifted["segment"]) == ("frequency", "s5")
    printed = run("drift", folder)
    assert printed.code == 3
    assert "no longer fits" in printed.out
    assert "value: not tested yet" in printed.out


def test_drift_ends_well_where_nothing_is_unfit(run: Run, folder: Path) -> None:
    assert run("drift", folder, "--segmentation", "value").code == 0
    change(folder, "UPDATE drift_summary SET verdict = 'watch'; UPDATE drift_verdicts SET verdict = 'watch'")
    assert run("drift", folder).code == 0


def test_drift_of_what_is_not_there_is_refused(run: Run, folder: Path) -> None:
    found = run("drift", folder, "--segmentation", "behavior")
    assert found.code == 2
    assert "Did you mean 'behaviour'?" in found.err


def test_alerts_are_sent_once_and_listed(run: Run, folder: Path, hook: Webhook) -> None:
    sent = run("alerts", folder, "--send", "--json")
    assert sent.code == 0
    document = json.loads(sent.out)
    assert document["delivered"] == {"crm": 4}
    assert {alert["key"] for alert in document["alerts"]} >= {"drift/behaviour/s5"}
    assert json.loads(run("alerts", folder, "--send", "--json").out)["delivered"] == {}
    assert len(hook.taken) == 4
    assert "no longer fits" in run("alerts", folder).out
    change(folder, "UPDATE drift_verdicts SET verdict = 'fit'")
    lines = run("alerts", folder, "--send", "--stdout").out.splitlines()
    # the log is a new receiver: it hears what is over and, once, what is still open
    assert {(json.loads(line)["event"], json.loads(line)["alert"]["key"]) for line in lines} == {
        ("resolved", "drift/behaviour/s2"), ("resolved", "drift/behaviour/s5"),
        ("opened", "review/behaviour"), ("opened", "review/value"),
    }  # fmt: skip


def test_a_receiver_that_is_down_ends_with_4_and_gets_it_later(run: Run, folder: Path, hook: Webhook) -> None:
    hook.answers = [(404, {})] * 4
    failed = run("alerts", folder, "--send")
    assert failed.code == 4
    assert "it answered 404" in failed.err
    assert json.loads(run("alerts", folder, "--json").out)["waiting"]["crm"]["messages"] == 4
    assert run("alerts", folder, "--send").code == 0
    assert len(hook.taken) == 4


def test_a_test_reaches_everybody(run: Run, folder: Path, hook: Webhook) -> None:
    assert run("alerts", folder, "--test").code == 0
    ((_, body),) = hook.taken
    assert json.loads(body)["event"] == "test"


def test_a_secret_that_is_not_set_is_named(
    run: Run, folder: Path, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ALERT_SECRET")
    found = run("alerts", folder, "--send")
    assert found.code == 4
    assert "'crm' were not delivered: the environment variable ALERT_SECRET is not set." in found.err
    assert not hook.taken
    monkeypatch.setenv("ALERT_SECRET", "not a real secret")
    assert run("alerts", folder, "--send").code == 0
    assert len(hook.taken) == 4


def test_a_rule_about_what_is_not_there_is_named_and_the_rest_is_sent(run: Run, folder: Path, hook: Webhook) -> None:
    with (folder / "segmentation.toml").open("a") as definition:
        definition.write('[[alerts.rule]]\nmetric = "customers"\nchange = "10%"\nminimum_base = 9\nsegment = "s9"\n')
    found = run("alerts", folder, "--send", "--json")
    assert found.code == 4
    assert "A rule could not be followed; the others were. alerts.rule.1: there is no segment 's9'" in found.err
    assert json.loads(found.out)["faults"][0].startswith("alerts.rule.1: ")
    assert len(hook.taken) == 4


@pytest.mark.parametrize(
    ("options", "words"), [(("--stdout",), "--send or --test"), (("--send", "--stdout", "--json"), "choose one")]
)
def test_lines_without_messages_are_refused(run: Run, folder: Path, options: tuple[str, ...], words: str) -> None:
    refused(run("alerts", folder, *options), words)
    assert not (folder / "council.db").exists()


def test_a_test_is_written_as_a_line(run: Run, folder: Path) -> None:
    (line,) = run("alerts", folder, "--test", "--stdout").out.splitlines()
    assert json.loads(line)["event"] == "test"


def test_alerts_of_no_workspace_are_refused(run: Run, folder: Path) -> None:
    shutil.rmtree(folder / "store")
    assert run("alerts", folder, "--send").code == 2
    assert run("alerts", folder.parent / "absent").code == 2
