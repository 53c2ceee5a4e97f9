"""Scoring customers who are not in the store: a file of transactions or of features, or somebody's warehouse."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from segmodel.clustering import ModelVersion
from segmodel.definition import Definition, Source
from segmodel.engines import Engine
from segmodel.errors import ScorecardError, SourceError, did_you_mean
from segmodel.features import available_features, compute_features, plan_snapshots
from segmodel.progress import quiet
from segmodel.sources import load_sources, read_sample
from segmodel.workspace import Workspace

DIALECTS = ("duckdb",)

COLUMNS = ("customer_id", "segment", "probability", "runner_up")


def published_model(workspace: Workspace, segmentation: str) -> ModelVersion:
    """Return the model version behind a segmentation of the published build.

    Raises
    ------
    StoreError
        When nothing is published, or there is no such segmentation.
    """
    with workspace.open() as published:
        published.segments(segmentation)
        models = published.segmentations().set_index("name")["model"]
    return ModelVersion.from_json(models[segmentation])


def scorecard_sql(workspace: Workspace, segmentation: str, dialect: str = "duckdb") -> str:
    """Return the published scorecard as SQL over a table `customer_features`.

    Raises
    ------
    ScorecardError
        When the dialect is unknown.
    """
    if dialect not in DIALECTS:
        raise ScorecardError(
            f"'{dialect}' is no dialect we write; there is {', '.join(DIALECTS)}.{did_you_mean(dialect, DIALECTS)}"
        )
    return published_model(workspace, segmentation).scorecard.to_sql(
        "customer_features", ("snapshot", "customer_id"), dialect
    )


def score_file(workspace: Workspace, segmentation: str, path: Path, as_of: datetime.date | None = None) -> pd.DataFrame:
    """Score a file: one row of features a customer where it has the scorecard's columns, else transactions.

    Transactions are read as the definition reads its own: same mapping, same checks; features are those of the
    day of the last purchase in the file, or of `as_of`.

    Returns
    -------
    DataFrame
        customer_id, segment, probability, runner_up; sorted by customer_id.

    Raises
    ------
    SegmodelError
        When the file cannot be read, or is neither.
    """
    model = published_model(workspace, segmentation)
    needed = ("customer_id", *model.scorecard.features)
    if set(needed) <= set(read_sample(path, rows=1)):
        frame = _read_features(path, needed)
    else:
        frame = _compute_features(workspace, model, path, as_of)
    scored = model.scorecard.predict(frame).assign(customer_id=frame["customer_id"].astype(str).to_numpy())
    return scored[list(COLUMNS)].sort_values("customer_id", ignore_index=True)


def _read_features(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path, columns=list(columns))
        return pd.read_csv(path, dtype={"customer_id": str}, usecols=list(columns))
    except (OSError, ValueError) as error:
        raise SourceError(
            f"'{path.name}' cannot be read as features: {error}. Expected Parquet, or CSV with commas between columns, "
            "points in decimals and UTF-8 text."
        ) from None


def _compute_features(
    workspace: Workspace, model: ModelVersion, path: Path, as_of: datetime.date | None
) -> pd.DataFrame:
    definition = _with_transactions(workspace.definition, path)
    with tempfile.TemporaryDirectory(prefix="segmodel-") as folder:
        spill = Path(folder)
        with Engine.open(spill / "score.duckdb", definition.engine, spill) as engine:
            load_sources(engine, definition, workspace.folder, quiet)
            features = available_features(engine)
            missing = sorted(set(model.scorecard.features) - set(features))
            if missing:
                raise ScorecardError(
                    f"'{path.name}' does not tell {', '.join(missing)}, which the scorecard of "
                    f"{model.segmentation} {model.version} needs."
                )
            latest = plan_snapshots(engine, definition, as_of)[-1:]
            compute_features(engine, {name: features[name] for name in model.scorecard.features}, latest)
            return engine.frame("SELECT * FROM customer_features ORDER BY customer_id")


def _with_transactions(definition: Definition, path: Path) -> Definition:
    """Return the definition with its transactions read from `path`, and no date of its own."""
    given = definition.sources.get("transactions")
    here = str(path.resolve())
    source = given.model_copy(update={"path": here, "uri": None, "query": None}) if given else Source(path=here)
    sources = {"transactions": source}
    if "customers" in definition.sources:
        sources["customers"] = definition.sources["customers"]
    return definition.model_copy(update={"sources": sources, "as_of": None})
