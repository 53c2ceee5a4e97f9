"""Tables as CSV: with their provenance, and with nothing in them that a spreadsheet would run."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from segmodel import formats

CONFIDENTIAL = "Confidential"
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Provenance:
    """Where an export comes from and who took it.

    `data_start` is the day the data start where they do not fill the window, None where they do.
    """

    workspace: str
    content: str
    version: str
    as_of: dt.date
    build_id: str
    person: str
    customers: float | None = None
    filters: str = ""
    data_start: dt.date | None = None
    segmentation: str = ""

    def facts(self) -> dict[str, str]:
        """Return what an export says of itself, by label; each is one line of text."""
        known = {
            "Workspace": self.workspace,
            "Content": self.content,
            "Segmentation": self.segmentation,
            "Version": self.version,
            "As of": self.as_of.isoformat(),
            "Customers": "" if self.customers is None else f"{self.customers:.0f}",
            "Filter": self.filters,
            "Note": "" if self.data_start is None else formats.window_not_full(self.data_start.isoformat()),
            "Build": self.build_id,
            "Exported by": self.person,
        }
        return {label: " ".join(text.split()) for label, text in known.items() if text}

    def lines(self) -> tuple[str, ...]:
        """Return what is written above an export, one line each."""
        return (*(f"# {label}: {text}" for label, text in self.facts().items()), f"# {CONFIDENTIAL}")

    def metadata(self) -> dict[str, str]:
        """Return the same as keys and values: `as_of`, `exported_by` and the like, and `confidentiality`."""
        keys = {label.lower().replace(" ", "_"): text for label, text in self.facts().items()}
        return keys | {"confidentiality": CONFIDENTIAL}


def to_csv(frame: pd.DataFrame, provenance: Provenance) -> bytes:
    """Return a CSV file: comment lines with the provenance, then the table.

    Read it back with `pandas.read_csv(file, comment="#")`. The text is UTF-8 with a byte order mark,
    without which spreadsheets guess another encoding. Text that a spreadsheet would take for a formula
    gets an apostrophe in front; numbers are untouched.

    Examples
    --------
    >>> provenance = Provenance("Café", "Segments", "v001", dt.date(2026, 6, 30), "b1", "viewer")
    >>> print(to_csv(pd.DataFrame({"name": ["=1+1"], "loss": [-5]}), provenance).decode("utf-8-sig"))
    # Workspace: Café
    # Content: Segments
    # Version: v001
    # As of: 2026-06-30
    # Build: b1
    # Exported by: viewer
    # Confidential
    name,loss
    '=1+1,-5
    <BLANKLINE>
    """
    # A comma would start a new cell, whose first character could be a formula's.
    head = "".join(line.replace(",", " ").replace(";", " ") + "\n" for line in provenance.lines())
    safe = frame.rename(columns=neutral)
    for position, dtype in enumerate(safe.dtypes):
        if not pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_datetime64_any_dtype(dtype):
            safe.isetitem(position, safe.iloc[:, position].map(neutral).array)
    return (head + safe.to_csv(index=False)).encode("utf-8-sig")


def neutral(value: object) -> object:
    """Return a value that no spreadsheet takes for a formula; only text can be one.

    Examples
    --------
    >>> neutral("@SUM(A1)"), neutral(" =1"), neutral("plain"), neutral(-5)
    ("'@SUM(A1)", "' =1", 'plain', -5)
    """
    if not isinstance(value, str):
        return value
    # A bare carriage return ends a line in some readers, and is not quoted by writers.
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if text.startswith(_RUNS) or text.lstrip().startswith(_RUNS) else text
