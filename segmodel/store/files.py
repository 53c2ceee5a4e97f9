"""Small files written so that readers see the old text or the new, never half of it."""

from __future__ import annotations

import os
from pathlib import Path

_TEMPORARY = ".new"


def replace_file(path: Path, text: str) -> None:
    """Write a small file so that readers see the old text or the new, never half of it."""
    unfinished = path.with_name(f".{path.name}{_TEMPORARY}")
    unfinished.write_text(text, encoding="utf-8")
    fsync(unfinished)
    unfinished.replace(path)
    fsync(path.parent)


def remove_unfinished(folder: Path) -> None:
    """Remove what a killed `replace_file` left in a folder; nobody else may be writing there."""
    for path in folder.glob(f".*{_TEMPORARY}"):
        path.unlink(missing_ok=True)


def fsync(path: Path) -> None:
    """Wait until the disk has a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
