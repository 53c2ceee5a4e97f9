"""Models of repeat purchases against published values, another implementation, and simulated customers."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import betaln

import segmodel
from segmodel import BetaGeoModel, GammaGammaModel, ModifiedBetaGeoModel, ParetoNBDModel
from segmodel.errors import ValueModelError
from segmodel.value.dropout import integrated_until_dropout, purchases_until_dropout
from segmodel.value.purchase_model import PurchaseModel
from segmodel.value.spend import _log_likelihoods
from tests.support.purchases import simulate
from tests.support.real_data import real_data

PUBLISHED = {
    "bgnbd": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
    "mbgnbd": {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614},
    "pnbd": {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669},
}
LOG_LIKELIHOODS = {"bgnbd": -9582.4, "pnbd": -9595.0}
MODELS: dict[str, type[PurchaseModel]] = {
    "bgnbd": BetaGeoModel,
    "mbgnbd": ModifiedBetaGeoModel,
    "pnbd": ParetoNBDModel,
}
NAMES = list(MODELS)


def published(name: str) -> PurchaseModel:
    return MODELS[name]().set_parameters(**PUBLISHED[name])


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    return pd.read_csv(real_data("cdnow/calibration_39_weeks.csv"))


@pytest.fixture(scope="module")
def reference() -> pd.DataFrame:
    return pd.read_csv(real_data("cdnow/reference_per_customer.csv"), skipinitialspace=True)


@pytest.mark.parametrize("name", NAMES)
def test_cdnow_gives_the_published_parameters_and_log_likelihood(name: str, cdnow: pd.DataFrame) -> None:
    model = MODELS[name]().fit(cdnow["x"], cdnow["t_x"], cdnow["T"])
    found = {key: getattr(model, f"{key}_") for key in PUBLISHED[name]}
    assert found == pytest.approx(PUBLISHED[name], abs=0.002)
    if name in LOG_LIKELIHOODS:
        assert model.log_likelihood_ == pytest.approx(LOG_LIKELIHOODS[name], abs=0.1)
    assert model.converged_
    assert not model.collapsed_
    assert model.warning_ is None


@pytest.mark.parametrize("name", ["bgnbd", "pnbd"])
def test_cdnow_optimum_is_no_worse_than_that_of_btyd(name: str, cdnow: pd.DataFrame) -> None:
    reference = json.loads(real_data("cdnow/reference.json").read_text())[name]
    model = MODELS[name]().fit(cdnow["x"], cdnow["t_x"], cdnow["T"])
    assert model.log_likelihood_ >= reference["LL"] - 1e-4
    theirs = MODELS[name]().set_parameters(**reference["params"])
    assert theirs.log_likelihood(cdnow["x"], cdnow["t_x"], cdnow["T"]).sum() == pytest.approx(reference["LL"], abs=1e-4)
    assert theirs.expected_purchases_new(52) == pytest.approx(reference["expectation_t52"], abs=1e-6)


@pytest.mark.parametrize("name", ["bgnbd", "pnbd"])
def test_every_cdnow_customer_agrees_with_btyd(name: str, reference: pd.DataFrame) -> None:
    customers = reference["x"], reference["t_x"], reference["T"]
    model = published(name)
    np.testing.assert_allclose(model.probability_alive(*customers), reference[f"{name}_palive"], atol=1e-6)
    np.testing.assert_allclose(model.expected_purchases(39, *customers), reference[f"{name}_cet39"], atol=1e-5)


@pytest.mark.parametrize(("name", "total"), [("bgnbd", 1653.9), ("pnbd", 1665.7)])
def test_cdnow_holdout_sums_are_those_published(name: str, total: float, cdnow: pd.DataFrame) -> None:
    expected = published(name).expected_purchases(39, cdnow["x"], cdnow["t_x"], cdnow["T"])
    assert expected.sum() == pytest.approx(total, abs=0.05)


def test_known_customer_has_the_published_expectation() -> None:
    assert published("bgnbd").expected_purchases(39, 2, 30.43, 38.86) == pytest.approx(1.226, abs=5e-4)


def test_new_customers_have_the_published_expectations(cdnow: pd.DataFrame) -> None:
    model = BetaGeoModel().fit(cdnow["x"], cdnow["t_x"], cdnow["T"])
    found = model.expected_purchases_new([1, 3, 32, 78])
    np.testing.assert_allclose(found[:3], [0.0532, 0.1506, 1.0437], atol=5e-5)
    # the published 1.8576 is from a series summed to 150 terms, which falls short of its limit by 0.0003
    r, alpha, a, b = (getattr(model, f"{key}_") for key in PUBLISHED["bgnbd"])
    n, z = np.arange(1, 3_000), 78 / (alpha + 78)
    terms = np.cumprod((r + n - 1) * (b + n - 1) / ((a + b + n - 2) * n) * z)
    short, full = ((a + b - 1) / (a - 1) * (1 - (1 - z) ** r * (1 + terms[:m].sum())) for m in (150, None))
    assert short == pytest.approx(1.8576, abs=5e-5)
    assert found[3] == pytest.approx(full, abs=1e-9)


def test_cdnow_spend_is_that_published(cdnow: pd.DataFrame, reference: pd.DataFrame) -> None:
    model = GammaGammaModel().fit(cdnow["x"], cdnow["zbar"])
    assert (model.p_, model.q_, model.v_) == pytest.approx((6.25, 3.74, 15.44), abs=0.005)
    assert model.log_likelihood_ == pytest.approx(-4055.92, abs=0.01)
    assert model.n_customers_ == 946
    first = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    np.testing.assert_allclose(model.expected_spend(cdnow["x"], cdnow["zbar"])[:10], first, atol=0.1)
    theirs = GammaGammaModel().set_parameters(p=6.25, q=3.74, v=15.44)
    spend = theirs.expected_spend(reference["x"], reference["zbar"])
    np.testing.assert_allclose(spend, reference["gg_expected_spend"], atol=1e-4)
    repeat = cdnow[cdnow["x"] > 0]
    assert model.correlation_ == pytest.approx(repeat["x"].corr(repeat["zbar"]))


@pytest.fixture(scope="module")
def online_retail() -> pd.DataFrame:
    """Frequency, recency and age in weeks on 2011-08-31."""
    columns = ["InvoiceDate", "CustomerID", "Quantity", "UnitPrice"]
    lines = pd.read_csv(real_data("online_retail/lines.csv.gz"), usecols=columns)
    is_bought = lines["CustomerID"].notna() & (lines["Quantity"] > 0) & (lines["UnitPrice"] > 0)
    bought, end = lines[is_bought & (lines["InvoiceDate"].str[:10] <= "2011-08-31")], pd.Timestamp("2011-08-31")
    days = bought.assign(day=pd.to_datetime(bought["InvoiceDate"].str[:10]))[["CustomerID", "day"]].drop_duplicates()
    seen = days.groupby("CustomerID")["day"].agg(["min", "max", "count"])
    recency, age = (seen["max"] - seen["min"]).dt.days / 7, (end - seen["min"]).dt.days / 7
    return pd.DataFrame({"x": seen["count"] - 1, "t_x": recency, "T": age})


@pytest.mark.parametrize("name", NAMES)
def test_online_retail_is_flagged_as_without_measurable_dropout(name: str, online_retail: pd.DataFrame) -> None:
    assert (len(online_retail), online_retail["x"].sum()) == (3317, 7050)
    customers = online_retail["x"], online_retail["t_x"], online_retail["T"]
    model = MODELS[name]().fit(*customers)
    assert model.collapsed_
    assert "no customer ever leaves" in str(model.warning_)
    if name != "mbgnbd":
        assert model.log_likelihood_ == pytest.approx(-21755.348, abs=0.01)
        assert model.expected_purchases(100 / 7, *customers).sum() == pytest.approx(3633.3, abs=0.5)


@pytest.mark.parametrize("name", NAMES)
def test_new_customers_buy_as_a_million_simulated_do(name: str) -> None:
    seen = simulate(name, tuple(PUBLISHED[name].values()), 1_000_000, np.zeros(1_000_000), 52.0, seed=1)
    assert published(name).expected_purchases_new(52.0) == pytest.approx(seen.later.mean(), rel=0.01)


@pytest.mark.parametrize("name", NAMES)
def test_known_customers_stay_and_buy_as_simulated_ones_do(name: str) -> None:
    seen = simulate(name, tuple(PUBLISHED[name].values()), 300_000, np.full(300_000, 38.0), 26.0, seed=2)
    customers = seen.frequency, seen.recency, seen.age
    model = published(name)
    if name == "bgnbd":  # who cannot leave is there by definition
        assert (model.probability_alive(0, 0, [1, 38, 400]) == 1).all()
    alive, later = model.probability_alive(*customers), model.expected_purchases(26.0, *customers)
    for group in (seen.frequency == 0, seen.frequency == 2, (seen.frequency > 3) & (seen.recency < 25), alive > -1):
        error = seen.later[group].std() / np.sqrt(group.sum())
        assert later[group].mean() == pytest.approx(seen.later[group].mean(), abs=4 * error)
        error = np.sqrt(0.25 / group.sum())
        assert alive[group].mean() == pytest.approx(seen.is_alive[group].mean(), abs=4 * error)


@pytest.mark.parametrize("name", NAMES)
def test_parameters_of_simulated_customers_are_found_again(name: str) -> None:
    planted = {
        "bgnbd": (1.2, 6.0, 1.5, 4.0), "mbgnbd": (1.2, 6.0, 1.5, 4.0), "pnbd": (1.2, 6.0, 1.5, 30.0)
    }[name]  # fmt: skip
    age = np.random.default_rng(3).integers(30, 80, 12_000).astype(float)
    seen = simulate(name, planted, 12_000, age, 1.0, seed=4)
    recency = np.where(seen.frequency > 0, np.maximum(np.round(seen.recency, 1), 0.1), 0.0)  # groups form
    model = MODELS[name]().fit(seen.frequency, recency, age)
    assert model.converged_
    found = [getattr(model, f"{key}_") for key in PUBLISHED[name]]
    np.testing.assert_allclose(found, planted, rtol=0.15)
    truth = MODELS[name]().set_parameters(**dict(zip(PUBLISHED[name], planted, strict=True)))
    gain = model.log_likelihood_ - truth.log_likelihood(seen.frequency, recency, age).sum()
    assert 0 <= gain < 12  # half a chi-square of four degrees of freedom


@pytest.mark.parametrize("name", NAMES)
def test_gradient_is_the_slope_of_the_log_likelihood(name: str) -> None:
    x = np.array([0, 1, 4, 60, 900, 0.0])
    last, age = np.array([0, 3.5, 20, 30, 31, 0.0]), np.array([30, 30, 30, 30, 31, 0.0])
    for scale in (np.ones(4), np.array([3, 0.1, 0.5, 4]), np.array([0.2, 30, 3, 0.1])):
        parameters = np.array(list(PUBLISHED[name].values())) * scale
        model = MODELS[name]()
        _, gradient = model._log_likelihoods(parameters, x, last, age)
        for index in range(4):
            step = np.zeros(4)
            step[index] = 1e-5 * parameters[index]
            above, _ = model._log_likelihoods(parameters + step, x, last, age)
            below, _ = model._log_likelihoods(parameters - step, x, last, age)
            slope = (above - below) / (2 * step[index])
            np.testing.assert_allclose(gradient[index], slope, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_identical_customers_count_as_often_as_they_come(name: str) -> None:
    seen = simulate(name, tuple(PUBLISHED[name].values()), 400, np.repeat([30.0, 40.0], 200), 1.0, seed=6)
    x, last, age = seen.frequency, seen.recency, seen.age
    repeated = [np.tile(part, 40) for part in (x, last, age)]
    once, often = MODELS[name]().fit(x, last, age), MODELS[name]().fit(*repeated)
    assert often.n_customers_ == 16_000
    assert often.log_likelihood_ == pytest.approx(40 * once.log_likelihood_, rel=1e-6)
    ungrouped = MODELS[name]().set_parameters(**{key: getattr(often, f"{key}_") for key in PUBLISHED[name]})
    assert ungrouped.log_likelihood(*repeated).sum() == pytest.approx(often.log_likelihood_, rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_unit_of_time_changes_scales_only(name: str, cdnow: pd.DataFrame) -> None:
    weeks = MODELS[name]().fit(cdnow["x"], cdnow["t_x"], cdnow["T"])
    days = MODELS[name]().fit(cdnow["x"], cdnow["t_x"] * 7, cdnow["T"] * 7)
    for key in PUBLISHED[name]:
        factor = 7 if key in {"alpha", "beta"} else 1
        assert getattr(days, f"{key}_") == pytest.approx(factor * getattr(weeks, f"{key}_"), rel=1e-3)


def test_pareto_likelihood_is_the_integral_over_times_of_leaving() -> None:
    for parameters in ((0.553, 10.578, 0.606, 11.669), (0.9, 2.0, 1.4, 40.0), (2.0, 50.0, 0.3, 0.5)):
        r, alpha, s, beta = parameters
        model = ParetoNBDModel().set_parameters(r=r, alpha=alpha, s=s, beta=beta)
        for x, last, age in ((0, 0.0, 39.0), (2, 30.43, 38.86), (25, 12.0, 38.0)):
            density = lambda tau, x=x, p=parameters: (p[1] + tau) ** -(p[0] + x) * (p[3] + tau) ** -(p[2] + 1)  # noqa: E731
            left = s * quad(density, last, age, epsabs=0, epsrel=1e-11)[0]
            there = (alpha + age) ** -(r + x) * (beta + age) ** -s
            assert model.probability_alive(x, last, age) == pytest.approx(there / (there + left), rel=1e-8)


def integrate_over_dropout(s: float, u: float, a: float, c: float) -> float:
    """Return the mean of (1 − (1 + p·u)^−s) ÷ p over p ~ Beta(a, c), by adaptive quadrature in three pieces."""
    inside = lambda p: -np.expm1(-s * np.log1p(p * u)) / p  # noqa: E731
    least = 1e-14  # below, the integrand is its limit s·u
    tail = s * u * np.exp(a * np.log(least) - np.log(a) - betaln(a, c))
    low = lambda y: inside(np.exp(y)) * np.exp(a * y + (c - 1) * np.log1p(-np.exp(y)) - betaln(a, c))  # noqa: E731
    high = lambda z: inside(1 - z ** (1 / c)) * (1 - z ** (1 / c)) ** (a - 1) / c / np.exp(betaln(a, c))  # noqa: E731
    middle = np.log(a / (a + c))
    edges = sorted({np.log(least), *(np.clip(middle + np.array([-4, -1, 1, 2, 3]), np.log(least), np.log(0.5)))})
    lower = sum(
        quad(low, start, end, epsabs=0, epsrel=1e-10)[0]
        for start, end in zip(edges, [*edges[1:], np.log(0.5)], strict=True)
        if end > start
    )
    return float(tail + lower + (quad(high, 0, 0.5**c, epsabs=1e-14)[0] if c < 500 else 0.0))


@pytest.mark.parametrize(
    ("a", "c"), [(0.793, 4.4), (1.0, 3.0), (1.00001, 3.0), (2.5, 900.0), (1e-4, 1619.0), (0.05, 0.3)]
)
def test_purchases_until_dropout_are_the_integral_over_dropout(a: float, c: float) -> None:
    for s, u in ((0.243, 0.9), (5.0, 0.02), (400.0, 1.2), (3.0, 1e-9)):
        exact = integrate_over_dropout(s, u, a, c)
        arguments = np.array([s]), np.array([u]), a, np.array([c])
        np.testing.assert_allclose(purchases_until_dropout(*arguments), exact, rtol=1e-7)
        if s < 100:
            np.testing.assert_allclose(integrated_until_dropout(*arguments), exact, rtol=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_extreme_customers_get_sensible_numbers(name: str) -> None:
    x = np.array([0, 1, 2_000, 50_000, 3, 0])
    last, age = np.array([0, 1e-3, 1999, 4000, 1.0, 0.0]), np.array([1e5, 1e5, 2000, 1e5, 1e5, 0.0])
    model = published(name)
    alive, later = model.probability_alive(x, last, age), model.expected_purchases(52, x, last, age)
    assert ((alive >= 0) & (alive <= 1)).all()
    assert np.isfinite(later).all()
    assert (later >= 0).all()
    assert later[2] == pytest.approx(52 * alive[2], rel=0.05)  # about one a week, for as long as they stay
    assert alive[3] == pytest.approx(0.0, abs=1e-12)
    assert np.isfinite(model.log_likelihood(x, last, age)).all()


def test_one_time_buyers_may_have_left_in_the_modified_model_only() -> None:
    assert published("bgnbd").probability_alive(0, 0, 500) == 1
    assert published("mbgnbd").probability_alive(0, 0, 500) < 0.2


def test_arrays_series_and_single_numbers_give_the_same() -> None:
    model = published("mbgnbd")
    frame = pd.DataFrame({"x": [0, 2], "last": [0.0, 30.43], "age": [38.86, 38.86]}, index=["b", "a"])
    from_series = model.expected_purchases(39, frame["x"], frame["last"], frame["age"])
    assert isinstance(from_series, np.ndarray)
    np.testing.assert_array_equal(from_series, model.expected_purchases(39, [0, 2], [0, 30.43], [38.86, 38.86]))
    assert float(model.expected_purchases(39, 2, 30.43, 38.86)) == from_series[1]
    assert set(segmodel.BetaGeoModel().get_params()) == {"n_starts", "max_iter", "tol"}


@pytest.mark.parametrize(
    ("x", "last", "age", "message"),
    [
        ([1, -1], [1, 1], [2, 2], "frequency has values below zero, the lowest -1"),
        ([1, 1.5], [1, 1], [2, 2], "not a whole number"),
        ([1, 1], [1, 3], [2, 2], "a purchase in the future"),
        ([1, 1], [1, 0], [2, 2], "count days with a purchase after the first"),
        ([1, 0], [1, 1], [2, 2], "no repeat purchase and yet a recency"),
        ([1, np.nan], [1, 1], [2, 2], "missing or infinite"),
        ([1, 1], [1, 1, 1], [2, 2], "one value a customer each"),
        (["£1", "£2"], [1, 1], [2, 2], "without currency symbols"),
        ([0, 0], [0, 0], [2, 2], "None of 2 customers bought on a second day"),
        ([], [], [], "None of 0 customers"),
    ],
)
def test_bad_input_is_named_in_a_sentence(x: list, last: list, age: list, message: str) -> None:
    for model in MODELS.values():
        with pytest.raises(ValueModelError, match=message):
            model().fit(x, last, age)


def test_spend_needs_customers_with_an_amount() -> None:
    with pytest.raises(ValueModelError, match="Only 1 of 3 customers"):
        GammaGammaModel().fit([0, 2, 3], [0, 0, 5])
    with pytest.raises(ValueModelError, match="below zero"):
        GammaGammaModel().fit([1, 2, 3], [5, -1, 5])
    with pytest.raises(ValueModelError, match="does not exist"):
        GammaGammaModel().set_parameters(p=2, q=0.5, v=3).expected_spend(0, 0)


def test_spend_of_simulated_customers_is_found_again() -> None:
    random = np.random.default_rng(5)
    x = random.integers(1, 12, 20_000)
    nu = random.gamma(3.0, 1 / 20.0, 20_000)
    mean = random.gamma(4.0 * x) / nu / x
    model = GammaGammaModel().fit(x, mean)
    truth, _ = _log_likelihoods(np.array([4.0, 3.0, 20.0]), x.astype(float), mean)
    assert 0 <= model.log_likelihood_ - truth.sum() < 8  # half a chi-square of three degrees of freedom
    assert model.expected_spend(0, 0) == pytest.approx(40, rel=0.02)
    assert abs(model.correlation_) < 0.03
    zero_added = GammaGammaModel().fit(np.append(x, 3), np.append(mean, 0.0))
    assert (zero_added.n_left_out_, zero_added.p_) == (1, pytest.approx(model.p_))


def test_amounts_that_never_differ_are_flagged() -> None:
    model = GammaGammaModel().fit([1, 2, 3, 4], [10.0, 10.0, 10.0, 10.0])
    assert model.collapsed_
    assert "hardly differ" in str(model.warning_)


def test_too_few_iterations_are_never_silent(cdnow: pd.DataFrame) -> None:
    model = BetaGeoModel(n_starts=1, max_iter=2).fit(cdnow["x"], cdnow["t_x"], cdnow["T"])
    assert not model.converged_
    assert "did not converge" in str(model.warning_)
