"""What people are told from one build to the next: each thing once, again when it got worse, and no false all-clear."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from segmodel.alerting import send_test, tell, tell_failure
from segmodel.alerts import DeliveryReport, LineSink, Outbox
from segmodel.workspace import Workspace
from tests.app.made import write_workspace
from tests.app.made_value import change
from tests.support.receivers import Webhook, webhook

UNFIT = "drift/behaviour/s5"
MONTHLY = 'metric = "customers"\nchange = "-10%"\nminimum_base = 30\nsegment = "s1"\n'
FALL = "change/behaviour/s1/customers/-10%/previous-month"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_workspace(tmp_path / "brand")
    return tmp_path / "brand"


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook() as kept:
        yield kept


def say(folder: Path, *sections: str) -> None:
    """Add sections to the definition of a workspace."""
    with (folder / "segmentation.toml").open("a") as definition:
        definition.write("\n".join(["", *sections]))


def crm(url: str, name: str = "crm", variable: str = "ALERT_SECRET") -> str:
    return f'[[alerts.webhook]]\nname = "{name}"\nurl = "{url}"\nsecret = "{variable}"\n'


def told(folder: Path) -> dict[str, str]:
    """Return the event of every key that people are told of now."""
    messages, _ = tell(Workspace(folder))
    return {message.alert.key: message.event for message in messages}


def standing(folder: Path) -> set[str]:
    return {each.alert.key for each in Outbox(folder).standing()}


def taken(hook: Webhook) -> list[tuple[str, str]]:
    found = [json.loads(body) for _, body in hook.taken]
    return [(each["event"], each["alert"]["key"]) for each in found]


def test_a_segment_that_is_not_tested_any_more_is_not_told_as_well(folder: Path) -> None:
    assert told(folder)[UNFIT] == "opened"
    change(folder, "UPDATE drift_verdicts SET verdict = 'untested', note = 'A new version.'")
    change(folder, "DELETE FROM drift_reasons")
    assert told(folder) == {}
    assert UNFIT in standing(folder)
    change(folder, "UPDATE drift_verdicts SET verdict = 'fit'")
    assert told(folder) == {UNFIT: "resolved", "drift/behaviour/s2": "resolved"}


def test_a_segment_that_is_gone_is_closed_with_the_reason(folder: Path) -> None:
    told(folder)
    for table in ("segments", "drift_verdicts", "drift_reasons"):
        change(folder, f"DELETE FROM {table} WHERE segmentation = 'behaviour' AND segment = 's5'")
    messages, _ = tell(Workspace(folder))
    (message,) = messages
    assert (message.event, message.alert.key) == ("closed", UNFIT)
    assert message.alert.evidence.startswith("The segment is not part of behaviour any more.")
    assert "does not say that it is well" in message.alert.evidence
    assert UNFIT not in standing(folder)
    assert told(folder) == {}


def test_fits_that_could_not_be_repeated_do_not_end_what_they_found(folder: Path) -> None:
    change(folder, "UPDATE drift_summary SET refit_differs = (segmentation = 'behaviour')")
    assert told(folder)["refit/behaviour"] == "opened"
    change(folder, "UPDATE drift_summary SET refit_differs = false, refit_now = 'nan', refit_note = 'Not now.'")
    change(folder, "UPDATE drift_summary SET refit_now = NULL")
    assert told(folder) == {}
    change(folder, "UPDATE drift_summary SET refit_now = 0.97")
    assert told(folder) == {"refit/behaviour": "resolved"}


def test_a_fit_that_people_replaced_by_their_own_rules_is_closed(folder: Path) -> None:
    change(folder, "UPDATE drift_summary SET refit_differs = (segmentation = 'behaviour')")
    told(folder)
    change(folder, "UPDATE drift_summary SET refit_differs = false, refit_now = NULL")
    change(folder, "UPDATE segmentations SET method = 'rules'")
    assert told(folder) == {"refit/behaviour": "closed"}


def sizes(folder: Path, **by_day: int) -> None:
    """Give s1 of `behaviour` these customers on days such as `d20260531`, as the snapshots of the build."""
    change(folder, "CREATE OR REPLACE TABLE one AS SELECT DISTINCT ON (segment) * FROM segment_metrics "
                   "WHERE segmentation = 'behaviour' AND filter_1 = '' AND filter_2 = ''")  # fmt: skip
    change(folder, "DELETE FROM snapshots; DELETE FROM segment_metrics WHERE segmentation = 'behaviour'")
    for day, customers in by_day.items():
        date = pd.Timestamp(day[1:])
        change(
            folder,
            f"INSERT INTO snapshots (snapshot, is_month_end, is_window_complete) "
            f"VALUES ('{date.date()}', {date.is_month_end}, true); "
            f"INSERT INTO segment_metrics SELECT * REPLACE ('{date.date()}' AS snapshot, "
            f"CASE segment WHEN 's1' THEN {customers} ELSE customers END AS customers) FROM one",
        )
    change(folder, f"UPDATE build SET as_of = '{date.date()}'")


def test_a_month_is_held_against_the_month_before_whatever_day_it_is(folder: Path) -> None:
    say(folder, "[[alerts.rule]]", MONTHLY)
    # half a month into July, and a version was fitted on 20 June: neither is a month end
    sizes(folder, d20260531=1000, d20260620=600, d20260630=950, d20260714=500)
    assert FALL not in told(folder)
    sizes(folder, d20260531=1000, d20260620=600, d20260630=880, d20260714=880)
    messages, _ = tell(Workspace(folder))
    (message,) = [message for message in messages if message.alert.key == FALL]
    assert "from 1,000 in May 2026 to 880 in June 2026" in message.alert.evidence
    assert (message.alert.month, message.alert.change) == ("2026-06", pytest.approx(-0.12))


def test_a_month_without_the_one_before_is_held_against_none(folder: Path) -> None:
    say(folder, "[[alerts.rule]]", MONTHLY)
    sizes(folder, d20260430=1000, d20260630=500)
    assert FALL not in told(folder)


def test_each_month_of_a_falling_segment_is_told(folder: Path) -> None:
    say(folder, "[[alerts.rule]]", MONTHLY)
    sizes(folder, d20260430=1000, d20260531=880)
    assert told(folder)[FALL] == "opened"
    sizes(folder, d20260430=1000, d20260531=880, d20260630=775)
    assert told(folder) == {FALL: "opened"}
    assert told(folder) == {}
    sizes(folder, d20260430=1000, d20260531=880)  # a rollback: that month was told in its time
    assert told(folder) == {}
    sizes(folder, d20260531=880, d20260630=775, d20260731=770)
    assert told(folder) == {FALL: "resolved"}


def test_a_month_told_too_mildly_is_told_again_when_late_rows_make_it_worse(folder: Path) -> None:
    say(folder, "[[alerts.rule]]", MONTHLY)
    for customers, event in ((880, "opened"), (850, None), (819, "worsened"), (300, "worsened")):
        sizes(folder, d20260531=1000, d20260630=customers)
        assert told(folder).get(FALL) == event


def test_a_change_that_cannot_be_worked_out_is_not_told_as_over(folder: Path) -> None:
    say(folder, "[[alerts.rule]]", MONTHLY)
    sizes(folder, d20260531=1000, d20260630=800)
    told(folder)
    sizes(folder, d20260630=20, d20260731=19)  # fewer than the rule asks for
    assert told(folder) == {}
    assert FALL in standing(folder)


def test_a_change_nobody_asks_for_any_more_is_closed(folder: Path) -> None:
    before = (folder / "segmentation.toml").read_text()
    say(folder, "[[alerts.rule]]", MONTHLY)
    sizes(folder, d20260531=1000, d20260630=800)
    told(folder)
    (folder / "segmentation.toml").write_text(before)
    assert told(folder) == {FALL: "closed"}


def test_more_rows_left_out_are_told_again_and_small_steps_add_up(folder: Path) -> None:
    key = "quarantine/transactions"
    for rows, event in (
        (9_000, "opened"),  # of 150,000: 6%
        (12_000, None),
        (13_500, "worsened"),  # half as many again as were told of
        (60_000, "worsened"),
        (61_000, None),
        (9_000, None),
        (60_000, "worsened"),
        (150, "resolved"),
    ):
        change(folder, f"UPDATE reconciliation SET rows_quarantined = {rows} WHERE table_name = 'transactions'")
        assert told(folder).get(key) == event, rows


def test_a_table_that_is_not_read_any_more_is_closed(folder: Path) -> None:
    change(folder, "UPDATE reconciliation SET rows_quarantined = 60000 WHERE table_name = 'transactions'")
    told(folder)
    change(folder, "DELETE FROM reconciliation WHERE table_name = 'transactions'")
    assert told(folder) == {"quarantine/transactions": "closed"}


def test_a_secret_that_is_not_set_silences_nobody_else(
    folder: Path, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERT_SECRET", "not a real secret")
    with webhook() as other:
        say(folder, crm(hook.url), crm(other.url, "desk", "DESK_SECRET"))
        messages, report = tell(Workspace(folder))
        assert report.delivered == {"crm": len(messages)}
        assert report.failed == {"desk": "the environment variable DESK_SECRET is not set"}
        monkeypatch.setenv("DESK_SECRET", "not a real secret either")
        news, report = tell(Workspace(folder))
        assert (news, report) == ((), DeliveryReport({"desk": len(messages)}, {}))
        assert taken(other) == taken(hook)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ('metric = "customers"\nsegmentation = "behavior"', "no segmentation 'behavior'. Did you mean 'behaviour'"),
        ('metric = "custmers"', "no metric 'custmers'. Did you mean 'customers'"),
        ('metric = "customers"\nsegment = "s9"', "no segment 's9' in behaviour"),
    ],
)
def test_a_rule_about_what_is_not_there_silences_no_other(folder: Path, settings: str, words: str) -> None:
    say(folder, "[[alerts.rule]]", settings, 'change = "10%"\nminimum_base = 30', "[[alerts.rule]]", MONTHLY)
    sizes(folder, d20260531=1000, d20260630=800)
    messages, report = tell(Workspace(folder))
    assert {UNFIT, FALL} <= {message.alert.key for message in messages}
    (fault,) = report.faults
    assert fault.startswith("alerts.rule.1: there is ")
    assert words in fault
    assert not report.is_complete


def test_a_rule_about_a_metric_the_build_lacks_is_named_and_ends_nothing(folder: Path) -> None:
    say(folder, "[[alerts.rule]]", MONTHLY)
    sizes(folder, d20260531=1000, d20260630=800)
    told(folder)
    say(folder, "[[alerts.rule]]", 'metric = "value_share"\nchange = "10%"\nminimum_base = 30')
    change(folder, "ALTER TABLE segment_metrics DROP COLUMN value_share")
    messages, report = tell(Workspace(folder))
    assert messages == ()
    assert "does not have the metric 'value_share'" in report.faults[0]


def test_a_new_receiver_hears_once_of_what_is_open(
    folder: Path, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERT_SECRET", "not a real secret")
    say(folder, crm(hook.url))
    told(folder)
    change(folder, "UPDATE drift_verdicts SET verdict = 'fit' WHERE segment = 's2'")
    told(folder)
    with webhook() as other:
        say(folder, crm(other.url, "desk"))
        send_test(Workspace(folder))  # a test tells nothing of what is open
        before = len(hook.taken)
        assert told(folder) == {}
        assert set(taken(other)[1:]) == {("opened", key) for key in standing(folder)}
        assert "drift/behaviour/s2" not in standing(folder)
        count = len(other.taken)
        told(folder)
        assert (len(other.taken), len(hook.taken)) == (count, before)


def test_what_goes_to_logs_is_told_of_what_was_open_before(folder: Path) -> None:
    told(folder)
    lines: list[str] = []
    _, report = tell(Workspace(folder), (LineSink(lines.append),))
    assert report.delivered == {"stdout": len(standing(folder))}
    tell(Workspace(folder), (LineSink(lines.append),))
    assert {json.loads(line)["alert"]["key"] for line in lines} == standing(folder)
    assert len(lines) == len(standing(folder))


def test_a_refresh_that_failed_is_over_with_a_refresh_or_a_later_build_only(folder: Path) -> None:
    told(folder)
    tell_failure(Workspace(folder), "There is no file.")
    assert told(folder) == {}  # the build before the failure, looked at again
    messages, _ = tell(Workspace(folder), is_refreshed=True)
    assert [(message.alert.key, message.event) for message in messages] == [("build/failed", "resolved")]
    tell_failure(Workspace(folder), "There is no file.")
    write_workspace(folder)
    assert told(folder) == {"build/failed": "resolved"}
