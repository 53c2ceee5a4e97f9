"""Python scoring, SQL scoring and stored assignments agree on every customer of the sample and of real data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from segmodel.clustering import fit_segmentation
from segmodel.definition import Segmentation
from segmodel.engines import Engine
from segmodel.features import CATALOGUE
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
    assert {each.basis for each in workspace.definition.segmentations} == {"behaviour", "value", "needs"}
    for segmentation in workspace.definition.segmentations:
        assert assert_scores_agree(workspace, segmentation.name) >= customers


NUMBERS = ("frequency", "average_order_value", "web_share", "weekday_share", "discount_share")
METHODS = {
    "gaussian_mixture": Segmentation(name="m", method="gaussian_mixture", k=5, features=NUMBERS, sample=3000),
    "ward": Segmentation(name="m", method="ward", k=5, features=NUMBERS, sample=3000),
    "hdbscan": Segmentation(name="m", method="hdbscan", features=NUMBERS, sample=3000),
    "mixed": Segmentation(name="m", method="mixed", k=5, features=(*NUMBERS, "region", "main_channel"), sample=3000),
    "latent_class": Segmentation(
        name="m", method="latent_class", k=3, features=("category_count", "region", "main_channel"), sample=3000
    ),
}


@pytest.mark.parametrize("method", METHODS)
def test_every_method_on_the_sample(method: str, request: pytest.FixtureRequest) -> None:
    segmentation = METHODS[method]
    if not (REPOSITORY / "data" / "sample" / "data").is_dir():
        pytest.skip("the sample is not there: data/sample/generate.py makes it")
    workspace = Workspace(request.getfixturevalue("built_sample"))
    columns = ", ".join(dict.fromkeys((*segmentation.features, "value")))
    with workspace.open() as published, Engine.open(None) as engine:
        # three snapshots, so that customers the method was not fitted on are scored as well
        known = published.engine.frame(
            f"SELECT snapshot, customer_id, {columns} FROM customer_features "
            "WHERE snapshot IN (SELECT snapshot FROM snapshots ORDER BY snapshot DESC LIMIT 3) ORDER BY 1, 2"
        )
        last = known["snapshot"].max()
        fitted = known[known["snapshot"] == last].sample(segmentation.sample, random_state=0)
        card = fit_segmentation(segmentation, fitted, CATALOGUE, last.date(), "v001").scorecard
        with engine.loaded("customer_features", known):
            by_sql = engine.frame(f"SELECT * FROM ({card.to_sql()}) ORDER BY snapshot, customer_id")
    by_python = card.predict(known)
    assert len(by_sql) == len(known) > 2 * segmentation.sample
    assert (by_sql["customer_id"].to_numpy() == known["customer_id"].to_numpy()).all()
    assert (by_sql["segment"].to_numpy() == by_python["segment"].to_numpy()).all()
    assert (by_sql["runner_up"].fillna("").to_numpy() == by_python["runner_up"].fillna("").to_numpy()).all()
    np.testing.assert_allclose(by_sql["probability"], by_python["probability"], rtol=0, atol=1e-9)


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
