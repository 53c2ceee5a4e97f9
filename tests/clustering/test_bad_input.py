"""What scripts may hand over by mistake, to every public function that divides customers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import segmodel
from segmodel.errors import ClusteringError

ROWS = np.random.default_rng(0).normal(size=(40, 3))
MISSING = np.where(np.random.default_rng(1).uniform(size=ROWS.shape) < 0.95, np.nan, ROWS)
NUMBERS: dict[str, Callable[[Any], Any]] = {
    "choose_k": lambda rows: segmodel.choose_k(rows, (2, 3), n_boot=2, random_state=0),
    "choose_k, mixture": lambda rows: segmodel.choose_k(rows, (2,), method="gaussian_mixture", n_boot=2),
    "choose_k, ward": lambda rows: segmodel.choose_k(rows, (2,), method="ward", n_boot=2),
    "bootstrap_stability": lambda rows: segmodel.bootstrap_stability(rows, 2, n_boot=2, n_init=2),
    "segment_stability": lambda rows: segmodel.segment_stability(rows, 2, n_boot=2, n_init=2),
    "k-means": lambda rows: segmodel.KMeansSegmenter(2).fit(rows),
    "mixture": lambda rows: segmodel.GaussianMixtureSegmenter(2).fit(rows),
    "ward": lambda rows: segmodel.WardSegmenter(2).fit(rows),
}
REFUSED = {
    "missing": (np.where(np.eye(40, 3) > 0, np.nan, ROWS), "missing or infinite"),
    "infinite": (np.where(np.eye(40, 3) > 0, np.inf, ROWS), "missing or infinite"),
    "95% missing": (MISSING, "missing or infinite"),
    "too large to square": (ROWS * 1e200, "up to 1e"),
    "alike": (np.ones((40, 3)), "different customers"),
    "one customer": (ROWS[:1], "different customers"),
    "nobody": (ROWS[:0], "different customers"),
    "no features": (np.empty((40, 0)), "found shape"),
    "a column alone": (ROWS[:, 0], "found shape"),
    "text": (pd.DataFrame({"spend": [1.0, 2.0, 3.0], "channel": ["web", "app", "web"]}), "found text"),
    "rows of different lengths": ([[1.0, 2.0], [3.0]], "numbers"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("function", NUMBERS)
def test_what_cannot_be_divided_is_refused_in_a_sentence(function: str, case: str) -> None:
    rows, message = REFUSED[case]
    with pytest.raises(ClusteringError, match=message):
        NUMBERS[function](rows)


@pytest.mark.parametrize("function", NUMBERS)
def test_constant_and_duplicate_features_do_no_harm(function: str) -> None:
    NUMBERS[function](np.column_stack([ROWS, ROWS[:, 0], np.ones(40)]))


@pytest.mark.parametrize("function", ["bootstrap_stability", "segment_stability", "k-means", "mixture", "ward"])
def test_fewer_customers_than_segments_are_refused(function: str) -> None:
    with pytest.raises(ClusteringError, match="at least 2 different customers, found 1"):
        NUMBERS[function](ROWS[:1])


def test_few_yes_and_no_items_are_compared_without_a_warning() -> None:
    answers = (np.random.default_rng(2).uniform(size=(60, 3)) < 0.3).astype(float)
    assert segmodel.choose_k(answers, range(2, 8), n_boot=3, random_state=0).recommended is None


def test_latent_classes_refuse_one_item_and_take_answers_never_seen() -> None:
    items = (np.random.default_rng(3).uniform(size=(60, 4)) < 0.5).astype(float)
    with pytest.raises(ClusteringError, match="two items or more"):
        segmodel.LatentClassSegmenter(2).fit(items[:, :1])
    with pytest.raises(ClusteringError, match="different lengths"):
        segmodel.LatentClassSegmenter(2).fit([[1, 0], [1]])
    fitted = segmodel.LatentClassSegmenter(2, n_init=2).fit(items)
    # an answer nobody gave before says nothing, as a missing one
    unseen, silent = items[:1].copy(), items[:1].copy()
    unseen[0, 0], silent[0, 0] = 7.0, np.nan
    assert fitted.predict(unseen) == fitted.predict(silent)
    sparse = np.where(np.random.default_rng(4).uniform(size=items.shape) < 0.95, np.nan, items)
    assert len(segmodel.LatentClassSegmenter(2, n_init=2).fit(sparse).labels_) == 60
