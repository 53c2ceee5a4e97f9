"""Workspaces made from a file somebody brings: saved, defined and built below the served folder.

Nothing of what a visitor types becomes part of a path: folders are named by `slug`, files by `file_name`.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from app import access, queries
from segmodel import formats
from segmodel.definition import FILE_NAME
from segmodel.errors import SourceError, StoreError
from segmodel.progress import Progress
from segmodel.sources import (
    ENDINGS,
    MappingGuess,
    SourceDraft,
    definition_text,
    draft_source,
    guess_mapping,
    kind_of,
    read_sample,
    unpacked_size,
)
from segmodel.workspace import Workspace

UNPACKED_VARIABLE = "SEGMODEL_UPLOAD_UNPACKED_MB"
FILE_TYPES = tuple(ending.removeprefix(".") for ending in ENDINGS)
_MOST_UNPACKED_MB = 4_000
_SHARE_OF_A_WORKBOOK = 0.25
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


def most_unpacked(kind: str) -> int:
    """Return how many bytes an uploaded file may hold once unpacked: a small one may unpack to fill a disk.

    Parameters
    ----------
    kind : str
        How the file is read; a workbook may hold a quarter of the rest, because it is read into memory.

    Raises
    ------
    StoreError
        When the limit that the app was started with is no number of megabytes.
    """
    text = os.environ.get(UNPACKED_VARIABLE) or str(_MOST_UNPACKED_MB)
    if not (text.isascii() and text.isdigit() and int(text)):
        raise StoreError(f"{UNPACKED_VARIABLE} is '{text}'; expected a whole number of megabytes, such as 4000.")
    return round(int(text) * 1_000_000 * (_SHARE_OF_A_WORKBOOK if kind == "xlsx" else 1))


def receive(name: str, content: memoryview) -> Arrival:
    """Keep an uploaded file, and guess its mapping.

    Raises
    ------
    AccessError
        Below the role analyst.
    SourceError
        When the file cannot be read as a table, or unpacks to more than `most_unpacked`; it is not kept then.
    StoreError
        When it cannot be written.
    """
    access.require(access.Role.ANALYST)
    incoming = _incoming()
    with contextlib.ExitStack() as undo:
        try:
            _forget_old(incoming)
            folder = incoming / secrets.token_hex(8)
            folder.mkdir(parents=True)
            undo.callback(shutil.rmtree, folder, ignore_errors=True)
            path = folder / file_name(name)
            path.write_bytes(content)
        except OSError as error:
            raise StoreError(f"The file cannot be kept: {error.strerror}. Ask who runs this app for space.") from error
        _check_unpacked(path)
        sample = read_sample(path)
        guess = guess_mapping(sample)
        arrival = Arrival(path, sample, guess, draft_source(path, guess).settings)
        undo.pop_all()
    return arrival


def build(arrival: Arrival, name: str, currency: str, source: SourceDraft, progress: Progress) -> str:
    """Make a workspace of a file, build it, and return its slug.

    Parameters
    ----------
    arrival : Arrival
        The file.
    name : str
        What the workspace is to be called.
    currency : str
        Three letters.
    source : SourceDraft
        What the definition is to say of the file.
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
    with contextlib.ExitStack() as undo:
        folder = _reserved(slug(name))
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        try:
            (folder / "data").mkdir()
            shutil.copy2(arrival.path, folder / "data" / arrival.path.name)
            text = definition_text(name, f"data/{arrival.path.name}", source, currency)
            (folder / FILE_NAME).write_text(text, encoding="utf-8")
            Workspace(folder).build(progress=progress)
        except OSError as error:
            raise StoreError(f"The workspace cannot be written: {error.strerror}.") from error
        undo.pop_all()
    shutil.rmtree(arrival.path.parent, ignore_errors=True)
    return folder.name


def remove(workspace: str) -> None:
    """Remove a workspace that was made from an upload, with its file and its builds, for everybody and for good.

    Parameters
    ----------
    workspace : str
        Its slug.

    Raises
    ------
    AccessError
        Below the role steward.
    StoreError
        When it was not made from an upload, such as the workspace that is served; while it is being built; or when
        it cannot be removed.
    """
    access.require(access.Role.STEWARD)
    folder = queries.folder_of(workspace)
    if folder == queries.home_folder() or folder.is_symlink():
        raise StoreError("Only workspaces made from an upload can be removed here; nothing was removed.")
    with Workspace(folder).builds.locked():
        try:
            _incoming().mkdir(parents=True, exist_ok=True)
            # gone from sight in one step, and what cannot be deleted at once is tried again with the next upload
            gone = folder.rename(_incoming() / secrets.token_hex(8))
        except OSError as error:
            raise StoreError(f"The workspace cannot be removed: {error.strerror}.") from error
    queries.close_builds()
    shutil.rmtree(gone, ignore_errors=True)


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


def _incoming() -> Path:
    """Return the folder of what is not a workspace yet, or no longer."""
    return queries.home_folder() / queries.UPLOADS / _INCOMING


def _check_unpacked(path: Path) -> None:
    most = most_unpacked(kind_of(path))
    if unpacked_size(path, most) > most:
        raise SourceError(
            f"'{path.name}' unpacks to more than {formats.file_size(most)}, the most an upload may hold. "
            "Bring a shorter period, or ask who runs this app to build it on the command line."
        )


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
    """Remove files that were uploaded a day ago or earlier and never built, and what is left of workspaces."""
    for folder in incoming.glob("*"):
        with contextlib.suppress(FileNotFoundError):  # somebody else removes it at this moment
            if time.time() - folder.stat().st_mtime > _A_DAY:
                shutil.rmtree(folder, ignore_errors=True)
