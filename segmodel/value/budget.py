"""What is spent on each segment and what it brings, month by month: the small tables of a build."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Sequence

import numpy as np
import pandas as pd

from segmodel.engines import Engine
from segmodel.features.history import is_month_end
from segmodel.features.lines import BOUGHT, lines_sql, margin_rate
from segmodel.suppression import small_cells

ALL = ""
"""Stands for all segments together."""

_AMOUNTS = ("customers", "value", "revenue")

SEGMENT_SPEND = "segmentation VARCHAR, segment VARCHAR, month DATE, spend DOUBLE"
SEGMENT_MONTHS = (
    "segmentation VARCHAR, segment VARCHAR, month DATE, customers BIGINT, value DOUBLE, revenue DOUBLE, "
    "is_whole BOOLEAN, suppressed BOOLEAN"
)
SPEND_NOTES = (
    "segmentation VARCHAR, reason VARCHAR, name VARCHAR, amount DOUBLE, months BIGINT, first_month DATE, "
    "last_month DATE, is_counted BOOLEAN"
)


def store_budget(engine: Engine, segmentation: str, segments: Sequence[tuple[str, str]], minimum_group: int) -> None:
    """Add one segmentation's rows to `segment_spend`, `segment_months` and `spend_notes`; needs `spend`.

    - `segment_spend`: segmentation, segment, month, spend, up to the month of the latest snapshot.
    - `segment_months`: segmentation, segment (empty text: all), month, customers, value, revenue, is_whole, suppressed.
      Customers who bought or gave back in the month, and what they brought, by the segment they are in at the latest
      snapshot. `is_whole` is false for a first month that data do not reach the start of, and for a last one that the
      snapshot cuts off.
    - `spend_notes`: segmentation, reason, name, amount, months, first_month, last_month, is_counted. Reasons: `unknown`
      (names no segment of this segmentation), `ambiguous` (names several), `no segment` (the name is a channel's, or
      empty), `future` (after the latest snapshot) and `negative` (money back, which is counted and lowers spend).

    Parameters
    ----------
    engine : Engine
        Holds `spend`, `transactions`, `snapshots` and `assignments`.
    segmentation : str
    segments : sequence of (str, str)
        Id and name of each segment; spend may say either, in any case and with spaces around it.
    minimum_group : int
        The smallest group that may be shown.
    """
    if "spend" not in engine.tables():
        return
    as_of: datetime.date = engine.value("SELECT max(snapshot) FROM snapshots")
    spend, notes = _spend(engine, segments, as_of)
    months = _months(engine, segmentation, [segment for segment, _ in segments], as_of)
    months = _hidden(months, _sizes(engine, segmentation, as_of), minimum_group)
    for name, columns, frame in (
        ("segment_spend", SEGMENT_SPEND, spend),
        ("segment_months", SEGMENT_MONTHS, months),
        ("spend_notes", SPEND_NOTES, notes),
    ):
        _append(engine, name, columns, frame.assign(segmentation=segmentation))


def fold(name: str) -> str:
    r"""Return a name as it is compared: any case, any spaces, any way of writing an accent.

    Examples
    --------
    >>> fold("  Offices  and CAFÉS ") == fold("offices and cafe\u0301s")
    True
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _append(engine: Engine, table: str, columns: str, frame: pd.DataFrame) -> None:
    names = ", ".join(column.split()[0] for column in columns.split(", "))
    order = ", ".join(name for name in ("reason", "segment", "name", "month") if name in names.split(", "))
    if table not in engine.tables():
        engine.execute(f"CREATE TABLE {table} ({columns})")
    with engine.loaded(f"{table}_part", frame):
        engine.execute(f"INSERT INTO {table} SELECT {names} FROM {table}_part ORDER BY {order}")


