"""Which files are new, changed or gone since the published build."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from segmodel.definition import Definition
from segmodel.formats import counted, listed
from segmodel.sources import Difference, Entry, Keeping, list_files


@dataclass(frozen=True)
class News:
    """What is new among the files, and how the transactions differ.

    Attributes
    ----------
    new_files, changed_files, removed_files : tuple of str
    repeated_files : tuple of str
        New files that hold the same as another: their rows count once.
    databases : tuple of str
        Read whole and compared: what changed in them cannot be asked for.
    unchanged_files : int
    added, late, removed : int
        Transactions: more than before; of these dated on or before the published snapshot; fewer than before.
    days_changed : int
        Days up to the published snapshot of which something else is known now.
    """

    new_files: tuple[str, ...] = ()
    changed_files: tuple[str, ...] = ()
    removed_files: tuple[str, ...] = ()
    repeated_files: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    unchanged_files: int = 0
    added: int = 0
    late: int = 0
    removed: int = 0
    days_changed: int = 0

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is new, for people."""
        said = [f"New files: {listed(self.new_files)}."] if self.new_files else []
        said += [f"Read again, as their content changed: {listed(self.changed_files)}."] if self.changed_files else []
        said += [f"No longer there: {listed(self.removed_files)}."] if self.removed_files else []
        if self.repeated_files:
            said.append(f"Counted once, as they hold the same as another file: {listed(self.repeated_files)}.")
        if self.databases:
            said.append(f"Read whole and compared with what was known: {listed(self.databases)}.")
        moved = f"{counted(self.added, 'transaction')} more"
        moved += f", {counted(self.late, 'of them', 'of them')} late" if self.late else ""
        moved += f"; {counted(self.removed, 'transaction')} fewer on other days" if self.removed else ""
        said.append(f"{moved}.")
        if self.days_changed:
            said.append(f"{counted(self.days_changed, 'day')} of the past say something else than before.")
        return tuple(said)


def find_news(before: Sequence[Entry], now: Sequence[Entry], difference: Difference) -> News:
    """Compare the files of two readings.

    Parameters
    ----------
    before, now : sequence of Entry
        What the published build read, and what is there.
    difference : Difference
        How the transactions differ.
    """
    known = {(entry.table, entry.source): entry for entry in before}
    there = {(entry.table, entry.source): entry for entry in now}
    files = {key: entry for key, entry in there.items() if entry.size is not None}
    new = [entry for key, entry in files.items() if key not in known]
    changed = [entry for key, entry in files.items() if key in known and known[key].content != entry.content]
    return News(
        new_files=tuple(entry.source for entry in new if entry.repeats is None),
        changed_files=tuple(entry.source for entry in changed if entry.repeats is None),
        removed_files=tuple(entry.source for key, entry in known.items() if key not in there),
        repeated_files=tuple(entry.source for entry in (*new, *changed) if entry.repeats is not None),
        databases=tuple(entry.source for entry in there.values() if entry.size is None),
        unchanged_files=len(files) - len(new) - len(changed),
        added=difference.added,
        late=difference.late,
        removed=difference.removed,
        days_changed=difference.days_changed,
    )


def is_settled(definition: Definition, folder: Path, ledger: Sequence[Entry]) -> bool:
    """Say whether every source is as it was read, as far as that can be told without reading it again."""
    if any(source.uri is not None for source in definition.sources.values()):
        return False
    there = {
        (table, source, content)
        for table, given in definition.sources.items()
        for source, content in list_files(given, table, folder, Keeping(known=ledger))
    }
    return there == {(entry.table, entry.source, entry.content) for entry in ledger}
