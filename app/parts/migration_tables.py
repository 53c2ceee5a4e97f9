"""Migration as people read it: with names, and as text."""

from __future__ import annotations

import pandas as pd

from app.parts.tables import HIDDEN
from segmodel import formats
from segmodel.drift import ALL, LOST, NEW, Flows

_OUTSIDE = {NEW: "New", LOST: "Lost"}


def flows(found: Flows, currency: str) -> pd.DataFrame:
    """Return the flows as one row each, the largest first within a segment."""
    names = {**dict(zip(found.segments["segment"], found.segments["name"], strict=True)), **_OUTSIDE}
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
    starts, stops = {**names, NEW: "New", ALL: "All after"}, {**names, LOST: "Lost", ALL: "All before"}
    rows = []
    for start, label in starts.items():
        told = {stops[stop]: _told(cells.get((start, stop), 0)) for stop in stops}
        rows.append({"From": label, **told})
    return pd.DataFrame(rows)


def segments(found: Flows, currency: str) -> pd.DataFrame:
    """Return what became of each segment: customers and value at both dates, who stayed, and the typical next move."""
    rows = found.segments
    names = {**dict(zip(rows["segment"], rows["name"], strict=True)), **_OUTSIDE, "": formats.UNKNOWN}
    moves = [
        f"{names[one]} ({formats.share(share)})" if one else formats.UNKNOWN
        for one, share in zip(rows["next_segment"], rows["next_share"], strict=True)
    ]
    ends = zip(rows["retained_share"], rows["retained_share_low"], rows["retained_share_high"], strict=True)
    quiet = zip(rows["went_quiet"], rows["quiet_share"], strict=True)
    text = {
        "Segment": rows["name"],
        "Customers before": rows["customers_before"].map(_told),
        "after": rows["customers_after"].map(_told),
        "Stayed, 95% interval": [
            HIDDEN if pd.isna(share) else f"{formats.share(share)} ({formats.share_range(low, high)})"
            for share, low, high in ends
        ],
        "Typical next move": moves,
        "Value that left": rows["value_left"].map(lambda value: _money(value, currency)),
        "Value that came": rows["value_arrived"].map(lambda value: _money(value, currency)),
        "Net value": rows["net_value"].map(lambda value: _money(value, currency)),
        "Went quiet": [
            HIDDEN if pd.isna(count) else f"{formats.number(count)} ({formats.share(share)})" for count, share in quiet
        ],
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


def _told(customers: object) -> str:
    return HIDDEN if pd.isna(customers) else formats.number(customers)  # type: ignore[arg-type,call-overload]


def _money(value: float, currency: str) -> str:
    return HIDDEN if pd.isna(value) else formats.money(value, currency)
