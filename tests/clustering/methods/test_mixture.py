from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB

from segmodel.clustering import GaussianMixtureSegmenter, RobustPreparation
from segmodel.clustering.methods import gaussian_scorecard, mixture
from segmodel.errors import ClusteringError
from segmodel.scorecard import Preparation

AS_IT_IS = Preparation(fill=0, low=-1e6, high=1e6, log=False, centre=0, scale=1)


def clouds(rows: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """A small tight group inside a wide one: what k-means cannot tell apart and a mixture can."""
    generator = np.random.default_rng(3)
    truth = (np.arange(rows) % 4 == 0).astype(int)
    spread = np.where(truth, 0.2, 3.0)[:, np.newaxis]
    return (generator.normal(size=(rows, 3)) * spread + truth[:, np.newaxis] * 1.5).round(9), truth


def test_the_mixture_is_that_of_scikit_learn() -> None:
    rows, truth = clouds()
    ours = GaussianMixtureSegmenter(2, n_init=3, random_state=4).fit(rows)
    theirs = GaussianMixture(2, covariance_type="diag", n_init=3, tol=1e-5, max_iter=500, random_state=4).fit(rows)
    assert ours.log_likelihood_ == pytest.approx(theirs.score(rows) * len(rows), abs=1e-6)
    assert ours.bic_ == pytest.approx(theirs.bic(rows), abs=1e-6)
    assert ours.n_parameters_ == theirs._n_parameters()
    assert adjusted_rand_score(ours.predict(rows), theirs.predict(rows)) == 1.0
    assert adjusted_rand_score(ours.labels_, truth) > 0.9


def test_the_scorecard_has_the_probabilities_of_scikit_learn() -> None:
    frame = pd.DataFrame(clouds()[0] * [1, 10, 0.1], columns=list("abc"))
    preparation = RobustPreparation().fit(frame)
    rows = preparation.transform(frame)
    theirs = GaussianMixture(3, covariance_type="diag", random_state=0).fit(rows)
    card = gaussian_scorecard(theirs.weights_, theirs.means_, theirs.covariances_, preparation.preparations_)
    predicted = card.predict(frame)
    assert predicted["segment"].tolist() == [f"s{place + 1}" for place in theirs.predict(rows)]
    np.testing.assert_allclose(predicted["probability"], theirs.predict_proba(rows).max(axis=1), atol=1e-9)


def test_naive_bayes_has_the_same_scorecard() -> None:
    rows, truth = clouds()
    theirs = GaussianNB().fit(rows, truth)
    card = gaussian_scorecard(theirs.class_prior_, theirs.theta_, theirs.var_, dict.fromkeys("abc", AS_IT_IS))
    predicted = card.predict(pd.DataFrame(rows, columns=list("abc")))
    assert predicted["segment"].tolist() == [f"s{place + 1}" for place in theirs.predict(rows)]
    np.testing.assert_allclose(predicted["probability"], theirs.predict_proba(rows).max(axis=1), atol=1e-9)


def test_large_data_are_started_on_a_sample_and_finished_on_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, truth = clouds(2000)
    whole = GaussianMixtureSegmenter(2).fit(rows)
    monkeypatch.setattr(mixture, "START_ROWS", 300)
    sampled = GaussianMixtureSegmenter(2).fit(rows)
    assert sampled.log_likelihood_ == pytest.approx(whole.log_likelihood_, rel=1e-4)
    assert adjusted_rand_score(truth, sampled.labels_) > 0.9


def test_a_value_many_share_is_no_reason_to_fail() -> None:
    rows = np.column_stack([np.repeat([0.0, 1.0], 50), np.random.default_rng(0).normal(size=100)])
    found = GaussianMixtureSegmenter(2, smallest_variance=1e-3).fit(rows)
    assert np.isfinite(found.log_likelihood_)
    assert adjusted_rand_score(found.labels_, rows[:, 0]) == 1.0


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.zeros((10, 2)), "found 1 among 10"),
        (np.array([[1.0], [np.inf], [3.0]]), "finite numbers"),
        (np.array([["a"], ["b"], ["c"]]), "needs numbers, found text"),
        (np.ones((1, 2)), "found 1 among 1"),
    ],
)
def test_data_that_cannot_be_divided_end_in_a_sentence(rows: np.ndarray, message: str) -> None:
    with pytest.raises(ClusteringError, match=message):
        GaussianMixtureSegmenter(3).fit(rows)
