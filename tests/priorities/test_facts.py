from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from segmodel.priorities import priority_matrix, segment_facts
from segmodel.priorities.facts import MEASURES
from segmodel.priorities.scoring import Scoring
from segmodel.workspace import Workspace
from tests.support.workspaces import KMEANS, TIERS, make_transactions, write_workspace


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace built once whose customers differ enough for all segments to be shown; read it, never write to it."""
    folder = write_workspace(
        tmp_path_factory.mktemp("priorities") / "shop",
        make_transactions(customers=160, rich=False),
        settings="minimum_group = 5\nhistory_months = 13",
        segmentations=KMEANS + TIERS,
    )
    Workspace(folder).build()
    return folder


def facts_of(folder: Path) -> pd.DataFrame:
    with Workspace(folder).open() as published:
        return segment_facts(published, "behaviour").set_index("segment")


def queried(folder: Path, sql: str) -> pd.DataFrame:
    """Return the answer of the build's file itself."""
    file = folder / "store" / f"{Workspace(folder).current()}.duckdb"
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.sql(sql).df().set_index("segment")


def test_shares_and_growth_are_those_of_the_customers(built: Path) -> None:
    facts = facts_of(built)
    counted = queried(
        built,
        """
        WITH days AS (SELECT max(snapshot) AS now FROM snapshots)
        SELECT segment, count(*) AS customers, sum(value)::DOUBLE AS value FROM assignments, days
        WHERE segmentation = 'behaviour' AND is_counted AND snapshot = now GROUP BY segment
        """,
    )
    shown = facts["value_share"].dropna().index
    assert len(shown) >= 2
    expected = counted["value"] / counted["value"].sum()
    assert facts.loc[shown, "value_share"].tolist() == pytest.approx(expected[shown].tolist())
    expected = counted["customers"] / counted["customers"].sum()
    assert facts.loc[shown, "customer_share"].tolist() == pytest.approx(expected[shown].tolist())
    metrics = queried(
        built,
        "SELECT segment, growth FROM segment_metrics WHERE segmentation = 'behaviour' AND filter_1 = '' "
        "AND filter_2 = '' AND snapshot = (SELECT max(snapshot) FROM snapshots)",
    )["growth"]
    known = facts["growth"].dropna().index
    assert facts.loc[known, "growth"].tolist() == pytest.approx((metrics[known] - metrics[""]).tolist())


def test_stability_is_the_share_who_are_where_they_were_a_year_ago(built: Path) -> None:
    rows = queried(
        built,
        "SELECT segment, customer_id, snapshot::DATE AS day FROM assignments "
        "WHERE segmentation = 'behaviour' AND is_counted",
    ).reset_index()
    latest = rows["day"].max()
    earlier = rows[rows["day"] == latest - pd.DateOffset(years=1)].set_index("customer_id")["segment"]
    now = rows[rows["day"] == latest].set_index("customer_id")["segment"]
    both = earlier.to_frame("before").join(now.rename("now"), how="inner")
    stayed = (both["before"] == both["now"]).groupby(both["before"]).agg(["sum", "size"])
    facts = facts_of(built)
    for segment, row in stayed.iterrows():
        found = facts.loc[segment, "stability"]
        if np.isnan(found):
            assert min(row["sum"], row["size"] - row["sum"]) < 5
        else:
            assert found == pytest.approx(row["sum"] / row["size"])
    assert facts["stability"].notna().any()


def test_what_a_build_does_not_have_is_not_measured(built: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(built, tmp_path / "shop")
    file = folder / "store" / f"{Workspace(folder).current()}.duckdb"
    with duckdb.connect(str(file)) as connection:
        for table in ("segment_value", "segment_reach", "segment_stability"):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
    facts = facts_of(folder)
    assert list(facts.columns) == ["name", "colour", *MEASURES]
    assert facts[["lifetime_value", "stability", "churn_risk", "reachability"]].isna().all(axis=None)
    assert facts["value_share"].notna().any()
    matrix = priority_matrix(Scoring(), facts.reset_index())
    assert matrix.rows["ability"].isna().all()
    assert matrix.rows["score"].notna().any()
    assert json.loads(facts.reset_index().to_json(orient="records"))[0]["churn_risk"] is None
