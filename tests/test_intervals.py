from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from segmodel.intervals import wilson


def test_shares_have_wilsons_interval() -> None:
    for count, n in ((0, 12), (3, 12), (12, 12), (71, 400)):
        found = wilson(np.array([float(count)]), np.array([float(n)]))
        expected = binomtest(count, n).proportion_ci(method="wilson")
        assert (found.low[0], found.high[0]) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_the_interval_is_that_published_for_81_of_263_and_none_without_people() -> None:
    # Newcombe 1998, table I
    found = wilson(np.array([81.0, 0.0, np.nan]), np.array([263.0, 0.0, 40.0]))
    assert (found.low[0], found.high[0]) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    for numbers in (found.value, found.low, found.high):
        assert np.isnan(numbers[1:]).all()
