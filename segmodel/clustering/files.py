"""Model versions as files: readable, diffable, hashed, never changed; and the log that says which is in use.

models/behaviour/v003.json   a version
models/behaviour/log.jsonl   what was done with the versions: who, when, why; the last step in use names the champion
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from segmodel.clustering.steps import Step, in_use, read_steps
from segmodel.clustering.version import ModelVersion
from segmodel.errors import ScorecardError, did_you_mean
from segmodel.store import disk_errors, locked, remove_unfinished, replace_file

_VERSION = re.compile(r"^v(\d{3,})\.json$")
_WAIT_SECONDS = 5.0


class ModelFiles:
    """The model versions of a workspace.

    Parameters
    ----------
    folder : Path
        The workspace's `models` folder; made when the first model is saved.
    lock : Path
        File that is locked while versions are added or taken into use; not in `folder`, which people keep under
        version control.
    """

    def __init__(self, folder: Path, lock: Path) -> None:
        self.folder = folder
        self.lock = lock

    def versions(self, segmentation: str) -> tuple[str, ...]:
        """Return the versions of a segmentation, oldest first: `('v001', 'v002')`."""
        found = (_VERSION.match(path.name) for path in (self.folder / segmentation).glob("v*.json"))
        numbers = sorted(int(match.group(1)) for match in found if match)
        return tuple(_named(number) for number in numbers)

    def next_version(self, segmentation: str) -> str:
        """Return the name of the version to be saved next; none that the log mentions is used again."""
        known = (*self.versions(segmentation), *(step.version for step in self.steps(segmentation)))
        return _named(max((int(version[1:]) for version in known), default=0) + 1)

    def load(self, segmentation: str, version: str) -> ModelVersion:
        """Read one version.

        Raises
        ------
        ScorecardError
            When the file is missing, damaged or was edited by hand.
        """
        versions = self.versions(segmentation)
        if version not in versions:  # also what a visitor made up never becomes a path
            known, hint = ", ".join(versions) or "none", did_you_mean(version, versions)
            if any(step.version == version for step in self.steps(segmentation)):
                hint = f" Its file is gone: restore it, or remove models/{segmentation} to begin anew."
            raise ScorecardError(f"There is no version {version[:40]} of {segmentation}; there: {known}.{hint}")
        path = self.folder / segmentation / f"{version}.json"
        with self._naming(path):
            return ModelVersion.from_json(path.read_text(encoding="utf-8"))

    def ids(self, segmentation: str) -> frozenset[str]:
        """Return every segment id that any version has, or knows to be retired should an earlier file be lost."""
        models = [self.load(segmentation, version) for version in self.versions(segmentation)]
        own = {segment.id for model in models for segment in model.segments}
        return frozenset(own.union(*(model.diagnostics.get("identity", {}).get("retired", ()) for model in models)))

    def steps(self, segmentation: str) -> tuple[Step, ...]:
        """Return what was done with the versions, oldest first.

        Raises
        ------
        ScorecardError
            When the log is damaged.
        """
        path = self._log(segmentation)
        with self._naming(path):
            return read_steps(path.read_text(encoding="utf-8")) if path.exists() else ()

    def champion(self, segmentation: str) -> Step | None:
        """Return the step that took the version in use into use, or None before the first."""
        standing = in_use(self.steps(segmentation))
        return standing[-1] if standing else None

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Let nobody else add versions or take them into use for the length of the block.

        Raises
        ------
        StoreError
            When somebody else is doing so for longer than a few seconds.
        """
        with locked(self.lock, "Somebody else is changing the models", _WAIT_SECONDS), disk_errors():
            for folder in self.folder.glob("*/"):
                remove_unfinished(folder)
            yield

    def save(self, model: ModelVersion, step: Step) -> None:
        """Write a new version and record what it is; call it inside `changing`.

        The version comes first: killed in between, it leaves a version that nobody uses.

        Raises
        ------
        ScorecardError
            When another version took the name in the meantime.
        """
        path = self.folder / model.segmentation / f"{model.version}.json"
        if path.exists():
            raise ScorecardError(
                f"Somebody else saved version {model.version} of {model.segmentation} in the meantime. Try again."
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, model.to_json())
        self.record(model.segmentation, step)

    def record(self, segmentation: str, step: Step) -> None:
        """Add a step to the log; call it inside `changing`. Readers see the log before or after, never half a line."""
        path = self._log(segmentation)
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, "".join(each.to_line() for each in (*self.steps(segmentation), step)))

    def _log(self, segmentation: str) -> Path:
        return self.folder / segmentation / "log.jsonl"

    @contextlib.contextmanager
    def _naming(self, path: Path) -> Iterator[None]:
        """Say which file it is that cannot be used, from the workspace on: visitors of the dashboard may read it."""
        shown = path.relative_to(self.folder.parent)
        try:
            yield
        except ScorecardError as error:
            raise ScorecardError(f"'{shown}': {error}") from error
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise ScorecardError(f"'{shown}' cannot be read: {reason}.") from error


def _named(number: int) -> str:
    return f"v{number:03d}"