def _spend(
    engine: Engine, segments: Sequence[tuple[str, str]], as_of: datetime.date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return spend by segment and month, and what of it is told apart."""
    have = engine.columns("spend")
    written, channel = (name if name in have else "NULL::VARCHAR" for name in ("segment", "channel"))
    rows = engine.frame(
        f"""
        SELECT coalesce({written}, '') AS written, coalesce({channel}, '') AS channel,
            date_trunc('month', month)::DATE AS month, amount < 0 AS is_back, sum(amount)::DOUBLE AS amount
        FROM spend GROUP BY ALL ORDER BY ALL
        """
    ).assign(month=lambda frame: pd.to_datetime(frame["month"]))
    known = _by_name(segments)
    folded = rows["written"].map(fold)
    found = folded.map(lambda name: known.get(name, ()))
    rows["segment"] = [each[0] if len(each) == 1 else "" for each in found]
    rows["reason"] = np.select(
        [folded == "", found.map(len) == 0, found.map(len) > 1, rows["month"] > pd.Timestamp(as_of)],
        ["no segment", "unknown", "ambiguous", "future"],
        default="",
    )
    rows["name"] = rows["written"].where(folded != "", rows["channel"]).str.strip()
    is_counted = rows["reason"] == ""
    spend = rows[is_counted].groupby(["segment", "month"])["amount"].sum().rename("spend").reset_index()
    backs = rows[is_counted & rows["is_back"]].assign(reason="negative")
    notes: pd.DataFrame = (
        pd.concat([rows[~is_counted], backs])
        .groupby(["reason", "name"], as_index=False)
        .agg(
            amount=("amount", "sum"),
            months=("month", "nunique"),
            first_month=("month", "min"),
            last_month=("month", "max"),
        )
    )
    notes["is_counted"] = notes["reason"] == "negative"
    return spend, notes


def _by_name(segments: Sequence[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return the segments that a folded id or name may mean; an id goes before a name that reads the same."""
    names: dict[str, tuple[str, ...]] = {}
    for segment, name in segments:
        names[fold(name)] = (*names.get(fold(name), ()), segment)
    return names | {fold(segment): (segment,) for segment, _ in segments}


def _months(engine: Engine, segmentation: str, segments: Sequence[str], as_of: datetime.date) -> pd.DataFrame:
    """Return one row a segment, and one for all, and month of the data, those in which nobody bought too."""
    rate = margin_rate(engine)
    net = "coalesce(sum(purchases), 0) - coalesce(sum(refunds), 0)"
    # a cancelled line brings nothing, and whoever has nothing else in a month does not count there
    brings = "purchases IS NOT NULL OR refunds IS NOT NULL"
    value = net if rate is None else "coalesce(sum(worth), 0)"
    found = engine.frame(
        f"""
        WITH lines AS ({lines_sql(engine.columns("transactions"), rate)}),
        counted AS (
            SELECT customer_id, segment FROM assignments
            WHERE segmentation = $segmentation AND snapshot = $as_of AND is_counted
        ), each AS (
            SELECT customer_id, date_trunc('month', day)::DATE AS month, {value} AS value, {net} AS revenue
            FROM lines WHERE day <= $as_of AND ({brings}) GROUP BY ALL
        )
        SELECT coalesce(segment, '{ALL}') AS segment, month, count(*)::BIGINT AS customers,
            sum(value)::DOUBLE AS value, sum(revenue)::DOUBLE AS revenue
        FROM each JOIN counted USING (customer_id) GROUP BY GROUPING SETS ((segment, month), (month))
        """,
        {"segmentation": segmentation, "as_of": as_of},
    ).assign(month=lambda frame: pd.to_datetime(frame["month"]))
    # purchases, because a refund may be of something sold before the data start
    first: datetime.date = engine.value(f"SELECT min(ordered_at)::DATE FROM transactions WHERE {BOUGHT}")
    every = pd.date_range(first.replace(day=1), as_of, freq="MS")
    grid = pd.MultiIndex.from_product([[ALL, *segments], every], names=["segment", "month"])
    months = found.set_index(["segment", "month"]).reindex(grid, fill_value=0).reset_index()
    begins = pd.Timestamp(first.replace(day=1))
    ends = pd.Timestamp(as_of.replace(day=1))
    # as with windows, data that begin a day late do not make a month partial
    is_cut = ((months["month"] == begins) & (first.day > 2)) | ((months["month"] == ends) & (not is_month_end(as_of)))
    return months.assign(is_whole=~is_cut)


def _sizes(engine: Engine, segmentation: str, as_of: datetime.date) -> pd.DataFrame:
    return engine.frame(
        f"SELECT coalesce(segment, '{ALL}') AS segment, count(*) AS customers FROM assignments "
        "WHERE segmentation = $segmentation AND snapshot = $as_of AND is_counted "
        "GROUP BY GROUPING SETS ((segment), ()) ORDER BY segment",
        {"segmentation": segmentation, "as_of": as_of},
    )


def _hidden(months: pd.DataFrame, sizes: pd.DataFrame, minimum_group: int) -> pd.DataFrame:
    """Return the months without what would tell of a few: of a small segment nothing, of others their thin months."""
    axes = {"filter_1": "", "filter_2": ""}
    small = set(sizes.loc[small_cells(sizes.assign(snapshot=0, **axes), minimum_group), "segment"])
    hidden = months["segment"].isin(small).to_numpy(copy=True)
    # nobody is no small group: that many customers all did not buy says nothing about a few
    there = (months["customers"] > 0).to_numpy() | hidden
    cells = months.loc[there, ["segment", "month", "customers"]].rename(columns={"month": "snapshot"}).assign(**axes)
    hidden[there] = small_cells(cells, minimum_group, hidden[there])
    shown = months.assign(suppressed=hidden)
    return shown.assign(**{name: shown[name].astype("Float64").mask(hidden) for name in _AMOUNTS})
