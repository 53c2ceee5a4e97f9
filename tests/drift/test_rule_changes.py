"""What new rules did, held to both versions' own predictions."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from segmodel.drift import flows_between, former_version
from segmodel.workspace import Workspace
from tests.support.workspaces import KMEANS, TIERS, make_transactions, write_workspace


@pytest.fixture(scope="session")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose second version was promoted and built with; read it, never write to it."""
    folder = write_workspace(
        tmp_path_factory.mktemp("rules") / "shop",
        make_transactions(customers=300, rich=False),
        settings="history_months = 2\nminimum_group = 5",
        segmentations=KMEANS + TIERS,
        file="transactions.parquet",
    )
    workspace = Workspace(folder)
    workspace.build()
    workspace.propose("behaviour", 4, "Ana", "finer")
    workspace.promote("behaviour", None, "Ana", "finer")
    workspace.build()
    return folder


def test_the_same_customers_are_counted_by_both_versions(changed: Path) -> None:
    workspace = Workspace(changed)
    former = workspace.models.load("behaviour", "v001")
    with workspace.open() as published:
        cells, step = published.rule_changes("behaviour")
        now = published.engine.frame(
            "SELECT customer_id, segment FROM assignments WHERE segmentation = 'behaviour' "
            "AND snapshot = (SELECT max(snapshot) FROM snapshots)"
        ).set_index("customer_id")["segment"]
        features = published.engine.frame(
            "SELECT * FROM customer_features WHERE snapshot = (SELECT max(snapshot) FROM snapshots)"
        ).set_index("customer_id")
    before = former.deployed.predict(features)["segment"].set_axis(features.index)
    expected = pd.crosstab(before, now.reindex(features.index))
    assert (step["from_version"], step["to_version"], step["reason"]) == ("v001", "v002", "")
    assert step["customers"] == len(features)
    assert step["moved"] == (before != now.reindex(before.index)).sum() > 0
    told = cells[~cells["suppressed"] & (cells["segment_before"] != "") & (cells["segment_after"] != "")]
    assert len(told) > 2
    for row in told.itertuples():
        assert row.customers == expected.loc[row.segment_before, row.segment_after]


def test_history_is_scored_by_the_version_in_use_so_flows_are_people(changed: Path) -> None:
    with Workspace(changed).open() as published:
        first, last = published.snapshots()[0], published.snapshots()[-1]
        flows = flows_between(published, "behaviour", first, last)
        now = set(published.segments("behaviour")["segment"])
    assert set(flows.cells["segment_before"]) - {"", "new"} <= now


def test_without_another_version_there_is_nothing_to_tell(changed: Path) -> None:
    workspace = Workspace(changed)
    with workspace.open() as published:
        cells, step = published.rule_changes("value")
    assert cells.empty
    assert step == {}
    assert former_version(workspace.models, workspace.models.load("value", "v001"), None) is None


def test_a_former_version_whose_file_is_gone_is_said(changed: Path, tmp_path: Path) -> None:
    workspace = Workspace(shutil.copytree(changed, tmp_path / "shop"))
    model = workspace.models.load("behaviour", "v002")
    (tmp_path / "shop" / "models" / "behaviour" / "v001.json").unlink()
    former = former_version(workspace.models, model, None)
    assert former is not None
    assert former.model is None
    workspace.build()
    with workspace.open() as published:
        cells, step = published.rule_changes("behaviour")
    assert cells.empty
    assert step["reason"] == "The file of v001 cannot be read any more."


def test_a_former_version_that_needs_what_is_gone_is_said(tmp_path: Path) -> None:
    rich, settings = make_transactions(customers=80), "history_months = 0"
    with_channels = KMEANS.replace('"monetary"', '"web_share"')
    workspace = Workspace(write_workspace(tmp_path / "shop", rich, settings=settings, segmentations=with_channels))
    workspace.build()
    write_workspace(tmp_path / "shop", rich.drop(columns="channel"), settings=settings, segmentations=KMEANS)
    workspace = Workspace(tmp_path / "shop")
    workspace.build()
    with workspace.open() as published:
        step = published.rule_changes("behaviour")[1]
    assert (step["from_version"], step["to_version"]) == ("v001", "v002")
    assert step["reason"] == "v001 needs web_share, which is not computed any more."


def test_a_former_version_of_features_measured_otherwise_is_said(changed: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(changed, tmp_path / "shop"))
    definition = folder / "segmentation.toml"
    definition.write_text(f"{definition.read_text()}\n[features]\nwindow_months = 6\n", encoding="utf-8")
    workspace = Workspace(folder)
    workspace.build()
    with workspace.open() as published:
        step = published.rule_changes("behaviour")[1]
    assert (step["from_version"], step["to_version"]) == ("v002", "v003")
    assert step["reason"] == "What v002 was fitted on is measured differently now."
