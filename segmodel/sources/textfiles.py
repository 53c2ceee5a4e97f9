"""What a text file is made of: encoding, line ends, separator, header; found before any row is parsed."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from segmodel.errors import SourceError

LONGEST_LINE = 2_000_000
"""Bytes; a longer line is no row of a table, and reading it would need unbounded memory."""

_CHUNK = 1 << 20
_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_GZIP_MAGIC = b"\x1f\x8b"
_OTHER_FORMATS = {
    b"PK\x03\x04": "an Excel workbook or zip archive",
    b"PAR1": "a Parquet file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}


@dataclass(frozen=True)
class TextFile:
    """What was found out about a text file.

    Attributes
    ----------
    encoding : str
        `utf-8` (with or without a byte order mark) or `cp1252`.
    mixed_line_ends : bool
        Some lines end in CR LF and others in LF or CR, which the engine's reader refuses.
    is_gzipped : bool
        By content, whatever the name says.
    head : str
        The first lines, decoded.
    has_rows : bool
        There is something after the first line.
    """

    encoding: str
    mixed_line_ends: bool
    is_gzipped: bool
    head: str
    has_rows: bool


def is_gzipped(path: Path) -> bool:
    """Say whether a file is gzipped, by its content."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP_MAGIC


def open_bytes(path: Path) -> BinaryIO:
    """Open a file for reading bytes, unpacked when it is gzipped."""
    return cast("BinaryIO", gzip.open(path, "rb") if is_gzipped(path) else path.open("rb"))


def inspect(path: Path, encoding: str | None = None) -> TextFile:
    """Read a text file once, in bounded memory, and say what it is made of.

    Parameters
    ----------
    path : Path
        A plain or gzipped text file.
    encoding : str, optional
        Stated encoding; `utf-8` and `utf-8-sig` are then checked, `cp1252` is believed.

    Raises
    ------
    SourceError
        When it is empty, not text, has a line over `LONGEST_LINE`, or is not in the stated encoding.
    """
    scan = _Scan(path, encoding)
    for chunk in chunks(path):
        scan.take(chunk)
    return scan.result(is_gzipped=is_gzipped(path))


def chunks(path: Path) -> Iterator[bytes]:
    """Read a file piece by piece, unpacked when it is gzipped.

    Raises
    ------
    SourceError
        When it is a damaged gzip file.
    """
    try:
        with open_bytes(path) as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SourceError(f"'{path.name}' is not a complete gzip file ({error}). Copy or export it again.") from None


class _Scan:
    """Facts gathered chunk by chunk."""

    def __init__(self, path: Path, encoding: str | None) -> None:
        self.path = path
        self.stated = encoding
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.is_utf8 = encoding != "cp1252"
        self.lines = 0
        self.line_length = 0
        self.crlf = self.lf = self.cr = 0
        self.last = b""
        self.head = b""
        self.size = 0

    def take(self, chunk: bytes) -> None:
        if not self.size:
            self._refuse_other_formats(chunk)
        self.size += len(chunk)
        if len(self.head) < _CHUNK:
            self.head += chunk[: _CHUNK - len(self.head)]
        self._count_line_ends(chunk)
        if self.is_utf8:
            try:
                self.decoder.decode(chunk)
            except UnicodeDecodeError as error:
                self._not_utf8(error)

    def _refuse_other_formats(self, chunk: bytes) -> None:
        for magic, what in _OTHER_FORMATS.items():
            if chunk.startswith(magic):
                raise SourceError(
                    f"'{self.path.name}' is {what}, not a text file. "
                    "Give it the ending that belongs to it, or save it as CSV in UTF-8."
                )

    def _not_utf8(self, error: UnicodeDecodeError) -> None:
        if self.stated:
            raise SourceError(
                f"'{self.path.name}' is not in {self.stated}, which the definition states: byte "
                f"0x{error.object[error.start]:02x} near line {self.lines + 1:,}. "
                'Leave encoding out to have it detected, or state encoding = "cp1252".'
            ) from None
        self.is_utf8 = False

    def _count_line_ends(self, chunk: bytes) -> None:
        crlf = chunk.count(b"\r\n") + (self.last == b"\r" and chunk.startswith(b"\n"))
        feeds = chunk.count(b"\n")
        self.crlf += crlf
        self.lf += feeds - crlf
        self.cr += chunk.count(b"\r") - crlf
        self.last = chunk[-1:]
        end = b"\n" if feeds or not self.cr else b"\r"
        longest = max((len(line) for line in chunk.split(end)[1:-1]), default=0)
        first = chunk.find(end)
        if first < 0:
            self.line_length += len(chunk)
            longest = self.line_length
        else:
            longest = max(longest, self.line_length + first)
            self.line_length = len(chunk) - chunk.rfind(end) - 1
        if longest > LONGEST_LINE:
            raise SourceError(
                f"'{self.path.name}' has a line of more than {LONGEST_LINE // 1_000_000} million characters near "
                f"line {self.lines + 1:,}; no table row is that long. Check that the file has line ends and that "
                "every opening quote is closed."
            )
        self.lines += chunk.count(end)

    def result(self, *, is_gzipped: bool) -> TextFile:
        if self.is_utf8:
            try:
                self.decoder.decode(b"", final=True)
            except UnicodeDecodeError as error:
                self._not_utf8(error)
        if not self.head.strip(b"\xef\xbb\xbf \t\r\n"):
            raise SourceError(f"'{self.path.name}' is empty. Export it again with a header line and rows.")
        kinds = sum(count > 0 for count in (self.crlf, self.lf, self.cr))
        encoding = "utf-8" if self.is_utf8 else "cp1252"
        head = self.head.decode("utf-8-sig" if self.is_utf8 else "cp1252", errors="replace")
        has_rows = len(head.strip().splitlines()) > 1
        return TextFile(encoding, kinds > 1, is_gzipped, head, has_rows)


