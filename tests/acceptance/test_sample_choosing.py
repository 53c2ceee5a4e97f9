"""The groups planted in the sample's survey are found by the recommendation alone."""

from __future__ import annotations

import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from segmodel.clustering import choose_k
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
