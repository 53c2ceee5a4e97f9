from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from segmodel.clustering import Bridge, fit_bridge
from segmodel.clustering.bridge import SHRINKAGE
from segmodel.clustering.methods.mixed import MixedPreparation
from segmodel.errors import ClusteringError


def drawn(distance: float, k: int, n: int = 1_000, seed: int = 4) -> tuple[pd.DataFrame, np.ndarray]:
    """Return two features and k segments of equal size, whose means lie `distance` apart on the first."""
    labels = np.arange(n) % k
    rows = np.random.default_rng(seed).normal(size=(n, 2))
    rows[:, 0] += distance * labels
    return pd.DataFrame(rows.round(9), columns=["a", "b"]), labels


def bridged(frame: pd.DataFrame, labels: np.ndarray) -> Bridge:
    return fit_bridge(frame, labels, [f"s{place + 1}" for place in range(labels.max() + 1)])


@pytest.mark.parametrize("k", [2, 3])
def test_the_scorecard_is_the_regression_itself(k: int) -> None:
    frame, labels = drawn(2.0, k)
    frame["region"] = np.where(np.arange(len(frame)) % 7 < 3, "North", np.where(labels == 1, "South", None))
    predicted = bridged(frame, labels).scorecard.predict(frame)
    rows = MixedPreparation().fit(frame).transform(frame)
    assert rows.shape[1] == 4
    scaled = StandardScaler().fit_transform(rows)
    theirs = LogisticRegression(C=SHRINKAGE, max_iter=5_000).fit(scaled, labels).predict_proba(scaled)
    assert predicted["segment"].tolist() == [f"s{place + 1}" for place in theirs.argmax(axis=1)]
    np.testing.assert_allclose(predicted["probability"], theirs.max(axis=1), atol=1e-9)


def test_accuracy_is_what_theory_says_can_be_reached() -> None:
    found = bridged(*drawn(2.0, 2, n=4_000))
    best = norm.cdf(1.0)  # two normal groups two standard deviations apart
    assert found.accuracy == pytest.approx(best, abs=3 * np.sqrt(best * (1 - best) / 4_000))
    assert found.kappa == pytest.approx(2 * found.accuracy - 1, abs=0.01)  # two halves: chance is 1/2
    assert np.mean(found.recall) == pytest.approx(found.accuracy)
    # Wilson 1927, written out
    p, n, z = found.accuracy, found.n, norm.ppf(0.975)
    low = (p + z**2 / (2 * n) - z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))) / (1 + z**2 / n)
    assert found.accuracy_low == pytest.approx(low)
    assert found.can_tell


def test_features_that_say_nothing_cannot_tell() -> None:
    found = [bridged(*drawn(0.0, 4, seed=seed)) for seed in range(20)]
    # a one-sided 2.5% test: more than 3 false alarms in 20 have a probability below 1% (binomial)
    assert sum(each.can_tell for each in found) <= 3
    assert np.mean([each.kappa for each in found]) == pytest.approx(0.0, abs=0.03)


def test_always_guessing_the_largest_is_not_telling() -> None:
    frame, _ = drawn(0.0, 2)
    found = bridged(frame, (np.arange(1_000) % 10 == 0).astype(int))
    assert found.guessing == 0.9
    assert not found.can_tell
    assert found.shares == (0.9, 0.1)
    assert found.told_shares == (1.0, 0.0)


def test_a_segment_too_small_to_judge_is_refused() -> None:
    frame, labels = drawn(2.0, 2)
    with pytest.raises(ClusteringError, match="5 respondents or more in every segment"):
        bridged(frame, np.where(np.arange(1_000) < 4, 2, labels))


def test_features_that_are_all_alike_are_refused() -> None:
    frame, labels = drawn(2.0, 2)
    with pytest.raises(ClusteringError, match="No feature tells the customers apart"):
        bridged(frame.assign(a=1.0, b=2.0), labels)
