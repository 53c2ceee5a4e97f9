"""Writes the first `segmentation.toml` of a workspace from a transactions file."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pandas as pd

from segmodel.definition import Source
from segmodel.engines import Engine
from segmodel.errors import SourceError
from segmodel.sources import textfiles
from segmodel.sources.contracts import TABLES
from segmodel.sources.files import find_files, kind_of
from segmodel.sources.guess import MappingGuess, guess_mapping
from segmodel.sources.plan import AmbiguousSourceError, make_plan
from segmodel.sources.readers import check_names, read_source
from segmodel.sources.staging import staging

_SAMPLE_ROWS = 5_000


def read_sample(file: Path, rows: int = _SAMPLE_ROWS) -> pd.DataFrame:
    """Return the first rows of a file as text, without reading all of a large one.

    Parameters
    ----------
    file : Path
        A file of any kind that sources can read.
    rows : int
        At most this many.

    Raises
    ------
    SourceError
        When the file cannot be read.
    """
    (path,) = find_files(str(file), file.parent)
    if kind_of(path) == "csv":
        return _csv_sample(path, rows)
    with Engine.open(None) as engine, staging(engine) as scratch:
        (raw,) = read_source(scratch, Source(path=str(path)), "transactions", path.parent)
        frame = engine.frame(f"SELECT COLUMNS(*)::VARCHAR FROM {raw.relation} LIMIT {int(rows)}")
        return frame[list(raw.columns)]


def _csv_sample(path: Path, rows: int) -> pd.DataFrame:
    found = textfiles.inspect(path)
    separator = textfiles.separator_of(found.head, None, path.name)
    names = [name or f"column_{place}" for place, name in enumerate(textfiles.header_of(found.head, separator), 1)]
    check_names(names, path.name)
    if not found.has_rows:
        raise SourceError(f"'{path.name}' has a header but no rows. Export it again.")
    reader = csv.reader(io.StringIO(found.head, newline=""), delimiter=separator)
    body = [row for _, row in zip(range(rows + 1), reader, strict=False) if len(row) == len(names)][1:]
    return pd.DataFrame(body, columns=names, dtype=object).replace("", None)


def guess_definition(transactions_file: Path, name: str, folder: Path | None = None) -> str:
    """Return the text of a `segmentation.toml` that builds from one transactions file.

    Parameters
    ----------
    transactions_file : Path
        The file; its columns are guessed.
    name : str
        The name of the workspace.
    folder : Path, optional
        The workspace; the path of a file inside it is written relative to it, any other in full.

    Raises
    ------
    SourceError
        When the file cannot be read, or no column fits customer, date or amount.
    """
    path = transactions_file.resolve()
    sample = read_sample(path)
    guess = guess_mapping(sample)
    if guess.missing:
        listed = ", ".join(f"'{column}'" for column in list(sample.columns)[:12])
        raise SourceError(
            f"'{path.name}': no column looks like {' or '.join(guess.missing)}. Its columns are {listed}. "
            "Write segmentation.toml by hand, with columns = { customer_id = ..., ordered_at = ..., amount = ... }."
        )
    return _render(name, _shown(path, folder), guess, _settle(path, guess))


def _shown(path: Path, folder: Path | None) -> str:
    if folder is not None and path.is_relative_to(folder.resolve()):
        return path.relative_to(folder.resolve()).as_posix()
    return str(path)


def _settle(path: Path, guess: MappingGuess) -> dict[str, tuple[str, ...]]:
    """Read the whole file as a build would, and return the settings it cannot do without, with the choices."""
    settings: dict[str, tuple[str, ...]] = {}
    with Engine.open(None) as engine, staging(engine) as scratch:
        source = Source(path=str(path), columns=guess.columns)
        raws = read_source(scratch, source, "transactions", path.parent)
        for _ in range(2):
            stated = {key: options[0] for key, options in settings.items()}
            try:
                make_plan(engine, TABLES["transactions"], source.model_copy(update=stated), raws)
            except AmbiguousSourceError as error:
                settings[error.key] = error.options
    return settings


def toml_string(text: str) -> str:
    r"""Quote a text for TOML.

    Examples
    --------
    >>> print(toml_string('a "b" \\ c'))
    "a \"b\" \\ c"
    """
    # JSON strings are TOML strings, but for one character that JSON leaves bare
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _render(name: str, shown: str, guess: MappingGuess, settings: dict[str, tuple[str, ...]]) -> str:
    lines = [
        "# What this workspace is: where the data is, what is computed, how customers are divided.",
        "",
        f"name = {toml_string(name)}",
        'question = "Which customers, if we won more of them, would most improve the business?"',
        'currency = "GBP"        # three letters; nothing is converted, it only labels amounts',
        'primary = "behaviour"   # the segmentation pages open with',
        "",
        "[sources.transactions]",
        f"path = {toml_string(shown)}   # csv, csv.gz, parquet, json or xlsx; * stands for many files",
        'duplicates = "keep"     # rows that repeat an earlier one in every value: keep or drop; counted either way',
    ]
    lines += _setting_lines(settings)
    for key, condition in (("cancelled", guess.cancelled), ("exclude", guess.exclude)):
        if condition is not None:
            lines += [f"# {condition.reason}", f"{key} = {toml_string(condition.expression)}"]
    lines += ["", "# A column of the file, or an expression over columns.", "[sources.transactions.columns]"]
    for column, candidates in guess.candidates.items():
        if candidates:
            lines += [f"{column} = {toml_string(candidates[0].expression)}{_others(candidates)}"]
    lines += ["", *_unlocks(), *_SEGMENTATIONS]
    return "\n".join(lines) + "\n"


def _others(candidates: tuple[object, ...]) -> str:
    names = [toml_string(candidate.expression) for candidate in candidates[1:3]]  # type: ignore[attr-defined]
    return f"   # or {', or '.join(names)}" if names else ""


def _setting_lines(settings: dict[str, tuple[str, ...]]) -> list[str]:
    lines = []
    for key, options in settings.items():
        others = " or ".join(toml_string(option) for option in options[1:])
        lines += [f"{key} = {toml_string(options[0])}   # the file allows {others} as well: check this"]
    return lines


def _unlocks() -> list[str]:
    lines = [
        "# More tables, each optional; give one a [sources.<name>] of its own. Every row carries the same customer_id.",
    ]
    width = max(map(len, TABLES))
    lines += [
        f"#   {table.name:<{width}}  {', '.join(table.column_names)}: unlocks {table.unlocks}"
        for table in TABLES.values()
        if table.name != "transactions"
    ]
    return [*lines, ""]


_SEGMENTATIONS = [
    "[features]",
    'window_months = 12      # features look this far back; "all" for all history',
    "",
    "# Groups found in how customers buy.",
    "[[segmentation]]",
    'name = "behaviour"',
    'basis = "behaviour"',
    'method = "kmeans"',
    'k = "auto"              # or a number of segments',
    'features = ["recency_days", "frequency", "monetary"]',
    "",
    "# Customers ranked by what they are worth.",
    "[[segmentation]]",
    'name = "value"',
    'basis = "value"',
    'method = "value_tiers"',
]
