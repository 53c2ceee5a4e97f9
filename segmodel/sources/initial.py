"""Writes the first `segmentation.toml` of a workspace from a transactions file."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from segmodel.definition import Source
from segmodel.engines import Engine, identifier
from segmodel.errors import SourceError
from segmodel.sources import textfiles
from segmodel.sources.contracts import TABLES
from segmodel.sources.files import find_files, kind_of
from segmodel.sources.guess import MappingGuess, guess_mapping
from segmodel.sources.plan import AmbiguousSourceError, make_plan
from segmodel.sources.readers import check_names, read_source
from segmodel.sources.staging import Reject, Staging, staging

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
    with _scratch() as scratch:
        (raw,) = read_source(scratch, Source(path=str(path)), "transactions", path.parent)
        frame = scratch.engine.frame(f"SELECT COLUMNS(*)::VARCHAR FROM {raw.relation} LIMIT {int(rows)}")
        return frame[list(raw.columns)]


def read_rows(file: Path) -> tuple[pd.DataFrame, tuple[Reject, ...]]:
    """Return all rows of a file as text, in their order, and the lines that are no rows.

    The index is the number of a row within the file, 1 the first after the header.

    Parameters
    ----------
    file : Path
        A file of any kind that sources can read.

    Raises
    ------
    SourceError
        When the file cannot be read.
    """
    (path,) = find_files(str(file), file.parent)
    with _scratch() as scratch:
        (raw,) = read_source(scratch, Source(path=str(path)), "transactions", path.parent)
        columns = ", ".join(f"{identifier(name)}::VARCHAR AS {identifier(name)}" for name in raw.columns)
        place = "row_number_in_file"
        frame = scratch.engine.frame(
            f"SELECT {raw.row_number} AS {place}, {columns} FROM {raw.relation} ORDER BY 1"
        ).set_index(place)
        return frame, raw.rejects


@contextlib.contextmanager
def _scratch() -> Iterator[Staging]:
    """Open a scratch database that keeps what does not fit in memory in a temporary folder."""
    with (
        tempfile.TemporaryDirectory(prefix="segmodel-") as folder,
        Engine.open(None, spill=Path(folder)) as engine,
        staging(engine) as scratch,
    ):
        yield scratch


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


@dataclass(frozen=True)
class SourceDraft:
    """What the first `segmentation.toml` of a workspace says of its one transactions file.

    Attributes
    ----------
    columns : mapping
        Columns of the contract, and what each is in the file: a column, or an expression over columns.
    settings : mapping
        Other keys of the source, such as `date_format` or `exclude`; those that are empty are left out.
    remarks : mapping
        Comments, by the column or setting they are about.
    """

    columns: Mapping[str, str]
    settings: Mapping[str, str] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)


def draft_source(file: Path, guess: MappingGuess) -> SourceDraft:
    """Return what a definition would say of a file; where a required column is missing, settings are not looked for.

    Parameters
    ----------
    file : Path
        A transactions file; it is read as a whole, because its last line may settle how dates are written.
    guess : MappingGuess
        What its columns seem to be.

    Raises
    ------
    SourceError
        When the file cannot be read.
    """
    settled = {} if guess.missing else _settle(file, guess)
    settings = {key: options[0] for key, options in settled.items()}
    remarks = {
        key: f"the file allows {_listed(options[1:], ' or ')} as well: check this" for key, options in settled.items()
    }
    for key, condition in (("cancelled", guess.cancelled), ("exclude", guess.exclude)):
        if condition is not None:
            settings[key], remarks[key] = condition.expression, condition.reason
    for column, candidates in guess.candidates.items():
        if len(candidates) > 1:
            remarks[column] = f"or {_listed([one.expression for one in candidates[1:3]], ', or ')}"
    return SourceDraft(guess.columns, settings, remarks)


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
    return definition_text(name, _shown(path, folder), draft_source(path, guess))


def _shown(path: Path, folder: Path | None) -> str:
    if folder is not None and path.is_relative_to(folder.resolve()):
        return path.relative_to(folder.resolve()).as_posix()
    return str(path)


def _settle(path: Path, guess: MappingGuess) -> dict[str, tuple[str, ...]]:
    """Read the whole file as a build would, and return the settings it cannot do without, with the choices."""
    settings: dict[str, tuple[str, ...]] = {}
    with _scratch() as scratch:
        source = Source(path=str(path), columns=guess.columns)
        raws = read_source(scratch, source, "transactions", path.parent)
        for _ in range(2):
            stated = {key: options[0] for key, options in settings.items()}
            try:
                make_plan(scratch.engine, TABLES["transactions"], source.model_copy(update=stated), raws)
            except AmbiguousSourceError as error:
                settings[error.key] = error.options
    return settings


def definition_text(name: str, path: str, source: SourceDraft, currency: str = "GBP") -> str:
    r"""Return the text of a `segmentation.toml` for one transactions file.

    Parameters
    ----------
    name : str
        The name of the workspace.
    path : str
        The file, as the definition is to name it.
    source : SourceDraft
        What is to be said of it.
    currency : str
        Three letters.

    Raises
    ------
    SourceError
        When the name cannot be written as UTF-8, such as that of a folder in an older encoding.

    Examples
    --------
    >>> source = SourceDraft({"amount": "Quantity * Price"}, {"exclude": "Price <= 0"})
    >>> text = definition_text('The "Corner" shop', "data/lines.csv", source)
    >>> [line for line in text.splitlines() if line.startswith(("name", "amount", "exclude"))][:3]
    ['name = "The \\"Corner\\" shop"', 'exclude = "Price <= 0"', 'amount = "Quantity * Price"']
    """
    lines = [
        "# What this workspace is: where the data is, what is computed, how customers are divided.",
        "",
        _line("name", name),
        'question = "Which customers, if we won more of them, would most improve the business?"',
        _line("currency", currency, "three letters; nothing is converted, it only labels amounts"),
        'primary = "behaviour"   # the segmentation pages open with',
        "",
        "[sources.transactions]",
        _line("path", path, "csv, csv.gz, parquet, json or xlsx; * stands for many files"),
        'duplicates = "keep"     # rows that repeat an earlier one in every value: keep or drop; counted either way',
        *(_line(key, value, source.remarks.get(key, "")) for key, value in source.settings.items() if value),
        "",
        "# A column of the file, or an expression over columns.",
        "[sources.transactions.columns]",
        *(_line(key, value, source.remarks.get(key, "")) for key, value in source.columns.items() if value),
        "",
        *_unlocks(),
        *_SEGMENTATIONS,
    ]
    text = "\n".join(lines) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError:
        shown = name.encode("ascii", "backslashreplace").decode()
        raise SourceError(f"The workspace cannot be called '{shown}', which is not UTF-8. Choose another.") from None
    return text


def toml_string(text: str) -> str:
    r"""Quote a text for TOML.

    Examples
    --------
    >>> print(toml_string('a "b" \\ c'))
    "a \"b\" \\ c"
    """
    # JSON strings are TOML strings, but for one character that JSON leaves bare
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _line(key: str, value: str, remark: str = "") -> str:
    # a remark may quote the name of a column, and a line end in that would end the comment
    in_one_line = "".join(character if character.isprintable() else " " for character in remark)
    return f"{key} = {toml_string(value)}" + (f"   # {in_one_line}" if remark else "")


def _listed(texts: Sequence[str], between: str) -> str:
    return between.join(map(toml_string, texts))


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
