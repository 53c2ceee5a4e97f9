"""Every segmentation there is of the same customers, counted against every other: a build keeps the counts."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from segmodel import formats
from segmodel.clustering import ModelVersion
from segmodel.crosswalk.measures import Agreement, agreement
from segmodel.definition import Definition
from segmodel.drift import LOST, NEW
from segmodel.drift.migration_cells import hidden_groups, small_flows, with_totals
from segmodel.drift.migration_rules import Former, place_by_former, why_not
from segmodel.engines import SCRATCH, Engine
from segmodel.store import store_table
from segmodel.suppression import small_cells
from segmodel.value.separation import explained_by

OWN, GIVEN, FORMER = "own", "given", "former"
"""Found by this workspace; another department's, from `memberships`; found by this workspace, and replaced since."""

NO_COLOUR = -1
"""Of a segment that is not ours, and so has none."""

MOST_SEGMENTS = 30
"""A segmentation of more is not laid beside the others: nobody reads such a table."""

_PLACINGS = f"{SCRATCH}.crosswalk_placings"


@dataclass(frozen=True)
class _Known:
    """One segmentation that is compared."""

    key: str
    label: str
    kind: str
    basis: str
    names: Mapping[str, str]
    colours: Mapping[str, int]
    left_out: str = ""


def store_crosswalk(
    engine: Engine, definition: Definition, models: Sequence[ModelVersion], formers: Mapping[str, Former | None]
) -> None:
    """Create the tables of the crosswalk, at the latest snapshot.

    `crosswalk_segmentations` (one row each: kind, basis, customers, coverage, value_explained, left_out),
    `crosswalk_segments` (names, sizes), `crosswalk_cells` (customers by segment of the one and of the other, with
    totals and those who are in one only; small cells hidden) and `crosswalk_measures` (one row a pair).

    Parameters
    ----------
    engine : Engine
        Holds `assignments`, `snapshots`, view `scoring` and, where given, `memberships`.
    definition : Definition
    models : sequence of ModelVersion
        Those the assignments are of, in order.
    formers : mapping of str to Former or None
        The version that was in use before, by segmentation.
    """
    known = [*_own(engine, definition, models), *_given(engine, definition), *_former(engine, models, formers)]
    compared = [each for each in known if not each.left_out]
    least = definition.minimum_group
    sizes = {each.key: _sizes(engine, each, least) for each in compared}
    hidden = {key: set(frame.loc[frame["suppressed"], "segment"]) for key, frame in sizes.items()}
    cells, measures = [], []
    tells: dict[str, list[float]] = {each.key: [] for each in compared}
    for one, other in itertools.combinations(compared, 2):
        counts = _count(engine, one.key, other.key)
        told = _cells(counts, one.key, other.key, hidden, least)
        cells.append(told)
        found = _agreement(counts)
        measures.append(_measures(counts, found, one, other, least))
        if FORMER not in {one.kind, other.kind}:
            tells[one.key].append(found.tells_columns)
            tells[other.key].append(found.tells_rows)
    store_table(engine, "crosswalk_segmentations", _described(engine, known, tells, least))
    store_table(engine, "crosswalk_segments", pd.concat(sizes.values(), ignore_index=True))
    store_table(engine, "crosswalk_cells", pd.concat([_NO_CELLS, *cells], ignore_index=True))
    store_table(engine, "crosswalk_measures", pd.DataFrame(measures, columns=_MEASURED))
    engine.execute(f"DROP TABLE IF EXISTS {_PLACINGS}")


_NO_CELLS = pd.DataFrame(
    {
        "a": pd.Series(dtype="str"),
        "b": pd.Series(dtype="str"),
        "segment_a": pd.Series(dtype="str"),
        "segment_b": pd.Series(dtype="str"),
        "customers": pd.Series(dtype="float64"),
        "suppressed": pd.Series(dtype="bool"),
    }
)
_MEASURED = [
    "a", "b", "customers", "tells_b", "tells_a", "chance_b", "chance_a", "mutual_information", "rand", "cramers_v",
    "right_b", "right_a", "base_b", "base_a", "is_told",
]  # fmt: skip
_SMALL = 0.0095
"""Below it a share is told with one more decimal, as people read it."""


def _own(engine: Engine, definition: Definition, models: Sequence[ModelVersion]) -> list[_Known]:
    engine.execute(
        f"CREATE OR REPLACE TABLE {_PLACINGS} AS SELECT segmentation AS key, customer_id, segment FROM assignments "
        "WHERE is_counted AND segment IS NOT NULL AND snapshot = (SELECT max(snapshot) FROM snapshots)"
    )
    bases = {each.name: each.basis for each in definition.segmentations}
    labels = {each.name: each.title for each in definition.segmentations}
    return [
        _Known(
            model.segmentation,
            labels[model.segmentation],
            OWN,
            bases[model.segmentation],
            {segment.id: segment.name for segment in model.segments},
            {segment.id: segment.colour for segment in model.segments},
        )
        for model in models
    ]


