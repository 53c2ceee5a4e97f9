"""One raw relation a file: text files through the scratch database, Parquet in place."""

from __future__ import annotations

import glob
import hashlib
import json
import tempfile
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from segmodel.definition import Source
from segmodel.engines import identifier, literal
from segmodel.errors import EngineError, SourceError
from segmodel.sources import databases, textfiles, workbooks
from segmodel.sources.files import Stamp, find_files, kind_of
from segmodel.sources.ledger import Keeping, content_of_rows
from segmodel.sources.staging import Copy, Raw, Reject, Staging

MOST_COLUMNS = 20_000
_REJECT_TEXT = 10_000
"""Characters of a broken line that the engine keeps; at this length more of it may be missing."""


def list_files(source: Source, name: str, folder: Path, keeping: Keeping) -> tuple[tuple[str, str], ...]:
    """Return the files of a source, each with the hash of what it holds.

    Raises
    ------
    SourceError
        When there is none, or one cannot be read; the message names the table.
    """
    try:
        found = _by_content(find_files(source.path or "", folder.resolve()), folder.resolve(), keeping)
    except SourceError as error:
        raise SourceError(f"sources.{name}: {error}") from error
    return tuple((copy.source, content) for content, copies in found.items() for copy in copies)


_MOST_REJECTS = 10_000
"""Broken lines of a file past which its rows are not kept: they are kept as one text."""

_TAKEN_APART = 1
"""Counted up when text is taken apart in another way, so that rows kept before are not read."""


def read_source(
    staging: Staging, source: Source, name: str, folder: Path, keeping: Keeping | None = None
) -> tuple[Raw, ...]:
    """Open every file, or the query, of a source; of files that hold the same only the first.

    Parameters
    ----------
    staging : Staging
        Where text is put.
    source : Source
        What the definition says.
    name : str
        The contract table, for messages.
    folder : Path
        The workspace; relative paths start there.
    keeping : Keeping, optional
        Where to find, and to leave, the rows of transactions written as text.

    Raises
    ------
    SourceError
        When one cannot be read; the message names the table and the file.
    """
    try:
        if source.uri is not None:
            raw = databases.read_query(staging, source.uri, source.query or "")
            return (raw if keeping is None else replace(raw, content=content_of_rows(staging.engine, raw)),)
        files = find_files(source.path or "", folder)
        if keeping is None and len(files) == 1:
            return (_read_file(staging, source, files[0], _shown(files[0], folder)),)
        kept = keeping if name == "transactions" else None
        return tuple(
            replace(_read_known(staging, source, first, content, kept), copies=tuple(copies))
            for content, (first, *copies) in _by_content(files, folder, keeping or Keeping()).items()
        )
    except SourceError as error:
        raise SourceError(f"sources.{name}: {error}") from error


