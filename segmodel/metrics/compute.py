"""All metrics of all segments at all snapshots, for every choice of filters, in one statement a segmentation."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from itertools import product

import pandas as pd

from segmodel.definition import Definition
from segmodel.engines import Engine
from segmodel.features import Snapshot, months_before
from segmodel.metrics.catalogue import METRICS, PREFIXES, mentioned
from segmodel.store import listed_days
from segmodel.suppression import small_cells, small_parts

KEYS = ("snapshot", "segment", "filter_1", "filter_2")
ALL = ""
"""Stands for all segments, or all values of a filter."""

_AGGREGATES = {name: metric for name, metric in METRICS.items() if metric.level == "aggregate"}
_DERIVED = {name: metric for name, metric in METRICS.items() if metric.level == "derived"}


def compute_metrics(
    engine: Engine,
    segmentation: str,
    definition: Definition,
    snapshots: Sequence[Snapshot],
    measured: Collection[datetime.date] = (),
) -> None:
    """Add one segmentation's rows to `segment_metrics`.

    Parameters
    ----------
    engine : Engine
        Holds `assignments` and `snapshots`.
    segmentation : str
        The name in `assignments`.
    definition : Definition
        Says how many filters there are, and the smallest group shown; one more group is hidden where a total would
        give a hidden one away.
    snapshots : sequence of Snapshot
        All snapshots of the build.
    measured : collection of date
        Snapshots of which `segment_metrics` has the rows already.
    """
    missing = {snapshot.day for snapshot in snapshots} - set(measured)
    years = {
        day: before
        for day, before in year_before({snapshot.day: snapshot.is_window_complete for snapshot in snapshots})
        if day in missing
    }
    pairs = ", ".join(f"(DATE '{day}', DATE '{before}')" for day, before in years.items())
    listed = f"SELECT * FROM (VALUES {pairs}) AS years(snapshot, earlier)" if pairs else _NO_YEARS
    needed = missing | set(years.values())
    sql = f"WITH years AS ({listed}), {metrics_sql(len(definition.filters), needed if measured else ())}"
    minimum_group = definition.minimum_group
    frame = engine.summary(sql, {"segmentation": segmentation})
    frame["suppressed"] = small_cells(frame, minimum_group)
    frame.loc[small_parts(frame, "active_customers", minimum_group), list(_ACTIVE)] = None
    frame.loc[frame["suppressed"], list(METRICS)] = None
    frame.loc[_was_suppressed(frame, years), ["growth", "growth_customers"]] = None
    frame = frame[frame["snapshot"].isin(pd.to_datetime(sorted(missing)))].copy()
    frame.insert(0, "segmentation", segmentation)
    columns = ", ".join(
        ("segmentation", *KEYS, *(f"{name}::{_type(name)} AS {name}" for name in METRICS), "suppressed")
    )
    with engine.loaded("segment_metrics_part", frame):
        source = f"SELECT {columns} FROM segment_metrics_part ORDER BY snapshot, segment, filter_1, filter_2"
        if "segment_metrics" in engine.tables():
            engine.execute(f"INSERT INTO segment_metrics {source}")
        else:
            engine.execute(f"CREATE TABLE segment_metrics AS {source}")


def year_before(snapshots: Mapping[datetime.date, bool]) -> list[tuple[datetime.date, datetime.date]]:
    """Return each snapshot with the one a year before to measure growth from, where its window is full.

    Parameters
    ----------
    snapshots : mapping of date to bool
        Each with whether its window is full.
    """
    pairs = [(day, months_before(day, 12)) for day in snapshots]
    return [(day, earlier) for day, earlier in pairs if snapshots.get(earlier, False)]


def _was_suppressed(frame: pd.DataFrame, earlier: Mapping[datetime.date, datetime.date]) -> pd.Series:
    """Return which rows measure growth from a group that is hidden, and so would tell it."""
    hidden = set(frame.loc[frame["suppressed"], list(KEYS)].itertuples(index=False, name=None))
    day_before = frame["snapshot"].map({pd.Timestamp(day): pd.Timestamp(before) for day, before in earlier.items()})
    keys = zip(day_before, *(frame[name] for name in KEYS[1:]), strict=True)
    return pd.Series([key in hidden for key in keys], index=frame.index)


_ACTIVE = ("active_customers", *(name for name in METRICS if name.startswith("active_share")))
_NO_YEARS = "SELECT NULL::DATE AS snapshot, NULL::DATE AS earlier WHERE false"


def metrics_sql(filters: int, snapshots: Collection[datetime.date] = ()) -> str:
    """Return the CTEs and the SELECT of all metrics, at some snapshots or, without any named, at all of them.

    Needs a CTE `years` and a parameter `$segmentation`.
    """
    only = f" AND snapshot IN ({listed_days(snapshots)})" if snapshots else ""
    grouped = KEYS[1 : 2 + filters]
    sets = [
        ", ".join(["snapshot", *(name for name, on in zip(grouped, chosen, strict=True) if on)])
        for chosen in product((True, False), repeat=len(grouped))
    ]
    # a column left out of a grouping set is NULL there; no value of ours is
    keys = ", ".join(
        f"coalesce({name}, '{ALL}') AS {name}" if name in grouped else f"'{ALL}' AS {name}" for name in KEYS[1:]
    )
    aggregates = ", ".join(f"{metric.sql} AS {name}" for name, metric in _AGGREGATES.items())
    borrowed = ", ".join(_borrowed())
    derived = ", ".join(f"({metric.sql}) AS {name}" for name, metric in _DERIVED.items())
    return f"""base AS (
    SELECT snapshot, {keys}, {aggregates}
    FROM assignments WHERE segmentation = $segmentation AND is_counted{only}
    GROUP BY GROUPING SETS ({", ".join(f"({columns})" for columns in sets)})
), beside AS (
    SELECT base.*, {borrowed}
    FROM base
    JOIN base AS total ON total.snapshot = base.snapshot AND total.segment = '{ALL}'
        AND total.filter_1 = base.filter_1 AND total.filter_2 = base.filter_2
    LEFT JOIN years ON years.snapshot = base.snapshot
    LEFT JOIN base AS prior ON prior.snapshot = years.earlier AND prior.segment = base.segment
        AND prior.filter_1 = base.filter_1 AND prior.filter_2 = base.filter_2
)
SELECT snapshot, segment, filter_1, filter_2, {", ".join(_AGGREGATES)}, {derived}
FROM beside ORDER BY snapshot, segment, filter_1, filter_2"""


def _borrowed() -> list[str]:
    names = sorted({name for metric in _DERIVED.values() for name in mentioned(metric.sql)})
    return [f"{p[:-1]}.{name.removeprefix(p)} AS {name}" for name in names for p in PREFIXES if name.startswith(p)]


def _type(name: str) -> str:
    return "BIGINT" if METRICS[name].is_count else "DOUBLE"
