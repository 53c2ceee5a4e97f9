from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans as SklearnKMeans
from sklearn.datasets import make_blobs

from segmodel.clustering.criteria import calinski_harabasz, prediction_strength, silhouette, value_explained, within_ss
from segmodel.clustering.single_cloud import compare_with_clouds, gap_statistic, single_cloud, uniform_box
from segmodel.clustering.stability import kmeans_fit


def groups() -> np.ndarray:
    return make_blobs(300, n_features=4, centers=3, random_state=3)[0]


def test_within_ss_is_the_inertia_of_scikit_learn() -> None:
    fitted = SklearnKMeans(4, n_init=2, random_state=0, tol=0).fit(groups())
    assert within_ss(groups(), fitted.labels_) == pytest.approx(fitted.inertia_)


def test_prediction_strength_tells_true_groups_from_cut_ones() -> None:
    assert prediction_strength(groups(), 3) > 0.95
    assert prediction_strength(groups(), 5) < 0.8


def test_calinski_harabasz_is_the_ratio_of_variances() -> None:
    labels = SklearnKMeans(3, n_init=2, random_state=0).fit(groups()).labels_
    inside, total = within_ss(groups(), labels), within_ss(groups(), np.zeros(300, dtype=int))
    assert calinski_harabasz(groups(), labels) == pytest.approx((total - inside) / 2 / (inside / 297))


def test_measures_of_one_group_are_not_known() -> None:
    assert np.isnan(silhouette(groups(), np.zeros(300, dtype=int)))
    assert np.isnan(calinski_harabasz(groups(), np.zeros(300, dtype=int)))


def test_silhouette_of_a_sample_is_near_that_of_all() -> None:
    rows = np.tile(groups(), (4, 1))
    labels = SklearnKMeans(3, n_init=2, random_state=0).fit(rows).labels_
    assert silhouette(rows, labels, sample=300) == pytest.approx(silhouette(rows, labels), abs=0.03)


def test_value_that_does_not_vary_or_is_not_known_explains_nothing() -> None:
    labels = np.array([0, 0, 1, 1])
    assert value_explained(np.ones(4), labels) == 0
    assert value_explained(np.full(4, np.nan), labels) == 0
    assert value_explained(np.array([1.0, 1.0, 3.0, np.nan]), labels) == 1


def test_the_gap_statistic_finds_planted_groups_by_the_rule_of_its_authors() -> None:
    gap, error = gap_statistic(groups(), range(1, 6), kmeans_fit(3), clouds=10)
    enough = [k for k in range(4) if gap[k] >= gap[k + 1] - error[k + 1]]
    assert enough[0] + 1 == 3


def test_the_box_has_the_axes_and_the_range_of_the_data() -> None:
    rows = np.random.default_rng(0).normal(size=(400, 2)) @ np.array([[3.0, 3.0], [0.2, -0.2]])
    drawn = uniform_box(rows, np.random.default_rng(1))
    assert np.corrcoef(drawn, rowvar=False)[0, 1] > 0.95
    along = (rows - rows.mean(axis=0)) @ [2**-0.5, 2**-0.5]
    assert np.abs((drawn - rows.mean(axis=0)) @ [2**-0.5, 2**-0.5]).max() <= np.abs(along).max() * 1.05


def test_a_single_cloud_keeps_margins_and_correlations() -> None:
    generator = np.random.default_rng(0)
    base = generator.normal(size=(3000, 1))
    rows = np.exp(0.7 * base + generator.normal(size=(3000, 3)) * [0.3, 0.5, 0.8])
    rows[:, 2] = np.digitize(rows[:, 2], [0.5, 1, 2])
    rows[:, 1] *= -1
    draw = single_cloud(rows)
    clouds = [draw(np.random.default_rng(seed)) for seed in range(5)]
    assert all((np.sort(cloud, axis=0) == np.sort(rows, axis=0)).all() for cloud in clouds)
    mean = np.mean([np.corrcoef(cloud, rowvar=False) for cloud in clouds], axis=0)
    assert mean == pytest.approx(np.corrcoef(rows, rowvar=False), abs=0.05)


def test_features_that_nearly_coincide_do_so_in_a_cloud() -> None:
    generator = np.random.default_rng(0)
    base = generator.normal(size=(300, 1))
    rows = np.column_stack([base, -base + 0.12 * generator.normal(size=(300, 1))])
    draw = single_cloud(rows)
    found = [np.corrcoef(draw(np.random.default_rng(seed)), rowvar=False)[0, 1] for seed in range(1, 31)]
    expected = np.corrcoef(rows, rowvar=False)[0, 1]
    assert expected < -0.99
    assert np.mean(found) == pytest.approx(expected, abs=3 * np.std(found) / np.sqrt(30) + 2e-4)


def yes_and_no(kind: str) -> np.ndarray:
    generator = np.random.default_rng(0)
    if kind == "independent":
        return (generator.uniform(size=(3000, 8)) < np.linspace(0.1, 0.9, 8)).astype(float)
    if kind == "one factor":  # the model of Rasch, in which one ability makes every answer likelier
        liked = 1.5 * generator.normal(size=(3000, 1)) + np.linspace(-1, 1, 8)
        return (generator.logistic(size=(3000, 8)) < liked).astype(float)
    likely = np.array([[1, 1, 1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 1, 1, 0, 0], [1, 0, 1, 0, 1, 0, 1, 0]]) * 0.6 + 0.2
    return (generator.uniform(size=(3000, 8)) < likely[generator.integers(3, size=3000)]).astype(float)


@pytest.mark.parametrize(("kind", "kept"), [("independent", True), ("one factor", True), ("three classes", False)])
def test_yes_and_no_items_of_a_single_cloud_have_one_factor_in_common(kind: str, kept: bool) -> None:
    rows = yes_and_no(kind)
    draw = single_cloud(rows)
    clouds = [draw(np.random.default_rng(seed)) for seed in range(5)]
    assert all((cloud.mean(axis=0) == rows.mean(axis=0)).all() for cloud in clouds)
    mean = np.mean([np.corrcoef(cloud, rowvar=False) for cloud in clouds], axis=0)
    assert (np.abs(mean - np.corrcoef(rows, rowvar=False)).max() < 0.06) == kept


def test_a_feature_that_never_varies_does_not_touch_the_others() -> None:
    rows = np.random.default_rng(0).multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], size=2000)
    cloud = single_cloud(np.column_stack([np.ones(2000), rows]))(np.random.default_rng(1))
    assert np.corrcoef(cloud[:, 1], cloud[:, 2])[0, 1] == pytest.approx(0.7, abs=0.05)


def test_clouds_are_told_from_groups() -> None:
    fit = kmeans_fit(3)
    assert all(test.passes for test in compare_with_clouds(groups(), (2, 3, 4), fit, 0))
    cloud = np.random.default_rng(5).normal(size=(300, 2)) @ np.array([[2.0, 1.5], [0.0, 0.5]])
    assert not any(test.passes for test in compare_with_clouds(cloud, (2, 3, 4), fit, 0))
