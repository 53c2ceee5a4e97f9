"""Trying other settings in the Studio, keeping what was found, repeating it, and taking it into use."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from segmodel.errors import ClusteringError, EngineError, StoreError
from segmodel.studio import read_run
from segmodel.workspace import Workspace
from tests.support.workspaces import KMEANS, make_transactions, write_workspace

OTHER = {"features": ["frequency", "average_order_value"], "method": "gaussian_mixture", "seed": 4}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace built once; read it, never write to it."""
    folder = tmp_path_factory.mktemp("runs") / "shop"
    write_workspace(
        folder, make_transactions(customers=150, seed=2), settings="history_months = 2", segmentations=KMEANS
    )
    Workspace(folder).build()
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "shop"))


def test_a_run_that_was_kept_repeats_to_the_last_digit(folder: Path) -> None:
    workspace = Workspace(folder)
    asked = {**OTHER, "method": "kmeans"}
    found = workspace.compare_numbers("behaviour", [2, 3], settings=asked)
    path = workspace.keep_run(found, "Ana")
    (name,) = workspace.runs.names("behaviour")
    kept = workspace.runs.load("behaviour", name)
    assert path.stem == name
    assert (kept.saved_by, kept.ks, kept.found.build) == ("Ana", (2, 3), workspace.current())
    assert {key: kept.found.settings[key] for key in asked} == asked
    again = Workspace(folder).compare_numbers("behaviour", kept.ks, settings=kept.found.settings)
    assert kept.repeats(again)
    assert not kept.repeats(workspace.compare_numbers("behaviour", [2, 3], settings={**asked, "seed": 5}))


def test_a_challenger_of_other_features_is_taken_into_use_and_scored_with(folder: Path) -> None:
    definition = folder / "segmentation.toml"
    # nothing is described beyond what the definition's segmentation uses, so that a build would not have them
    text = definition.read_text().replace("history_months = 2", "history_months = 2\n[features]\ndescribe = []\n")
    workspace = Workspace(folder)
    proposed = workspace.propose("behaviour", 3, "Ana", "to see", settings=OTHER)
    assert (proposed.method, set(proposed.features)) == ("gaussian_mixture", {"frequency", "average_order_value"})
    assert proposed.diagnostics["settings"]["features"] == OTHER["features"]
    assert proposed.seed == 4
    assert workspace.compare("behaviour").challenger == proposed.version
    workspace.promote("behaviour", None, "Ana", "it tells more")
    definition.write_text(text)
    report = Workspace(folder).build()
    assert report.fitted_anew == {}
    assert [model.version for model in report.models] == [proposed.version]
    with Workspace(folder).open() as published:
        columns = set(published.engine.columns("customer_features"))
        scored = published.engine.frame("SELECT * FROM customer_features ORDER BY snapshot, customer_id")
        stored = published.engine.frame("SELECT segment FROM assignments ORDER BY snapshot, customer_id")
    assert {"average_order_value", "frequency"} <= columns
    assert "refund_share" not in columns
    assert stored["segment"].to_list() == proposed.deployed.predict(scored)["segment"].to_list()


def test_what_the_build_does_not_have_is_told(folder: Path) -> None:
    with pytest.raises(StoreError, match=r"does not have frequncy.*Did you mean 'frequency'"):
        Workspace(folder).studio("behaviour", [2], settings={"features": ["frequncy", "monetary"]})
    with pytest.raises(ClusteringError, match="holds text where numbers are needed"):
        Workspace(folder).studio("behaviour", [2], settings={"features": ["main_channel", "monetary"]})
    with pytest.raises(ClusteringError, match="says itself how many segments"):
        Workspace(folder).studio("behaviour", [2], settings={"method": "hdbscan"})


def test_damaged_and_made_up_runs_end_in_a_sentence(folder: Path) -> None:
    workspace = Workspace(folder)
    with pytest.raises(StoreError, match=r"no run '\.\./\.\./secret' of behaviour; there: none"):
        workspace.runs.load("behaviour", "../../secret")
    odd = folder / "odd.json"
    odd.write_text('{"format": "segmodel studio run 9"}')
    with pytest.raises(StoreError, match=r"'odd\.json' is no run of the Studio"):
        read_run(odd)
    with pytest.raises(StoreError, match=r"'nowhere\.json' cannot be read"):
        read_run(folder / "nowhere.json")


def test_a_folder_that_cannot_be_written_ends_in_a_sentence(folder: Path) -> None:
    workspace = Workspace(folder)
    found = workspace.compare_numbers("behaviour", [2])
    (folder / "studio").write_text("a file where the folder belongs")
    with pytest.raises(EngineError, match="cannot be written"):
        workspace.keep_run(found, "Ana")
