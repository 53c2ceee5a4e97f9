from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import adjusted_rand_score

from segmodel.clustering import ModelVersion
from segmodel.studio import Comparison
from segmodel.workspace import Workspace
from tests.support.workspaces import KMEANS, make_transactions, write_workspace


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Comparison]:
    """A workspace with a challenger of five segments, compared with the three in use."""
    folder = write_workspace(
        tmp_path_factory.mktemp("comparison") / "shop",
        make_transactions(customers=400, rich=False),
        settings="history_months = 0\nminimum_group = 20",
        segmentations=KMEANS,
        file="transactions.parquet",
    )
    workspace = Workspace(folder)
    workspace.build()
    workspace.propose("behaviour", 5, "Ana", "")
    return workspace, workspace.compare("behaviour")


def scored(workspace: Workspace) -> pd.DataFrame:
    """Return value and both segments of every customer, scored in Python."""
    with workspace.open() as published:
        frame = published.engine.frame(
            "SELECT * FROM customer_features WHERE snapshot = (SELECT max(snapshot) FROM snapshots)"
        )
    models: list[ModelVersion] = [workspace.models.load("behaviour", version) for version in ("v001", "v002")]
    before, after = (model.scorecard.predict(frame)["segment"].to_numpy() for model in models)
    return pd.DataFrame({"value": frame["value"].astype(float), "before": before, "after": after})


def test_agreement_and_movers_are_those_of_the_customers(compared: tuple[Workspace, Comparison]) -> None:
    workspace, found = compared
    customers = scored(workspace)
    assert (found.champion, found.challenger, found.customers) == ("v001", "v002", len(customers))
    assert found.agreement == pytest.approx(adjusted_rand_score(customers["before"], customers["after"]), abs=5e-4)
    # 400 customers: a hundredth would be 4 of them, fewer than a group that may be told
    assert found.moved_share == round(float((customers["before"] != customers["after"]).mean()), 1)


@pytest.mark.parametrize(("role", "column"), [("champion", "before"), ("challenger", "after")])
def test_value_explained_is_that_of_the_analysis_of_variance(
    compared: tuple[Workspace, Comparison], role: str, column: str
) -> None:
    workspace, found = compared
    groups = [group.to_numpy() for _, group in scored(workspace).groupby(column)["value"]]
    n, k = sum(map(len, groups)), len(groups)
    f = stats.f_oneway(*groups).statistic
    expected = f * (k - 1) / (f * (k - 1) + n - k)
    row = found.versions.set_index("role").loc[role]
    assert row["value_explained"] == pytest.approx(expected, abs=5e-4)
    assert row["k"] == k
    assert 0 < row["stability"] <= 1


def test_sizes_are_those_of_the_customers_and_small_ones_are_hidden(compared: tuple[Workspace, Comparison]) -> None:
    workspace, found = compared
    customers = scored(workspace)
    segments = found.segments.set_index("segment")
    assert set(segments.index) == set(customers["before"]) | set(customers["after"])
    for column, shown in (("before", "champion_customers"), ("after", "challenger_customers")):
        sizes = customers[column].value_counts()
        for segment, size in segments[shown].dropna().items():
            assert size == sizes[segment] >= 20
    for segment, status in segments["status"].items():
        is_old, is_new = segment in set(customers["before"]), segment in set(customers["after"])
        assert status == {(True, True): "kept", (True, False): "retired", (False, True): "new"}[is_old, is_new]


def test_flows_are_rounded_so_that_nothing_small_is_left_of_a_total(compared: tuple[Workspace, Comparison]) -> None:
    workspace, found = compared
    exact = pd.crosstab(scored(workspace)["before"], scored(workspace)["after"])
    few = exact.sum(axis=0).min() < 20
    assert pd.isna(found.versions.set_index("role").loc["challenger", "smallest_share"]) == few
    small = 0
    for row in found.flows.itertuples():
        count = exact.loc[row.champion, row.challenger] if row.challenger in exact else 0
        if count < 20:
            small += 1
            assert pd.isna(row.customers)
        else:
            assert row.customers % 20 == 0
            assert abs(row.customers - count) <= 10
    assert 0 < small < len(found.flows)


def test_a_version_agrees_with_itself(compared: tuple[Workspace, Comparison]) -> None:
    found = compared[0].compare("behaviour", "v001")
    assert (found.agreement, found.moved_share) == (1.0, 0.0)
    assert set(found.segments["status"]) == {"kept"}
    assert np.array_equal(found.versions.loc[0, "value_explained"], found.versions.loc[1, "value_explained"])


def test_the_document_is_json_and_says_what_the_frames_say(compared: tuple[Workspace, Comparison]) -> None:
    found = compared[1]
    document = json.loads(json.dumps(found.document(), allow_nan=False))
    assert len(document["flows"]) == len(found.flows)
    assert document["versions"][1]["version"] == "v002"
    assert document["finding"].startswith("v002 (5 segments) agrees with v001 (3 segments), which is in use, at ")


def test_versions_made_by_rules_have_no_stability_to_tell(folder: Path) -> None:
    found = Workspace(folder).compare("value", "v001")
    assert found.versions["stability"].isna().all()
    assert found.document()["versions"][0]["stability"] is None
