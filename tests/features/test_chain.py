from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmodel.engines import Engine
from segmodel.errors import StoreError
from segmodel.features import Feature, Tables, chain, months_before
from segmodel.workspace import Workspace
from tests.support.warehouse import Accepted, run_in_duckdb, write_accepted
from tests.support.workspaces import KMEANS, make_transactions, write_workspace


def _with(steps: list[object], last: str) -> str:
    return "WITH " + ",\n".join(f"{step.name} AS ({step.sql})" for step in steps) + f"\n{last}"


@pytest.fixture(scope="module", params=["12", '"all"', "3"])
def workspace(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("chain") / "shop"
    lines = make_transactions(seed=7, customers=80, margins_missing=True)
    settings = f"history_months = 4\n[features]\nwindow_months = {request.param}\n"
    write_workspace(folder, lines, settings=settings, segmentations=KMEANS)
    Workspace(folder).build()
    return Workspace(folder)


@pytest.fixture(scope="module")
def accepted(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Accepted:
    return write_accepted(workspace, tmp_path_factory.mktemp("accepted"))


def test_every_feature_is_that_of_the_build_for_every_customer_at_every_snapshot(
    workspace: Workspace, accepted: Accepted
) -> None:
    with workspace.open() as published:
        known = published.features().drop(columns="needs").fillna("")
        features = [Feature(**{str(name): value for name, value in row.items()}) for row in known.to_dict("records")]
        tables = Tables.of(published)
        stored = published.engine.frame("SELECT * FROM customer_features ORDER BY snapshot, customer_id")
        days = published.snapshots()
    assert {"main_channel", "favourite_category", "gap_regularity", "trend", "refund_share"} <= {
        f.name for f in features
    }
    assert len(days) > 4
    for day in days:
        text = _with(chain(features, (), tables, day), "SELECT * FROM features ORDER BY customer_id")
        found = run_in_duckdb(accepted, text)
        expected = stored[stored["snapshot"] == pd.Timestamp(day)].reset_index(drop=True)
        assert found["customer_id"].to_list() == expected["customer_id"].to_list()
        for feature in features:
            ours, theirs = found[feature.name], expected[feature.name]
            assert (ours.isna() == theirs.isna()).all(), (feature.name, day)
            if feature.is_numeric:
                np.testing.assert_allclose(ours.astype(float), theirs.astype(float), rtol=1e-12, err_msg=feature.name)
            else:
                assert (ours.fillna("") == theirs.fillna("")).all(), (feature.name, day)


def test_windows_begin_where_the_build_begins_them() -> None:
    tables = Tables(columns={"transactions": {}}, margin_rate=None, window_months=18, scales={})
    days = [dt.date(2023, 1, 1) + dt.timedelta(days=place) for place in range(3 * 366)]
    with Engine.open(None) as engine:
        for day in days:
            dates, windows = chain([], (), tables, day)[:2]
            ((_, *starts),) = engine.rows(f"WITH dates AS ({dates.sql}) {windows.sql}")
            assert starts == [months_before(day, 18), months_before(day, 6), months_before(day, 12)], day


def test_a_build_that_does_not_say_what_it_read_is_told(workspace: Workspace) -> None:
    with workspace.open() as published, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "old.duckdb"
        with Engine.open(path) as old:
            old.execute("CREATE TABLE nothing (a INTEGER)")
        published.engine.close()
        published.engine = Engine.open(path, read_only=True)
        with pytest.raises(StoreError, match="Build the workspace again"):
            Tables.of(published)
