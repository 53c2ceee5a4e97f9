"""A churn label in a workspace: learnt from, checked, and shown by segment; or told why not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmodel.errors import FeatureError
from segmodel.workspace import Workspace
from tests.support.workspaces import TIERS, make_transactions, write_workspace


def labelled(folder: Path, settings: str = "", *, tells: bool = True) -> Workspace:
    """Return a workspace whose customers leave more often with short contracts, or at random."""
    transactions = make_transactions(seed=4, customers=900, rich=False)
    ids = np.unique(transactions["customer_id"])
    random = np.random.default_rng(3)
    contract = random.choice(["month", "year"], len(ids))
    chance = np.where(contract == "month", 0.6, 0.05) if tells else np.full(len(ids), 0.3)
    customers = pd.DataFrame(
        {
            "customer_id": ids,
            "contract": contract,
            "age": random.integers(18, 80, len(ids)),
            "gone": np.where(random.random(len(ids)) < chance, "yes", "no"),
        }
    )
    write_workspace(folder, transactions, segmentations=TIERS)
    customers.to_csv(folder / "customers.csv", index=False)
    text = (folder / "segmentation.toml").read_text()
    source = '[sources.customers]\npath = "customers.csv"\n'
    (folder / "segmentation.toml").write_text(f'{text}\n{source}\n[value]\nchurn_label = "gone"\n{settings}')
    return Workspace(folder)


def test_risk_by_segment_is_that_of_the_label(tmp_path: Path) -> None:
    workspace = labelled(tmp_path)
    workspace.build()
    with workspace.open() as published:
        check, bins = published.churn_check()
        values = published.segment_value("value").set_index("segment")
    assert check["is_trusted"]
    assert check["auc"] > 0.7
    assert bins["customers"].sum() == check["n_customers"] == 900
    assert set(values["churn_basis"]) == {"label"}
    # of those still here about two in seven have a short contract
    assert values.loc["", "churn_risk"] == pytest.approx(0.05 * 0.7 + 0.6 * 0.3, abs=0.06)
    assert values["churn_risk"].between(0.001, 0.999).all()


def test_a_label_that_nothing_tells_is_said_and_not_used(tmp_path: Path) -> None:
    workspace = labelled(tmp_path, tells=False)
    workspace.build()
    with workspace.open() as published:
        check, _ = published.churn_check()
        values = published.segment_value("value")
    assert not check["is_trusted"]
    assert check["sentence"]
    assert "label" not in set(values["churn_basis"])


def test_a_label_that_is_not_there_stops_the_build(tmp_path: Path) -> None:
    workspace = labelled(tmp_path)
    path = tmp_path / "segmentation.toml"
    path.write_text(path.read_text().replace('"gone"', '"gome"'))
    with pytest.raises(FeatureError, match=r"value.churn_label is 'gome', which customers does not have. Did you mean"):
        Workspace(tmp_path).build()
    assert workspace.current() is None
