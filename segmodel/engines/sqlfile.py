"""`.sql` files that describe themselves: `-- key: value` lines, then one SQL expression."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_HEADER = re.compile(r"^--\s*([a-z_]+):\s*(.*)$")


@dataclass(frozen=True)
class SqlFile:
    """One file of a catalogue: its name (the file's), what its header says, and its SQL."""

    name: str
    header: dict[str, str]
    sql: str

    def get(self, key: str, default: str = "") -> str:
        """Return what the header says under `key`."""
        return self.header.get(key, default)


def read_catalogue(folder: Path, required: Iterable[str], optional: Iterable[str] = ()) -> tuple[SqlFile, ...]:
    """Read every `.sql` file of a folder, sorted by name.

    Raises
    ------
    ValueError
        When a header lacks a required key or has an unknown one: a mistake of ours, not of a user.
    """
    return tuple(_read(path, set(required), set(optional)) for path in sorted(folder.glob("*.sql")))


def _read(path: Path, required: set[str], optional: set[str]) -> SqlFile:
    lines = path.read_text(encoding="utf-8").splitlines()
    header: dict[str, str] = {}
    while lines and (match := _HEADER.match(lines[0])):
        header[match.group(1)] = match.group(2).strip()
        lines.pop(0)
    missing, unknown = required - set(header), set(header) - required - optional
    if missing or unknown:
        raise ValueError(f"{path.name}: missing {sorted(missing)}, unknown {sorted(unknown)}")
    return SqlFile(path.stem, header, "\n".join(lines).strip())
