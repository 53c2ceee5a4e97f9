"""Excel workbooks, read by calamine into text, so that they are checked like any other text source."""

from __future__ import annotations

import datetime
import decimal
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import python_calamine

from segmodel.errors import SourceError, did_you_mean

LARGEST_UNPACKED = 2_000_000_000
"""Bytes; a workbook is a zip archive, and one that unpacks to more is a mistake or an attack."""


def read_sheet(path: Path, sheet: str | None) -> pd.DataFrame:
    """Return a sheet as a frame of strings and Nones; the first row that is not empty is the header.

    Raises
    ------
    SourceError
        When the workbook unpacks to too much, or has no such sheet.
    zipfile.BadZipFile
        When the file is no workbook.
    """
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > LARGEST_UNPACKED:
        raise SourceError(
            f"'{path.name}' unpacks to {unpacked / 1e9:,.1f} GB; at most {LARGEST_UNPACKED / 1e9:,.0f} GB is read. "
            "Save it as CSV or Parquet."
        )
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(path)
        name = _sheet_name(workbook.sheet_names, sheet, path.name)
        rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=True)
    except python_calamine.CalamineError as error:
        raise SourceError(f"'{path.name}' is not a readable Excel workbook ({error}). Save it again.") from error
    rows = [row for row in rows if any(value != "" for value in row)]
    if not rows:
        raise SourceError(f"'{path.name}', sheet '{name}', is empty. State sheet = \"...\" to read another.")
    names = [as_text(value) or f"column_{position}" for position, value in enumerate(rows[0], 1)]
    body = [[as_text(value) for value in row] for row in rows[1:]]
    return pd.DataFrame(body, columns=names, dtype=object)


def _sheet_name(names: list[str], sheet: str | None, file: str) -> str:
    if sheet is None:
        return names[0]
    if sheet not in names:
        listed = ", ".join(f"'{name}'" for name in names[:10])
        raise SourceError(f"'{file}' has no sheet '{sheet}'.{did_you_mean(sheet, names)} The sheets are {listed}.")
    return sheet


def as_text(value: Any) -> str | None:
    """Write a cell or a database value as the text a CSV would hold; None for nothing.

    Examples
    --------
    >>> as_text(17850.0), as_text(2.55), as_text(True), as_text(None)
    ('17850', '2.55', 'true', None)
    """
    if value is None or value == "" or value is pd.NaT:
        return None
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, float):
        text = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    elif isinstance(value, decimal.Decimal):
        text = format(value, "f")
    elif isinstance(value, datetime.datetime):
        text = value.replace(tzinfo=None).isoformat(sep=" ")
    elif isinstance(value, bytes):
        text = value.hex()
    else:
        text = str(value)
    return text
