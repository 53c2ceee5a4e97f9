"""Whether Python, SQL and the store agree on the segment of every customer."""

from __future__ import annotations

import numpy as np

from segmodel.clustering import read_model
from segmodel.warehouse import scorecard_sql
from segmodel.workspace import Workspace


def assert_scores_agree(workspace: Workspace, segmentation: str) -> int:
    """Compare the three for every customer at every snapshot; return how many rows were compared."""
    with workspace.open() as published:
        scorecard = read_model(published, segmentation).deployed
        features = published.engine.frame("SELECT * FROM customer_features ORDER BY snapshot, customer_id")
        by_sql = published.engine.frame(
            f"SELECT * FROM ({scorecard_sql(published, segmentation)}) AS scored ORDER BY snapshot, customer_id"
        )
        stored = published.engine.frame(
            "SELECT snapshot, customer_id, segment, probability, runner_up FROM assignments "
            "WHERE segmentation = $name ORDER BY snapshot, customer_id",
            {"name": segmentation},
        )
    by_python = scorecard.predict(features)
    told = by_python["segment"].notna().to_numpy()  # whose segment cannot be told has no row
    features, by_python = features[told].reset_index(drop=True), by_python[told]
    assert len(features) == len(by_sql) == len(stored) > 0
    for other in (by_sql, stored):
        assert (other["customer_id"] == features["customer_id"]).all()
        assert (other["segment"].to_numpy() == by_python["segment"].to_numpy()).all()
        assert (other["runner_up"].fillna("").to_numpy() == by_python["runner_up"].fillna("").to_numpy()).all()
        np.testing.assert_allclose(other["probability"], by_python["probability"], rtol=0, atol=1e-9)
    return len(stored)
