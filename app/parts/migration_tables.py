"""Migration as people read it: with names, and as text."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import pandas as pd

from segmodel import formats
from segmodel.drift import ALL, LOST, NEW, OUTSIDE, Flows
from segmodel.formats import HIDDEN


def flows(found: Flows, currency: str) -> pd.DataFrame:
    """Return the flows as one row each, the largest first within a segment."""
    names = {**dict(zip(found.segments["segment"], found.segments["name"], strict=True)), **OUTSIDE}
    order = {one: place for place, one in enumerate(names)}
    cells = found.cells[(found.cells["segment_before"] != ALL) & (found.cells["segment_after"] != ALL)]
    cells = cells.assign(place=cells["segment_before"].map(order)).sort_values(
        ["place", "customers"], ascending=[True, False], kind="stable"
    )
    text = {
        "From": cells["segment_before"].map(names),
        "To": cells["segment_after"].map(names),
        "Customers": cells["customers"].map(_told),
        "Of the segment before": cells["share"].map(formats.share),
        "Their value before": cells["value_before"].map(lambda value: formats.money(value, currency)),
        "Their value after": cells["value_after"].map(lambda value: formats.money(value, currency)),
    }
    return pd.DataFrame(text)


def matrix(found: Flows) -> pd.DataFrame:
    """Return customers by segment before (rows) and after (columns), with the sizes of both."""
    names = dict(zip(found.segments["segment"], found.segments["name"], strict=True))
    cells = found.cells.set_index(["segment_before", "segment_after"])["customers"]
    starts, stops = {**names, NEW: OUTSIDE[NEW], ALL: "All after"}, {**names, LOST: OUTSIDE[LOST], ALL: "All before"}
    rows = []
    for start, label in starts.items():
        told = {stops[stop]: _told(cells.get((start, stop), 0)) for stop in stops}
        rows.append({"From": label, **told})
    return pd.DataFrame(rows)


def segments(found: Flows, currency: str) -> pd.DataFrame:
    """Return what became of each segment: customers and value at both dates, who stayed, and the typical next move."""
    rows = found.segments
    names = {**dict(zip(rows["segment"], rows["name"], strict=True)), **OUTSIDE, "": formats.UNKNOWN}
    moves = [
        f"{names[one]} ({formats.share(share)})" if one else formats.UNKNOWN
        for one, share in zip(rows["next_segment"], rows["next_share"], strict=True)
    ]
    records = rows.to_dict("records")
    text = {
        "Segment": rows["name"],
        "Customers before": rows["customers_before"].map(_told),
        "after": rows["customers_after"].map(_told),
        "Stayed, 95% interval": [
            f"{_of_those_there(row, 'retained_share', formats.share)}{_interval(row)}" for row in records
        ],
        "Typical next move": moves,
        "Value that left": rows["value_left"].map(lambda value: _money(value, currency)),
        "Value that came": rows["value_arrived"].map(lambda value: _money(value, currency)),
        "Net value": rows["net_value"].map(lambda value: _money(value, currency)),
        "Went quiet": [f"{_of_those_there(row, 'went_quiet', formats.number)}{_share(row)}" for row in records],
    }
    return pd.DataFrame(text)


def over_time(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a series as one row a date and one column a segment, latest first."""
    text = rows.assign(text=rows[name].map(lambda value: HIDDEN if pd.isna(value) else formats.share(value)))
    wide = text.pivot_table(index="snapshot", columns="name", values="text", aggfunc="first", sort=False)
    wide = wide[list(dict.fromkeys(rows["name"]))].sort_index(ascending=False)
    wide.index = wide.index.map(formats.day)
    return wide.fillna(formats.UNKNOWN).reset_index(names="As of")


def expected(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the sizes to expect, a row a segment and month ahead."""
    ahead = rows[rows["months_ahead"] > 0]
    return pd.DataFrame(
        {
            "Month": ahead["snapshot"].map(formats.day),
            "Segment": ahead["name"],
            "Of customers": ahead["amount"].map(formats.share),
            "95% interval": [formats.share_range(*ends) for ends in zip(ahead["low"], ahead["high"], strict=True)],
            "Customers": ahead["customers"].map(formats.number),
        }
    )


def _of_those_there(row: dict[Hashable, Any], name: str, write: Callable[[Any], str]) -> str:
    """Return a number about those who were in a segment: nothing where nobody was, else it or that it is hidden."""
    return formats.UNKNOWN if row["customers_before"] == 0 else formats.shown(row[name], write)


def _interval(row: dict[Hashable, Any]) -> str:
    low, high = row["retained_share_low"], row["retained_share_high"]
    return "" if pd.isna(low) else f" ({formats.share_range(low, high)})"


def _share(row: dict[Hashable, Any]) -> str:
    return "" if pd.isna(row["quiet_share"]) else f" ({formats.share(row['quiet_share'])})"


def _told(customers: Any) -> str:
    return formats.shown(customers, formats.number)


def _money(value: Any, currency: str) -> str:
    return formats.shown(value, lambda known: formats.money(known, currency))
