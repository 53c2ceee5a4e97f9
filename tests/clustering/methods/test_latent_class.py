from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score
from sklearn.naive_bayes import CategoricalNB

from segmodel.clustering import LatentClassSegmenter
from segmodel.clustering.methods import latent_class, latent_class_scorecard
from segmodel.clustering.methods.latent_class import Item
from segmodel.errors import ClusteringError


def answers(rows: int = 500, missing: float = 0.0, seed: int = 1) -> tuple[pd.DataFrame, np.ndarray]:
    """Three groups on six items, two of them of three answers, one in words; some answers missing at random."""
    generator = np.random.default_rng(seed)
    truth = generator.choice(3, p=[0.5, 0.3, 0.2], size=rows)
    yes = np.array([[0.9, 0.2, 0.1], [0.8, 0.1, 0.3], [0.2, 0.9, 0.2], [0.1, 0.8, 0.9]])[:, truth]
    frame = pd.DataFrame({f"q{place}": (generator.random(rows) < part) * 1.0 for place, part in enumerate(yes)})
    scale = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
    frame["rating"] = [float(generator.choice([1, 4, 7], p=scale[group])) for group in truth]
    frame["roast"] = [str(generator.choice(["dark", "light", "none"], p=scale[group])) for group in truth]
    gaps = generator.random(frame.shape) < missing
    return frame.mask(gaps), truth


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_planted_groups_are_found(missing: float) -> None:
    frame, truth = answers(2000, missing)
    found = LatentClassSegmenter(3).fit(frame)
    assert adjusted_rand_score(truth, found.labels_) > (0.85 if missing == 0 else 0.6)
    np.testing.assert_allclose(found.weights_, [0.5, 0.3, 0.2], atol=0.04)
    assert found.n_parameters_ == 2 + 3 * (4 + 2 + 2)


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_likelihood_and_segments_are_those_of_stepmix(missing: float) -> None:
    stepmix = pytest.importorskip("stepmix.stepmix", reason="StepMix is not installed; it comes with the extra dev")
    frame, _ = answers(400, missing)
    ours = LatentClassSegmenter(3, random_state=5).fit(frame)
    codes = frame.assign(roast=frame["roast"].map({"dark": 0.0, "light": 1.0, "none": 2.0}))
    codes["rating"] = codes["rating"].map({1.0: 0.0, 4.0: 1.0, 7.0: 2.0})
    theirs = stepmix.StepMix(
        3, measurement="categorical_nan", n_init=5, abs_tol=1e-8, random_state=0, verbose=0, progress_bar=0
    ).fit(codes.to_numpy())
    log_likelihood = theirs.score(codes.to_numpy()) * len(codes)
    assert ours.log_likelihood_ == pytest.approx(log_likelihood, abs=0.01)
    assert ours.n_parameters_ == theirs.n_parameters
    assert adjusted_rand_score(ours.predict(frame), theirs.predict(codes.to_numpy())) > 0.99
    # with its own numbers in our scorecard: what a missing item adds is nothing, in both
    probabilities = theirs.get_parameters()["measurement"]["pis"].reshape(3, 6, 3)
    items = [Item(name, (0.0, 1.0, 2.0)) for name in codes.columns]
    by_item = [np.clip(probabilities[:, place].T, 1e-15, 1 - 1e-15) for place in range(6)]
    card = latent_class_scorecard(theirs.get_parameters()["weights"], by_item, items)
    predicted = card.predict(codes)
    assert predicted["segment"].tolist() == [f"s{place + 1}" for place in theirs.predict(codes.to_numpy())]
    np.testing.assert_allclose(predicted["probability"], theirs.predict_proba(codes.to_numpy()).max(axis=1), atol=1e-9)


def test_one_step_of_the_search_never_loses_likelihood(monkeypatch: pytest.MonkeyPatch) -> None:
    frame, _ = answers(300, 0.2)
    reached = []
    for steps in (1, 3, 10, 100):
        monkeypatch.setattr(latent_class, "MOST_STEPS", steps)
        reached.append(LatentClassSegmenter(4, random_state=2).fit(frame).log_likelihood_)
    assert reached == sorted(reached)


