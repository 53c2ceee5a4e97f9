"""Which snapshots of the published build stand, or why none of them may."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import segmodel
from segmodel.clustering import ModelFiles
from segmodel.definition import Definition
from segmodel.engines import SCRATCH, Engine, identifier
from segmodel.features import Feature, Snapshot, customer_columns_sql
from segmodel.features.lines import margin_column
from segmodel.formats import counted, listed
from segmodel.metrics import METRICS, year_before
from segmodel.refresh.earlier import Earlier, rate_text
from segmodel.refresh.news import News, find_news
from segmodel.sources import Entry, compare_days, read_days, read_ledger
from segmodel.store import built_from

_EVERY = "every snapshot would change"


class WholeBuildError(Exception):
    """Nothing of the published build may be taken over; the message says why."""


class NothingNewError(Exception):
    """The sources say what they said when the published build was made."""


@dataclass(frozen=True)
class Standing:
    """What a build takes over from the one before.

    Attributes
    ----------
    described : frozenset of date
        Snapshots whose customers are described already.
    measured : frozenset of date
        Of these, snapshots whose segments are measured already, if customers are in the segments they were in.
    filters : frozenset of (int, str)
        The values filters offered when customers were last assigned.
    news : News or None
        What is new; None for a build from the ground up.
    """

    described: frozenset[datetime.date] = frozenset()
    measured: frozenset[datetime.date] = frozenset()
    filters: frozenset[tuple[int, str]] = field(default=frozenset())
    news: News | None = None


def refuse_other_versions(earlier: Earlier, definition: Definition, models: ModelFiles) -> None:
    """Raise WholeBuildError where the definition, the software or a version in use is not the published build's."""
    if built_from(definition) != earlier.definition:
        raise WholeBuildError("The definition changed.")
    if earlier.software != segmodel.__version__:
        raise WholeBuildError(f"The published build was made by version {earlier.software} of segmodel.")
    for name, version in earlier.versions.items():
        champion = models.champion(name)
        if champion is None or champion.version != version:
            raise WholeBuildError(f"Another version of {name} is in use than the published build scored with.")


def find_standing(
    engine: Engine, earlier: Earlier | None, features: Mapping[str, Feature], snapshots: Sequence[Snapshot]
) -> Standing:
    """Return which snapshots stand, from the first day on which the sources say something else.

    The latest snapshot is always made anew.

    Parameters
    ----------
    engine : Engine
        Holds the sources as they are, and the per-snapshot tables of the published build.
    earlier : Earlier or None
        The published build; None for a build from the ground up.
    features : mapping of str to Feature
        What this build computes.
    snapshots : sequence of Snapshot
        Of this build, oldest first.

    Raises
    ------
    NothingNewError
        When the sources say what they said.
    WholeBuildError
        When what stands cannot be told by dates: features, the margin rate or what is known of customers changed.
    """
    if earlier is None:
        return Standing()
    ledger = read_ledger(engine)
    difference = compare_days(earlier.days, read_days(engine), earlier.as_of)
    if difference.first_day is None and _contents(ledger) == _contents(earlier.ledger):
        raise NothingNewError
    if dict(features) != dict(earlier.features) or earlier.metrics != METRICS:
        raise WholeBuildError("The data allow other features than before, or features are computed in another way.")
    first = difference.first_day
    days = frozenset(
        snapshot.day
        for snapshot in snapshots[:-1]
        if earlier.snapshots.get(snapshot.day) == snapshot.is_window_complete
        and (first is None or snapshot.day < first)
    )
    if days:
        _refuse_other_margin(engine, earlier, max(days))
        _refuse_other_customers(engine, features, max(days))
    before = dict(year_before(earlier.snapshots))
    now = dict(year_before({snapshot.day: snapshot.is_window_complete for snapshot in snapshots}))
    measured = frozenset(
        day for day in days if now.get(day) == before.get(day) and (day not in now or now[day] in days)
    )
    return Standing(days, measured, earlier.filters, find_news(earlier.ledger, ledger, difference))


def _contents(ledger: Sequence[Entry]) -> set[tuple[str, str, str]]:
    return {(entry.table, entry.source, entry.content) for entry in ledger}


def _refuse_other_margin(engine: Engine, earlier: Earlier, last: datetime.date) -> None:
    """Raise where lines that state no margin, up to `last`, are now taken to bring something else."""
    rate = rate_text(engine)
    if rate == earlier.margin_rate:
        return
    if not rate or not earlier.margin_rate:
        raise WholeBuildError(f"Value is now {'margin' if rate else 'revenue'}, so {_EVERY}.")
    margin = margin_column(engine.columns("transactions"))
    unstated = engine.value(
        f"SELECT count(*) FROM transactions WHERE {margin} IS NULL AND ordered_at::DATE <= $last", {"last": last}
    )
    if unstated:
        raise WholeBuildError(
            f"{counted(unstated, 'transaction')} of the past state no margin and are valued by the average margin "
            f"rate, which moved from {earlier.margin_rate} to {rate}."
        )


def _refuse_other_customers(engine: Engine, features: Mapping[str, Feature], last: datetime.date) -> None:
    """Raise where what is known of customers whatever the date, attributes and answers, is no longer the same.

    A snapshot describes all who bought by then, so the latest that stands has everybody.
    """
    columns, select = customer_columns_sql(features)
    if not columns:
        return
    engine.execute(f"CREATE OR REPLACE TABLE {SCRATCH}.known_now AS {select}")
    differs = " OR ".join(f"known.{identifier(name)} IS DISTINCT FROM anew.{identifier(name)}" for name in columns)
    changed = engine.value(
        f"SELECT count(*) FROM customer_features AS known LEFT JOIN {SCRATCH}.known_now AS anew USING (customer_id) "
        f"WHERE known.snapshot = $last AND ({differs})",
        {"last": last},
    )
    engine.execute(f"DROP TABLE {SCRATCH}.known_now")
    if changed:
        told = [name for name in columns if name in features]
        raise WholeBuildError(
            f"What is known of {counted(changed, 'customer')} whatever the date ({listed(told)}) changed, so {_EVERY}."
        )
