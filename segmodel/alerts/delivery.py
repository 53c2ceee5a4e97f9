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
    """

    delivered: dict[str, int]
    failed: dict[str, str]

    @property
    def is_complete(self) -> bool:
        """Whether every message was taken."""
        return not self.failed


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

    A message is claimed before it is sent and marked after: of two runs at once one sends it. A process that is killed
    between sending and marking makes the next run send again, with the same `Idempotency-Key`, once the claim is over.

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
    for sink in sinks:
        due = outbox.claim(sink.name, now())
        batches = [due] if sink.together and due else [(each,) for each in due]
        for place, batch in enumerate(batches):
            try:
                _send(sink, batch, now, sleep, jitter)
            except SendError as error:
                failed[sink.name] = str(error)
                outbox.failed(batch, str(error))
                if error.is_passing:  # it is down: the others would wait in vain
                    outbox.failed([each for rest in batches[place + 1 :] for each in rest], str(error))
                    break
            else:
                outbox.delivered(batch, now())
                delivered[sink.name] = delivered.get(sink.name, 0) + len(batch)
    return DeliveryReport(delivered, failed)


def _send(
    sink: Sink,
    batch: Sequence[Delivery],
    now: Callable[[], dt.datetime],
    sleep: Callable[[float], None],
    jitter: Callable[[], float],
) -> None:
    wait = FIRST_WAIT
    for attempt in range(1, ATTEMPTS + 1):
        try:
            sink.send([each.message for each in batch], now())
        except SendError as error:
            if not error.is_passing or attempt == ATTEMPTS:
                raise
            sleep(min(max(wait * (0.5 + jitter()), error.wait), LONGEST_WAIT))
            wait *= 2
        else:
            return
