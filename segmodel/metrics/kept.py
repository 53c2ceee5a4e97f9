"""The catalogues as a build was made with them: written into it, and read back, so that both stay in step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields

import pandas as pd

from segmodel.engines import Engine
from segmodel.features import Feature
from segmodel.metrics.catalogue import METRICS, Metric
from segmodel.store import store_table

_BETWEEN = ", "


def store_definitions(engine: Engine, features: Mapping[str, Feature]) -> None:
    """Create tables `metrics` and `features`: what is computed in this build, and how each is defined.

    Parameters
    ----------
    engine : Engine
        The build.
    features : mapping of str to Feature
        Those the build computes.
    """
    for table, frame in definition_tables(METRICS, features).items():
        store_table(engine, table, frame)


def definition_tables(metrics: Mapping[str, Metric], features: Mapping[str, Feature]) -> dict[str, pd.DataFrame]:
    """Return tables `metrics` and `features`, one row an entry, with `position` for their order."""
    known = [asdict(feature) | {"needs": _BETWEEN.join(feature.needs)} for feature in features.values()]
    return {
        "metrics": _table([asdict(metric) for metric in metrics.values()], Metric),
        "features": _table(known, Feature),
    }


def metrics_in(frame: pd.DataFrame) -> dict[str, Metric]:
    """Return the metrics of a build by name, from `PublishedBuild.metrics`."""
    rows = frame[[field.name for field in fields(Metric)]].to_dict("records")
    return {row["name"]: Metric(**{str(key): value for key, value in row.items()}) for row in rows}


def features_in(frame: pd.DataFrame) -> dict[str, Feature]:
    """Return the features of a build by name, from `PublishedBuild.features`."""
    rows = frame[[field.name for field in fields(Feature)]].to_dict("records")
    made = [{**row, "needs": tuple(need for need in row["needs"].split(_BETWEEN) if need)} for row in rows]
    return {row["name"]: Feature(**{str(key): value for key, value in row.items()}) for row in made}


def _table(rows: list[dict[str, object]], kind: type[Metric | Feature]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=[field.name for field in fields(kind)])
    return frame.assign(position=range(len(frame)))
