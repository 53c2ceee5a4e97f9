from __future__ import annotations

import numpy as np
import pytest

from segmodel.errors import ValueModelError
from segmodel.value import concentration, gini, whale_curve


def test_gini_is_half_the_relative_mean_difference() -> None:
    values = np.random.default_rng(1).lognormal(2, 1.2, 400)
    differences = np.abs(values[:, None] - values[None, :]).mean()
    assert gini(values) == pytest.approx(differences / (2 * values.mean()))


@pytest.mark.parametrize("shape", [1.5, 2.0, 4.0])
def test_gini_and_lorenz_of_a_pareto_distribution_are_the_known_ones(shape: float) -> None:
    n = 400_000
    quantiles = (1 - (np.arange(n) + 0.5) / n) ** (-1 / shape)
    found = concentration(quantiles)
    assert found.gini == pytest.approx(1 / (2 * shape - 1), abs=0.005)
    share = found.lorenz["customer_share"].to_numpy()
    np.testing.assert_allclose(found.lorenz["value_share"], 1 - (1 - share) ** (1 - 1 / shape), atol=0.01)
    assert found.top_decile_share == pytest.approx(0.1 ** (1 - 1 / shape), abs=0.01)


def test_extremes_and_the_area_under_the_lorenz_curve() -> None:
    assert gini([5, 5, 5, 5]) == pytest.approx(0)
    assert gini([0] * 99 + [1]) == pytest.approx(0.99)
    assert np.isnan(gini([0, 0]))
    values = np.random.default_rng(2).gamma(0.5, size=80)  # fewer than the steps: the curve has every customer
    curve = concentration(values).lorenz
    area = np.trapezoid(curve["value_share"], curve["customer_share"])
    assert 1 - 2 * area == pytest.approx(gini(values))


def test_values_below_zero_are_floored_and_counted() -> None:
    found = concentration([-50, -1, 0, 10, 30])
    assert (found.n_customers, found.n_floored) == (5, 2)
    assert found.gini == pytest.approx(gini([0, 0, 0, 10, 30]))


def test_deciles_hold_everybody_once() -> None:
    values = np.random.default_rng(3).lognormal(size=1_003)
    deciles = concentration(values).deciles
    assert deciles["customers"].sum() == 1_003
    assert set(deciles["customers"]) == {100, 101}
    assert deciles["value"].sum() == pytest.approx(values.sum())
    top = np.sort(values)[::-1][: deciles["customers"].iloc[0]]
    assert deciles["value"].iloc[0] == pytest.approx(top.sum())
    assert (deciles["lowest_value"].to_numpy()[:-1] >= deciles["highest_value"].to_numpy()[1:]).all()


def test_whale_curve_passes_all_margin_where_customers_lose_money() -> None:
    curve = whale_curve([60, 80, -40, 0])
    assert curve["customer_share"].to_list() == [0, 0.25, 0.5, 0.75, 1.0]
    np.testing.assert_allclose(curve["margin_share"], [0, 0.8, 1.4, 1.4, 1.0])
    assert whale_curve([-1, -2])["margin_share"].isna().all()


def test_values_that_cannot_be_described_are_named() -> None:
    for values, message in (([], "no customers"), ([1, np.nan], "1 values that are missing"), (["£3"], "currency")):
        with pytest.raises(ValueModelError, match=message):
            concentration(values)
