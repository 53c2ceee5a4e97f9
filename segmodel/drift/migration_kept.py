"""Flows between snapshots that stand are those that were counted for the build before: only new pairs are counted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from segmodel.drift.migration_cells import CELL, PAIR, Pair, count_flows
from segmodel.engines import Engine
from segmodel.store import append_table

TABLE = "flow_counts"
"""What was counted, nothing hidden: beside `assignments`, which tells the same of every customer; no page reads it."""

_COLUMNS = {
    "segmentation": "VARCHAR", "before": "DATE", "after": "DATE", "segment_before": "VARCHAR",
    "segment_after": "VARCHAR", "customers": "BIGINT", "value_before": "DOUBLE", "value_after": "DOUBLE",
    "active": "BIGINT", "quiet": "BIGINT",
}  # fmt: skip


def count_new_flows(engine: Engine, segmentation: str, pairs: Sequence[Pair]) -> pd.DataFrame:
    """Return what `count_flows` would, counting only pairs of which table `flow_counts` says nothing.

    All of it is left in that table for the next build; counts are whole numbers and sums exact, so both ways give the
    same digits.

    Parameters
    ----------
    engine : Engine
        Holds `assignments`, and in `flow_counts` only pairs at both of which customers are where they were.
    segmentation : str
    pairs : sequence of (date, date)
        Snapshots, the earlier first.

    Returns
    -------
    DataFrame
        See `count_flows`.
    """
    known = _known(engine, segmentation, pairs)
    there = set(zip(known["before"], known["after"], strict=True))
    missing = [pair for pair in pairs if pair not in there]
    parts = [known] if there else []
    if missing or not parts:
        parts.append(count_flows(engine, segmentation, missing))
    filled = [part for part in parts if len(part)] or parts[:1]
    counts = pd.concat(filled, ignore_index=True).sort_values([*PAIR, *CELL], ignore_index=True)
    if TABLE in engine.tables():
        engine.execute(f"DELETE FROM {TABLE} WHERE segmentation = $segmentation", {"segmentation": segmentation})
    append_table(engine, TABLE, _COLUMNS, segmentation, counts)
    return counts


def _known(engine: Engine, segmentation: str, pairs: Sequence[Pair]) -> pd.DataFrame:
    """Return what was counted of these pairs."""
    columns = [name for name in _COLUMNS if name != "segmentation"]
    if TABLE not in engine.tables():
        return pd.DataFrame(columns=columns)
    found = engine.frame(
        f"SELECT {', '.join(columns)} FROM {TABLE} WHERE segmentation = $segmentation", {"segmentation": segmentation}
    )
    found[PAIR] = found[PAIR].apply(lambda dates: dates.dt.date)
    wanted = set(pairs)
    is_wanted = [pair in wanted for pair in zip(found["before"], found["after"], strict=True)]
    return found.loc[np.array(is_wanted, dtype=bool)]
