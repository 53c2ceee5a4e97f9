"""Lists of people in files, such as who must not be written to: columns of text, as the files say them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from segmodel.definition import Source
from segmodel.engines import Engine, identifier
from segmodel.errors import SourceError, did_you_mean
from segmodel.sources.readers import read_source
from segmodel.sources.staging import staging


def read_lists(
    engine: Engine, pattern: str, folder: Path, wanted: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield a table of each file of a list, readable until the next one is asked for.

    Parameters
    ----------
    engine : Engine
        Reads the files.
    pattern : str
        A path or a glob, absolute or relative to `folder`.
    folder : Path
    wanted : mapping of str to str
        Names of columns a list may have, in lower case, and what each stands for.

    Yields
    ------
    str
        SQL for a FROM clause.
    dict of str to str
        By what it stands for, SQL for the text of a column.

    Raises
    ------
    SourceError
        When there is no file, one cannot be read as a whole, or has none of the columns: a list that is half read would
        let through whom it names.
    """
    with staging(engine) as scratch:
        try:
            raws = read_source(scratch, Source(path=pattern), "list", folder.resolve())
        except SourceError as error:
            raise SourceError(str(error).removeprefix("sources.list: ")) from None
        for raw in raws:
            if raw.rejects:
                first = raw.rejects[0]
                raise SourceError(f"line {first.row_number} of '{raw.source}' cannot be read: {first.message}")
            found = {wanted[name.casefold()]: name for name in raw.columns if name.casefold() in wanted}
            if not found:
                hint = did_you_mean(next(iter(raw.columns)), wanted)
                raise SourceError(
                    f"'{raw.source}' has the columns {', '.join(raw.columns)}; expected one of "
                    f"{', '.join(wanted)}.{hint}"
                )
            yield raw.relation, {meant: _text(name) for meant, name in found.items()}


def _text(name: str) -> str:
    """Return SQL for a value as text; numbers that went through a float column come back as 17850.0."""
    return f"regexp_replace(trim({identifier(name)}::VARCHAR), '^([0-9]+)[.]0+$', '\\1')"
