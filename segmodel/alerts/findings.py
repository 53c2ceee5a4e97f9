"""What looking at a build found: the alerts, what was well, and what could not be looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segmodel.alerts.alert import Alert
from segmodel.alerts.outbox import Ending

BUILD_FAILED = "build/failed"

_GONE = {
    "change": "No rule of the definition asks for it any more.",
    "quarantine": "The table is not read any more.",
    "refit": "The segments follow rules that people set now, so there is nothing to find anew.",
}


@dataclass(frozen=True)
class Findings:
    """What looking at a build found.

    Attributes
    ----------
    alerts : tuple of Alert
        All that stand.
    checked : frozenset of str
        Keys that were looked at: one of them that does not stand is over.
    unknown : frozenset of str
        Keys that should have been looked at and could not, such as those of a segment that is not tested.
    segments : mapping of str to frozenset of str
        Ids of the segments of each segmentation.
    faults : tuple of str
        Why rules of the definition could not be followed.
    build_id : str
        The build that was looked at.
    """

    alerts: tuple[Alert, ...]
    checked: frozenset[str]
    unknown: frozenset[str]
    segments: Mapping[str, frozenset[str]]
    faults: tuple[str, ...]
    build_id: str

    def ending(self, alert: Alert) -> Ending | None:
        """Say how an open alert that does not stand any more ended; None where nobody can tell.

        Only what was looked at again is told as over. What cannot be looked at any more is closed with the reason.
        """
        if alert.key in self.checked:
            return Ending()
        if alert.key == BUILD_FAILED:  # over with a later build, not with another look at the one before
            return Ending() if self.build_id > alert.build_id else None
        if alert.key in self.unknown:
            return None
        name = alert.segmentation
        if name and name not in self.segments:
            return _closed(f"The segmentation {name} is not in the build any more.")
        if alert.segment and alert.segment not in self.segments[name]:
            return _closed(f"The segment is not part of {name} any more.")
        why = _GONE.get(alert.key.partition("/")[0])
        return _closed(why) if why else None


def _closed(why: str) -> Ending:
    return Ending("closed", f"{why} It is not looked at again, which does not say that it is well.")
