"""The catalogue of metrics: one `.sql` file each in `sql/`; copy one to add one.

A header says `label`, `unit`, `level`, `formula`, `description` and `source`; `better: up` or `down` where a change
is good or bad news, `limits` what the number does not say, `of` the metric an interval belongs to, `show: no` keeps
what only others are made from off the pages, `count: yes` marks a whole number.

An `aggregate` is SQL over the customers of a segment at a snapshot (columns `value`, `revenue`, `orders`,
`days_since_last`). A `derived` metric is SQL over other metrics; `total_<metric>` is the same over all segments,
`prior_<metric>` that of the segment one year before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import sqlglot
from sqlglot import expressions as exp

from segmodel.engines import SqlFile, read_catalogue

PREFIXES = ("total_", "prior_")


@dataclass(frozen=True)
class Metric:
    """One number with one definition.

    Attributes
    ----------
    unit : str
        customers, share, money, number, ratio, index, change or days: how `formats` writes it.
    level : str
        aggregate (over customers) or derived (over other metrics).
    better : str
        up, down or empty where neither is good in itself.
    of : str
        The metric this is an end of the interval of, or empty.
    is_count : bool
        Whether it counts things one by one, and so is stored as a whole number.
    """

    name: str
    label: str
    unit: str
    level: str
    formula: str
    description: str
    source: str
    sql: str
    limits: str = ""
    better: str = ""
    of: str = ""
    is_shown: bool = True
    is_count: bool = False


def _metric(file: SqlFile) -> Metric:
    return Metric(
        name=file.name,
        label=file.get("label"),
        unit=file.get("unit"),
        level=file.get("level"),
        formula=file.get("formula"),
        description=file.get("description"),
        source=file.get("source"),
        sql=file.sql,
        limits=file.get("limits"),
        better=file.get("better"),
        of=file.get("of"),
        is_shown=file.get("show", "yes") == "yes" and not file.get("of"),
        is_count=file.get("count", "no") == "yes",
    )


def _in_order(metrics: dict[str, Metric]) -> dict[str, Metric]:
    """Sort so that a derived metric comes after those it is made of."""
    ordered = {name: metric for name, metric in metrics.items() if metric.level == "aggregate"}
    waiting = {name: metric for name, metric in metrics.items() if name not in ordered}
    while waiting:
        ready = [name for name, metric in waiting.items() if not (mentioned(metric.sql) & set(waiting))]
        if not ready:
            raise ValueError(f"metrics that need each other: {sorted(waiting)}")
        ordered |= {name: waiting.pop(name) for name in ready}
    return ordered


@cache
def mentioned(sql: str) -> frozenset[str]:
    """Return the names of the columns an expression mentions."""
    return frozenset(column.name for column in sqlglot.parse_one(sql, read="duckdb").find_all(exp.Column))


METRICS: dict[str, Metric] = _in_order(
    {
        file.name: _metric(file)
        for file in read_catalogue(
            Path(__file__).with_name("sql"),
            required=("label", "unit", "level", "formula", "description", "source"),
            optional=("better", "count", "limits", "of", "show"),
        )
    }
)
"""Every metric by name, in an order in which each comes after those it is made of."""
