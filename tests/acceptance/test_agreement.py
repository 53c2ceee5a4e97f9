"""Python scoring, SQL scoring and stored assignments agree on every customer of the sample and of real data."""

from __future__ import annotations

import pandas as pd
import pytest

from segmodel.sources import guess_definition
from segmodel.workspace import Workspace
from tests.support.agreement import assert_scores_agree
from tests.support.real_data import REPOSITORY, real_data

SECOND = '\n[[segmentation]]\nname = "rfm"\nmethod = "rfm"\n'


def test_sample(request: pytest.FixtureRequest) -> None:
    if not (REPOSITORY / "data" / "sample" / "data").is_dir():
        pytest.skip("the sample is not there: data/sample/generate.py makes it")
    workspace = Workspace(request.getfixturevalue("built_sample"))
    customers = workspace_customers(workspace)
    for segmentation in workspace.definition.segmentations:
        assert assert_scores_agree(workspace, segmentation.name) >= customers


@pytest.fixture(scope="module")
def online_retail(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Online Retail as a guessed definition reads it, all of history as one window, up to 2011-12-10."""
    folder = tmp_path_factory.mktemp("online_retail")
    lines = real_data("online_retail/lines.csv.gz")
    text = guess_definition(lines, "Online Retail", folder)
    assert "window_months = 12" in text
    text = text.replace("window_months = 12", 'window_months = "all"')
    text = f"as_of = 2011-12-10\nhistory_months = 2\n{text}{SECOND}"
    (folder / "segmentation.toml").write_text(text, encoding="utf-8")
    Workspace(folder).build()
    return Workspace(folder)


@pytest.mark.real_data
def test_online_retail(online_retail: Workspace) -> None:
    customers = workspace_customers(online_retail)
    assert customers > 4_300
    for segmentation in online_retail.definition.segmentations:
        assert assert_scores_agree(online_retail, segmentation.name) > 2 * customers


@pytest.mark.real_data
def test_recency_frequency_and_spend_are_those_of_the_reference(online_retail: Workspace) -> None:
    reference = pd.read_csv(real_data("online_retail/rfm_2011-12-10.csv"), dtype={"CustomerID": str})
    reference = reference.set_index("CustomerID").sort_index()
    with online_retail.open() as published:
        found = published.engine.frame(
            "SELECT customer_id, recency_days AS R, frequency AS F, revenue::DOUBLE AS M FROM customer_features "
            "WHERE snapshot = '2011-12-10' ORDER BY customer_id"
        ).set_index("customer_id")
    assert len(found) == 4_338
    assert found.index.to_list() == reference.index.to_list()
    assert (found["R"] == reference["R"]).all()
    assert (found["F"] == reference["F"]).all()
    assert (found["M"] - reference["M"]).abs().max() < 0.01
    assert found["M"].sum() == pytest.approx(8_911_407.904, abs=0.001)


def workspace_customers(workspace: Workspace) -> int:
    with workspace.open() as published:
        return int(published.transaction_totals()["customers"])
