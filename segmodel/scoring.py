"""Scoring customers who are not in the store: a file of transactions or of features."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from segmodel.clustering import ModelVersion, read_model
from segmodel.definition import Definition, Source
from segmodel.engines import Engine
from segmodel.errors import ScorecardError, SourceError
from segmodel.features import available_features, compute_features, describe_survey, plan_snapshots
from segmodel.formats import number
from segmodel.progress import quiet
from segmodel.scorecard import BridgedScorecard, Scorecard
from segmodel.sources import TableReport, load_sources, read_sample
from segmodel.workspace import Workspace

COLUMNS = ("customer_id", "segment", "probability", "runner_up")


@dataclass(frozen=True)
class Scored:
    """The customers of a file and their segments.

    Attributes
    ----------
    customers : DataFrame
        customer_id, segment, probability, runner_up; sorted by customer_id. Where a segmentation rests on a survey,
        `assigned_by` as well (survey or bridge), and no segment where it cannot be told.
    tables : tuple of TableReport
        What became of the rows of transactions, and of the definition's customers; empty for a file of features,
        each row of which is a customer.
    """

    customers: pd.DataFrame
    tables: tuple[TableReport, ...] = ()


def published_model(workspace: Workspace, segmentation: str) -> ModelVersion:
    """Return the model version behind a segmentation of the published build.

    Raises
    ------
    StoreError
        When nothing is published, or there is no such segmentation.
    """
    with workspace.open() as published:
        return read_model(published, segmentation)


def score_file(workspace: Workspace, segmentation: str, path: Path, as_of: datetime.date | None = None) -> Scored:
    """Score a file: one row of features a customer where it has the scorecard's columns, else transactions.

    Transactions are read as the definition reads its own: same mapping, same checks; features are those of the
    day of the last purchase in the file, or of `as_of`. Where a segmentation rests on a survey, the definition's
    answers of these customers count; and a file of features may have the answers, what the others are told from, or
    both.

    Raises
    ------
    SegmodelError
        When the file cannot be read, is neither, or does not tell its customers apart.
    """
    model = published_model(workspace, segmentation)
    tables: tuple[TableReport, ...] = ()
    columns = _columns_given(model, set(map(str, read_sample(path, rows=1))))
    if columns:
        frame = _read_features(path, columns)
        frame = frame.reindex(columns=list(dict.fromkeys((*columns, *model.deployed.features))))
    else:
        frame, tables = _compute_features(workspace, model, path, as_of)
    scored = _told_from(model, columns).predict(frame).assign(customer_id=frame["customer_id"].astype(str).to_numpy())
    kept = [*COLUMNS, *(() if model.respondents is None else ("assigned_by",))]
    return Scored(scored[kept].sort_values("customer_id", ignore_index=True), tables)


def _columns_given(model: ModelVersion, found: set[str]) -> tuple[str, ...]:
    """Return the columns to read from a file of features; none where it is no such file."""
    if "customer_id" not in found or not any(set(card.features) <= found for card in _cards(model)):
        return ()
    also = {*model.deployed.features, *(() if model.respondents is None else model.respondents.straight_liner_columns)}
    return ("customer_id", *sorted(also & found))


def _told_from(model: ModelVersion, columns: Sequence[str]) -> Scorecard | BridgedScorecard:
    """Return what scores a file: without what the bridge needs, whoever did not answer cannot be told."""
    deployed = model.deployed
    if isinstance(deployed, BridgedScorecard) and deployed.bridge and columns:
        return deployed if set(deployed.bridge.features) <= set(columns) else replace(deployed, bridge=None)
    return deployed


def _cards(model: ModelVersion) -> tuple[Scorecard, ...]:
    return (model.scorecard,) if model.bridge is None else (model.scorecard, model.bridge)


def _read_features(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    try:
        if path.suffix == ".parquet":
            frame = pd.read_parquet(path, columns=list(columns))
        else:
            frame = pd.read_csv(path, dtype={"customer_id": str}, usecols=list(columns))
    except (OSError, ValueError) as error:
        raise SourceError(
            f"'{path.name}' cannot be read as features: {error}. Expected Parquet, or CSV with commas between columns, "
            "points in decimals and UTF-8 text."
        ) from None
    _check_ids(path, frame["customer_id"])
    return frame


def _check_ids(path: Path, ids: pd.Series) -> None:
    missing = ids.isna() | (ids.astype(str).str.strip() == "")
    repeated = ids[~missing].astype(str).duplicated()
    if missing.any() or repeated.any():
        raise ScorecardError(
            f"'{path.name}' has {number(int(missing.sum()))} rows without customer_id and "
            f"{number(int(repeated.sum()))} that repeat one of an earlier row. A file of features has one row a "
            "customer, each with its own id."
        )


def _compute_features(
    workspace: Workspace, model: ModelVersion, path: Path, as_of: datetime.date | None
) -> tuple[pd.DataFrame, tuple[TableReport, ...]]:
    definition = _with_transactions(workspace.definition, path)
    with tempfile.TemporaryDirectory(prefix="segmodel-") as folder:
        spill = Path(folder)
        with Engine.open(spill / "score.duckdb", definition.engine, spill) as engine:
            tables = load_sources(engine, definition, workspace.folder, quiet)
            features = available_features(engine)
            wanted = model.deployed.features
            missing = sorted(set(wanted) - set(features))
            if missing:
                raise ScorecardError(
                    f"'{path.name}' does not tell {', '.join(missing)}, which the scorecard of "
                    f"{model.segmentation} {model.version} needs."
                )
            latest = plan_snapshots(engine, definition, as_of)[-1:]
            chosen = {name: features[name] for name in wanted}
            describe_survey(engine, chosen, definition.survey)
            compute_features(engine, chosen, latest)
            return engine.frame("SELECT * FROM customer_features ORDER BY customer_id"), tables


def _with_transactions(definition: Definition, path: Path) -> Definition:
    """Return the definition with its transactions read from `path`, and no date of its own."""
    given = definition.sources.get("transactions")
    here = str(path.resolve())
    source = given.model_copy(update={"path": here, "uri": None, "query": None}) if given else Source(path=here)
    sources = {"transactions": source}
    also = ("customers", "survey", "items")
    sources |= {name: definition.sources[name] for name in also if name in definition.sources}
    return definition.model_copy(update={"sources": sources, "as_of": None})
