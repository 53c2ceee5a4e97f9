"""Alerts reach a webhook and a mailbox once each, whatever goes wrong on the way."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from segmodel.alerts import (
    Alert,
    DeliveryReport,
    Ending,
    LineSink,
    MailboxSink,
    Message,
    Outbox,
    SendError,
    Sink,
    WebhookSink,
    deliver,
)
from segmodel.alerts.outbox import CLAIM
from segmodel.definition import Mailbox
from tests.support.ports import free_port
from tests.support.receivers import Mailserver, Webhook, mailserver, webhook

NOW = dt.datetime(2026, 7, 1, 6, tzinfo=dt.UTC)
SECRET = b"not a real secret"
UNFIT = Alert("drift/behaviour/s3", "unfit", "Fading: no longer fits", "They buy 28% less often.", "/drift?segment=s3")
LATE = Alert("review/behaviour", "watch", "A review is overdue", "It was due in March.", "/drift")


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path)


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook() as kept:
        yield kept


@pytest.fixture
def mail() -> Iterator[Mailserver]:
    with mailserver() as kept:
        yield kept


def to_webhook(url: str) -> WebhookSink:
    return WebhookSink("crm", url, SECRET)


def to_mailbox(port: int) -> MailboxSink:
    settings = {"name": "insight", "to": ["ana@example.com", "ben@example.com"], "sender": "segments@example.com"}
    return MailboxSink("insight", Mailbox(**settings, host="127.0.0.1", port=port, security="none"))


def record(outbox: Outbox, alerts: list[Alert], *sinks: str, now: dt.datetime = NOW) -> list[str]:
    return [message.event for message in outbox.record(alerts, sinks, now)]


def send(outbox: Outbox, *sinks: Sink, now: dt.datetime = NOW) -> tuple[DeliveryReport, list[float]]:
    waited: list[float] = []
    return deliver(outbox, sinks, lambda: now, waited.append, lambda: 0.5), waited


def titles(kept: Webhook) -> list[str]:
    return [json.loads(body)["alert"]["title"] for _, body in kept.taken]


def test_each_alert_is_posted_once_signed_and_with_a_key_of_its_own(outbox: Outbox, hook: Webhook) -> None:
    assert record(outbox, [UNFIT, LATE], "crm") == ["opened", "opened"]
    report, _ = send(outbox, to_webhook(hook.url))
    assert report.delivered == {"crm": 2}
    assert titles(hook) == [UNFIT.title, LATE.title]
    for headers, body in hook.taken:
        signed = f"{headers['X-Segmodel-Timestamp']}.".encode() + body
        expected = hmac.new(SECRET, signed, hashlib.sha256).hexdigest()
        assert headers["X-Segmodel-Signature"] == f"sha256={expected}"
        assert headers["Idempotency-Key"] == json.loads(body)["id"]
    assert len({headers["Idempotency-Key"] for headers, _ in hook.taken}) == 2
    # the next build finds the same: nobody hears of it again
    assert record(outbox, [UNFIT, LATE], "crm", now=NOW + dt.timedelta(days=1)) == []
    assert send(outbox, to_webhook(hook.url))[0].delivered == {}
    assert len(hook.taken) == 2


def test_all_of_a_run_is_one_mail_to_everybody(outbox: Outbox, mail: Mailserver) -> None:
    record(outbox, [UNFIT, LATE], "insight")
    assert send(outbox, to_mailbox(mail.port))[0].delivered == {"insight": 2}
    (taken,) = mail.taken
    assert mail.recipients == [["ana@example.com", "ben@example.com"]]
    assert taken["Subject"] == "New: Fading: no longer fits and 1 more"
    plain = taken.get_body(("plain",)).get_content()
    for words in (UNFIT.evidence, UNFIT.link, LATE.title, "Confidential"):
        assert words in plain
    send(outbox, to_mailbox(mail.port))
    assert len(mail.taken) == 1


def test_a_receiver_that_was_down_gets_each_alert_once_when_it_is_back(outbox: Outbox) -> None:
    hook_port, mail_port = free_port(), free_port()
    sinks = to_webhook(f"http://127.0.0.1:{hook_port}/alerts"), to_mailbox(mail_port)
    record(outbox, [UNFIT], "crm", "insight")
    report, waited = send(outbox, *sinks)
    assert set(report.failed) == {"crm", "insight"}
    assert not report.is_complete
    assert waited == [1.0, 2.0, 4.0] * 2  # doubled each time, for each of the two
    assert {sink: count for sink, (count, _) in outbox.waiting().items()} == {"crm": 1, "insight": 1}
    with webhook(hook_port) as hook, mailserver(mail_port) as mail:
        for _ in range(2):
            report, _ = send(outbox, *sinks)
            assert report.is_complete
        assert titles(hook) == [UNFIT.title]
        assert len(mail.taken) == 1
    assert outbox.waiting() == {}


def test_an_error_of_the_receiver_is_tried_again_with_the_same_key(outbox: Outbox, hook: Webhook) -> None:
    hook.answers = [(500, {}), (429, {"Retry-After": "7"})]
    record(outbox, [UNFIT], "crm")
    report, waited = send(outbox, to_webhook(hook.url))
    assert report.delivered == {"crm": 1}
    assert waited == [1.0, 7.0]
    assert {headers["Idempotency-Key"] for headers, _ in (*hook.refused, *hook.taken)} == {
        hook.taken[0][0]["Idempotency-Key"]
    }


def test_what_will_not_be_taken_is_not_tried_again_in_this_run_and_the_rest_is_sent(
    outbox: Outbox, hook: Webhook
) -> None:
    hook.answers = [(400, {})]
    record(outbox, [UNFIT, LATE], "crm")
    report, waited = send(outbox, to_webhook(hook.url))
    assert (report.delivered, waited) == ({"crm": 1}, [])
    assert "400" in report.failed["crm"]
    assert titles(hook) == [LATE.title]


def test_a_redirection_is_not_followed(outbox: Outbox, hook: Webhook) -> None:
    hook.answers = [(307, {"Location": hook.url})]
    record(outbox, [UNFIT], "crm")
    assert "307" in send(outbox, to_webhook(hook.url))[0].failed["crm"]
    assert hook.taken == []


def test_one_who_is_killed_before_marking_sends_again_only_after_the_claim(outbox: Outbox, hook: Webhook) -> None:
    record(outbox, [UNFIT], "crm")
    assert len(outbox.claim("crm", NOW)) == 1  # and is killed
    assert send(outbox, to_webhook(hook.url))[0].delivered == {}
    assert send(outbox, to_webhook(hook.url), now=NOW + CLAIM)[0].delivered == {"crm": 1}


class Slow:
    """A receiver that takes twenty seconds for each message, and after the sixteenth another run begins."""

    name, together = "crm", False

    def __init__(self, outbox: Outbox) -> None:
        self.now, self.taken = NOW, list[str]()
        self.outbox = outbox

    def send(self, messages: Sequence[Message], now: dt.datetime, taken_by: Collection[str] = ()) -> None:  # noqa: ARG002 - as all sinks
        self.now += dt.timedelta(seconds=20)
        if len(self.taken) == 16:
            self.taken.append("")  # begins once
            deliver(self.outbox, [self], lambda: self.now)
        self.taken += [message.alert.key for message in messages]


def test_slow_receivers_do_not_outlast_a_claim(outbox: Outbox) -> None:
    keys = [f"drift/behaviour/s{place}" for place in range(20)]
    record(outbox, [Alert(key, "watch", key, "", "/drift") for key in keys], "crm")
    slow = Slow(outbox)
    deliver(outbox, [slow], lambda: slow.now)
    assert slow.now - NOW > CLAIM
    assert sorted(filter(None, slow.taken)) == sorted(keys)


class Reluctant(Slow):
    """A receiver that takes everything at the fourth attempt, each nearly as long as a claim."""

    together = True

    def send(self, messages: Sequence[Message], now: dt.datetime, taken_by: Collection[str] = ()) -> None:  # noqa: ARG002 - as all sinks
        self.now += CLAIM * 0.7
        assert self.outbox.claim("crm", self.now) == ()
        if len(self.taken) < 3:
            self.taken.append("")
            raise SendError("it is busy", is_passing=True)


def test_each_attempt_extends_the_claim(outbox: Outbox) -> None:
    record(outbox, [UNFIT, LATE], "crm")
    reluctant = Reluctant(outbox)
    report = deliver(outbox, [reluctant], lambda: reluctant.now, lambda _: None)
    assert report.delivered == {"crm": 2}


def test_who_refused_a_mail_is_told_again_and_nobody_else(outbox: Outbox, mail: Mailserver) -> None:
    mail.refused = {"ben@example.com": 550}
    record(outbox, [UNFIT], "insight")
    report, waited = send(outbox, to_mailbox(mail.port))
    assert report == DeliveryReport({}, {"insight": "it refused ben@example.com (550)"})
    assert waited == []  # not for now, but for good
    assert mail.recipients == [["ana@example.com"]]
    # what is new goes to both, whatever becomes of the other
    record(outbox, [UNFIT, LATE], "insight")
    send(outbox, to_mailbox(mail.port))
    assert mail.recipients == [["ana@example.com"]] * 2
    mail.refused = {}
    assert send(outbox, to_mailbox(mail.port))[0] == DeliveryReport({"insight": 2}, {})
    assert mail.recipients[2:] == [["ben@example.com"]]
    assert mail.taken[2]["Subject"] == "New: Fading: no longer fits and 1 more"
    assert outbox.waiting() == {}


def test_a_refusal_for_now_is_tried_again_in_the_same_run(outbox: Outbox, mail: Mailserver) -> None:
    mail.refused, mail.refusals = {"ben@example.com": 451}, 2
    record(outbox, [UNFIT], "insight")
    report, waited = send(outbox, to_mailbox(mail.port))
    assert (report.delivered, waited) == ({"insight": 1}, [1.0, 2.0])
    assert mail.recipients == [["ana@example.com"], ["ben@example.com"]]


def test_a_refusal_by_everybody_is_told(outbox: Outbox, mail: Mailserver) -> None:
    mail.refused = {"ana@example.com": 550, "ben@example.com": 550}
    record(outbox, [UNFIT], "insight")
    report, _ = send(outbox, to_mailbox(mail.port))
    assert report.failed == {"insight": "it refused ana@example.com (550), ben@example.com (550)"}
    assert outbox.waiting()["insight"] == (1, report.failed["insight"])
    mail.refused = {}
    send(outbox, to_mailbox(mail.port))
    assert mail.recipients == [["ana@example.com", "ben@example.com"]]


def test_an_address_that_was_mended_gets_what_the_wrong_one_refused(outbox: Outbox, mail: Mailserver) -> None:
    mail.refused = {"ben@example.com": 550}
    record(outbox, [UNFIT], "insight")
    send(outbox, to_mailbox(mail.port))
    mended = to_mailbox(mail.port).settings.model_copy(update={"to": ("ana@example.com", "benjamin@example.com")})
    send(outbox, MailboxSink("insight", mended))
    assert mail.recipients == [["ana@example.com"], ["benjamin@example.com"]]


def test_of_two_runs_at_once_one_sends(tmp_path: Path, hook: Webhook) -> None:
    Outbox(tmp_path).record([UNFIT, LATE], ["crm"], NOW)
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(send, Outbox(tmp_path), to_webhook(hook.url)) for _ in range(4)]
        assert sum(run.result()[0].delivered.get("crm", 0) for run in runs) == 2
    assert sorted(titles(hook)) == sorted([UNFIT.title, LATE.title])


def test_two_runs_at_once_note_an_alert_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(record, Outbox(tmp_path), [UNFIT], "crm") for _ in range(4)]
        assert sorted(len(run.result()) for run in runs) == [0, 0, 0, 1]


def test_worse_is_told_again_milder_is_not_and_the_end_is_told(outbox: Outbox) -> None:
    mild = Alert(**{**vars(UNFIT), "severity": "watch"})
    assert record(outbox, [mild], "crm") == ["opened"]
    assert record(outbox, [UNFIT], "crm") == ["worsened"]
    assert record(outbox, [mild], "crm") == []
    assert [each.alert.severity for each in outbox.standing()] == ["watch"]
    assert record(outbox, [], "crm") == ["resolved"]
    assert outbox.standing() == ()
    assert record(outbox, [], "crm") == []
    assert record(outbox, [UNFIT], "crm") == ["opened"]


def test_only_what_somebody_can_judge_ends(outbox: Outbox) -> None:
    record(outbox, [UNFIT, LATE], "crm")
    endings = {LATE.key: Ending(), UNFIT.key: None}
    (message,) = outbox.record([], ["crm"], NOW, lambda alert: endings[alert.key])
    assert (message.event, message.alert) == ("resolved", LATE)
    assert [each.alert.key for each in outbox.standing()] == [UNFIT.key]
    (message,) = outbox.record([], ["crm"], NOW, lambda _: Ending("closed", "It is gone."))
    assert (message.event, message.alert.title, message.alert.evidence) == ("closed", UNFIT.title, "It is gone.")
    assert outbox.standing() == ()


def test_names_with_breaks_begin_no_header_and_no_markup(outbox: Outbox, mail: Mailserver) -> None:
    odd = Alert("x", "watch", "A\r\nBcc: eve@example.com\n<b>bold</b>", "<script>alert(1)</script>", "/drift")
    record(outbox, [odd], "insight")
    send(outbox, to_mailbox(mail.port))
    (taken,) = mail.taken
    assert taken["Bcc"] is None
    assert taken["Subject"] == "New: A Bcc: eve@example.com <b>bold</b>"
    assert "<script>" not in taken.get_body(("html",)).get_content()


def test_lines_of_json_are_for_logs(outbox: Outbox) -> None:
    written: list[str] = []
    record(outbox, [UNFIT], "stdout")
    send(outbox, LineSink(written.append))
    (line,) = written
    assert json.loads(line)["alert"]["key"] == UNFIT.key
    assert "\n" not in line


def test_on_postgresql_it_is_the_same(postgres_url: str, tmp_path: Path, hook: Webhook) -> None:
    outbox = Outbox(tmp_path, postgres_url)
    with ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(Outbox(tmp_path, postgres_url).record, [UNFIT], ["crm"], NOW) for _ in range(3)]
        assert sum(len(run.result()) for run in runs) == 1
        sent = [pool.submit(send, Outbox(tmp_path, postgres_url), to_webhook(hook.url)) for _ in range(3)]
        assert sum(run.result()[0].delivered.get("crm", 0) for run in sent) == 1
    assert titles(hook) == [UNFIT.title]
    assert outbox.standing()[0].first_seen_at == NOW


def test_a_workspace_is_the_same_in_a_shared_database_when_its_definition_cannot_be_read(
    postgres_url: str, tmp_path: Path
) -> None:
    definition = tmp_path / "segmentation.toml"
    definition.write_text("name = [[[")
    record(Outbox(tmp_path, postgres_url, "Harbour"), [UNFIT], "crm")
    definition.write_text('name = "Harbour"')
    assert [each.alert.key for each in Outbox(tmp_path, postgres_url).standing()] == [UNFIT.key]


def test_an_error_says_whether_trying_again_may_help() -> None:
    refusing: Callable[[], None] = lambda: to_webhook("http://127.0.0.1:1/x").send([_message()], NOW)  # noqa: E731
    with pytest.raises(SendError) as caught:
        refusing()
    assert caught.value.is_passing


def _message() -> Message:
    return Message.of("opened", UNFIT, NOW)
