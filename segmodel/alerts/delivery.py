"""Sending what waits: with back-off within a run, and again at the next one."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from segmodel.alerts.outbox import Delivery, Outbox
from segmodel.alerts.sinks import SendError, Sink

ATTEMPTS = 4
"""In one run; what is left waits for the next."""

FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0
"""Seconds before the second attempt, doubled each time, and the most that is waited at a receiver's wish."""


@dataclass(frozen=True)
class DeliveryReport:
    """What became of the messages of a run.

    Attributes
    ----------
    delivered : dict of str to int
        By receiver.
    failed : dict of str to str
        Why, by receiver that did not take all.
    faults : tuple of str
        What could not be looked at, such as a rule about a segment that is not there.
    """

    delivered: dict[str, int]
    failed: dict[str, str]
    faults: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether everything was looked at and every message was taken."""
        return not self.failed and not self.faults


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def deliver(
    outbox: Outbox,
    sinks: Sequence[Sink],
    now: Callable[[], dt.datetime] = _now,
    sleep: Callable[[float], None] = time.sleep,
    jitter: Callable[[], float] = random.random,
) -> DeliveryReport:
    """Send every message that is due, to each receiver that has not taken it yet.

    A message is claimed before it is sent and marked after: of two runs at once one sends it. Messages that are sent
    one by one are claimed one by one, and each attempt extends the claim, so that slow receivers do not outlast it. A
    process that is killed between sending and marking makes the next run send again, with the same `Idempotency-Key`,
    once the claim is over.

    Parameters
    ----------
    outbox : Outbox
    sinks : sequence of Sink
    now, sleep, jitter : callable
        The clock, how to wait, and a number from 0 to 1 that spreads the waiting of many.

    Raises
    ------
    CouncilError
        When the database cannot be reached or written.
    """
    delivered: dict[str, int] = {}
    failed: dict[str, str] = {}
    sending = _Sending(outbox, now, sleep, jitter)
    for sink in sinks:
        count, why = sending.everything_due(sink)
        if count:
            delivered[sink.name] = count
        if why:
            failed[sink.name] = why
    return DeliveryReport(delivered, failed)


@dataclass(frozen=True)
class _Sending:
    """What every receiver of a run is sent with."""

    outbox: Outbox
    now: Callable[[], dt.datetime]
    sleep: Callable[[float], None]
    jitter: Callable[[], float]

    def everything_due(self, sink: Sink) -> tuple[int, str]:
        """Return how many messages a receiver took, and why it did not take the others."""
        count, why, last = 0, "", 0
        while due := self.outbox.claim(sink.name, self.now(), last, None if sink.together else 1):
            last = due[-1].id
            batches = _alike(due)
            for place, batch in enumerate(batches):
                error = self._send(sink, batch, due)
                if error is None:
                    self.outbox.delivered(batch, self.now())
                    count += len(batch)
                    continue
                why = str(error)
                if error.is_passing and not error.taken_by:  # it is down: the others would wait in vain
                    self.outbox.failed([each for rest in batches[place + 1 :] for each in rest], why)
                    return count, why
        return count, why

    def _send(self, sink: Sink, batch: Sequence[Delivery], due: Sequence[Delivery]) -> SendError | None:
        """Send messages as one, give back what was not taken, and return why."""
        taken_by = batch[0].taken_by

        def send() -> None:
            nonlocal taken_by
            self.outbox.hold(due, self.now())
            try:
                sink.send([each.message for each in batch], self.now(), taken_by)
            except SendError as error:
                taken_by = error.taken_by or taken_by
                raise

        try:
            with_back_off(send, self.sleep, self.jitter)
        except SendError as error:
            self.outbox.failed(batch, str(error), taken_by)
            return error
        return None


def with_back_off(
    send: Callable[[], None],
    sleep: Callable[[float], None] = time.sleep,
    jitter: Callable[[], float] = random.random,
) -> None:
    """Try to send up to `ATTEMPTS` times, waiting longer each time, as long as trying again may help.

    Parameters
    ----------
    send : callable
        Raises SendError when it was not taken.
    sleep, jitter : callable
        How to wait, and a number from 0 to 1 that spreads the waiting of many.

    Raises
    ------
    SendError
        That of the last attempt.
    """
    wait = FIRST_WAIT
    for attempt in range(1, ATTEMPTS + 1):
        try:
            send()
        except SendError as error:
            if not error.is_passing or attempt == ATTEMPTS:
                raise
            sleep(min(max(wait * (0.5 + jitter()), error.wait), LONGEST_WAIT))
            wait *= 2
        else:
            return


def _alike(due: Sequence[Delivery]) -> list[list[Delivery]]:
    """Return deliveries by who has taken them already: only those go into one e-mail."""
    batches: dict[tuple[str, ...], list[Delivery]] = {}
    for each in due:
        batches.setdefault(each.taken_by, []).append(each)
    return list(batches.values())