def _given(engine: Engine, definition: Definition) -> list[_Known]:
    """Return the segmentations of `memberships`; of customers who have bought by the latest snapshot."""
    if "memberships" not in engine.tables():
        return []
    own = {each.name for each in definition.segmentations}
    found = engine.rows(
        "SELECT segmentation, count(DISTINCT segment) FROM memberships "
        "WHERE segmentation IS NOT NULL AND segment IS NOT NULL GROUP BY segmentation ORDER BY segmentation"
    )
    given = []
    for name, segments in found:
        key = f"{name} (given)" if name in own else name
        label = formats.sentence_case(name.replace("_", " "))
        if segments > MOST_SEGMENTS:
            why = f"It has {segments:,} segments; up to {MOST_SEGMENTS} are laid beside others."
            given.append(_Known(key, label, GIVEN, "imported", {}, {}, why))
            continue
        engine.execute(
            f"INSERT INTO {_PLACINGS} SELECT $key, customer_id, segment FROM memberships "
            "SEMI JOIN (SELECT customer_id FROM customer_features WHERE snapshot = (SELECT max(snapshot) "
            "FROM snapshots)) AS bought USING (customer_id) WHERE segmentation = $name AND segment IS NOT NULL",
            {"key": key, "name": name},
        )
        names = engine.rows(f"SELECT DISTINCT segment FROM {_PLACINGS} WHERE key = $key ORDER BY 1", {"key": key})
        why = "" if names else "None of its customers has bought; are its ids those of the transactions?"
        given.append(_Known(key, label, GIVEN, "imported", {each: each for (each,) in names}, {}, why))
    return given


def _former(engine: Engine, models: Sequence[ModelVersion], formers: Mapping[str, Former | None]) -> list[_Known]:
    found = []
    for model in models:
        former = formers.get(model.segmentation)
        if former is None:
            continue
        key, label = (
            f"{model.segmentation} {former.version}",
            f"{formats.sentence_case(model.segmentation)} {former.version}",
        )
        why = former.reason if former.model is None else why_not(engine, model, former.model)
        if former.model is None or why:
            found.append(_Known(key, label, FORMER, "", {}, {}, why or "Its file cannot be read."))
            continue
        place_by_former(engine, former.model, "crosswalk_former")
        engine.execute(
            f"INSERT INTO {_PLACINGS} SELECT $key, customer_id, segment FROM crosswalk_former "
            "WHERE segment IS NOT NULL",
            {"key": key},
        )
        engine.execute(f"DROP TABLE {SCRATCH}.crosswalk_former")
        segments = former.model.segments
        names, colours = ({each.id: getattr(each, what) for each in segments} for what in ("name", "colour"))
        found.append(_Known(key, label, FORMER, "", names, colours))
    return found


def _count(engine: Engine, one: str, other: str) -> pd.DataFrame:
    """Count who is where in both; `NEW` are those who are in the second only, `LOST` in the first only."""
    counts = engine.frame(
        f"""
        SELECT coalesce(one.segment, '{NEW}') AS segment_before, coalesce(other.segment, '{LOST}') AS segment_after,
            count(*)::BIGINT AS customers
        FROM (SELECT customer_id, segment FROM {_PLACINGS} WHERE key = $one) AS one
        FULL JOIN (SELECT customer_id, segment FROM {_PLACINGS} WHERE key = $other) AS other USING (customer_id)
        GROUP BY ALL ORDER BY ALL""",
        {"one": one, "other": other},
    )
    return counts.assign(before=one, after=other)


def _cells(
    counts: pd.DataFrame, one: str, other: str, hidden: Mapping[str, set[str]], minimum_group: int
) -> pd.DataFrame:
    """Return all cells with their totals, small ones hidden."""
    # segments of the two may be called alike without being the same
    apart = counts.assign(
        segment_before=counts["segment_before"].map(lambda name: name if name == NEW else f"a {name}"),
        segment_after=counts["segment_after"].map(lambda name: name if name == LOST else f"b {name}"),
    )
    totals = with_totals(apart)
    groups = {(one, f"a {name}") for name in hidden[one]} | {(other, f"b {name}") for name in hidden[other]}
    suppressed = small_flows(totals, minimum_group, groups)
    bare = lambda name: name[2:] if name.startswith(("a ", "b ")) else name  # noqa: E731
    return pd.DataFrame(
        {
            "a": one,
            "b": other,
            "segment_a": totals["segment_before"].map(bare),
            "segment_b": totals["segment_after"].map(bare),
            "customers": totals["customers"].astype(float).mask(suppressed),
            "suppressed": suppressed,
        }
    )


