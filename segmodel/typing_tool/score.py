"""A file of answers, a row a person: told row by row, none lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import pandas as pd

from segmodel.errors import TypingToolError, did_you_mean
from segmodel.formats import counted, listed, number, share
from segmodel.sources import Reject, read_rows
from segmodel.typing_tool.battery import Battery

MOST_ROWS = 1_000_000

_ADDED = ("segment", "segment_name", "probability", "runner_up", "is_unsure", "answered", "problem")


@dataclass(frozen=True)
class ScoredFile:
    """What the rows of a file tell.

    Attributes
    ----------
    rows : DataFrame
        The file's own columns as text, then segment, segment_name, probability, runner_up, is_unsure, answered and
        problem; a row each line of the file, in its order, lines that are no rows among them.
    told, unsure, untold : int
        Rows with a segment, those of them that are unsure, and rows without one.
    unknown : tuple of str
        Columns that are no question and no id.
    notes : tuple of str
        The same in sentences.
    """

    rows: pd.DataFrame
    told: int
    unsure: int
    untold: int
    unknown: tuple[str, ...]
    notes: tuple[str, ...]


def score_answers(battery: Battery, path: Path) -> ScoredFile:
    """Tell the segment of each row of a file: csv, xlsx, parquet or json, a column a question.

    Raises
    ------
    SegmodelError
        When the file cannot be read, or has a column for fewer than half of the questions.
    """
    frame, rejects = read_rows(path)
    if len(frame) + len(rejects) > MOST_ROWS:
        raise TypingToolError(
            f"'{path.name}' has {number(len(frame))} rows; at most {number(MOST_ROWS)} are scored at once. Use the SQL."
        )
    names = [question.name for question in battery.questions]
    renamed = _matched(frame, names)
    present = [name for name in names if name in renamed]
    if len(present) < battery.least_answered:
        missing = [name for name in names if name not in present]
        hint = did_you_mean(missing[0], map(str, frame.columns))
        raise TypingToolError(
            f"'{path.name}' lacks columns {listed(missing)}; a column is named as its question.{hint}"
        )
    told = battery.predict(renamed).rename(columns={"name": "segment_name"})
    own = frame.rename(columns={name: f"given_{name}" for name in frame if name in _ADDED})
    rows = pd.concat([own, told[list(_ADDED)]], axis=1)
    if rejects:
        rows = _with_rejects(rows, rejects)
    unknown = tuple(str(name) for name in renamed if name not in names)
    is_told = rows["segment"].notna()
    unsure = int((rows["is_unsure"].astype("boolean").fillna(False) & is_told).sum())
    return ScoredFile(
        rows=rows.reset_index(drop=True),
        told=int(is_told.sum()),
        unsure=unsure,
        untold=int((~is_told).sum()),
        unknown=unknown,
        notes=_notes(rows, int(is_told.sum()), unsure, unknown, [name for name in names if name not in present]),
    )


def _with_rejects(rows: pd.DataFrame, rejects: Sequence[Reject]) -> pd.DataFrame:
    """Return rows with the lines that are none put where they stood, as they were, in the first column."""
    taken = {reject.row_number for reject in rejects}
    free = (place for place in count(1) if place not in taken)
    lost = pd.DataFrame(
        [
            {rows.columns[0]: reject.content, "answered": 0, "problem": f"Line is no row: {reject.message}"}
            for reject in rejects
        ],
        index=[reject.row_number for reject in rejects],
    )
    placed = rows.set_axis(list(islice(free, len(rows))), axis=0)
    return pd.concat([placed.astype(object), lost.astype(object)]).sort_index(kind="stable")


def _matched(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return the frame with columns called as the questions are, whatever their case and the blanks around them."""
    folded = {name.casefold(): name for name in names}
    return frame.rename(columns=lambda column: folded.get(str(column).strip().casefold(), str(column)))


def _notes(rows: pd.DataFrame, told: int, unsure: int, unknown: tuple[str, ...], missing: list[str]) -> tuple[str, ...]:
    every = len(rows)
    notes = [f"{number(told)} of {counted(every, 'row')} told, {number(unsure)} of them unsure."]
    if every - told:
        notes.append(f"{counted(every - told, 'row')} ({share((every - told) / every)}) not told: see column problem.")
    doubtful = int((rows["segment"].notna() & (rows["problem"].fillna("") != "")).sum())
    if doubtful:
        notes.append(f"{counted(doubtful, 'row')} told without an answer that cannot be read: see column problem.")
    if missing:
        notes.append(f"No column for {listed(missing)}: told from the other questions.")
    if unknown:
        notes.append(f"Carried along, and not used: {listed(unknown[:10])}{' and more' if len(unknown) > 10 else ''}.")
    return tuple(notes)
