"""Frames as files: the ending of the name says which kind."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from segmodel.errors import SourceError
from segmodel.reports.tables import Provenance, neutral, to_csv
from segmodel.store import fsync

ENDINGS = (".csv", ".csv.gz", ".parquet")


def write_table(
    frame: pd.DataFrame, path: Path, provenance: Provenance | None = None, *, for_machines: bool = False
) -> None:
    """Write a frame; a file of that name is replaced once the new one is complete.

    A CSV carries its provenance as comment lines, and no text in it is a formula to a spreadsheet; a Parquet file
    carries it as key-value metadata (`Provenance.metadata`).

    Parameters
    ----------
    frame : DataFrame
        What to write.
    path : Path
        Where to; its ending says how.
    provenance : Provenance, optional
        Where the frame comes from.
    for_machines : bool
        A program reads a file without provenance next: text stays exactly as it is, formulas too.

    Raises
    ------
    SourceError
        When the ending is unknown or the file cannot be written.
    """
    if not path.name.lower().endswith(ENDINGS):
        raise SourceError(f"'{path.name}' says nothing of its kind; end the name with {', '.join(ENDINGS)}.")
    _replace(path, lambda place: _write(frame, place, path.name.lower(), provenance, for_machines=for_machines))


def write_file(path: Path, content: bytes) -> None:
    """Write a file; one of that name is replaced once the new one is complete.

    Raises
    ------
    SourceError
        When it cannot be written.
    """
    _replace(path, lambda place: place.write_bytes(content))


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    if not path.name or path.is_dir():
        raise SourceError(f"'{path}' cannot be written: it is a folder, and expected is a file.")
    unfinished = path.with_name(f".{path.name}.new")
    try:
        write(unfinished)
        fsync(unfinished)
        unfinished.replace(path)
        fsync(path.parent)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise SourceError(f"'{path}' cannot be written: {error.strerror or error}.") from None


def _write(frame: pd.DataFrame, path: Path, name: str, provenance: Provenance | None, *, for_machines: bool) -> None:
    if name.endswith(".parquet"):
        table = pa.Table.from_pandas(frame, preserve_index=False)
        if provenance is not None:
            table = table.replace_schema_metadata({**(table.schema.metadata or {}), **provenance.metadata()})
        pq.write_table(table, path)
        return
    if provenance is None:
        content = (frame if for_machines else frame.map(neutral)).to_csv(index=False).encode()
    else:
        content = to_csv(frame, provenance)
    path.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
