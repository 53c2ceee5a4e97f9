"""What new rules did: the same customers at the same date, scored by the version in use and by the one before it.

Within a build all history is scored by one version, so flows between dates are people who moved. What a change of the
version itself did is told here, apart: nobody moved, but some are called something else.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import pandas as pd

from segmodel.clustering import ModelFiles, ModelVersion, Step, in_use
from segmodel.drift.migration import hide
from segmodel.drift.migration_cells import hidden_groups
from segmodel.engines import SCRATCH, Engine, identifier
from segmodel.errors import ScorecardError
from segmodel.formats import listed
from segmodel.scorecard import BRIDGE, BridgedScorecard
from segmodel.store import append_table

_FORMER = "former_segments"

CHANGES = {
    **dict.fromkeys(("segmentation", "from_version", "to_version"), "VARCHAR"),
    "changed_on": "DATE",
    **dict.fromkeys(("segment_before", "segment_after"), "VARCHAR"),
    "customers": "BIGINT",
    "value": "DOUBLE",
    "suppressed": "BOOLEAN",
}
STEPS = {
    **dict.fromkeys(("segmentation", "from_version", "to_version"), "VARCHAR"),
    "changed_on": "DATE",
    **dict.fromkeys(("customers", "moved"), "BIGINT"),
    "value_moved": "DOUBLE",
    "reason": "VARCHAR",
}


@dataclass(frozen=True)
class Former:
    """The version that was in use before.

    Attributes
    ----------
    version : str
    changed_on : datetime.date
        When the one in use now took its place.
    model : ModelVersion or None
        None where its file cannot be read.
    reason : str
        Why not.
    """

    version: str
    changed_on: datetime.date
    model: ModelVersion | None
    reason: str = ""


def former_version(models: ModelFiles, model: ModelVersion, step: Step | None) -> Former | None:
    """Return the version that was in use before `model`, or None where there was no other.

    Parameters
    ----------
    models : ModelFiles
    model : ModelVersion
        The version the build scores with.
    step : Step or None
        What is still to be recorded of it: a build that fitted it has not written the log yet.
    """
    standing = list(in_use(models.steps(model.segmentation)))
    if step is not None and step.version == model.version:
        standing.append(step)
    while len(standing) > 1 and standing[-2].version == model.version:
        del standing[-1]  # the version in use was taken into use before: it is in use since then
    if len(standing) < 2:
        return None
    version, changed_on = standing[-2].version, standing[-1].at.date()
    try:
        return Former(version, changed_on, models.load(model.segmentation, version))
    except ScorecardError:
        return Former(version, changed_on, None, f"The file of {version} cannot be read any more.")


def store_rule_changes(engine: Engine, model: ModelVersion, former: Former | None, minimum_group: int) -> None:
    """Add one segmentation's rows to `rule_steps` (what changed when, in all) and to `rule_changes` (cell by cell).

    Parameters
    ----------
    engine : Engine
        Holds `assignments`, and view `scoring` with the features of this build.
    model : ModelVersion
        The version the assignments are of.
    former : Former or None
        The one before; None: the tables have no rows of this segmentation.
    minimum_group : int
    """
    if former is None:
        return
    known = {"from_version": former.version, "to_version": model.version, "changed_on": former.changed_on}
    reason = former.reason if former.model is None else why_not(engine, model, former.model)
    step: dict[str, float | None] = {"customers": None, "moved": None, "value_moved": None}
    if former.model is not None and not reason:
        counts = _count(engine, former.model)
        cells = hide(counts, minimum_group, hidden_groups(engine, model.segmentation))
        step |= _told(counts, minimum_group)
        changes = pd.DataFrame([known] * len(cells)).join(cells.rename(columns={"value_after": "value"}))
        append_table(engine, "rule_changes", CHANGES, model.segmentation, changes)
    append_table(engine, "rule_steps", STEPS, model.segmentation, pd.DataFrame([{**known, **step, "reason": reason}]))


def why_not(engine: Engine, model: ModelVersion, former: ModelVersion) -> str:
    """Return why a former version cannot score this build; empty where it can."""
    marks = () if former.respondents is None else former.respondents.straight_liner_columns
    missing = sorted({*former.deployed.features, *marks} - set(engine.columns("scoring")))
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        return f"{former.version} needs {listed(missing)}, which {verb} not computed any more."
    if former.measured != model.measured:
        return f"What {former.version} was fitted on is measured differently now."
    return ""


def place_by_former(engine: Engine, former: ModelVersion, table: str) -> datetime.date:
    """Create the scratch table `table(customer_id, segment)`: who is where by a former version, at the latest snapshot.

    Parameters
    ----------
    engine : Engine
        Holds `assignments`, and view `scoring` with the features of this build.
    former : ModelVersion
        One that this build can score with; see `why_not`.
    table : str

    Returns
    -------
    date
        The snapshot.
    """
    card = former.deployed
    latest = engine.value(
        "SELECT max(snapshot) FROM assignments WHERE segmentation = $one", {"one": former.segmentation}
    )
    is_told = "TRUE"
    if isinstance(card, BridgedScorecard) and not former.counts_bridged:
        is_told = f"assigned_by <> '{BRIDGE}'"
    relation = f"{SCRATCH}.{identifier('scoring_latest')}"
    engine.execute(
        f"CREATE OR REPLACE TABLE {relation} AS SELECT * FROM scoring WHERE snapshot = $latest", {"latest": latest}
    )
    scored = card.to_sql("scoring_latest", ("customer_id",))
    engine.execute(
        f"CREATE OR REPLACE TABLE {SCRATCH}.{identifier(table)} AS "
        f"SELECT customer_id, segment FROM (\n{scored}\n) AS scored WHERE {is_told}"
    )
    engine.execute(f"DROP TABLE {relation}")
    return pd.Timestamp(latest).date()


def _count(engine: Engine, former: ModelVersion) -> pd.DataFrame:
    """Return how many are where by the former version and by this one, at the latest snapshot."""
    day = place_by_former(engine, former, _FORMER)
    table = f"{SCRATCH}.{identifier(_FORMER)}"
    counts = engine.frame(
        f"SELECT earlier.segment AS segment_before, later.segment AS segment_after, count(*)::BIGINT AS customers, "
        "sum(later.value)::DOUBLE AS value_before, sum(later.value)::DOUBLE AS value_after "
        f"FROM {table} AS earlier JOIN assignments AS later USING (customer_id) "
        "WHERE later.segmentation = $segmentation AND later.snapshot = $latest AND later.is_counted "
        "AND earlier.segment IS NOT NULL GROUP BY ALL ORDER BY ALL",
        {"segmentation": former.segmentation, "latest": day},
    )
    engine.execute(f"DROP TABLE {table}")
    counts.insert(0, "before", day)
    counts.insert(1, "after", day)
    return counts


def _told(counts: pd.DataFrame, minimum_group: int) -> dict[str, float | None]:
    """Return how many there are and how many are called something else, where that tells of no small group."""
    is_moved = counts["segment_before"] != counts["segment_after"]
    everybody, moved = (int(each["customers"].sum()) for each in (counts, counts[is_moved]))
    if everybody < minimum_group:
        return {}
    told: dict[str, float | None] = {"customers": everybody}
    if all(count == 0 or count >= minimum_group for count in (moved, everybody - moved)):
        told |= {"moved": moved, "value_moved": float(counts.loc[is_moved, "value_after"].sum())}
    return told
