"""Files dropped in a folder: one a sync, a row a change."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from segmodel.activation.connectors.connector import Batch
from segmodel.alerts import SendError
from segmodel.definition import FolderTarget
from segmodel.errors import ActivationError, SourceError
from segmodel.reports import neutral, write_table
from segmodel.store import replace_file

ADD, REMOVE = "add", "remove"

_NUMBER = re.compile(r"[+][0-9]{8,15}")


class FolderConnector:
    """Drops a file of changes: column `action` says add or remove; a manifest lies beside it.

    Parameters
    ----------
    target : FolderTarget
    folder : Path
        The workspace.
    """

    batch_size = None

    def __init__(self, target: FolderTarget, folder: Path) -> None:
        self._folder = folder / target.path
        self._ending = target.format

    def check(self, columns: Sequence[str]) -> None:  # noqa: ARG002 - as all connectors
        """Make the folder where it is not there."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ActivationError(f"'{self._folder.name}' cannot be made: {error.strerror}.") from None

    def held(self, audience: str, columns: Sequence[str]) -> pd.DataFrame | None:  # noqa: ARG002 - as all connectors
        """Return nothing: whoever fetches the files takes them away."""
        return None

    def apply(self, batch: Batch) -> None:
        """Write the file of a sync; the same one again replaces itself."""
        removed = pd.DataFrame({"customer_id": list(batch.removed)}, dtype=object).reindex(columns=list(batch.columns))
        parts = [batch.added.assign(action=ADD), removed.assign(action=REMOVE)]
        rows = pd.concat([part for part in parts if len(part)], ignore_index=True)
        path = self._folder / f"{batch.audience}-{batch.key[:16]}.{self._ending}"
        told = {**batch.about, "file": path.name, "add": len(batch.added), "remove": len(batch.removed)}
        try:
            replace_file(path.with_name(f"{path.name}.manifest.json"), json.dumps(told, indent=2, ensure_ascii=False))
            given = rows[["action", *batch.columns]]
            write_table(given if self._ending == "parquet" else given.map(_safe), path, for_machines=True)
        except (OSError, SourceError) as error:
            raise SendError(str(error).rstrip("."), is_passing=False) from error

    def close(self) -> None:
        """Do nothing: nothing is kept open."""


def _safe(value: object) -> object:
    """Return what no spreadsheet takes for a formula; a phone number in E.164 is none, and keeps its plus."""
    return value if isinstance(value, str) and _NUMBER.fullmatch(value) else neutral(value)
