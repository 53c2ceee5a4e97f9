"""Where alerts go: a webhook, signed; a mailbox, by SMTP; one line of JSON each on stdout."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import html
import os
import smtplib
import ssl
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Protocol

import urllib3

from segmodel.alerts.alert import Message
from segmodel.definition import Alerts, Mailbox, Webhook
from segmodel.errors import AlertError

TIMEOUT_SECONDS = 10
"""Until a receiver has answered."""

SIGNATURE, TIMESTAMP, IDEMPOTENCY = "X-Segmodel-Signature", "X-Segmodel-Timestamp", "Idempotency-Key"
"""Headers of a webhook."""

_AGAIN = {408, 425, 429, 500, 502, 503, 504}


class SendError(Exception):
    """A receiver did not take what was sent.

    Attributes
    ----------
    is_passing : bool
        Whether trying again may help.
    wait : float
        Seconds the receiver asked to wait; 0 where it did not say.
    taken_by : tuple of str
        Addresses that did take it, where only some refused.
    """

    def __init__(self, message: str, *, is_passing: bool, wait: float = 0.0, taken_by: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.is_passing = is_passing
        self.wait = wait
        self.taken_by = taken_by


class Sink(Protocol):
    """A receiver."""

    @property
    def name(self) -> str:
        """What it is called in the definition."""

    @property
    def together(self) -> bool:
        """Whether it takes all messages of a run as one."""

    def send(self, messages: Sequence[Message], now: dt.datetime, taken_by: Collection[str] = ()) -> None:
        """Send messages, but not to addresses that took them already; raises SendError when they were not taken."""


@dataclass(frozen=True)
class WebhookSink:
    """Posts each message as JSON, signed by HMAC-SHA256 over `<timestamp>.<body>`; see docs/alerts.md."""

    name: str
    url: str
    secret: bytes = field(repr=False)
    together: bool = False

    def send(self, messages: Sequence[Message], now: dt.datetime, taken_by: Collection[str] = ()) -> None:  # noqa: ARG002 - as all sinks
        """Post each message on its own."""
        for message in messages:
            self._post(message, now)

    def _post(self, message: Message, now: dt.datetime) -> None:
        post_signed(self.url, self.secret, message.to_json().encode(), message.message_id, now)


def post_signed(url: str, secret: bytes, body: bytes, key: str, now: dt.datetime) -> None:
    """Post JSON, signed; the receiver tells a repetition by its key.

    Parameters
    ----------
    url : str
    secret, body : bytes
    key : str
        The same for every attempt.
    now : datetime

    Raises
    ------
    SendError
        When it was not taken.
    """
    timestamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "segmodel",
        IDEMPOTENCY: key,
        TIMESTAMP: timestamp,
        SIGNATURE: f"sha256={sign(secret, timestamp, body)}",
    }
    try:
        # never redirected: a signed body goes where the definition says, or nowhere
        with urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(TIMEOUT_SECONDS)) as pool:
            answer = pool.request("POST", url, body=body, headers=headers, redirect=False)
    except urllib3.exceptions.HTTPError as error:
        raise SendError(f"it cannot be reached ({type(error).__name__})", is_passing=True) from error
    if not 200 <= answer.status < 300:
        wait = answer.headers.get("Retry-After", "")
        raise SendError(
            f"it answered {answer.status}",
            is_passing=answer.status in _AGAIN,
            wait=float(wait) if wait.isdigit() else 0.0,
        )


@dataclass(frozen=True)
class MailboxSink:
    """Sends all messages of a run as one e-mail, in plain text and as HTML."""

    name: str
    settings: Mailbox
    user: str = ""
    password: str = field(default="", repr=False)
    together: bool = True

    def send(self, messages: Sequence[Message], now: dt.datetime, taken_by: Collection[str] = ()) -> None:
        """Send one e-mail of all messages to everybody who has not taken it yet."""
        settings = self.settings
        asked = [address for address in settings.to if address not in taken_by]
        if not asked:  # who refused is no longer named
            return
        mail = _mail(messages, settings, now)
        try:
            with self._connection() as server:
                if settings.security == "starttls":
                    server.starttls(context=ssl.create_default_context())
                if self.user:
                    server.login(self.user, self.password)
                refused = server.send_message(mail, to_addrs=asked)
        except smtplib.SMTPAuthenticationError as error:
            raise SendError("it refused user or password", is_passing=False) from error
        except smtplib.SMTPRecipientsRefused as error:
            raise _refusal(error.recipients, tuple(taken_by)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise SendError(
                f"it cannot be reached or refused the mail ({type(error).__name__})", is_passing=True
            ) from error
        if refused:
            raise _refusal(refused, (*taken_by, *(address for address in asked if address not in refused)))

    def _connection(self) -> smtplib.SMTP:
        settings = self.settings
        if settings.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(settings.host, settings.port, timeout=TIMEOUT_SECONDS, context=context)
        return smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_SECONDS)


def _refusal(refused: Mapping[str, tuple[int, bytes]], taken_by: tuple[str, ...]) -> SendError:
    """Return the error of addresses that a mail server refused; a code of 400 to 499 is for now (RFC 5321, 4.2.1)."""
    who = ", ".join(f"{address} ({code})" for address, (code, _) in refused.items())
    is_passing = any(400 <= code < 500 for code, _ in refused.values())
    return SendError(f"it refused {who}", is_passing=is_passing, taken_by=taken_by)


@dataclass(frozen=True)
class LineSink:
    """Writes each message as one line of JSON, as logs are collected."""

    write: Callable[[str], None]
    name: str = "stdout"
    together: bool = False

    def send(self, messages: Sequence[Message], now: dt.datetime, taken_by: Collection[str] = ()) -> None:  # noqa: ARG002 - as all sinks
        """Write one line a message."""
        for message in messages:
            self.write(message.to_json())


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return the signature of a body: HMAC-SHA256 (RFC 2104) over timestamp, a full stop and the body, as hex."""
    return hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def sinks_of(settings: Alerts) -> tuple[tuple[Sink, ...], dict[str, str]]:
    """Return the receivers of a definition, with what their environment variables hold.

    Returns
    -------
    tuple
        The receivers that can be sent to, and by the name of each other one why it cannot.
    """
    sinks: list[Sink] = []
    faults: dict[str, str] = {}
    for receiver in settings.receivers:
        try:
            sinks.append(_sink(receiver))
        except AlertError as error:
            faults[receiver.name] = str(error)
    return tuple(sinks), faults


