"""Lifetime value, its intervals and its check against a holdout."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

from segmodel import GammaGammaModel, ModifiedBetaGeoModel, ParetoNBDModel
from segmodel.engines import Engine
from segmodel.errors import ValueModelError
from segmodel.value import (
    BetaGeoModel,
    Terms,
    check_holdout,
    customer_lifetime_value,
    lifetime_value_intervals,
    track_weeks,
    trailing_value,
)
from tests.support.purchases import simulate
from tests.support.real_data import real_data
from tests.support.workspaces import load_transactions

PARETO = {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}
MODIFIED = {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}
SPEND = GammaGammaModel().set_parameters(p=6.25, q=3.74, v=15.44)


@pytest.fixture(scope="module")
def reference() -> pd.DataFrame:
    return pd.read_csv(real_data("cdnow/reference_per_customer.csv"), skipinitialspace=True)


def simulated_customers(n: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    age = random.integers(27, 39, n).astype(float)
    seen = simulate("mbgnbd", tuple(MODIFIED.values()), n, age, 1.0, seed)
    scale = random.gamma(3.74, 1 / 15.44, n)
    mean = random.gamma(6.25 * np.maximum(seen.frequency, 1)) / scale / np.maximum(seen.frequency, 1)
    mean = np.where(seen.frequency > 0, mean, 0)
    return pd.DataFrame({"frequency": seen.frequency, "recency": seen.recency, "T": age, "monetary_value": mean})


def test_long_horizon_is_the_published_discounted_residual_transactions(reference: pd.DataFrame) -> None:
    """BTYD's closed form for Pareto/NBD discounts without end and at every moment, ours by month for 60 years."""
    model, reference = ParetoNBDModel().set_parameters(**PARETO), reference[::10]
    customers = reference["x"], reference["t_x"], reference["T"]
    unit_spend = GammaGammaModel().set_parameters(p=1, q=1e9, v=1e9 - 1)
    found = customer_lifetime_value(
        model, unit_spend, *customers, np.where(reference["x"] > 0, 1.0, 0.0), months=720, discount=0.15
    )
    # half a month lies between the middle of a month, when its purchases come, and its end, when ours count
    published = reference["pnbd_DET_annual15pct"] * 1.15 ** (-1 / 24)
    np.testing.assert_allclose(found, published, rtol=0.005)


def test_one_month_undiscounted_is_purchases_times_spend_times_margin() -> None:
    model = ModifiedBetaGeoModel().set_parameters(**MODIFIED)
    days = model.set_parameters(**MODIFIED)
    found = customer_lifetime_value(
        days, SPEND, 2, 30.43, 38.86, 22.35, months=1, discount=0.0, margin=0.4, unit="days"
    )
    assert found == pytest.approx(days.expected_purchases(365.25 / 12, 2, 30.43, 38.86) * 24.66 * 0.4, rel=1e-3)


def test_discount_and_margin_lower_value_and_months_raise_it() -> None:
    model = ModifiedBetaGeoModel().set_parameters(**MODIFIED)
    customer = 2, 30.43, 38.86, 22.35
    value = lambda **terms: float(customer_lifetime_value(model, SPEND, *customer, **terms))  # noqa: E731
    assert value(discount=0.3) < value(discount=0.1) < value(discount=0.0)
    assert value(months=6) < value(months=24)
    assert value(margin=-0.5) == pytest.approx(-0.5 * value())


@pytest.mark.parametrize(
    ("terms", "message"),
    [({"months": 0}, "0 months"), ({"discount": -0.1}, "discount of -0.1"), ({"margin": np.nan}, "margin of nan"),
     ({"unit": "years"}, "unit 'years'")],
)  # fmt: skip
def test_terms_out_of_range_are_named(terms: dict, message: str) -> None:
    with pytest.raises(ValueModelError, match=message):
        Terms(**terms)