def _agreement(counts: pd.DataFrame) -> Agreement:
    """Return what two say of each other, by the customers whom both place."""
    both = counts[(counts["segment_before"] != NEW) & (counts["segment_after"] != LOST)]
    table = both.pivot_table(
        index="segment_before", columns="segment_after", values="customers", aggfunc="sum", fill_value=0
    )
    return agreement(table.to_numpy(dtype=np.int64) if len(table) else np.zeros((0, 0), dtype=np.int64))


def _measures(counts: pd.DataFrame, found: Agreement, one: _Known, other: _Known, minimum_group: int) -> list[object]:
    """Return a row of measures; none of too few customers, and no number of customers that tells of a few outside."""
    is_in = [counts["segment_before"] != NEW, counts["segment_after"] != LOST]
    values = dataclasses.asdict(found)
    customers, _ = values.pop("customers"), values.pop("p")
    outside = [int(counts.loc[inside, "customers"].sum()) - customers for inside in is_in]
    is_small = 0 < customers < minimum_group
    shown = np.nan if is_small or any(0 < count < minimum_group for count in outside) else float(customers)
    rounded_values = [np.nan if is_small else _coarse(value) for value in values.values()]
    return [one.key, other.key, shown, *rounded_values, found.is_told and not is_small]


def _coarse(value: float) -> float:
    """Return a measure as precisely as pages show it: with more, hidden cells could be found by trying."""
    return round(float(value), 2 if abs(value) >= _SMALL else 3)


def _described(
    engine: Engine, known: Sequence[_Known], told: Mapping[str, Sequence[float]], minimum_group: int
) -> pd.DataFrame:
    everybody = engine.totals(
        "SELECT count(*) FROM customer_features WHERE snapshot = (SELECT max(snapshot) FROM snapshots)"
    )[0]
    rows = []
    for position, each in enumerate(known):
        customers, explained = (0, np.nan) if each.left_out else _value_explained(engine, each.key)
        # how many are placed tells how many are not
        tells = 0 < customers < minimum_group or 0 < everybody - customers < minimum_group
        coverage = round(customers / everybody, 2 if tells else 9) if everybody else np.nan
        rows.append(
            {
                "key": each.key, "label": each.label, "kind": each.kind, "basis": each.basis, "position": position,
                "segments": len(each.names), "customers": np.nan if tells else float(customers), "coverage": coverage,
                "value_explained": _coarse(explained), "left_out": each.left_out,
                "tells_others": _coarse(float(np.mean(told.get(each.key) or [np.nan]))),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _value_explained(engine: Engine, key: str) -> tuple[int, float]:
    """Return the customers, and the share of the variance of their value that lies between segments."""
    explained, customers, _ = explained_by(
        engine,
        f"""
        SELECT segment AS part, value FROM {_PLACINGS} JOIN (
            SELECT customer_id, value FROM customer_features WHERE snapshot = (SELECT max(snapshot) FROM snapshots)
        ) AS worth USING (customer_id) WHERE key = $key""",
        {"key": key},
    )
    return customers, explained


def _sizes(engine: Engine, known: _Known, minimum_group: int) -> pd.DataFrame:
    """Return a row a segment, in order, with how many are in it and whether that is hidden."""
    counted = dict(
        engine.rows(f"SELECT segment, count(*) FROM {_PLACINGS} WHERE key = $key GROUP BY 1", {"key": known.key})
    )
    frame = pd.DataFrame(
        [
            {
                "key": known.key, "segment": segment, "name": name, "position": position,
                "colour": known.colours.get(segment, NO_COLOUR), "customers": float(counted.get(segment, 0)),
            }
            for position, (segment, name) in enumerate(known.names.items())
        ]
    )  # fmt: skip
    there = frame[frame["customers"] > 0][["segment", "customers"]]
    total = pd.DataFrame({"segment": [""], "customers": [there["customers"].sum()]})
    keyed = pd.concat([there, total], ignore_index=True).assign(snapshot=0, filter_1="", filter_2="")
    small = set(keyed.loc[small_cells(keyed, minimum_group), "segment"])
    if known.kind == OWN:
        latest = pd.Timestamp(engine.value("SELECT max(snapshot) FROM snapshots")).date()
        small |= {segment for day, segment in hidden_groups(engine, known.key) if day == latest}
    hidden = frame["segment"].isin(small)
    return frame.assign(customers=frame["customers"].mask(hidden), suppressed=hidden)
