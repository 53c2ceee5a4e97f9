"""One thing somebody should know: what it is about, how grave it is, the evidence and where to look."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Literal

Severity = Literal["watch", "unfit", "error"]
EventKind = Literal["opened", "worsened", "resolved", "closed", "test"]

GRAVITY: tuple[Severity, ...] = ("watch", "unfit", "error")
"""From the mildest to the gravest: something needs a look, no longer holds, or could not be done."""


@dataclass(frozen=True)
class Alert:
    """One thing somebody should know.

    Attributes
    ----------
    key : str
        What it is about: the same matter has the same key in every build, so that it is told once.
    severity : {"watch", "unfit", "error"}
    title, evidence : str
        In plain words.
    link : str
        The page that shows it; without the dashboard's address where the definition does not say it.
    segmentation, segment : str
        Empty where it is about no segmentation or segment.
    build_id : str
    as_of : date or None
        The latest snapshot; None where there is none.
    month : str
        The month whose change it tells of, as `2026-06`: the next month's is told anew. Empty where it is of no month.
    change : float or None
        How much came or went, as a share of what there was: -0.12 is a fall by 12%, and 12% of rows left out. Told
        again where it `is_clearly_larger`. None where the severity alone says how bad it is.
    """

    key: str
    severity: Severity
    title: str
    evidence: str
    link: str
    segmentation: str = ""
    segment: str = ""
    build_id: str = ""
    as_of: dt.date | None = None
    month: str = ""
    change: float | None = None

    def to_json(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self) | {"as_of": self.as_of and self.as_of.isoformat()}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Alert:
        """Read what `to_json` wrote; keys that a later version added are left out."""
        content = json.loads(text)
        known = {field.name: content[field.name] for field in fields(cls) if field.name in content}
        alert = cls(**known)
        return replace(alert, as_of=dt.date.fromisoformat(str(alert.as_of)) if alert.as_of else None)


def is_clearly_larger(now: float | None, told: float | None) -> bool:
    """Say whether a change is so much larger than the one people were told of that they should hear of it again.

    Half as large again is; so is a fall that halves what was left. Small steps add up, as each is held against what was
    told last. A change in the other direction is another matter.

    Parameters
    ----------
    now, told : float or None
        Relative changes: -0.12 is a fall by 12%.

    Examples
    --------
    >>> is_clearly_larger(-0.15, -0.10), is_clearly_larger(-0.14, -0.10)
    (True, False)
    >>> is_clearly_larger(-0.9, -0.8), is_clearly_larger(0.9, 0.8)
    (True, False)
    """
    if now is None or told is None or now * told <= 0 or abs(now) <= abs(told):
        return False
    # the digits of a product of floats must not decide at the very limit
    return abs(now) >= 1.5 * abs(told) - 1e-9 or (now < 0 and 1 + now <= (1 + told) / 2 + 1e-9)


@dataclass(frozen=True)
class Message:
    """What is sent of an alert: that it began, got worse, is over, or was closed.

    Attributes
    ----------
    message_id : str
        The same for every receiver and every attempt.
    event : {"opened", "worsened", "resolved", "closed", "test"}
        Resolved: looked at again and found well. Closed: it cannot be looked at any more, and the evidence says why.
    alert : Alert
    at : datetime
        When it was noticed, in UTC.
    """

    message_id: str
    event: EventKind
    alert: Alert
    at: dt.datetime

    @classmethod
    def of(cls, event: EventKind, alert: Alert, at: dt.datetime) -> Message:
        """Return a message with an id of its own."""
        parts = f"{event}\n{alert.key}\n{alert.severity}\n{alert.build_id}\n{at.isoformat()}"
        return cls(hashlib.sha256(parts.encode()).hexdigest()[:32], event, alert, at)

    def to_json(self) -> str:
        """Return it as the JSON that receivers get."""
        content = json.loads(self.alert.to_json())
        return json.dumps(
            {"id": self.message_id, "event": self.event, "at": self.at.isoformat(), "alert": content},
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> Message:
        """Read what `to_json` wrote."""
        content = json.loads(text)
        alert = Alert.from_json(json.dumps(content["alert"]))
        return cls(content["id"], content["event"], alert, dt.datetime.fromisoformat(content["at"]))
