"""Everybody at the latest snapshot, and whether they may and can be sent: read when an audience is made, never kept."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from segmodel.activation.match_keys import external_id_sql, given_sql, hashed_sql, key_stages, staged
from segmodel.definition import Activation, Definition, MatchKey
from segmodel.definition_activation import Platform
from segmodel.engines import Engine, identifier, literal
from segmodel.errors import ActivationError, SourceError, StoreError, did_you_mean
from segmodel.progress import quiet
from segmodel.sources import load_sources, read_lists
from segmodel.store import PublishedBuild

_LISTED = ("customer_id", "email", "phone", "email_sha256", "phone_sha256")
"""What suppression lists may name people by."""

_YES = ("true", "yes", "y", "1", "1.0", "t", "on", "granted")


@dataclass(frozen=True)
class Origin:
    """What an audience comes from: the published build and its segmentations.

    Attributes
    ----------
    workspace, build_id, value_word, currency : str
    as_of : date
        The latest snapshot.
    minimum_group : int
        Smaller groups are given out to nobody.
    segments : dict
        By segmentation, names of its segments by id, in their order.
    versions : dict of str to str
        Of the models, by segmentation.
    """

    workspace: str
    build_id: str
    as_of: dt.date
    value_word: str
    currency: str
    minimum_group: int
    segments: dict[str, dict[str, str]]
    versions: dict[str, str]

    @classmethod
    def of(cls, published: PublishedBuild) -> Origin:
        """Return what a published build says."""
        info = published.info()
        known = published.segmentations()
        names = {name: published.segments(name) for name in known["name"]}
        return cls(
            workspace=str(info["name"]),
            build_id=published.build_id,
            as_of=info["as_of"],
            value_word=str(info["value_basis"]),
            currency=str(info["currency"]),
            minimum_group=int(info["minimum_group"]),
            segments={name: dict(zip(each["segment"], each["name"], strict=True)) for name, each in names.items()},
            versions=dict(zip(known["name"], known["version"], strict=True)),
        )


class People:
    """Everybody at the latest snapshot of a build, with consent and match keys as the sources have them now.

    Contact data live in memory, spilled to a folder that goes with them.

    Parameters
    ----------
    engine : Engine
        Holds `members` (segmentation, customer_id, segment, probability, value, days_since_last, churn_risk) and
        `known` (customer_id, suppressed, agreed, given, valid, matchable; with keys `key_1` and so on, NULL where they
        may not be used).
    origin : Origin
    activation : Activation
        The definition's.
    platform : {"google", "meta"}
        By whose rules keys were normalised.
    spill : Path
        Folder of what does not fit in memory; removed with them.
    """

    def __init__(
        self,
        engine: Engine,
        origin: Origin,
        activation: Activation,
        platform: Platform,
        spill: Path,
    ) -> None:
        self.engine = engine
        self.origin = origin
        self.activation = activation
        self.platform = platform
        for kind in _LISTED:
            engine.execute(f"CREATE TABLE suppressed_{kind} (entry VARCHAR)")
        self._forget = weakref.finalize(self, shutil.rmtree, spill, ignore_errors=True)

    @classmethod
    def load(
        cls,
        published: PublishedBuild,
        definition: Definition,
        folder: Path,
        *,
        segmentation: str | None = None,
        platform: Platform = "google",
        with_keys: bool = True,
    ) -> Self:
        """Read who is where from a build, and consent and match keys from the source of `customers`.

        Parameters
        ----------
        published : PublishedBuild
        definition : Definition
        folder : Path
            The workspace.
        segmentation : str, optional
            Only this one.
        platform : {"google", "meta"}
            By whose rules keys are normalised.
        with_keys : bool
            Whether the keys themselves are wanted, or only who has one.

        Raises
        ------
        SegmodelError
            When a source or a suppression list cannot be read, or lacks a column the definition names.
        """
        if not definition.activation.is_consent_told:
            raise ActivationError(
                "The definition does not say who agreed to be addressed. Name the column under [activation], as in "
                'consent = "email_consent", or state without_consent = true where the law asks for no consent.'
            )
        spill = Path(tempfile.mkdtemp(prefix="segmodel-"))
        engine = Engine.open(None, definition.engine, spill)
        people = cls(engine, Origin.of(published), definition.activation, platform, spill)
        try:
            people._read_members(published, spill, segmentation)
            people._read_customers(definition, folder)
            people._read_suppressed(folder)
            people.find_out(with_keys=with_keys)
        except BaseException:
            people.close()
            raise
        return people

    def close(self) -> None:
        """Forget everybody."""
        self.engine.close()
        self._forget()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _read_members(self, published: PublishedBuild, spill: Path, segmentation: str | None) -> None:
        """Bring over who is where; a build may be open elsewhere in this process, so it goes through a file."""
        if segmentation is not None and segmentation not in self.origin.segments:
            known = self.origin.segments
            raise StoreError(
                f"There is no segmentation '{segmentation}' in this build; there are {', '.join(known)}."
                f"{did_you_mean(segmentation, known)}"
            )
        which = "" if segmentation is None else f" AND segmentation = {literal(segmentation)}"
        risk = "customer_value" in published.engine.tables()
        joined = " LEFT JOIN customer_value USING (customer_id)" if risk else ""
        file = literal(str(spill / "members.parquet"))
        published.engine.execute(
            f"""
            COPY (
                SELECT segmentation, customer_id, segment, round(probability, 4) AS probability,
                    round(assignments.value, 2)::DOUBLE AS value, days_since_last::BIGINT AS days_since_last,
                    {"round(churn_risk, 4)::DOUBLE" if risk else "NULL::DOUBLE"} AS churn_risk
                FROM assignments{joined}
                WHERE snapshot = (SELECT max(snapshot) FROM snapshots){which}
            ) TO {file} (FORMAT parquet)
            """
        )
        self.engine.execute(f"CREATE TABLE members AS SELECT * FROM read_parquet({file})")
        (spill / "members.parquet").unlink()

    def _read_customers(self, definition: Definition, folder: Path) -> None:
        """Read the columns of `customers` that audiences need, as they are now."""
        wanted = [key.column for key in self.activation.keys] + [key.consent for key in self.activation.keys]
        names = list(dict.fromkeys(name for name in (*wanted, self.activation.consent) if name))
        source = definition.sources.get("customers")
        if source is None:
            missing = [name for name in names if name != "customer_id"]
            if missing:
                raise ActivationError(
                    f"activation names {', '.join(missing)} of table customers, which the definition has no source "
                    "for. Add [sources.customers]."
                )
            self.engine.execute("CREATE TABLE customers AS SELECT DISTINCT customer_id FROM members")
            return
        only = definition.model_copy(update={"sources": {"customers": source}})
        load_sources(self.engine, only, folder, quiet, as_text=names)
        columns = list(self.engine.columns("customers"))
        absent = [name for name in names if name not in columns]
        if absent:
            raise ActivationError(
                f"activation names {', '.join(absent)}, which customers does not have."
                f"{did_you_mean(absent[0], columns)}"
            )

    def _read_suppressed(self, folder: Path) -> None:
        """Read the suppression lists into tables `suppressed_<what>`, each of one column `entry`."""
        wanted = {kind: kind for kind in _LISTED}
        wanted |= {key.column.casefold(): key.kind for key in self.activation.keys if key.kind != "external_id"}
        for pattern in self.activation.suppression:
            try:
                for relation, columns in read_lists(self.engine, pattern, folder, wanted):
                    for kind, text in columns.items():
                        entry = self._entry_sql(kind)
                        self.engine.execute(
                            f"INSERT INTO suppressed_{kind} SELECT DISTINCT entry FROM "
                            f"(SELECT {entry} AS entry FROM (SELECT {text} AS text FROM {relation}) AS list) "
                            "WHERE entry IS NOT NULL"
                        )
            except SourceError as error:
                raise ActivationError(f"activation.suppression: {error}") from None

    def _entry_sql(self, kind: str) -> str:
        if kind == "customer_id":
            return external_id_sql("list.text")
        if kind.endswith("_sha256"):
            return "lower(list.text)"
        key = MatchKey(column="text", kind="email" if kind == "email" else "phone")
        return staged(key_stages(key, self.platform, self.activation.country), "list.text")

    def find_out(self, *, with_keys: bool) -> None:
        """Make table `known` of table `customers`: whether each is suppressed, agreed, and has a key.

        What it was made of is dropped.

        Parameters
        ----------
        with_keys : bool
            Whether to keep the keys themselves.
        """
        keys = self.activation.keys
        places = range(1, len(keys) + 1)
        usable = {place: f"agreed_{place} AND normal_{place} IS NOT NULL" for place in places}
        shown = "".join(f", CASE WHEN {test} THEN normal_{place} END AS key_{place}" for place, test in usable.items())
        self.engine.execute(
            f"""
            CREATE TABLE known AS
            SELECT customer_id, {self._suppressed_sql(keys)} AS suppressed,
                {_any(f"agreed_{place}" for place in places)} AS agreed,
                {_any(f"given_{place}" for place in places)} AS given,
                {_any(f"normal_{place} IS NOT NULL" for place in places)} AS valid,
                {_any(usable.values())} AS matchable{shown if with_keys else ""}
            FROM ({self._normal_sql(keys)})
            """
        )
        for table in ("customers", *(f"suppressed_{kind}" for kind in _LISTED)):
            self.engine.execute(f"DROP TABLE {table}")

    def _normal_sql(self, keys: Sequence[MatchKey]) -> str:
        """Return SQL for what is known of each match key: normalised, given at all, agreed to, listed by its hash."""
        stages = [key_stages(key, self.platform, self.activation.country) for key in keys]
        columns = ["customer_id"]
        for place, key in enumerate(keys, start=1):
            text = _text(key)
            columns += [
                f"{stages[place - 1][0](text)} AS normal_{place}",
                f"{given_sql(text)} AS given_{place}",
                f"{self._agreed_sql(key)} AS agreed_{place}",
                f"{self._hash_listed_sql(key)} AS listed_{place}",
            ]
        sql = f"SELECT {', '.join(columns)} FROM customers"
        for round_ in range(1, max(map(len, stages))):
            changed = (
                f"{each[round_](f'normal_{place}')} AS normal_{place}"
                for place, each in enumerate(stages, start=1)
                if round_ < len(each)
            )
            sql = f"SELECT * REPLACE ({', '.join(changed)}) FROM ({sql})"
        return sql

    def _agreed_sql(self, key: MatchKey) -> str:
        """Return SQL for whether somebody agreed to be addressed by a key."""
        columns = [name for name in (self.activation.consent, key.consent) if name]
        if not columns:
            return "TRUE" if self.activation.without_consent else "FALSE"
        yes = (f"coalesce(lower(trim(customers.{identifier(name)}::VARCHAR)) IN {_YES}, FALSE)" for name in columns)
        return f"({' AND '.join(yes)})"

    def _hash_listed_sql(self, key: MatchKey) -> str:
        """Return SQL for whether a list names somebody by a hash, whichever platform's rules it was made by."""
        if key.kind == "external_id" or not self.engine.value(f"SELECT count(*) FROM suppressed_{key.kind}_sha256"):
            return "FALSE"
        platforms: tuple[Platform, ...] = ("google", "meta")
        country = self.activation.country
        hashes = (hashed_sql(staged(key_stages(key, each, country), _text(key))) for each in platforms)
        return _any(f"coalesce({text} IN (FROM suppressed_{key.kind}_sha256), FALSE)" for text in hashes)

    def _suppressed_sql(self, keys: Sequence[MatchKey]) -> str:
        tests = ["customer_id IN (FROM suppressed_customer_id)"]
        for place, key in enumerate(keys, start=1):
            if key.kind == "external_id":
                continue
            tests += [f"coalesce(normal_{place} IN (FROM suppressed_{key.kind}), FALSE)", f"listed_{place}"]
        return _any(tests)


def _text(key: MatchKey) -> str:
    return f"customers.{identifier(key.column)}::VARCHAR"


def _any(tests: Iterable[str]) -> str:
    return f"({' OR '.join(tests)})"