def test_naive_bayes_on_categories_has_the_same_scorecard() -> None:
    frame, truth = answers()
    codes = frame[["q0", "q1", "rating"]].assign(rating=frame["rating"].map({1: 0.0, 4: 1.0, 7: 2.0}))
    theirs = CategoricalNB().fit(codes, truth)
    items = [Item("q0", (0.0, 1.0)), Item("q1", (0.0, 1.0)), Item("rating", (0.0, 1.0, 2.0))]
    logs = [np.exp(log).T for log in theirs.feature_log_prob_]
    card = latent_class_scorecard(np.exp(theirs.class_log_prior_), logs, items)
    predicted = card.predict(codes)
    assert predicted["segment"].tolist() == [f"s{place + 1}" for place in theirs.predict(codes)]
    np.testing.assert_allclose(predicted["probability"], theirs.predict_proba(codes).max(axis=1), atol=1e-9)


def test_a_missing_answer_and_one_never_seen_add_nothing() -> None:
    frame, _ = answers()
    found = LatentClassSegmenter(3).fit(frame)
    odd = pd.DataFrame([[np.nan] * 5 + [None], [9.0] * 5 + ["iced"]], columns=frame.columns)
    assert found.predict(odd).tolist() == [0, 0]  # the largest segment, as nothing else is known
    card = latent_class_scorecard(found.weights_, found.probabilities_, found.items_)
    np.testing.assert_allclose(card.score(odd), np.log([found.weights_, found.weights_]), atol=1e-9)


def test_the_scorecard_says_what_the_method_says() -> None:
    frame, _ = answers(1000, 0.4)
    found = LatentClassSegmenter(4).fit(frame)
    card = latent_class_scorecard(found.weights_, found.probabilities_, found.items_)
    assert card.score(frame).argmax(axis=1).tolist() == found.labels_.tolist()
    np.testing.assert_allclose(np.logaddexp.reduce(card.score(frame), axis=1).sum(), found.log_likelihood_, rtol=1e-9)


def test_nearly_everything_missing_still_ends_in_segments() -> None:
    frame, _ = answers(3000, 0.95)
    found = LatentClassSegmenter(2).fit(frame)
    assert np.isfinite(found.log_likelihood_)
    assert np.isfinite(np.concatenate(found.probabilities_)).all()


def test_large_surveys_are_started_on_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    frame, _ = answers(2000)
    whole = LatentClassSegmenter(3).fit(frame)
    monkeypatch.setattr(latent_class, "START_ROWS", 50)
    assert LatentClassSegmenter(3).fit(frame).log_likelihood_ == pytest.approx(whole.log_likelihood_, abs=0.5)


def test_items_everybody_answers_alike_are_left_out() -> None:
    frame, _ = answers()
    found = LatentClassSegmenter(3).fit(frame.assign(same=1.0, silent=np.nan))
    assert found.dropped_ == {
        "same": "same has the same answer from everybody.",
        "silent": "silent has no answer from everybody.",
    }


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (answers()[0][["q0"]], "two items or more with different answers, found 1"),
        (answers()[0][["q0", "q1"]], "cannot tell 3 latent classes apart"),
        (answers()[0].head(1), "two items or more"),
        (pd.DataFrame({"a": [1.0] * 9, "b": ["x"] * 9}), "the same answer from everybody"),
        (answers()[0].assign(spend=np.arange(500.0)), "'spend' takes 500 different values"),
        (pd.DataFrame({"a": [1, 2, 3, 4] * 2, "b": [1, 2, 3, 4] * 2}).head(2), "different ways of answering, found 2"),
    ],
)
def test_surveys_that_cannot_be_divided_end_in_a_sentence(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(ClusteringError, match=message):
        LatentClassSegmenter(3).fit(frame)


def test_an_array_will_do() -> None:
    frame, _ = answers()
    numbers = frame.drop(columns="roast")
    by_frame = LatentClassSegmenter(3).fit(numbers)
    assert LatentClassSegmenter(3).fit(numbers.to_numpy()).labels_.tolist() == by_frame.labels_.tolist()
    with pytest.raises(ClusteringError, match="shape"):
        LatentClassSegmenter(3).fit(np.zeros(4))
