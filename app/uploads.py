"""Workspaces made from a file somebody brings: saved, defined and built below the served folder.

Nothing of what a visitor types becomes part of a path: folders are named by `slug`, files by `file_name`.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import secrets
import shutil
import time
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from app import access, queries
from segmodel import formats
from segmodel.definition import FILE_NAME
from segmodel.errors import SourceError, StoreError
from segmodel.progress import Progress
from segmodel.sources import MappingGuess, guess_definition, guess_mapping, read_sample
from segmodel.workspace import Workspace

FILE_TYPES = ("csv", "gz", "tsv", "txt", "parquet", "json", "xlsx")
_INCOMING = ".incoming"
_A_DAY = 24 * 3600
_LONGEST_NAME = 80


@dataclass(frozen=True)
class Arrival:
    """A file as it arrived: where it is kept, how it starts, and what its columns seem to be."""

    path: Path
    sample: pd.DataFrame
    guess: MappingGuess
    settings: Mapping[str, str] = field(default_factory=dict)


def receive(name: str, content: memoryview) -> Arrival:
    """Keep an uploaded file, and guess its mapping.

    Raises
    ------
    AccessError
        Below the role analyst.
    SourceError
        When the file cannot be read as a table.
    StoreError
        When it cannot be written.
    """
    access.require(access.Role.ANALYST)
    incoming = queries.home_folder() / queries.UPLOADS / _INCOMING
    try:
        _forget_old(incoming)
        folder = incoming / secrets.token_hex(8)
        folder.mkdir(parents=True)
        path = folder / file_name(name)
        path.write_bytes(content)
    except OSError as error:
        raise StoreError(f"The file cannot be kept: {error.strerror}. Ask who runs this app for space.") from error
    sample = read_sample(path)
    guess = guess_mapping(sample)
    return Arrival(path, sample, guess, {} if guess.missing else _settings(path))


def build(arrival: Arrival, name: str, currency: str, source: Mapping[str, Any], progress: Progress) -> str:
    """Make a workspace of a file, build it, and return its slug.

    Parameters
    ----------
    arrival : Arrival
        The file.
    name : str
        What the workspace is to be called.
    currency : str
        Three letters.
    source : mapping
        What `[sources.transactions]` is to say, but for the path.
    progress : Progress
        Told of each step.

    Raises
    ------
    SegmodelError
        When the file cannot be built from; nothing is left behind then, and the file can be tried again.
    """
    access.require(access.Role.ANALYST)
    if not arrival.path.is_file():
        raise SourceError("The file is no longer here. Upload it again.")
    folder = _reserved(slug(name))
    try:
        (folder / "data").mkdir()
        shutil.copy2(arrival.path, folder / "data" / arrival.path.name)
        text = definition_text(name, currency, {"path": f"data/{arrival.path.name}", **source})
        (folder / FILE_NAME).write_text(text, encoding="utf-8")
        Workspace(folder).build(progress=progress)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise StoreError(f"The workspace cannot be written: {error.strerror}.") from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(arrival.path.parent, ignore_errors=True)
    return folder.name


def definition_text(name: str, currency: str, source: Mapping[str, Any]) -> str:
    """Return a `segmentation.toml` for one transactions file.

    Examples
    --------
    >>> text = definition_text("Café", "GBP", {"path": "data/a.csv", "columns": {"amount": "Q * P"}})
    >>> tomllib.loads(text)["sources"]["transactions"]["columns"]
    {'amount': 'Q * P'}
    """
    plain = {key: value for key, value in source.items() if key != "columns" and value}
    lines = [
        f"name = {_quoted(name)}",
        f"currency = {_quoted(currency)}",
        'primary = "behaviour"',
        "",
        "[sources.transactions]",
        *(f"{key} = {_quoted(str(value))}" for key, value in plain.items()),
        "",
        "[sources.transactions.columns]",
        *(f"{key} = {_quoted(value)}" for key, value in source["columns"].items() if value),
        "",
        "[features]",
        "window_months = 12",
        "",
        "[[segmentation]]",
        'name = "behaviour"',
        'basis = "behaviour"',
        'method = "kmeans"',
        'k = "auto"',
        'features = ["recency_days", "frequency", "monetary"]',
        "",
        "[[segmentation]]",
        'name = "value"',
        'basis = "value"',
        'method = "value_tiers"',
    ]
    return "\n".join(lines) + "\n"


def slug(name: str) -> str:
    """Return a name for a folder and an address: lower case letters, digits and hyphens.

    Examples
    --------
    >>> slug("Café & Co. 2026"), slug("../../etc"), slug("顧客")
    ('cafe-co-2026', 'etc', 'workspace')
    """
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")[:40].strip("-") or "workspace"


def file_name(name: str) -> str:
    """Return a safe file name that keeps the endings which say what kind of file it is.

    Examples
    --------
    >>> file_name("../Sales 2026.CSV.gz"), file_name("x/.."), file_name("lines.xlsx")
    ('sales-2026.csv.gz', 'workspace', 'lines.xlsx')
    """
    stem, *endings = re.split(r"[\\/]", name)[-1].lower().split(".")
    kept = [ending for ending in endings[-2:] if ending in FILE_TYPES]
    return ".".join([slug(stem), *kept])


def suggested_name(name: str) -> str:
    """Return what a workspace made of a file may be called: the file's own name without its endings.

    Examples
    --------
    >>> suggested_name("C:/exports/Käufe_2025.csv.gz"), suggested_name("sales v1.2.xlsx"), suggested_name(".csv")
    ('Käufe 2025', 'Sales v1.2', 'Workspace')
    """
    stem = unicodedata.normalize("NFC", re.split(r"[\\/]", name)[-1])
    for _ in range(2):
        start, dot, ending = stem.rpartition(".")
        if dot and ending.lower() in FILE_TYPES:
            stem = start
    words = " ".join(re.sub(r"[_-]+", " ", stem).split())
    return formats.sentence_case(words[:_LONGEST_NAME].strip()) or "Workspace"


def _settings(path: Path) -> dict[str, str]:
    """Return what the guessed definition says besides path and columns: date form, decimal sign, cancellations."""
    source = tomllib.loads(guess_definition(path, "guess", path.parent))["sources"]["transactions"]
    return {key: str(value) for key, value in source.items() if key not in {"path", "columns"}}


def _reserved(wanted: str) -> Path:
    """Make the folder of a new workspace, numbered on where there is one: whoever makes a folder owns it."""
    parent = queries.home_folder() / queries.UPLOADS
    try:
        parent.mkdir(parents=True, exist_ok=True)
        for number in itertools.count(1):
            folder = parent / (wanted if number == 1 else f"{wanted}-{number}")
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
                break
    except OSError as error:
        raise StoreError(f"The workspace cannot be written: {error.strerror}.") from error
    return folder


def _forget_old(incoming: Path) -> None:
    """Remove files that were uploaded a day ago or earlier and never built."""
    for folder in incoming.glob("*"):
        if time.time() - folder.stat().st_mtime > _A_DAY:
            shutil.rmtree(folder, ignore_errors=True)


def _quoted(text: str) -> str:
    """Quote a text for TOML: a JSON string, but for one character that JSON leaves bare."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
