"""The SQL, run by DuckDB, a real PostgreSQL and a real Spark, places every customer as the build did."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmodel.clustering import fit_segmentation
from segmodel.features import CATALOGUE
from segmodel.sources import guess_definition
from segmodel.warehouse import warehouse_sql
from segmodel.workspace import Workspace
from tests.acceptance.test_agreement import METHODS
from tests.support.real_data import real_data
from tests.support.warehouse import (
    Accepted,
    assert_as_stored,
    load_into_postgres,
    run_in_duckdb,
    run_in_postgres,
    run_in_spark,
    spark_session,
    write_accepted,
)

Run = Callable[[Accepted, str], pd.DataFrame]
ENGINES = ("duckdb", "postgres", "spark")
SECOND = '\n[[segmentation]]\nname = "rfm"\nmethod = "rfm"\n'


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[tuple[str, Run]]:
    """A dialect, and what runs it on accepted tables."""
    if request.param == "duckdb":
        yield "duckdb", run_in_duckdb
    elif request.param == "postgres":
        url = request.getfixturevalue("postgres_url")

        def run(accepted: Accepted, sql: str) -> pd.DataFrame:
            load_into_postgres(accepted, url)
            return run_in_postgres(url, sql)

        yield "postgres", run
    else:
        if find_spec("pyspark") is None or shutil.which("java") is None:
            pytest.skip("Spark is not installed: it takes Java 17 and the extra 'spark'")
        with spark_session() as session:
            yield "spark", lambda accepted, sql: run_in_spark(session, accepted, sql)


@pytest.fixture(scope="module")
def sample(built_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Accepted]:
    workspace = Workspace(built_sample)
    return workspace, write_accepted(workspace, tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def online_retail(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Accepted]:
    folder = tmp_path_factory.mktemp("online_retail")
    text = guess_definition(real_data("online_retail/lines.csv.gz"), "Online Retail", folder)
    (folder / "segmentation.toml").write_text(f"history_months = 0\n{text}{SECOND}", encoding="utf-8")
    workspace = Workspace(folder)
    workspace.build()
    return workspace, write_accepted(workspace, tmp_path_factory.mktemp("accepted"))


def test_sample(engine: tuple[str, Run], sample: tuple[Workspace, Accepted]) -> None:
    assert _compared(*engine, *sample) == [6000, 6000, 6000]


@pytest.mark.real_data
def test_online_retail(engine: tuple[str, Run], online_retail: tuple[Workspace, Accepted]) -> None:
    assert min(_compared(*engine, *online_retail)) > 4_000


def _compared(dialect: str, run: Run, workspace: Workspace, accepted: Accepted) -> list[int]:
    """Return how many customers of each segmentation were compared."""
    found = []
    for segmentation in workspace.definition.segmentations:
        with workspace.open() as published:
            text = warehouse_sql(published, segmentation.name, dialect)
        found.append(assert_as_stored(workspace, segmentation.name, run(accepted, text)))
    return found


@pytest.mark.parametrize("method", METHODS)
def test_every_method(engine: tuple[str, Run], sample: tuple[Workspace, Accepted], method: str, tmp_path: Path) -> None:
    dialect, run = engine
    segmentation = METHODS[method]
    columns = ", ".join(dict.fromkeys((*segmentation.features, "value")))
    with sample[0].open() as published:
        select = f"SELECT snapshot, customer_id, {columns} FROM customer_features WHERE snapshot = getvariable('day')"
        day = published.snapshots()[-1]
        select = select.replace("getvariable('day')", f"DATE '{day}'")
        known = published.engine.frame(f"{select} ORDER BY customer_id")
        kinds = {name: kind for name, kind in published.engine.columns("customer_features").items() if name in known}
        accepted = Accepted(tmp_path, {"customer_features": {name: kinds[name] for name in known}})
        for kind, options in (("parquet", ""), ("csv", "(HEADER FALSE)")):
            published.engine.execute(f"COPY ({select}) TO '{accepted.file('customer_features', kind)}' {options}")
    fitted = known.sample(segmentation.sample, random_state=0)
    card = fit_segmentation(segmentation, fitted, CATALOGUE, day, "v001").scorecard
    found = run(accepted, card.to_sql(dialect=dialect)).sort_values("customer_id", ignore_index=True)
    expected = card.predict(known)
    assert found["customer_id"].to_list() == known["customer_id"].to_list()
    assert found["segment"].to_list() == expected["segment"].to_list()
    assert found["runner_up"].fillna("").to_list() == expected["runner_up"].fillna("").to_list()
    np.testing.assert_allclose(found["probability"].astype(float), expected["probability"], rtol=0, atol=1e-9)
