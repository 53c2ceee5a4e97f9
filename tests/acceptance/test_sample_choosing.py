"""The groups planted in the sample's survey are found by the recommendation alone."""

from __future__ import annotations

import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from segmodel.clustering import choose_k
from segmodel.scoring import published_model
from segmodel.workspace import Workspace
from tests.support.real_data import REPOSITORY

SAMPLE = REPOSITORY / "data" / "sample"


@pytest.mark.parametrize("seed", range(5))
def test_four_need_groups_are_found(seed: int) -> None:
    answers = pd.read_csv(SAMPLE / "data" / "survey.csv.gz", dtype=str)
    answers["answer"] = pd.to_numeric(answers["answer"], errors="coerce")
    wide = answers.pivot_table(index="customer_id", columns="item", values="answer").filter(regex="^imp_")
    planted = pd.read_csv(SAMPLE / "truth" / "needs.csv.gz", dtype={"customer_id": str}).set_index("customer_id")
    choice = choose_k(wide.fillna(wide.median()), range(2, 7), n_boot=5, random_state=seed)
    assert choice.recommended == 4
    found = choice.segments[4].labels
    assert adjusted_rand_score(planted.loc[wide.index, "need_group"], found) >= 0.6


def test_the_needs_of_the_sample_are_found_by_its_build(request: pytest.FixtureRequest) -> None:
    if not (SAMPLE / "data").is_dir():
        pytest.skip("the sample is not there: data/sample/generate.py makes it")
    workspace = Workspace(request.getfixturevalue("built_sample"))
    planted = pd.read_csv(SAMPLE / "truth" / "needs.csv.gz", dtype={"customer_id": str}).set_index("customer_id")
    with workspace.open() as published:
        found = published.engine.frame(
            "SELECT customer_id, segment, assigned_by FROM assignments WHERE segmentation = 'needs' "
            "AND snapshot = (SELECT max(snapshot) FROM snapshots)"
        ).set_index("customer_id")
    answered = found[found["assigned_by"] == "survey"]
    known = planted.join(answered, how="inner")
    assert len(known) == len(answered) == 1_560
    assert not known["straight_liner"].any()
    assert known["segment"].nunique() == 4
    assert adjusted_rand_score(known["need_group"], known["segment"]) >= 0.8
    # the others are placed better than by guessing, as the model of the build says of respondents it had not seen
    told = published_model(workspace, "needs").diagnostics["bridge"]
    assert told["guessing"] < told["accuracy_low"] < told["accuracy"] < 0.5