def _sink(receiver: Webhook | Mailbox) -> Sink:
    if isinstance(receiver, Webhook):
        return WebhookSink(receiver.name, receiver.url, variable(receiver.secret).encode())
    return MailboxSink(receiver.name, receiver, variable(receiver.user), variable(receiver.password))


def variable(name: str | None) -> str:
    """Return what an environment variable holds; raises AlertError where it is not set."""
    if name is None:
        return ""
    value = os.environ.get(name, "")
    if not value:
        raise AlertError(f"the environment variable {name} is not set")
    return value


_EVENTS = {"opened": "New", "worsened": "Worse", "resolved": "Over", "closed": "Closed", "test": "Test"}


def _mail(messages: Sequence[Message], settings: Mailbox, now: dt.datetime) -> EmailMessage:
    mail = EmailMessage()
    first = messages[0].alert.title
    more = f" and {len(messages) - 1} more" if len(messages) > 1 else ""
    mail["Subject"] = _one_line(f"{_EVENTS[messages[0].event]}: {first}{more}")
    mail["From"] = settings.sender
    mail["To"] = ", ".join(settings.to)
    mail["Date"] = format_datetime(now)
    # the same for every attempt, so that a mail server can tell a repetition
    mail["Message-ID"] = f"<{messages[0].message_id}.{len(messages)}@segmodel>" if messages else make_msgid()
    parts = [(f"{_EVENTS[each.event]}: {each.alert.title}", each.alert.evidence, each.alert.link) for each in messages]
    mail.set_content(
        "\n\n".join(f"{title}\n{evidence}\n{link}" for title, evidence, link in parts) + "\n\nConfidential\n"
    )
    rows = "".join(
        f"<h3>{html.escape(title)}</h3><p>{html.escape(evidence)}</p><p>{html.escape(link)}</p>"
        for title, evidence, link in parts
    )
    mail.add_alternative(f"<html><body>{rows}<p>Confidential</p></body></html>", subtype="html")
    return mail


def _one_line(text: str) -> str:
    """Return text without breaks: names come from people, and a break would begin another header."""
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())[:200]
