"""Rows kept between builds: text files taken apart once, as Parquet named by what they hold.

store/rows/<name>.parquet         the rows of one source file, as it says them; never changed
store/rows/.<name>.parquet.new    one being written; what a killed build leaves behind
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from segmodel.engines import Engine, literal
from segmodel.store.files import fsync
from segmodel.store.lock import disk_errors

_SUFFIX = ".parquet"
_UNFINISHED = ".new"
_TOLD = "told"


class RowFiles:
    """The folder of kept rows; one build at a time writes there, under the lock of the store.

    Parameters
    ----------
    folder : Path
        Made when the first rows are kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """Return the file of kept rows."""
        return self.folder / f"{name}{_SUFFIX}"

    def keep(self, engine: Engine, name: str, select: str, told: str) -> None:
        """Write the rows of a query, in their order, with a text of ours; what was kept under that name is replaced.

        Raises
        ------
        EngineError
            When the disk does not take them.
        """
        path = self.path(name)
        unfinished = path.with_name(f".{path.name}{_UNFINISHED}")
        with disk_errors():
            self.folder.mkdir(parents=True, exist_ok=True)
        engine.execute(
            f"COPY ({select}) TO {literal(str(unfinished))} "
            f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{_TOLD}: {literal(told)}}})"
        )
        with disk_errors():
            fsync(unfinished)
            unfinished.replace(path)
            fsync(self.folder)

    def told(self, engine: Engine, name: str) -> str | None:
        """Return the text that was kept with rows; None where there are none under that name."""
        if not self.path(name).is_file():
            return None
        listed = literal(str(self.path(name)))
        found = engine.value(f"SELECT decode(value) FROM parquet_kv_metadata({listed}) WHERE decode(key) = '{_TOLD}'")
        return None if found is None else str(found)

    def drop_except(self, names: Iterable[str]) -> None:
        """Remove what is not among `names`, and what a killed build left."""
        wanted = {self.path(name) for name in names}
        for path in (*self.folder.glob(f"*{_SUFFIX}"), *self.folder.glob(f".*{_UNFINISHED}")):
            if path not in wanted:
                path.unlink(missing_ok=True)
