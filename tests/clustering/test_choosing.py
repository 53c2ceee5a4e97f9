from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import AgglomerativeClustering
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from segmodel.clustering import choose_k
from segmodel.clustering.kmeans import Labels
from segmodel.errors import ClusteringError, StoppedError

FEW = 4


def blobs(k: int, rows: int = 600) -> np.ndarray:
    found = make_blobs(rows, n_features=5, centers=k, cluster_std=1.6, random_state=k)[0]
    return (found - found.mean(axis=0)) / found.std(axis=0)


def cloud(kind: str, seed: int, rows: int = 500) -> np.ndarray:
    generator = np.random.default_rng(seed)
    if kind == "round":
        return generator.normal(size=(rows, 4))
    if kind == "long":
        return generator.normal(size=(rows, 1)) * 1.5 + generator.normal(size=(rows, 4)) * 0.6
    if kind == "skewed":
        return generator.lognormal(size=(rows, 4))
    if kind == "yes and no, one factor":  # the model of Rasch
        liked = 1.5 * generator.normal(size=(rows, 1)) + generator.normal(size=12)
        return (generator.logistic(size=(rows, 12)) < liked).astype(float)
    return (generator.uniform(size=(rows, 10)) < generator.uniform(0.1, 0.9, size=10)).astype(float)


class Ward:
    """A method that is not k-means: the face every method has."""

    def __init__(self, rows: np.ndarray, k: int) -> None:
        self.labels_: Labels = AgglomerativeClustering(k).fit(rows).labels_.astype(np.int64)
        self.centres = np.array([rows[self.labels_ == part].mean(axis=0) for part in range(k)])
        self.bic_ = 100.0 * k

    def predict(self, X: np.ndarray) -> Labels:
        return ((X[:, np.newaxis] - self.centres[np.newaxis]) ** 2).sum(axis=2).argmin(axis=1)


def ward(rows: np.ndarray, k: int, seed: int) -> Ward:
    return Ward(rows, k)


@pytest.mark.parametrize("k", [3, 5, 6])
def test_planted_groups_are_counted(k: int) -> None:
    choice = choose_k(blobs(k), range(2, 9), n_boot=FEW, random_state=0)
    assert choice.recommended == choice.k == k
    assert choice.kind == "natural"
    assert choice.reason.startswith(f"{k} segments")


@pytest.mark.parametrize("kind", ["round", "long", "skewed", "yes and no", "yes and no, one factor"])
def test_a_single_cloud_is_declined(kind: str) -> None:
    choice = choose_k(cloud(kind, 3), (2, 3, 4, 5), n_boot=2, random_state=0)
    assert choice.recommended is None
    assert not choice.worth_acting_on
    assert choice.reason.startswith("These data show no segments worth acting on: the customers form one cloud.")
    # a decimal more than elsewhere: 4.6% would read as the 5% that is asked
    assert f"{max(choice.table['tighter'].max(), 0):.1%} tighter" in choice.reason
    asked = 2 if kind.startswith("yes") else 5
    assert f"where {asked}%, beyond chance, is asked" in choice.reason


def test_a_long_cloud_is_cut_stably_and_declined_all_the_same() -> None:
    choice = choose_k(cloud("long", 4), (2, 3), n_boot=FEW, random_state=0)
    assert choice.table.set_index("k").loc[2, "stable"]
    assert choice.recommended is None


@pytest.mark.parametrize("k", [3, 4])
def test_planted_classes_of_yes_and_no_are_found(k: int) -> None:
    generator = np.random.default_rng(k)
    likely = np.where(generator.uniform(size=(k, 12)) < 0.5, 0.1, 0.9)
    classes = generator.integers(k, size=600)
    rows = (generator.uniform(size=(600, 12)) < likely[classes]).astype(float)
    choice = choose_k(rows, range(2, 7), n_boot=FEW, random_state=0)
    assert choice.recommended == k
    assert adjusted_rand_score(classes, choice.segments[k].labels) > 0.9


def test_two_planted_groups_are_not_sold_as_more() -> None:
    choice = choose_k(blobs(2), range(2, 7), n_boot=FEW, random_state=0)
    assert choice.recommended == 2
    assert "Two groups seldom help" in choice.reason


