"""Model versions as files: `models/<segmentation>/v003.json`, readable, diffable, hashed, never changed."""

from __future__ import annotations

import re
from pathlib import Path

from segmodel.clustering.version import ModelVersion
from segmodel.errors import ScorecardError
from segmodel.store import replace_file

_VERSION = re.compile(r"^v(\d{3,})\.json$")


class ModelFiles:
    """The model versions of a workspace.

    Parameters
    ----------
    folder : Path
        The workspace's `models` folder; made when the first model is saved.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def versions(self, segmentation: str) -> tuple[str, ...]:
        """Return the versions of a segmentation, oldest first: `('v001', 'v002')`."""
        found = (_VERSION.match(path.name) for path in (self.folder / segmentation).glob("v*.json"))
        numbers = sorted(int(match.group(1)) for match in found if match)
        return tuple(_named(number) for number in numbers)

    def next_version(self, segmentation: str) -> str:
        """Return the name of the version to be saved next."""
        versions = self.versions(segmentation)
        return _named(int(versions[-1][1:]) + 1 if versions else 1)

    def load(self, segmentation: str, version: str) -> ModelVersion:
        """Read one version.

        Raises
        ------
        ScorecardError
            When the file is missing, damaged or was edited by hand.
        """
        path = self.folder / segmentation / f"{version}.json"
        try:
            return ModelVersion.from_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            known = ", ".join(self.versions(segmentation)) or "none"
            raise ScorecardError(f"There is no version {version} of {segmentation}; there: {known}.") from None
        except ScorecardError as error:
            raise ScorecardError(f"'{path}': {error}") from error
        except (OSError, UnicodeDecodeError) as error:
            raise ScorecardError(f"'{path}' cannot be read: {error}.") from error

    def champion(self, segmentation: str, fingerprint: str) -> ModelVersion | None:
        """Return the version in use: the newest, if it was fitted by the definition as it stands; else None."""
        versions = self.versions(segmentation)
        if not versions:
            return None
        newest = self.load(segmentation, versions[-1])
        return newest if newest.fingerprint == fingerprint else None

    def save(self, model: ModelVersion) -> Path:
        """Write a version; one that is there already is left as it is."""
        path = self.folder / model.segmentation / f"{model.version}.json"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, model.to_json())
        return path


def _named(number: int) -> str:
    return f"v{number:03d}"
