"""Which files a source names: one, several by a pattern, none; and whether they hold still while read."""

from __future__ import annotations

import datetime
import glob
from dataclasses import dataclass, field
from pathlib import Path

from segmodel.errors import SourceError, did_you_mean

SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
}
"""The ending of a name, a final `.gz` aside, and how such a file is read."""

ENDINGS = (*SUFFIXES, ".gz")
"""Every ending that the name of a readable file may have."""


@dataclass(frozen=True)
class Stamp:
    """Size and time of a file; two equal ones mean that nobody wrote in between.

    `changed_ns` also moves when a file is renamed or copied back, which does not disturb whoever reads it.
    """

    path: Path
    size: int
    modified_ns: int
    changed_ns: int = field(default=0, compare=False)

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """Take the stamp of a file."""
        status = path.stat()
        return cls(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    @property
    def modified_at(self) -> datetime.datetime:
        """When the file was last written, in UTC without zone, as the store keeps times."""
        moment = datetime.datetime.fromtimestamp(self.modified_ns // 10**9, tz=datetime.UTC)
        return moment.replace(tzinfo=None)

    def check_unchanged(self) -> None:
        """Raise SourceError when the file was written, replaced or removed since."""
        try:
            now = Stamp.of(self.path)
        except OSError:
            now = None
        if now != self:
            raise SourceError(
                f"'{self.path.name}' changed while it was being read. Wait until it is written, and try again."
            )


def find_files(pattern: str, folder: Path) -> tuple[Path, ...]:
    """Return the files a `path` of the definition names, sorted.

    Parameters
    ----------
    pattern : str
        A path or a glob, absolute or relative to `folder`. A file that exists under that very name is
        taken as it is, brackets and asterisks included.
    folder : Path
        The workspace.

    Raises
    ------
    SourceError
        When there is none, it is a folder, its name is not UTF-8, or it is of a kind that is not understood.
    """
    if "\0" in pattern:
        raise SourceError("The path of a source contains a NUL character.")
    path = folder / pattern
    if path.is_dir():
        raise SourceError(
            f"'{pattern}' is a folder. Name a file in it, or all of a kind, as in '{pattern.rstrip('/')}/*.csv'."
        )
    if path.exists():
        found = [path]
    elif any(mark in pattern for mark in "*?["):
        found = sorted(
            # not Path.glob: it takes no absolute pattern
            Path(name)
            for name in glob.glob(str(path), recursive=True)  # noqa: PTH207
            if Path(name).is_file()
        )
        if not found:
            raise SourceError(f"No file matches '{pattern}' in '{folder}'.{_neighbours(path)}")
    else:
        raise SourceError(f"There is no file '{pattern}' in '{folder}'.{_neighbours(path)}")
    for file in found:
        kind_of(file)
        _check_name(file)
    return tuple(found)


def _check_name(file: Path) -> None:
    """Refuse a name in an older encoding: neither the engine nor a definition can hold it."""
    try:
        str(file).encode()
    except UnicodeEncodeError:
        shown = str(file).encode("ascii", "backslashreplace").decode()
        raise SourceError(f"The name '{shown}' is not UTF-8. Rename the file or the folder.") from None


def _neighbours(path: Path) -> str:
    """Suggest the nearest name in the folder, or list the first few."""
    parent = path.parent
    if not parent.is_dir():
        return f" The folder '{parent.name}' does not exist either."
    names = sorted(child.name for child in parent.iterdir() if child.is_file() and _kind(child))
    hint = did_you_mean(path.name, names)
    if hint or not names:
        return hint or " The folder holds no file that could be read."
    listed = ", ".join(f"'{name}'" for name in names[:5])
    return f" The folder has {listed}{' and others' if len(names) > 5 else ''}."


def kind_of(path: Path) -> str:
    """Return how a file is read: csv, parquet, json or xlsx.

    Raises
    ------
    SourceError
        When the ending says nothing we can read.
    """
    kind = _kind(path)
    if kind is None:
        raise SourceError(
            f"'{path.name}' is not of a kind that can be read; expected {', '.join(SUFFIXES)} "
            "(text files also with .gz)."
        )
    return kind


def _kind(path: Path) -> str | None:
    name = path.name.casefold().removesuffix(".gz")
    return SUFFIXES.get(Path(name).suffix)