def test_the_choice_is_repeated_bit_for_bit_whatever_the_threads() -> None:
    found = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            found.append(choose_k(blobs(4, 300), n_boot=FEW, random_state=11, ks=(2, 3, 4)))
    assert found[0].table.equals(found[1].table)
    again = choose_k(blobs(4, 300), n_boot=FEW, random_state=found[0].seed, ks=(2, 3, 4))
    assert again.table.equals(found[0].table)


def test_a_new_seed_is_drawn_and_told_when_none_is_given() -> None:
    rows = cloud("round", 1, 100)
    first = choose_k(rows, (2, 3), n_boot=2)
    again = choose_k(rows, (2, 3), n_boot=2, random_state=first.seed)
    assert first.table.equals(again.table)


def test_the_time_does_not_grow_with_the_customers() -> None:
    many = choose_k(np.tile(blobs(3), (10, 1)), ks=(2, 3), n_boot=2, random_state=0)
    assert many.n == 2000
    assert len(np.unique(many.rows)) == 2000
    assert len(many.segments[3].labels) == 2000


def test_few_customers_limit_the_choice() -> None:
    assert choose_k(np.array([[0.0], [1.0]])).k == 2
    assert choose_k(np.array([[0.0], [1.0], [5.0], [5.1]]), n_boot=2, random_state=0).k in {2, 3}
    assert choose_k(np.array([[0.0], [1.0], [5.0], [5.1]]), n_boot=2, random_state=0).recommended is None


def test_divisions_come_with_the_table() -> None:
    rows = blobs(3, 300)
    choice = choose_k(rows, (2, 3), n_boot=FEW, random_state=0, value=rows[:, 0])
    line = choice.table.set_index("k").loc[3]
    labels = choice.segments[3].labels
    assert line["smallest_share"] == pytest.approx(pd.Series(labels).value_counts(normalize=True).min(), abs=1e-6)
    assert line["weakest_jaccard"] == pytest.approx(choice.segments[3].jaccard.min(), abs=1e-6)
    # eta squared is the R squared of value on the segments
    predicted = pd.Series(rows[:, 0]).groupby(labels).transform("mean")
    assert line["value_explained"] == pytest.approx(np.corrcoef(rows[:, 0], predicted)[0, 1] ** 2, abs=1e-6)
    assert choice.across().flows["share"].sum() == pytest.approx(1)
    json.dumps(choice.table.to_dict("records"), allow_nan=False)


def test_another_method_is_compared_as_given() -> None:
    rows, truth = make_blobs(240, centers=[[0, 0], [9, 0], [0, 9]], random_state=1)
    choice = choose_k(rows, (2, 3, 4), fit=ward, n_boot=2, random_state=0)
    assert choice.recommended == 3
    assert adjusted_rand_score(truth, choice.segments[3].labels) == 1
    assert choice.table["bic"].tolist() == [200, 300, 400]


def test_missing_answers_reach_a_method_that_takes_them() -> None:
    rows = cloud("yes and no", 2, 200)
    rows[::7, 0] = np.nan
    seen = []

    def fit(given: np.ndarray, k: int, seed: int) -> Ward:
        seen.append(np.isnan(given).any())
        return Ward(np.nan_to_num(given), k)

    found = choose_k(rows, (2, 3), fit=fit, n_boot=2, random_state=0)
    assert seen[0]
    assert np.isfinite(found.table["silhouette"]).all()
    with pytest.raises(ClusteringError, match="missing"):
        choose_k(rows, (2, 3), n_boot=2)