@pytest.mark.parametrize("model", [BetaGeoModel, ModifiedBetaGeoModel, ParetoNBDModel])
def test_models_simulate_what_an_independent_simulation_does(model: type) -> None:
    name, parameters = {
        BetaGeoModel: ("bgnbd", MODIFIED), ModifiedBetaGeoModel: ("mbgnbd", MODIFIED), ParetoNBDModel: ("pnbd", PARETO)
    }[model]  # fmt: skip
    age = np.full(100_000, 39.0)
    x, last = model().set_parameters(**parameters).simulate(age, np.random.default_rng(1))
    other = simulate(name, tuple(parameters.values()), 100_000, age, 1.0, seed=2)
    for ours, theirs in ((x, other.frequency), (x > 0, other.frequency > 0), (last, other.recency)):
        error = np.std(theirs) * np.sqrt(2 / 100_000)
        assert np.mean(ours) == pytest.approx(np.mean(theirs), abs=4 * error)
    drawn = SPEND.simulate(x, np.random.default_rng(3))
    assert (drawn[x == 0] == 0).all()
    assert drawn[x > 0].mean() == pytest.approx(6.25 * 15.44 / 2.74, rel=0.02)


def test_intervals_are_as_wide_as_values_of_new_samples_spread() -> None:
    """What an interval stands for: from other customers of the same source, models would value these otherwise."""
    fixed = simulated_customers(500, 100)
    columns = [fixed[name] for name in ("frequency", "recency", "T", "monetary_value")]
    values = []
    for seed in range(40):
        sample = simulated_customers(500, seed)
        model = ModifiedBetaGeoModel(n_starts=1).fit(sample["frequency"], sample["recency"], sample["T"])
        spend = GammaGammaModel(n_starts=1).fit(sample["frequency"], sample["monetary_value"])
        values.append(customer_lifetime_value(model, spend, *columns).sum())
    truth = ModifiedBetaGeoModel().set_parameters(**MODIFIED)
    table = lifetime_value_intervals(truth, SPEND, fixed, np.zeros(500), n_boot=50, random_state=1)
    width = float(table["high"].iloc[0] - table["low"].iloc[0])
    spread = float(np.subtract(*np.quantile(values, [0.95, 0.05])))
    assert width == pytest.approx(spread, rel=0.35)  # a quantile of 40 draws is known to about a fifth
    assert table["value"].iloc[0] == pytest.approx(np.median(values), rel=0.1)


def test_intervals_from_few_samples_are_not_narrower_than_from_many() -> None:
    """Of 19 samples the 90% interval is from the lowest to the highest: a new one lies outside once in ten times."""
    fixed = simulated_customers(150, 3)
    truth = ModifiedBetaGeoModel().set_parameters(**MODIFIED)

    def width(n_boot: int, seed: int) -> float:
        table = lifetime_value_intervals(truth, SPEND, fixed, np.zeros(150), n_boot=n_boot, random_state=seed)
        return float(table["high"].iloc[0] - table["low"].iloc[0])

    # 1.12 as wide for normal values; the usual quantile gives 0.85
    assert np.mean([width(19, seed) for seed in range(4)]) > width(60, 100)


def test_intervals_hold_the_truth_about_nine_times_in_ten() -> None:
    """A small share of benchmarks/intervals.py, which counts 200 repeats."""
    truth = ModifiedBetaGeoModel().set_parameters(**MODIFIED)
    held = []
    for seed in range(8):
        sample = simulated_customers(300, 200 + seed)
        seen = [sample[name] for name in ("frequency", "recency", "T", "monetary_value")]
        model, spend = (
            ModifiedBetaGeoModel(n_starts=1).fit(*seen[:3]),
            GammaGammaModel(n_starts=1).fit(seen[0], seen[3]),
        )
        table = lifetime_value_intervals(model, spend, sample, np.zeros(300), n_boot=19, random_state=seed)
        worth = customer_lifetime_value(truth, SPEND, *seen).sum()
        held.append(bool(table["low"].iloc[0] <= worth <= table["high"].iloc[0]))
    assert sum(held) >= 5  # fewer would be chance once in two hundred times


def test_spend_without_a_limit_has_no_interval() -> None:
    customers = simulated_customers(100, 9)
    model, spend = (
        ModifiedBetaGeoModel().set_parameters(**MODIFIED),
        GammaGammaModel().set_parameters(p=6, q=1.05, v=15),
    )
    with pytest.raises(ValueModelError, match="Lifetime value has no interval"):
        lifetime_value_intervals(model, spend, customers, np.zeros(100), n_boot=19, random_state=1)


