"""What a build says of itself."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmodel.definition import Definition
from segmodel.engines import Engine, identifier

FORMAT = 7
"""Which tables and columns a build has; counted up when they change, so that older builds are recognised."""


_DIGITS = 9


def rounded(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Keep nine significant digits: parallel sums of floats differ beyond, and a build repeats bit for bit.

    Examples
    --------
    >>> rounded([1 / 3, float("inf")]).tolist()
    [0.333333333, inf]
    """
    return np.array([float(f"{value:.{_DIGITS}g}") for value in np.asarray(values, dtype=np.float64)])


def store_table(engine: Engine, name: str, frame: pd.DataFrame) -> None:
    """Write a small frame as a table of the build."""
    with engine.loaded("stored_part", frame):
        engine.execute(f"CREATE OR REPLACE TABLE {identifier(name)} AS SELECT * FROM stored_part")


def append_table(
    engine: Engine, table: str, columns: Mapping[str, str], segmentation: str, frame: pd.DataFrame
) -> None:
    """Add one segmentation's rows to a table of the build; the first makes it.

    Parameters
    ----------
    engine : Engine
    table : str
    columns : mapping of str to str
        SQL types by name, `segmentation` among them.
    segmentation : str
    frame : DataFrame
        The other columns; none that are not named are kept.
    """
    listed = ", ".join(f"{identifier(name)}::{kind} AS {identifier(name)}" for name, kind in columns.items())
    verb = f"INSERT INTO {identifier(table)}" if table in engine.tables() else f"CREATE TABLE {identifier(table)} AS"
    with engine.loaded("appended_part", frame.assign(segmentation=segmentation)[list(columns)]):
        engine.execute(f"{verb} SELECT {listed} FROM appended_part ORDER BY ALL")


_NOT_TOLD: dict[str, Any] = {
    "sources": {"__all__": {"uri"}},
    "engine": {"master", "options"},
    "activation": True,
    "api": True,
}


def built_from(definition: Definition) -> str:
    """Return what of a definition a build rests on, as JSON.

    Not where audiences go, nor addresses of databases and clusters: they may hold passwords, and a build is copied
    about.
    """
    return definition.model_dump_json(exclude=_NOT_TOLD)


def describe_build(
    engine: Engine, build_id: str, definition: Definition, as_of: datetime.date, value_basis: str
) -> None:
    """Create tables `build` and `events`, and drop what only the build needed."""
    engine.execute("DROP VIEW IF EXISTS scoring")
    engine.execute("CREATE TABLE events (happened_on DATE, label VARCHAR)")
    for event in definition.events:
        engine.execute("INSERT INTO events VALUES ($day, $label)", {"day": event.at, "label": event.label})
    engine.execute(
        "CREATE TABLE build AS SELECT $build_id AS build_id, $name AS name, $question AS question, "
        "$currency AS currency, $as_of::DATE AS as_of, $built_at::TIMESTAMP AS built_at, "
        "$definition AS definition, $value_basis AS value_basis, $window_months AS window_months, "
        "$minimum_group::INTEGER AS minimum_group, $format::INTEGER AS format",
        {
            "format": FORMAT,
            "build_id": build_id,
            "name": definition.name,
            "question": definition.question,
            "currency": definition.currency,
            "as_of": as_of,
            "built_at": datetime.datetime.now(datetime.UTC).replace(tzinfo=None, microsecond=0),
            "definition": built_from(definition),
            "value_basis": value_basis,
            "window_months": str(definition.features.window_months),
            "minimum_group": definition.minimum_group,
        },
    )
