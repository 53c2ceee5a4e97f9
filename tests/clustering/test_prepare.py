from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from segmodel.clustering import RobustPreparation
from segmodel.errors import ClusteringError


def customers() -> pd.DataFrame:
    generator = np.random.default_rng(8)
    return pd.DataFrame(
        {
            "spend": generator.lognormal(3, 1.5, 400),
            "share": generator.uniform(size=400),
            "change": generator.lognormal(1, 1.5, 400) - 3,
        }
    )


def test_features_end_with_mean_zero_and_sd_one() -> None:
    matrix = RobustPreparation().fit(customers()).transform(customers())
    np.testing.assert_allclose(matrix.mean(axis=0), 0, atol=1e-8)
    np.testing.assert_allclose(matrix.std(axis=0), 1, atol=1e-8)


def test_logarithm_only_for_skewed_features_without_negatives() -> None:
    fitted = RobustPreparation().fit(customers()).preparations_
    assert {name: one.log for name, one in fitted.items()} == {"spend": True, "share": False, "change": False}


def test_missing_becomes_the_median_and_extremes_the_quantiles() -> None:
    frame = customers()
    fitted = RobustPreparation().fit(frame)
    extremes = frame.head(3).assign(share=[np.nan, -1e9, np.inf])
    low, median = frame["share"].quantile([0.01, 0.5])
    expected = fitted.transform(frame.head(3).assign(share=[median, low, median]))
    np.testing.assert_allclose(fitted.transform(extremes), expected, atol=1e-8)


def test_one_enormous_customer_changes_little() -> None:
    frame = customers()
    before = RobustPreparation().fit(frame).transform(frame)
    after = RobustPreparation().fit(pd.concat([frame, frame.tail(1) * 1e9])).transform(frame)
    # plain standardising would squeeze all the others into one point, and move some by five
    assert np.abs(before - after).max() < 0.5
    assert np.abs(before - after).mean() < 0.02


def test_weights_stretch_a_feature() -> None:
    plain = RobustPreparation().fit(customers()).transform(customers())
    weighted = RobustPreparation(weights={"share": 3}).fit(customers()).transform(customers())
    np.testing.assert_allclose(weighted, plain * [1, 3, 1], atol=1e-8)


def test_features_that_say_nothing_are_left_out_with_a_reason() -> None:
    frame = customers().assign(constant=7.0, empty=np.nan)
    fitted = RobustPreparation().fit(frame)
    assert set(fitted.dropped_) == {"constant", "empty"}
    assert "missing for every customer" in fitted.dropped_["empty"]
    assert fitted.transform(frame).shape == (400, 3)


def test_nothing_but_constants_is_an_error() -> None:
    with pytest.raises(ClusteringError, match="No feature tells the customers apart"):
        RobustPreparation().fit(pd.DataFrame({"a": [1.0, 1.0], "b": [np.nan, np.nan]}))


def test_text_is_an_error() -> None:
    with pytest.raises(ClusteringError, match="'region' holds text"):
        RobustPreparation().fit(pd.DataFrame({"region": ["North", "South"]}))