def test_intervals_name_groups_and_are_repeatable() -> None:
    customers = simulated_customers(400, 9)
    model = ModifiedBetaGeoModel().fit(customers["frequency"], customers["recency"], customers["T"])
    spend = GammaGammaModel().fit(customers["frequency"], customers["monetary_value"])
    group = np.array(["b", "a"] * 200)
    first, again = (
        lifetime_value_intervals(model, spend, customers, group, n_boot=19, random_state=1) for _ in range(2)
    )
    pd.testing.assert_frame_equal(first, again)
    assert first["group"].to_list() == ["a", "b"]
    assert first["customers"].to_list() == [200, 200]
    assert (first["low"] < first["high"]).all()
    with pytest.raises(ValueModelError, match="one value for each of 400"):
        lifetime_value_intervals(model, spend, customers, group[:3])
    with pytest.raises(ValueModelError, match="n_boot 18"):
        lifetime_value_intervals(model, spend, customers, group, n_boot=18)


def test_cdnow_holdout_agrees_with_btyd_by_frequency() -> None:
    content = json.loads(real_data("cdnow/reference.json").read_text())
    customers = pd.read_csv(real_data("cdnow/calibration_39_weeks.csv"))
    model = ParetoNBDModel().set_parameters(**PARETO)
    found = check_holdout(model, customers["x"], customers["t_x"], customers["T"], customers["x_star"], ahead=39)
    for row in found.by_frequency.itertuples():
        published = content["by_freq"][str(row.frequency)]
        assert row.customers == published["n"]
        assert (row.predicted, row.actual) == pytest.approx((published["pnbd"], published["actual"]), rel=1e-3)
    assert (found.predicted, found.actual) == pytest.approx((1665.7, 1882), abs=0.05)
    assert found.error == pytest.approx(1665.7 / 1882 - 1, abs=1e-4)
    assert found.is_trusted
    assert found.sentence == "1,666 purchases forecast, 1,882 made: 11% below."


def test_bad_forecast_is_not_trusted_and_says_what_to_use() -> None:
    model = ModifiedBetaGeoModel().set_parameters(**MODIFIED)
    found = check_holdout(model, [0, 2], [0, 30], [39, 39], [0, 9], ahead=39)
    assert not found.is_trusted
    assert "Do not read lifetime value as fact, as the error is more than 20%" in found.sentence
    nobody = check_holdout(model, [0, 2], [0, 30], [39, 39], [0, 0], ahead=39)
    assert not nobody.is_trusted
    assert "Nobody bought" in nobody.sentence


def test_cdnow_weeks_are_tracked_into_the_holdout() -> None:
    lines = pd.read_csv(real_data("cdnow/transactions_sample.csv.gz"), dtype={"sample_customer_id": str})
    names = {"sample_customer_id": "customer_id", "date": "ordered_at", "dollar_value": "amount"}
    as_of, until = dt.date(1997, 9, 30), dt.date(1998, 6, 30)
    model = BetaGeoModel().set_parameters(r=0.243, alpha=4.414, a=0.793, b=2.426)
    with Engine.open(None) as engine:
        load_transactions(engine, lines.rename(columns=names)[list(names.values())])
        weeks = track_weeks(model, engine, as_of=as_of, until=until)
    assert weeks["week"].iloc[-1] == 78
    published = pd.read_csv(real_data("cdnow/calibration_39_weeks.csv"))
    assert weeks["actual_so_far"].iloc[38] == published["x"].sum()
    assert weeks["actual_so_far"].iloc[77] == published["x"].sum() + 1882
    first = pd.to_datetime(lines["date"]).groupby(lines["sample_customer_id"]).min()
    ages = (pd.Timestamp("1998-06-30") - first).dt.days
    assert weeks["expected_so_far"].iloc[-1] == pytest.approx(model.expected_purchases_new(ages / 7).sum(), rel=0.01)
    assert weeks["in_holdout"].sum() == 39
    assert abs(weeks["expected_so_far"].iloc[-1] / weeks["actual_so_far"].iloc[-1] - 1) < 0.1


def test_trailing_value_is_thinned_by_retention_and_discount() -> None:
    assert trailing_value(1200, 1.0, discount=0.0) == pytest.approx(1200)
    assert trailing_value([100, -60], 1.0, months=24, discount=0.0) == pytest.approx([200, -120])
    # for one month: a twelfth, kept and discounted for a twelfth of a year
    assert trailing_value(1200, 0.64, months=1, discount=0.21) == pytest.approx(100 * (0.64 / 1.21) ** (1 / 12))
    with pytest.raises(ValueModelError, match=r"retention of 1\.2"):
        trailing_value(1, 1.2)
