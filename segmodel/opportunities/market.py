"""White space: what of the market is not ours, how it grows, and which segments feel it."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from segmodel.opportunities.categories import key_of

NEED, CATEGORY, UNMATCHED = "need", "category", ""
"""What a row of the market is: asked about in the survey, sold, or neither."""

_COLUMNS = [
    "name", "kind", "size", "our_share", "growth", "unclaimed", "growth_amount", "felt_by", "is_felt_known", "caveat",
]  # fmt: skip


def white_space(market: pd.DataFrame, opportunities: pd.DataFrame, categories: pd.DataFrame) -> pd.DataFrame:
    """Say how much of each market is unclaimed, how it grows, and who feels it; nothing that is missing is guessed.

    Parameters
    ----------
    market : DataFrame
        need_or_category, size (in whatever unit the source uses), our_share (0 to 1) and growth (0.05 for 5%
        a year); the last two may be missing.
    opportunities : DataFrame
        One segmentation's rows of `opportunities`; may be empty.
    categories : DataFrame
        One segmentation's rows of `segment_categories`; may be empty.

    Returns
    -------
    DataFrame
        The largest unclaimed first: name, kind (`need`, `category` or empty: neither was asked about nor sold), size,
        our_share, growth, unclaimed (size × (1 − our share)) and growth_amount (size × growth), both in the unit of
        size; felt_by (segments, first the one that is furthest above the others), is_felt_known (False where nothing
        was asked, sold or may be told), caveat (what is missing or cannot be). A name that is both a need and a
        category has a row for each.

    Examples
    --------
    >>> market = pd.DataFrame({"need_or_category": ["beans"], "size": [200.0], "our_share": [0.25], "growth": [0.1]})
    >>> none = pd.DataFrame({"segment": [], "need": [], "category": [], "difference": [], "is_above": []})
    >>> white_space(market, none, none)[["name", "unclaimed", "growth_amount"]].values.tolist()
    [['beans', 150.0, 20.0]]
    """
    felt = {NEED: _felt(opportunities, "need"), CATEGORY: _felt(categories, "category")}
    rows = []
    for record in market.to_dict("records"):
        key = key_of(str(record["need_or_category"]))
        kinds = [kind for kind in (NEED, CATEGORY) if key in felt[kind]] or [UNMATCHED]
        rows += [_row(record, kind, felt.get(kind, {}).get(key)) for kind in kinds]
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    return frame.sort_values(["unclaimed", "size", "name"], ascending=[False, False, True], ignore_index=True)


def _felt(rows: pd.DataFrame, column: str) -> dict[str, tuple[str, ...] | None]:
    """Return the segments that stand out, by need or category; None where no comparison may be told."""
    if rows.empty:
        return {}
    found: dict[str, tuple[str, ...] | None] = {}
    for name, own in rows.groupby(column):
        told = own[own["difference"].notna()]
        above = told[told["is_above"].eq(True)].sort_values(["difference", "segment"], ascending=[False, True])
        found[key_of(str(name))] = None if told.empty else tuple(above["segment"])
    return found


def _row(record: Mapping[Hashable, Any], kind: str, felt: tuple[str, ...] | None) -> tuple[object, ...]:
    size, our_share, growth = (_number(record.get(name)) for name in ("size", "our_share", "growth"))
    caveats = []
    if size < 0 or math.isnan(size):
        size = math.nan
        caveats.append("its size is not a number from 0 on")
    if math.isnan(our_share):
        caveats.append("our share of it is not given")
    elif not 0 <= our_share <= 1:
        our_share = math.nan
        caveats.append("our share of it is not between 0 and 1")
    if math.isnan(growth):
        caveats.append("its growth is not given")
    name = str(record["need_or_category"]).replace("_", " ")
    unclaimed, amount = size * (1 - our_share), size * growth
    return (name, kind, size, our_share, growth, unclaimed, amount, felt or (), felt is not None, "; ".join(caveats))


def _number(value: Any) -> float:
    """Return a finite float, or NaN."""
    known = math.nan if value is None or pd.isna(value) else float(value)
    return known if math.isfinite(known) else math.nan
