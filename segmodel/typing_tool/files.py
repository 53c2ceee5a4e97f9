"""Published batteries as files: readable, hashed, never changed.

typing/needs/v001.json   a battery; the newest is in use, of survey items and of cues
"""

from __future__ import annotations

import datetime
import re
from pathlib import Path

from segmodel.errors import TypingToolError, did_you_mean
from segmodel.store import disk_errors, locked, remove_unfinished, replace_file
from segmodel.typing_tool.battery import Battery

_VERSION = re.compile(r"^v(\d{3,})\.json$")
_WAIT_SECONDS = 5.0


class BatteryFiles:
    """The batteries of a workspace.

    Parameters
    ----------
    folder : Path
        The workspace.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "typing"
        self._lock = folder / "store" / "typing.lock"

    def versions(self, segmentation: str) -> tuple[str, ...]:
        """Return the versions of a segmentation's battery, oldest first: `('v001', 'v002')`."""
        found = (_VERSION.match(path.name) for path in self._of(segmentation).glob("v*.json"))
        return tuple(f"v{number:03d}" for number in sorted(int(match[1]) for match in found if match))

    def latest(self, segmentation: str, source: str) -> Battery | None:
        """Return the newest battery of survey items, or of cues; None where none is published."""
        for version in reversed(self.versions(segmentation)):
            battery = self.load(segmentation, version)
            if battery.source == source:
                return battery
        return None

    def load(self, segmentation: str, version: str | None = None, source: str = "survey") -> Battery:
        """Read a battery; None: the newest of survey items, or of cues.

        Raises
        ------
        TypingToolError
            When there is none, or the file is damaged or was edited by hand.
        """
        versions = self.versions(segmentation)
        newest = self.latest(segmentation, source) if version is None else None
        if newest is not None:
            return newest
        if version is None:
            raise TypingToolError(
                f"No battery of {segmentation} from {source} is published yet. Publish one with: "
                f"segmodel typing FOLDER {segmentation} --from {source} --publish"
            )
        if version not in versions:  # also what a visitor made up never becomes a path
            hint = did_you_mean(version, versions)
            raise TypingToolError(
                f"There is no battery {version[:40]} of {segmentation}; there: {', '.join(versions) or 'none'}.{hint}"
            )
        path = self._of(segmentation) / f"{version}.json"
        shown = path.relative_to(self.folder.parent)
        try:
            battery = Battery.from_json(path.read_text(encoding="utf-8"))
        except TypingToolError as error:
            raise TypingToolError(f"'{shown}': {error}") from error
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise TypingToolError(f"'{shown}' cannot be read: {reason}.") from error
        if (battery.segmentation, battery.version) != (segmentation, version):
            raise TypingToolError(f"'{shown}' holds {battery.segmentation} {battery.version}: it was moved here.")
        return battery

    def publish(self, battery: Battery, who: str, now: datetime.datetime | None = None) -> Battery:
        """Keep a battery as the next version, in use from now on; what was published before stays as it is.

        Raises
        ------
        StoreError
            When somebody else is publishing.
        EngineError
            When the disk cannot be written to.
        """
        at = (now or datetime.datetime.now(datetime.UTC)).astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        folder = self._of(battery.segmentation)
        with locked(self._lock, "Somebody else is publishing a battery", _WAIT_SECONDS), disk_errors():
            folder.mkdir(parents=True, exist_ok=True)
            remove_unfinished(folder)
            last = max((int(version[1:]) for version in self.versions(battery.segmentation)), default=0)
            kept = battery.published(f"v{last + 1:03d}", who, at)
            replace_file(folder / f"{kept.version}.json", kept.to_json())
        return kept

    def _of(self, segmentation: str) -> Path:
        return self.folder / segmentation
