"""How much a compressed file unpacks to, found out without keeping what it unpacks to."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from segmodel.errors import SourceError
from segmodel.sources import textfiles
from segmodel.sources.files import kind_of

_CHUNK = 1 << 20
_USUAL_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def unpacked_size(path: Path, enough: int) -> int:
    """Return how many bytes a file holds once unpacked; for one that is not compressed, its own size.

    Everything is really unpacked, piece by piece: what an archive says of its own size may be a lie.

    Parameters
    ----------
    path : Path
        A file of any kind that sources can read.
    enough : int
        Bytes; the count stops soon after passing this many.

    Raises
    ------
    SourceError
        When the file is damaged, or of a kind that is not understood.
    """
    if kind_of(path) == "xlsx":
        return _archive_size(path, enough)
    if not textfiles.is_gzipped(path):
        return path.stat().st_size
    size = 0
    for chunk in textfiles.chunks(path):
        size += len(chunk)
        if size > enough:
            break
    return size


def _archive_size(path: Path, enough: int) -> int:
    size = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                size = _with_member(archive, member, size, enough)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise SourceError(f"'{path.name}' is not a readable Excel workbook. Save it again as .xlsx.") from error
    return size


def _with_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, size: int, enough: int) -> int:
    """Return `size` and what one member adds to it."""
    is_encrypted = member.flag_bits & 1
    if is_encrypted or member.compress_type not in _USUAL_METHODS:
        raise zipfile.BadZipFile("packed in a way that no workbook is")
    with archive.open(member) as file:
        while size <= enough and (chunk := file.read(_CHUNK)):
            size += len(chunk)
    return size