def test_it_can_be_stopped_between_fits_and_says_how_far_it_is() -> None:
    told: list[float] = []
    with pytest.raises(StoppedError):
        choose_k(
            blobs(3),
            random_state=0,
            progress=lambda *said: told.append(said[1]),
            stopped=lambda: len(told) >= 5,
        )
    assert len(told) == 5
    told.clear()
    choose_k(blobs(3, 200), (2, 3), n_boot=2, random_state=0, progress=lambda *said: told.append(said[1]))
    assert told == sorted(told)
    assert told[0] == 0
    assert told[-1] == 1
    assert told[-2] == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(
    ("rows", "settings", "message"),
    [
        (np.ones((5, 2)), {}, "all are alike"),
        (np.array([1.0, 2.0]), {}, "shape"),
        (np.array([["a"], ["b"]]), {}, "text"),
        (np.array([[1.0], [np.inf], [2.0]]), {}, "infinite"),
        (np.ones((0, 2)), {}, "two different customers"),
        (np.arange(9.0).reshape(-1, 1), {"ks": (1, 2)}, "2 or more, found 1, 2"),
        (np.arange(9.0).reshape(-1, 1), {"ks": ()}, "found none"),
        (np.arange(9.0).reshape(-1, 1), {"n_boot": 1}, "two pairs"),
        (np.arange(9.0).reshape(-1, 1), {"method": "kmean"}, "Did you mean 'kmeans'"),
        (np.arange(9.0).reshape(-1, 1), {"method": "gaussian_mixtures"}, "Did you mean 'gaussian_mixture'"),
        (np.arange(9.0).reshape(-1, 1) % 2, {"method": "latent_class"}, "two items or more"),
        (np.arange(40.0).reshape(-1, 2), {"method": "latent_class"}, "different values"),
        (np.array([[1.0], [np.nan], [2.0]]), {"method": "ward"}, "missing"),
        (np.arange(9.0).reshape(-1, 1), {"random_state": -1}, "seed"),
        (np.arange(9.0).reshape(-1, 1), {"value": [1.0]}, "9 customers"),
    ],
)
def test_bad_input_ends_in_a_sentence(rows: np.ndarray, settings: dict[str, object], message: str) -> None:
    with pytest.raises(ClusteringError, match=message):
        choose_k(rows, **settings)


@pytest.mark.parametrize("case", ["constant column", "duplicate columns", "many columns"])
def test_awkward_tables_are_compared(case: str) -> None:
    rows = blobs(3, 150)
    if case == "constant column":
        rows = np.column_stack([rows, np.ones(len(rows))])
    elif case == "duplicate columns":
        rows = np.column_stack([rows, rows])
    else:
        rows = np.random.default_rng(0).normal(size=(30, 40))
    assert len(choose_k(rows, (2, 3), n_boot=2, random_state=0).table) == 2


def test_kmeans_is_the_method_meant_by_its_name() -> None:
    rows = blobs(3, 150)
    named = choose_k(rows, (2, 3), method="kmeans", n_boot=2, random_state=0)
    assert named.table.equals(choose_k(rows, (2, 3), n_boot=2, random_state=0).table)


@pytest.mark.parametrize("method", ["gaussian_mixture", "ward"])
def test_methods_on_numbers_are_compared_by_name(method: str) -> None:
    rows, truth = make_blobs(240, centers=[[0, 0], [9, 0], [0, 9]], random_state=1)
    choice = choose_k(rows, (2, 3, 4), method=method, n_boot=2, random_state=0)
    assert choice.recommended == 3
    assert adjusted_rand_score(truth, choice.segments[3].labels) == 1
    if method == "gaussian_mixture":
        mixture = GaussianMixture(3, covariance_type="diag", n_init=3, random_state=0).fit(rows)
        assert choice.table.set_index("k").loc[3, "bic"] == pytest.approx(mixture.bic(rows), rel=1e-3)


def test_latent_classes_are_compared_by_name_with_missing_answers() -> None:
    generator = np.random.default_rng(4)
    likely = np.array([[0.9] * 4 + [0.1] * 8, [0.1] * 4 + [0.9] * 4 + [0.1] * 4, [0.1] * 8 + [0.9] * 4])
    classes = generator.integers(3, size=400)
    answers = (generator.uniform(size=(400, 12)) < likely[classes]).astype(float)
    answers[generator.uniform(size=answers.shape) < 0.05] = np.nan
    choice = choose_k(answers, (2, 3, 4), method="latent_class", n_boot=2, random_state=0)
    assert choice.recommended == 3
    assert adjusted_rand_score(classes, choice.segments[3].labels) > 0.9
    assert choice.table.loc[choice.table["bic"].idxmin(), "k"] == 3
    # three items of two answers tell two classes apart at most
    assert choose_k(answers[:, :3], (2, 3, 4), method="latent_class", n_boot=2, random_state=0).table["k"].max() == 2


@pytest.mark.parametrize("places", [((0, 0), (4, 4), (8, 8)), ((0, 0), (6, 1), (2, 7))], ids=["in a row", "apart"])
def test_groups_that_single_features_show_are_found(places: tuple[tuple[int, int], ...]) -> None:
    random = np.random.default_rng(3)
    rows = np.vstack([random.normal(place, 0.5, (60, 2)) for place in places])
    assert choose_k(rows, range(2, 6), n_boot=10, random_state=0).recommended == 3