def rewrite(path: Path, found: TextFile, target: Path) -> None:
    """Write `path` as UTF-8 with plain line ends to `target`, in bounded memory."""
    encoding = "utf-8-sig" if found.encoding == "utf-8" else "cp1252"
    # cp1252 leaves five bytes undefined; they become the replacement character rather than an error
    with (
        io.TextIOWrapper(open_bytes(path), encoding=encoding, errors="replace", newline=None) as source,
        target.open("w", encoding="utf-8", newline="\n") as sink,
    ):
        while text := source.read(_CHUNK):
            sink.write(text)


def separator_of(head: str, stated: str | None, name: str) -> str:
    r"""Find the column separator from the first lines, or check the stated one.

    Raises
    ------
    SourceError
        When the stated separator leaves the header in one piece that others would split.

    Examples
    --------
    >>> separator_of("id;price\n1;2,50\n", None, "orders.csv")
    ';'
    """
    lines = list(_first_rows(head, ","))[:1]
    header_text = head.lstrip("\r\n").splitlines()[0] if lines else ""
    if stated:
        others = [mark for mark in _SEPARATORS if mark != stated and mark in header_text]
        if stated not in header_text and others:
            raise SourceError(
                f"'{name}' has one column, '{header_text[:80]}', when read with separator {stated!r}; its header "
                f"contains the {_SEPARATORS[others[0]]}. State separator = {_toml(others[0])}, or leave it out."
            )
        return stated
    scores = {mark: _score(head, mark) for mark in _SEPARATORS}
    best = max(scores, key=lambda mark: scores[mark])
    return best if scores[best] > (0.0, 0) else ","


def _toml(mark: str) -> str:
    return '"\\t"' if mark == "\t" else f'"{mark}"'


def _score(head: str, mark: str) -> tuple[float, int]:
    """Share of the first rows with as many fields as the header, and that number."""
    rows = list(_first_rows(head, mark))
    if not rows or len(rows[0]) < 2:
        return 0.0, 0
    width = len(rows[0])
    return sum(len(row) == width for row in rows) / len(rows), width


def _first_rows(head: str, mark: str, limit: int = 50) -> Iterator[list[str]]:
    complete = head if len(head) < _CHUNK // 2 else head[: head.rfind("\n") + 1]
    reader = csv.reader(io.StringIO(complete, newline=""), delimiter=mark)
    rows = 0
    try:
        for row in reader:
            if row:
                yield row
                rows += 1
                if rows == limit:
                    return
    except csv.Error:
        return


def header_of(head: str, separator: str) -> list[str]:
    """Return the names in the header line, as they are written."""
    for row in _first_rows(head, separator, limit=1):
        return [name.strip() for name in row]
    return []
