from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.signal import find_peaks

from segmodel.clustering.one_mode import FEW_VALUES, with_one_mode

RANDOM = np.random.default_rng(5)


@pytest.mark.parametrize(
    "values",
    [
        RANDOM.normal(size=400),
        RANDOM.exponential(size=400),
        np.log1p(RANDOM.lognormal(3, 1, 2_000)),
        RANDOM.integers(1, 8, 400).astype(float),
        np.zeros(50),
    ],
    ids=["normal", "exponential", "prepared", "scale", "constant"],
)
def test_one_cloud_keeps_its_values(values: np.ndarray) -> None:
    np.testing.assert_array_equal(with_one_mode(values), np.sort(values))


@pytest.mark.parametrize("places", [(0, 6), (0, 4, 8), (0, 6, 14)])
def test_groups_are_smoothed_away_and_the_spread_is_kept(places: tuple[int, ...]) -> None:
    values = np.concatenate([RANDOM.normal(place, 1, 300) for place in places])
    assert len(np.unique(values)) > FEW_VALUES
    smooth = with_one_mode(values)
    assert (np.diff(smooth) >= 0).all()
    assert (smooth.mean(), smooth.std()) == pytest.approx((values.mean(), values.std()))
    grid = np.linspace(smooth[0], smooth[-1], 400)
    modes = [
        len(find_peaks(density, prominence=0.15 * density.max())[0])
        for density in (stats.gaussian_kde(each)(grid) for each in (values, smooth))
    ]
    assert modes[0] == len(places)
    assert modes[1] <= 1