def _shown(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def _by_content(files: Sequence[Path], folder: Path, keeping: Keeping) -> dict[str, list[Copy]]:
    """Return the files by what they hold, in their order."""
    found: dict[str, list[Copy]] = {}
    for path in files:
        try:
            copy = Copy(_shown(path, folder), Stamp.of(path))
            found.setdefault(keeping.content_of(copy.source, copy.stamp), []).append(copy)
        except OSError as error:
            raise SourceError(f"'{path.name}' cannot be read: {error.strerror or error}.") from error
    return found


def _read_known(staging: Staging, source: Source, file: Copy, content: str, keeping: Keeping | None) -> Raw:
    """Read a file of which the hash is known: from the rows kept of it, else from itself, and keep its rows."""
    path, kind = file.stamp.path, kind_of(file.stamp.path)
    if keeping is None or keeping.rows is None or kind == "parquet":
        return replace(_read_file(staging, source, path, file.source), content=content)
    how = f"{_TAKEN_APART} {kind} {source.encoding} {source.separator} {source.sheet}"
    name = f"{content}-{hashlib.sha256(how.encode()).hexdigest()[:8]}"
    told = keeping.rows.told(staging.engine, name) if keeping.is_reused else None
    if told is not None:
        rejects = tuple(Reject(*each) for each in json.loads(told))
        relation = f"read_parquet({_escaped(keeping.rows.path(name))}, file_row_number = true)"
        columns = staging.engine.rows(f"DESCRIBE SELECT * EXCLUDE (file_row_number) FROM {relation}")
        rows = staging.rows(relation)
        kinds = {str(row[0]): str(row[1]) for row in columns}
        return Raw(
            file.source, relation, kinds, "file_row_number + 1", rows, rejects, file.stamp, content, name,
            parquet=keeping.rows.path(name),
        )  # fmt: skip
    raw = _read_file(staging, source, path, file.source)
    if len(raw.rejects) > _MOST_REJECTS:
        return replace(raw, content=content)
    told = json.dumps([(reject.row_number, reject.content, reject.message) for reject in raw.rejects])
    listed = ", ".join(identifier(column) for column in raw.columns)
    keeping.rows.keep(staging.engine, name, f"SELECT {listed} FROM {raw.relation}", told)
    return replace(raw, content=content, kept=name)


def _read_file(staging: Staging, source: Source, path: Path, shown: str) -> Raw:
    try:
        stamp = Stamp.of(path)
        if stamp.size == 0:
            raise SourceError(f"'{path.name}' is empty (0 bytes). Export it again with a header line and rows.")
        kind = kind_of(path)
        if kind == "csv":
            raw = _read_csv(staging, source, path, shown, stamp)
        elif kind == "parquet":
            raw = _read_parquet(staging, path, shown, stamp)
        elif kind == "json":
            raw = _read_json(staging, path, shown, stamp)
        else:
            raw = _read_workbook(staging, source, path, shown, stamp)
    except OSError as error:
        raise SourceError(f"'{path.name}' cannot be read: {error.strerror or error}.") from error
    check_names(list(raw.columns), path.name)
    stamp.check_unchanged()
    return raw


def check_names(names: Sequence[str], source: str) -> None:
    """Raise SourceError when a column has no room of its own: named twice, or differing only in case."""
    if len(names) > MOST_COLUMNS:
        raise SourceError(f"'{source}' has {len(names):,} columns; at most {MOST_COLUMNS:,} can be read.")
    twice = [name for name, count in Counter(name.casefold() for name in names).items() if count > 1]
    if twice:
        positions = [position for position, name in enumerate(names, 1) if name.casefold() == twice[0]]
        listed = " and ".join(f"{position:,}" for position in positions[:3])
        raise SourceError(
            f"'{source}' has more than one column named '{names[positions[0] - 1]}' (columns {listed}; capital and "
            "small letters count as the same). Rename one of them."
        )


def _escaped(path: Path) -> str:
    """Write a path so that the engine takes brackets and asterisks in it as they are."""
    return literal(glob.escape(str(path)))


def _read_csv(staging: Staging, source: Source, path: Path, shown: str, stamp: Stamp) -> Raw:
    found = textfiles.inspect(path, source.encoding)
    separator = textfiles.separator_of(found.head, source.separator, path.name)
    header = textfiles.header_of(found.head, separator)
    names = [name or f"column_{position}" for position, name in enumerate(header, 1)]
    check_names(names, path.name)
    if not found.has_rows:
        raise SourceError(f"'{path.name}' has a header but no rows. Export it again.")
    if found.encoding == "utf-8" and not found.mixed_line_ends:
        table, rejects = _parse_csv(staging, path, names, separator, is_gzipped=found.is_gzipped)
    else:
        spill = staging.engine.value("SELECT current_setting('temp_directory')")
        room = spill if spill and Path(spill).is_dir() else None
        with tempfile.TemporaryDirectory(prefix="segmodel-", dir=room) as scratch:
            plain = Path(scratch) / "plain.csv"
            textfiles.rewrite(path, found, plain)
            table, rejects = _parse_csv(staging, plain, names, separator, is_gzipped=False)
    columns = dict.fromkeys(names, "VARCHAR")
    return Raw(shown, table, columns, "rowid + 1", staging.rows(table), rejects, stamp)


def _parse_csv(
    staging: Staging, path: Path, names: list[str], separator: str, *, is_gzipped: bool
) -> tuple[str, tuple[Reject, ...]]:
    table = staging.name()
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    # everything is stated, nothing sniffed: the engine's own guess takes a stray quote for data
    sql = f"""
        CREATE TABLE {table} AS
        SELECT * FROM read_csv({_escaped(path)}, header = true, auto_detect = false, delim = {literal(separator)},
            quote = '"', escape = '"', columns = {{{columns}}}, max_line_size = {2 * textfiles.LONGEST_LINE},
            compression = '{"gzip" if is_gzipped else "none"}', store_rejects = true,
            rejects_table = '_rejected', rejects_scan = '_rejected_scans')"""
    try:
        with staging.engine.transaction() as cursor:
            cursor.execute(sql)
            rows = cursor.execute(
                "SELECT line, any_value(error_type)::VARCHAR, any_value(csv_line), any_value(error_message) "
                "FROM _rejected GROUP BY line ORDER BY line"
            ).fetchall()
            cursor.execute("DROP TABLE _rejected")
            cursor.execute("DROP TABLE _rejected_scans")
    except EngineError as error:
        if "memory limit" in str(error) or "disk is full" in str(error):
            raise
        raise SourceError(f"'{path.name}' cannot be taken apart into rows: {error}") from error
    return table, tuple(reject for row in rows for reject in _rejects(path.name, *row))


_PLAIN_WORDS = {
    "MISSING COLUMNS": "fewer values than the header has columns",
    "TOO MANY COLUMNS": "more values than the header has columns",
    "UNQUOTED VALUE": "a quotation mark that is not closed, or text after a closing one",
    "LINE SIZE OVER MAXIMUM": "a line that is too long",
    "INVALID ENCODING": "bytes that are no text",
    "INVALID STATE": "line ends of another kind",
}


def _rejects(file: str, line: int, kind: str, text: str | None, message: str) -> list[Reject]:
    """One broken record as the lines it is made of, so that none is lost from the count."""
    content = text or ""
    if kind == "UNQUOTED VALUE" and len(content) >= _REJECT_TEXT and "\n" in content:
        raise SourceError(
            f"'{file}': a quotation mark opened in line {line:,} is never closed, so everything after it reads as "
            f"one value. The line begins {content[:80]!r}. Close the quotation mark."
        )
    said = _PLAIN_WORDS.get(kind, message)
    # the header is line 1, and data row 1 is line 2
    return [Reject(line - 1 + offset, part, said) for offset, part in enumerate(content.rstrip("\n").split("\n"))]


def _read_parquet(staging: Staging, path: Path, shown: str, stamp: Stamp) -> Raw:
    relation = f"read_parquet({_escaped(path)}, file_row_number = true)"
    try:
        described = staging.engine.rows(f"DESCRIBE SELECT * FROM read_parquet({_escaped(path)})")
        rows = staging.rows(relation)
    except EngineError as error:
        raise SourceError(f"'{path.name}' is not a readable Parquet file: {error}") from error
    columns = {str(row[0]): str(row[1]) for row in described}
    if not rows:
        raise SourceError(f"'{path.name}' has columns but no rows. Export it again.")
    return Raw(shown, relation, columns, "file_row_number + 1", rows, (), stamp, parquet=path)


def _read_json(staging: Staging, path: Path, shown: str, stamp: Stamp) -> Raw:
    table = staging.name()
    try:
        described = staging.engine.rows(f"DESCRIBE SELECT * FROM read_json({_escaped(path)}, sample_size = -1)")
        names = [str(row[0]) for row in described]
        check_names(names, path.name)
        # read as text: what a date or a number is, the checks decide, as for any text file
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
        staging.engine.execute(
            f"CREATE TABLE {table} AS SELECT * FROM read_json({_escaped(path)}, columns = {{{columns}}})"
        )
    except EngineError as error:
        raise SourceError(
            f"'{path.name}' is not readable JSON ({error}). Expected a list of objects, or one object a line."
        ) from error
    rows = staging.rows(table)
    if not rows:
        raise SourceError(f"'{path.name}' has no rows. Export it again.")
    return Raw(shown, table, dict.fromkeys(names, "VARCHAR"), "rowid + 1", rows, (), stamp)


def _read_workbook(staging: Staging, source: Source, path: Path, shown: str, stamp: Stamp) -> Raw:
    try:
        frame = workbooks.read_sheet(path, source.sheet)
    except zipfile.BadZipFile:
        raise SourceError(f"'{path.name}' is not a readable Excel workbook. Save it again as .xlsx.") from None
    check_names(list(frame.columns), path.name)
    if frame.empty:
        raise SourceError(f"'{path.name}' has a header but no rows. Export it again.")
    table = staging.name()
    staging.add_text(frame, table, append=False)
    columns = dict.fromkeys(frame.columns, "VARCHAR")
    return Raw(shown, table, columns, "rowid + 1", len(frame), (), stamp)
