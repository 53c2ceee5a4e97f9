"""What was read: every file by its content and the transactions by day, so that a refresh can tell what is new."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from segmodel.engines import Engine, identifier
from segmodel.sources.files import Stamp
from segmodel.sources.staging import Raw
from segmodel.store import RowFiles

_LEDGER = """
    CREATE TABLE IF NOT EXISTS source_ledger (
        table_name VARCHAR, source VARCHAR, size BIGINT, modified_ns BIGINT, changed_ns BIGINT, content VARCHAR,
        kept VARCHAR, repeats VARCHAR)"""

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Entry:
    """One file or query as it was read.

    Attributes
    ----------
    table, source : str
        The contract table, and what people call the file or database.
    size, modified_ns, changed_ns : int or None
        Of the file; None for a database. Three equal ones mean that nobody wrote in between.
    content : str
        Hash of what it holds.
    kept : str or None
        Name of its kept rows; None where they are read from the source again.
    repeats : str or None
        The file of the same source that holds the same, and was counted instead.
    """

    table: str
    source: str
    size: int | None
    modified_ns: int | None
    changed_ns: int | None
    content: str
    kept: str | None = None
    repeats: str | None = None


@dataclass(frozen=True)
class Keeping:
    """What earlier builds left for a reading, and where it may leave something itself.

    Attributes
    ----------
    rows : RowFiles or None
        Where rows taken out of text are kept; None: nowhere.
    is_reused : bool
        Whether rows kept before are read instead of the text they came from.
    known : sequence of Entry
        What was read before; a file with the same stamp is taken to hold the same.
    """

    rows: RowFiles | None = None
    is_reused: bool = False
    known: Sequence[Entry] = ()
    _contents: Mapping[tuple[str, int | None, int | None, int | None], str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        contents = {
            (entry.source, entry.size, entry.modified_ns, entry.changed_ns): entry.content for entry in self.known
        }
        object.__setattr__(self, "_contents", contents)

    def content_of(self, shown: str, stamp: Stamp) -> str:
        """Return the hash of a file; one that nobody wrote since it was read is not read again for it."""
        known = self._contents.get((shown, stamp.size, stamp.modified_ns, stamp.changed_ns))
        return known or _hash_of(stamp)


def _hash_of(stamp: Stamp) -> str:
    digest = hashlib.sha256()
    with stamp.path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def content_of_rows(engine: Engine, raw: Raw) -> str:
    """Return a hash of the rows of a query, whatever their order."""
    row = f"hash({', '.join(identifier(name) for name in raw.columns)})"
    (found,) = engine.rows(f"SELECT count(*), sum({row}), bit_xor({row}) FROM {raw.relation}")
    return hashlib.sha256(repr((*raw.columns.items(), *found)).encode()).hexdigest()


def write_ledger(engine: Engine, entries: Sequence[Entry]) -> None:
    """Add rows to table `source_ledger`."""
    engine.execute(_LEDGER)
    for entry in entries:
        engine.execute(
            "INSERT INTO source_ledger VALUES "
            "($table, $source, $size, $modified_ns, $changed_ns, $content, $kept, $repeats)",
            vars(entry),
        )


def read_ledger(engine: Engine) -> tuple[Entry, ...]:
    """Return what a build read; nothing where it was made before builds wrote that down."""
    if "source_ledger" not in engine.tables():
        return ()
    return tuple(Entry(*row) for row in engine.rows("SELECT * FROM source_ledger ORDER BY table_name, source"))


def store_days(engine: Engine) -> None:
    """Create table `transaction_days`: for each day its accepted transactions, and a digest of all they say.

    Two builds that agree on a day agree on every transaction of it: the digest is the sum of 64-bit hashes of rows.
    """
    columns = ", ".join(identifier(name) for name in sorted(engine.columns("transactions")))
    engine.execute(
        "CREATE OR REPLACE TABLE transaction_days AS "
        f"SELECT ordered_at::DATE AS day, count(*)::BIGINT AS transactions, sum(hash({columns}))::HUGEINT AS digest "
        "FROM transactions GROUP BY day ORDER BY day"
    )


def read_days(engine: Engine) -> pd.DataFrame:
    """Return the transactions by day: `day`, `transactions` and `digest`, a text."""
    return engine.frame("SELECT day, transactions, digest::VARCHAR AS digest FROM transaction_days ORDER BY day")


@dataclass(frozen=True)
class Difference:
    """How the transactions of two readings differ.

    Attributes
    ----------
    first_day : date or None
        The earliest day that says something else; None where they are the same.
    added, late, removed : int
        Transactions more on the days that have more; those of them dated up to `known_until`; fewer on the days that
        have fewer. A day on which one was replaced counts in neither.
    days_changed : int
        Days up to `known_until` that say something else.
    """

    first_day: datetime.date | None
    added: int
    late: int
    removed: int
    days_changed: int


def compare_days(before: pd.DataFrame, now: pd.DataFrame, known_until: datetime.date) -> Difference:
    """Compare what two builds read, day by day; see `store_days`.

    Parameters
    ----------
    before, now : DataFrame
        As `read_days` returns them.
    known_until : date
        The latest snapshot of the earlier build.
    """
    both = before.merge(now, on="day", how="outer", suffixes=("_before", "_now"))
    changed = both[both["digest_before"].fillna("") != both["digest_now"].fillna("")]
    more = (changed["transactions_now"].fillna(0) - changed["transactions_before"].fillna(0)).astype("int64")
    is_past = changed["day"] <= pd.Timestamp(known_until)
    return Difference(
        first_day=None if changed.empty else changed["day"].min().date(),
        added=int(more.clip(lower=0).sum()),
        late=int(more[is_past].clip(lower=0).sum()),
        removed=int((-more).clip(lower=0).sum()),
        days_changed=int(is_past.sum()),
    )
