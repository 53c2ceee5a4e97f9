from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA

from segmodel.clustering.looks import DOTS, look_at, map_customers
from segmodel.clustering.methods.traits import Traits
from segmodel.features import Feature


def traits(frame: pd.DataFrame) -> Traits:
    prepared = ((frame - frame.mean()) / frame.std()).to_numpy()
    return Traits(frame, prepared, {name: Feature(name, name.title(), "number", "", "activity", "") for name in frame})


def customers(n: int = 900) -> tuple[pd.DataFrame, np.ndarray]:
    """Return three groups in two features that go together, and one that says nothing."""
    random = np.random.default_rng(2)
    group = np.arange(n) % 3
    orders = np.array([2.0, 6.0, 20.0])[group] + random.normal(0, 0.5, n)
    frame = {"orders": orders, "spend": 10 * orders + random.normal(0, 5, n), "luck": random.normal(5, 1, n)}
    return pd.DataFrame(frame), group


def test_the_map_is_that_of_the_principal_components() -> None:
    frame, _ = customers()
    given = traits(frame)
    found = map_customers(given.matrix, given, 0)
    theirs = PCA(2).fit(given.matrix)
    np.testing.assert_allclose(np.abs(found.dots), np.abs(theirs.transform(given.matrix)[found.places]), atol=1e-9)
    assert found.shown == pytest.approx(theirs.explained_variance_ratio_.sum())
    assert set(found.axes[0].removeprefix("more of: ").split(" and ")) == {"Orders", "Spend"}
    assert found.axes[1] == "more of: Luck"
    assert np.corrcoef(found.dots[:, 0], frame["orders"][found.places])[0, 1] == pytest.approx(1, abs=0.02)
    assert len(set(found.places.tolist())) == 720  # a random part, so that nobody can be counted


def test_of_many_customers_a_sample_is_drawn_that_repeats() -> None:
    rows = np.random.default_rng(0).normal(size=(DOTS + 500, 3))
    given = traits(pd.DataFrame(rows, columns=list("abc")))
    first, again, other = (map_customers(rows, given, seed) for seed in (1, 1, 2))
    assert len(first.dots) == len(set(first.places.tolist())) == DOTS
    assert first.places.tolist() == again.places.tolist() != other.places.tolist()


def test_one_feature_makes_a_line() -> None:
    frame, _ = customers()
    given = traits(frame[["orders"]])
    found = map_customers(given.matrix, given, 0)
    assert np.abs(found.dots[:, 1]).max() == pytest.approx(0, abs=1e-12)
    assert found.axes == ("more of: Orders", "")


def test_a_division_is_told_in_words_and_numbers() -> None:
    frame, group = customers()
    value = np.where(group == 2, 30.0, 15.0)
    value[::10] = np.nan
    found = look_at(group, 3, traits(frame), value)
    assert found.value_ratio == pytest.approx((0.75, 0.75, 1.5), abs=0.01)
    profile = found.profile.set_index(["segment", "feature"])
    assert profile.loc[(2, "orders"), "mean"] == pytest.approx(frame.loc[group == 2, "orders"].mean(), rel=1e-3)
    assert profile.loc[(2, "orders"), "rest_mean"] == pytest.approx(frame.loc[group != 2, "orders"].mean(), rel=1e-3)
    assert found.profile["feature"].to_list()[2::3] == ["luck"] * 3  # what says least comes last
    assert len(found.names) == len(found.descriptions) == 3


def test_a_ratio_to_a_loss_means_nothing() -> None:
    frame, group = customers()
    assert np.isnan(look_at(group, 3, traits(frame), np.full(len(group), -1.0)).value_ratio).all()
