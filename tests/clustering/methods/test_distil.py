from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_blobs
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression

from segmodel.clustering.methods import distil, linear_scorecard
from segmodel.errors import ClusteringError
from segmodel.scorecard import Preparation

AS_IT_IS = Preparation(fill=0, low=-1e6, high=1e6, log=False, centre=0, scale=1)


def blobs() -> tuple[np.ndarray, np.ndarray]:
    rows, labels = make_blobs(400, centers=3, n_features=3, cluster_std=3.0, random_state=6)
    return rows.round(9), labels


@pytest.mark.parametrize("method", [LinearDiscriminantAnalysis(), LogisticRegression(max_iter=2000)])
def test_linear_methods_are_scorecards_exactly(method: LinearDiscriminantAnalysis | LogisticRegression) -> None:
    rows, labels = blobs()
    theirs = method.fit(rows, labels)
    card = linear_scorecard(theirs.intercept_, theirs.coef_, dict.fromkeys("abc", AS_IT_IS))
    predicted = card.predict(pd.DataFrame(rows, columns=list("abc")))
    assert predicted["segment"].tolist() == [f"s{place + 1}" for place in theirs.predict(rows)]
    np.testing.assert_allclose(predicted["probability"], theirs.predict_proba(rows).max(axis=1), atol=1e-9)


def test_what_a_formula_can_learn_is_learned() -> None:
    rows, _ = blobs()
    linear = (rows @ [1.0, -1.0, 0.5] > 0).astype(int)
    shell = ((rows**2).sum(axis=1) > np.median((rows**2).sum(axis=1))).astype(int)
    for labels in (linear, shell):
        learned = distil(rows, labels)
        assert learned.fidelity > 0.95
        card = linear_scorecard(learned.intercepts, learned.linear, dict.fromkeys("abc", AS_IT_IS), learned.quadratic)
        told = card.score(pd.DataFrame(rows, columns=list("abc"))).argmax(axis=1)
        assert (told == labels).mean() > 0.97


def test_labels_without_a_pattern_are_known_to_be_lost() -> None:
    rows, _ = blobs()
    labels = np.random.default_rng(0).integers(4, size=len(rows))
    # four kinds at random: a quarter is right by chance, standard error about 0.02
    assert distil(rows, labels).fidelity < 0.35


def test_the_unassigned_teach_nothing() -> None:
    rows, labels = blobs()
    stray = np.vstack([rows, rows + 50])
    learned = distil(stray, np.concatenate([labels, np.full(len(rows), -1)]))
    alone = distil(rows, labels)
    assert learned.n == alone.n == len(rows)
    np.testing.assert_array_equal(learned.linear, alone.linear)
    assert learned.fidelity == alone.fidelity


def test_a_lone_member_of_a_segment_counts_as_lost() -> None:
    rows, labels = blobs()
    learned = distil(np.vstack([rows, [[90.0, 90.0, 90.0]]]), np.append(labels, 3))
    assert learned.fidelity_by_segment[3] == 0
    assert len(learned.intercepts) == 4


def test_one_segment_alone_cannot_be_taught() -> None:
    with pytest.raises(ClusteringError, match="two segments with customers"):
        distil(np.ones((5, 2)), np.zeros(5, dtype=np.int64))
