from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from sklearn.metrics import silhouette_samples
from threadpoolctl import threadpool_limits

from segmodel.clustering.apart import SingleClouds, isolation
from segmodel.clustering.one_mode import falling_from_its_mode
from segmodel.clustering.stability import kmeans_fit

FIT = kmeans_fit(3)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """What is small takes longer to share than to do."""
    with threadpool_limits(limits=1):
        yield


def test_isolation_is_the_silhouette_of_customers_who_stand_at_their_centres() -> None:
    # there, distances to centres are mean distances to members, which is what a silhouette is made of
    rows = np.repeat([[0.0, 0.0], [3.0, 0.0], [0.0, 5.0]], (4, 6, 3), axis=0)
    labels = np.repeat([0, 1, 2], (4, 6, 3))
    own = silhouette_samples(rows, labels)
    assert isolation(rows, labels, 3) == pytest.approx([own[labels == one].mean() for one in range(3)])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("shape", ["round", "long", "skewed", "counts"])
def test_parts_cut_from_a_single_cloud_do_not_stand_apart(seed: int, shape: str) -> None:
    generator = np.random.default_rng(seed)
    rows = {
        "round": generator.normal(size=(600, 3)),
        "long": generator.normal(size=(600, 3)) * [5, 1, 1],
        "skewed": np.log1p(generator.lognormal(size=(600, 3))),
        "counts": np.column_stack([1 + generator.poisson(3, 600), generator.normal(size=600)]).astype(float),
    }[shape]
    clouds = SingleClouds(rows, (3, 5), seed)
    for k in (3, 5):
        assert not clouds.compare(FIT(rows, k, seed).labels_, k, FIT).stands_apart.any()


@pytest.mark.parametrize("columns", [1, 3])
def test_a_small_group_far_off_stands_apart_in_one_feature_or_in_several(columns: int) -> None:
    generator = np.random.default_rng(1)
    rows = generator.normal(size=(1_000, 3))
    planted = np.arange(1_000) < 30
    rows[planted, :columns] += 7 / np.sqrt(columns)
    found = SingleClouds(rows, (4, 6), 0)
    labels = {k: FIT(rows, k, 0).labels_ for k in (4, 6)}
    apart = {k: found.compare(labels[k], k, FIT).stands_apart for k in labels}
    own = {k: np.bincount(labels[k][planted]).argmax() for k in labels}
    assert any(apart[k][own[k]] for k in labels)


def test_a_yes_or_no_that_few_say_yes_to_sets_them_apart() -> None:
    generator = np.random.default_rng(2)
    yes = (np.arange(500) < 25).astype(float)
    rows = np.column_stack([6 * yes, generator.normal(scale=0.5, size=500)])
    assert SingleClouds(rows, (2,), 0).compare(yes.astype(np.int64), 2, FIT).stands_apart[1]


def test_a_density_falls_from_its_mode_and_keeps_mean_and_spread() -> None:
    generator = np.random.default_rng(3)
    values = np.concatenate([generator.normal(size=960), generator.normal(6, 0.3, 40)])
    found = falling_from_its_mode(values)
    assert (found.mean(), found.std()) == pytest.approx((values.mean(), values.std()))
    tail = [np.histogram(one, bins=[2.5, 3.5, 4.5, 5.5, 6.5])[0] for one in (values, found)]
    assert tail[0][3] > 5 * tail[0][2]  # a group on its own
    assert (np.diff(tail[1]) <= 2).all()
    assert (falling_from_its_mode(np.repeat([1.0, 2.0], 5)) == np.repeat([1.0, 2.0], 5)).all()
