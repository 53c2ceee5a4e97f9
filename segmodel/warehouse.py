"""A published segmentation as SQL for somebody's warehouse: from transactions, or from a table of features."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

from segmodel import formats
from segmodel.clustering import ModelVersion, read_model
from segmodel.engines import DIALECTS, identifier, render
from segmodel.errors import ScorecardError, did_you_mean
from segmodel.features import TODAY, Feature, Query, Tables, chain
from segmodel.store import PublishedBuild

_KEYS = ("snapshot", "customer_id")


def scorecard_sql(published: PublishedBuild, segmentation: str, dialect: str = "duckdb") -> str:
    """Return the scorecard as a query over a table `customer_features(snapshot, customer_id, features…)`.

    Parameters
    ----------
    published : PublishedBuild
    segmentation : str
    dialect : str
        One of `DIALECTS`.

    Raises
    ------
    ScorecardError
        When the dialect is unknown.
    StoreError
        When there is no such segmentation.
    """
    _check(dialect)
    return read_model(published, segmentation).deployed.to_sql("customer_features", _KEYS, dialect)


def warehouse_sql(
    published: PublishedBuild,
    segmentation: str,
    dialect: str = "duckdb",
    as_of: datetime.date | str | None = None,
    view: str | None = None,
) -> str:
    """Return the whole chain as one query: from tables as the build accepted them to every customer's segment.

    It reads `transactions` and, where the scorecard needs them, `customers` and `survey`, and gives snapshot,
    customer_id, segment, probability, runner_up and, where a survey tells the segment, assigned_by.

    Parameters
    ----------
    published : PublishedBuild
    segmentation : str
    dialect : str
        One of `DIALECTS`.
    as_of : date or "today", optional
        The day customers are described at; default: the build's.
    view : str, optional
        Name of a view to create or replace; default: a query.

    Raises
    ------
    ScorecardError
        When the dialect is unknown.
    StoreError
        When there is no such segmentation, or the build is too old to say which columns it read.
    """
    _check(dialect)
    model = read_model(published, segmentation)
    tables = Tables.of(published)
    day = as_of or published.info()["as_of"]
    steps = chain(_features(published, model), _marks(model), tables, day)
    scored = model.deployed.to_sql("features", _KEYS)
    told, _, rest = scored.partition("WITH ")
    if dialect != "duckdb":
        told = ""  # sqlglot moves comments before a statement into it
    create = "" if view is None else f"CREATE OR REPLACE VIEW {identifier(view)} AS\n"
    text = f"{told}{create}WITH {_steps(steps)},\n{rest}"
    return _head(published, model, segmentation, day) + render(text, dialect).rstrip() + "\n"


def _check(dialect: str) -> None:
    if dialect not in DIALECTS:
        raise ScorecardError(
            f"'{dialect}' is no dialect we write; there is {formats.listed(DIALECTS)}.{did_you_mean(dialect, DIALECTS)}"
        )


def _features(published: PublishedBuild, model: ModelVersion) -> list[Feature]:
    """Return the features the scorecard reads, as the build computed them."""
    wanted = set(model.deployed.features)
    known = published.features()
    rows = known[known["name"].isin(wanted)].drop(columns="needs").fillna("").astype(str).to_dict("records")
    return [Feature(**{str(name): value for name, value in row.items()}) for row in rows]


def _marks(model: ModelVersion) -> Sequence[str]:
    return () if model.respondents is None else model.respondents.straight_liner_columns


def _head(published: PublishedBuild, model: ModelVersion, segmentation: str, day: datetime.date | str) -> str:
    names = "; ".join(f"{each.id} {each.name}" for each in model.segments)
    when = "the day it is run" if day == TODAY else str(day)
    lines = (
        f"{published.info()['name']}: segmentation {segmentation}, model {model.version}, hash {model.hash}.",
        f"Written from build {published.build_id}; describes customers as of {when}. Confidential.",
        f"Segments: {names}.",
    )
    return "".join(f"-- {_comment(line)}\n" for line in lines)


def _steps(steps: Sequence[Query]) -> str:
    parts = []
    for step in steps:
        words = f"-- {_comment(step.words)}\n" if step.words else ""
        inner = "\n".join(f"    {line}" for line in step.sql.splitlines())
        parts.append(f"{words}{step.name} AS (\n{inner}\n)")
    return ",\n".join(parts)


def _comment(text: str) -> str:
    """Return a line that cannot end the comment it stands in."""
    return re.sub(r"\s+", " ", text.replace("*/", "* /").replace("/*", "/ *"))
