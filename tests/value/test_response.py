"""Response curves against planted elasticities, other ways to the same numbers, and data that tell nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from segmodel.errors import ValueModelError
from segmodel.value import ResponseCurve, best_move, fit_response, fit_responses, what_if
from segmodel.value.response_regression import Slope, controls, fit_slope

REPEATS = 200


def noise(random: np.random.Generator, shape: tuple[int, int], carried: float, spread: float) -> np.ndarray:
    """Return rows of autoregressive noise with a standard deviation."""
    shocks = random.normal(0, spread * np.sqrt(1 - carried**2), (shape[0], shape[1] + 50))
    found = shocks.copy()
    for month in range(1, found.shape[1]):
        found[:, month] += carried * found[:, month - 1]
    return found[:, 50:]


def make_months(
    elasticity: float,
    *,
    repeats: int = 1,
    n: int = 36,
    own: float = 0.4,
    spread: float = 0.08,
    carried: float = 0.3,
    seed: int = 1,
) -> list[pd.DataFrame]:
    """Return months of spend that varies by itself over season and trend, and of value that answers to it."""
    random = np.random.default_rng(seed)
    month = np.arange(n)
    season = 0.3 * np.sin(month * np.pi / 6) + 0.5 * (month % 12 == 5)
    moved = random.normal(0, own, (repeats, n))
    spend = np.exp(7.5 + season + 0.012 * month + moved)
    value = np.exp(9 + 0.6 * season + 0.02 * month - 0.0003 * month**2 + elasticity * (np.log(spend) - 7.5))
    value *= np.exp(noise(random, (repeats, n), carried, spread))
    starts = pd.date_range("2023-07-01", periods=n, freq="MS")
    return [pd.DataFrame({"month": starts, "spend": s, "value": v}) for s, v in zip(spend, value, strict=True)]


@cache
def fitted(elasticity: float, seed: int = 1) -> tuple[ResponseCurve, ...]:
    return tuple(
        fit_response(months, name="Regulars") for months in make_months(elasticity, repeats=REPEATS, seed=seed)
    )


def curve(elasticity: float, error: float = 0.02, name: str = "", **fields: object) -> ResponseCurve:
    """Return a curve whose elasticity is known as if from very many months."""
    slope = Slope((1.0,), (elasticity,), (error,), 10_000)
    low, high = (float(np.clip(slope.quantile(p), 0, 1)) for p in (0.05, 0.95))
    made = ResponseCurve(name, elasticity, low, high, 0.9, 36, 0.4, 500.0, 4_000.0, True, "", slope)
    return replace(made, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("elasticity", [0.03, 0.12, 0.2, 0.5])
def test_intervals_hold_the_planted_elasticity_as_often_as_they_say(elasticity: float) -> None:
    curves = fitted(elasticity)
    holds = np.mean([curve.low <= elasticity <= curve.high for curve in curves])
    assert 0.85 <= holds <= 0.95
    # right on average, and narrow enough to tell the typical elasticity from none
    centres = [curve.slope.estimate for curve in curves if curve.slope]
    assert np.mean(centres) == pytest.approx(elasticity, abs=4 * 0.045 / np.sqrt(REPEATS))
    assert np.median([curve.high - curve.low for curve in curves]) < 0.15
    assert np.mean([curve.is_enough for curve in curves]) > 0.9


def test_intervals_hold_where_spend_and_noise_both_carry_over() -> None:
    """Where least squares take the noise for smaller than it is: their intervals hold 83 times of 100 here."""
    random = np.random.default_rng(8)
    month = np.arange(36)
    spend = noise(random, (REPEATS, 36), 0.5, 0.4)
    value = 0.15 * spend + noise(random, (REPEATS, 36), 0.6, 0.08)
    given = controls(month)
    slopes = [fit_slope(v, given, s, month) for v, s in zip(value, spend, strict=True)]
    holds = [slope.quantile(0.05) <= 0.15 <= slope.quantile(0.95) for slope in slopes]
    assert 0.85 <= np.mean(holds) <= 0.95


def test_without_carry_over_it_is_least_squares() -> None:
    (months,) = make_months(0.2)
    y, x = np.log(months["value"].to_numpy()), np.log(months["spend"].to_numpy())
    number = np.arange(36)
    found = fit_slope(y, controls(number), x, number, carried=np.array([0.0]))
    dummies = [(number % 12 == month).astype(float) for month in range(12)]
    design = np.column_stack([*dummies, number, number**2, x])
    coefficients, squares, *_ = np.linalg.lstsq(design, y, rcond=None)
    covariance = np.linalg.inv(design.T @ design) * squares[0] / (36 - 15)
    assert found.freedom == 21
    assert found.centres[0] == pytest.approx(coefficients[-1], rel=1e-8)
    assert found.errors[0] == pytest.approx(np.sqrt(covariance[-1, -1]), rel=1e-6)


def test_with_carry_over_it_is_the_regression_of_prais_and_winsten() -> None:
    (months,) = make_months(0.2)
    y, x = np.log(months["value"].to_numpy()), np.log(months["spend"].to_numpy())
    number, rho = np.arange(36), 0.4
    found = fit_slope(y, controls(number), x, number, carried=np.array([rho]))
    design = np.column_stack([controls(number), x])

    def changed(series: np.ndarray) -> np.ndarray:
        return np.concatenate([series[:1] * np.sqrt(1 - rho**2), series[1:] - rho * series[:-1]])

    whole = np.column_stack([changed(column) for column in design.T])
    coefficients, squares, *_ = np.linalg.lstsq(whole, changed(y), rcond=None)
    covariance = np.linalg.inv(whole.T @ whole) * squares[0] / (36 - 15)
    assert found.centres[0] == pytest.approx(coefficients[-1], rel=1e-8)
    assert found.errors[0] == pytest.approx(np.sqrt(covariance[-1, -1]), rel=1e-6)


def test_carry_overs_are_weighed_by_the_likelihood_of_what_no_column_explains() -> None:
    """Restricted likelihood by its definition: of contrasts that are blind to the columns (Harville 1977)."""
    (months,) = make_months(0.2, n=30)
    number = np.delete(np.arange(30), 11)
    y, x = (np.log(months[name].to_numpy())[number] for name in ("value", "spend"))
    carried = np.array([-0.3, 0.1, 0.7])
    found = np.log(fit_slope(y, controls(number), x, number, carried=carried).weights)
    columns = np.column_stack([controls(number), x])
    contrasts = np.linalg.qr(columns, mode="complete")[0][:, columns.shape[1] :]
    seen, expected = contrasts.T @ y, []
    for rho in carried:
        covariance = contrasts.T @ rho ** np.abs(np.subtract.outer(number, number)) @ contrasts
        scale = seen @ np.linalg.solve(covariance, seen) / len(seen)
        expected.append(multivariate_normal(cov=covariance * scale).logpdf(seen))
    np.testing.assert_allclose(found - found[0], np.array(expected) - expected[0], atol=1e-8)


def test_a_missing_month_counts_as_time_that_passed() -> None:
    """Noise two months apart carries over squared: the likelihood is that of a series with the month unobserved."""
    (months,) = make_months(0.2, n=48)
    number = np.delete(np.arange(48), 20)
    y, x = (np.log(months[name].to_numpy())[number] for name in ("value", "spend"))
    found = fit_slope(y, controls(number), x, number, carried=np.array([0.5]))
    # the month that is not there as a column of its own that fits it whatever it is
    full = np.arange(48)
    given = np.column_stack([np.zeros((48, 14)), full == 20]).astype(float)
    given[number, :14] = controls(number)
    outcome, cause = np.zeros(48), np.zeros(48)
    outcome[number], cause[number] = y, x
    other = fit_slope(outcome, given, cause, full, carried=np.array([0.5]))
    assert found.centres[0] == pytest.approx(other.centres[0], rel=1e-7)
    assert found.errors[0] == pytest.approx(other.errors[0], rel=1e-6)


def test_quantiles_and_draws_are_of_the_same_distribution() -> None:
    slope = fitted(0.2)[0].slope
    assert slope is not None
    drawn = slope.draws(200_000, np.random.default_rng(0))
    for probability in (0.05, 0.5, 0.95):
        assert slope.below(slope.quantile(probability)) == pytest.approx(probability, abs=1e-9)
        assert (drawn < slope.quantile(probability)).mean() == pytest.approx(probability, abs=0.003)


def test_a_strong_response_is_told_in_words() -> None:
    (months,) = make_months(0.2, spread=0.02, seed=4)
    found = fit_response(months, name="Regulars")
    assert found.is_enough
    assert not found.reason
    assert (found.n_months, found.own_variation) == (36, pytest.approx(0.4, rel=0.3))
    assert found.sentence.startswith("Regulars: 10% more spend goes with 1.")
    assert found.sentence.endswith("from 36 months.")
    assert found.least_spend == months["spend"].min()


def test_few_months_are_not_enough() -> None:
    (months,) = make_months(0.2, n=23)
    found = fit_response(months, name="Offices")
    assert not found.is_enough
    assert np.isnan(found.elasticity)
    assert found.sentence == (
        "Offices: not enough evidence. Only 23 whole months have both spend and value; season and response can be "
        "told apart from 24 on."
    )


def test_months_that_cannot_be_fitted_are_left_out() -> None:
    (months,) = make_months(0.2, n=40)
    months["is_whole"] = months.index != 39
    months.loc[3, "value"] = np.nan
    months.loc[4, "value"] = -5.0
    months.loc[5, "spend"] = 0.0
    months.loc[6, "spend"] = -1.0
    found = fit_response(months)
    assert found.n_months == 35
    same = fit_response(months.drop(index=[3, 4, 5, 6, 39]).sample(frac=1, random_state=0))
    assert same == found


def test_spend_that_hardly_moves_by_itself_tells_nothing() -> None:
    declined = [fit_response(months) for months in make_months(0.2, own=0.08, repeats=50)]
    assert not any(found.is_enough for found in declined)
    assert declined[0].reason.startswith("Spend hardly moves by itself: season and trend taken out, it varies by ")
    assert np.mean([found.own_variation for found in declined]) == pytest.approx(0.08, rel=0.05)


def test_constant_spend_tells_nothing() -> None:
    (months,) = make_months(0.2)
    assert "hardly moves" in fit_response(months.assign(spend=1_000.0)).reason


def test_a_budget_set_by_last_months_sales_is_an_association() -> None:
    random = np.random.default_rng(5)
    starts = pd.date_range("2023-07-01", periods=36, freq="MS")
    declined = []
    for _ in range(40):
        value = np.exp(9 + noise(random, (1, 37), 0.5, 0.3)[0])
        spend = 0.1 * value[:-1] * np.exp(random.normal(0, 0.1, 36))
        declined.append(fit_response(pd.DataFrame({"month": starts, "spend": spend, "value": value[1:]})))
    assert not any(found.is_enough for found in declined)
    assert np.mean(["Spend follows the value of the month before" in found.reason for found in declined]) > 0.9


def test_a_budget_set_by_this_months_sales_is_an_association() -> None:
    (months,) = make_months(0.0, spread=0.3, carried=0.0)
    found = fit_response(months.assign(spend=0.1 * months["value"]))
    assert not found.is_enough
    assert "as fast as spend or faster" in found.reason


def test_clean_spend_is_seldom_taken_for_a_budget_set_by_sales() -> None:
    blamed = ["Spend follows" in found.reason for found in fitted(0.2)]
    assert np.mean(blamed) < 0.07


def test_a_wide_interval_is_not_acted_on() -> None:
    (months,) = make_months(0.2, spread=0.5)
    found = fit_response(months)
    assert not found.is_enough
    assert "does not tell a good move from a bad one" in found.reason


def test_value_that_falls_with_spend_is_no_response() -> None:
    (months,) = make_months(-0.3)
    found = fit_response(months)
    assert not found.is_enough
    assert (found.elasticity, found.low, found.high) == (0, 0, 0)
    assert "lower in months with more spend" in found.reason


def test_no_response_at_all_is_hardly_ever_taken_for_one() -> None:
    lows = [found.low for found in fitted(0.0)]
    assert np.mean(np.array(lows) > 0) <= 0.1


def test_a_response_known_to_be_small_is_enough() -> None:
    (months,) = make_months(0.03, spread=0.03, seed=3)
    found = fit_response(months)
    assert found.is_enough
    assert found.high < 0.1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda months: months.drop(columns="spend"), "no column spend"),
        (lambda months: pd.concat([months, months.iloc[:1]]), "twice"),
    ],
)
def test_months_that_contradict_themselves_are_refused(change: object, says: str) -> None:
    (months,) = make_months(0.2)
    with pytest.raises(ValueModelError, match=says):
        fit_response(change(months))  # type: ignore[operator]


def test_level_out_of_range_is_refused() -> None:
    with pytest.raises(ValueModelError, match="Found level 90; expected a share"):
        fit_response(make_months(0.2)[0], level=90)


def test_no_months_at_all_are_told() -> None:
    empty = pd.DataFrame({"month": [], "spend": [], "value": []})
    assert fit_response(empty).reason.startswith("Only 0 whole months have")


def test_a_series_fitted_without_error_is_no_division_by_nothing() -> None:
    (months,) = make_months(0.2, spread=0.0)
    found = fit_response(months)
    assert found.elasticity == pytest.approx(0.2, abs=1e-6)


def test_every_segment_of_the_tables_is_fitted() -> None:
    (months,) = make_months(0.2)
    table = pd.concat([months.assign(segment=segment, is_whole=True) for segment in ("s1", "s2", "")])
    spend = months[["month", "spend"]].assign(segment="s1")
    curves = fit_responses(spend, table.drop(columns="spend"), [("s1", "Regulars"), ("s2", "Offices")])
    assert curves["s1"] == fit_response(months, name="Regulars")
    assert curves["s2"].reason.startswith("Only 0 whole months")


def test_points_go_through_today() -> None:
    found = curve(0.2).points(1_000.0, 8_000.0)
    assert found["spend"].iloc[[0, -1]].to_list() == pytest.approx([500, 4_000])
    np.testing.assert_allclose(found["value"], 8_000 * (found["spend"] / 1_000) ** 0.2)
    assert (found["low"] <= found["value"]).all()
    assert (found["high"] >= found["value"]).all()
    assert curve(0.2, is_enough=False).points(1_000.0, 8_000.0).empty


SPEND = {"a": 20_000.0, "b": 30_000.0, "c": 10_000.0}
VALUE = {"a": 200_000.0, "b": 90_000.0, "c": 40_000.0}


def some_curves() -> dict[str, ResponseCurve]:
    return {
        "a": curve(0.15, name="Regulars"),
        "b": curve(0.05, name="Gift givers"),
        "c": curve(0.1, name="Offices", is_enough=False, reason="Spend hardly moves by itself."),
    }


def test_moving_money_brings_what_the_formula_says() -> None:
    found = what_if(some_curves(), SPEND, VALUE, {"a": 5_000, "b": -5_000}, value_word="margin")
    more, less = 200_000 * (1.25**0.15 - 1), 90_000 * ((25 / 30) ** 0.05 - 1)
    assert found.change == pytest.approx(more + less)
    rows = found.rows.set_index("segment")
    assert rows.loc["a", "change"] == pytest.approx(more)
    assert rows.loc["b", "change"] == pytest.approx(less)
    assert np.isnan(rows.loc["c", "change"])
    assert found.spend_change == 0
    # linear in the elasticities to a good approximation, so the interval is that of a sum of two normal numbers
    errors = 0.02 * np.array([200_000 * np.log(1.25), 90_000 * np.log(25 / 30)])
    assert found.high - found.low == pytest.approx(2 * 1.645 * np.hypot(*errors), rel=0.05)
    assert found.chance > 0.99
    assert found.moves == {"a": 5_000, "b": -5_000}
    assert found.sentence.startswith("Moving £5,000 a year from Gift givers to Regulars is expected to add £")
    assert "of margin a year (90% interval £" in found.sentence
    assert not found.warnings


def test_the_same_question_has_the_same_answer() -> None:
    asked = (some_curves(), SPEND, VALUE, {"a": 5_000, "b": -5_000})
    first, second = what_if(*asked), what_if(*asked)
    assert (first.low, first.high, first.chance) == (second.low, second.high, second.chance)
    assert what_if(*asked, random_state=1).low != first.low


def test_what_ifs_hold_the_truth_as_often_as_they_say() -> None:
    """Two segments with planted elasticities, of which money moves from one to the other."""
    moves = {"a": 5_000.0, "b": -5_000.0}
    truth = 200_000 * (1.25**0.2 - 1) + 90_000 * ((25 / 30) ** 0.12 - 1)
    holds = []
    for first, second in zip(fitted(0.2), fitted(0.12, seed=2), strict=True):
        a = replace(first, is_enough=True, reason="", least_spend=1_000, most_spend=4_000)
        b = replace(second, is_enough=True, reason="", least_spend=1_000, most_spend=4_000)
        found = what_if({"a": a, "b": b}, SPEND, VALUE, moves, n_draws=1_000)
        holds.append(found.low <= truth <= found.high)
    assert 0.85 <= np.mean(holds) <= 0.95


def test_segments_without_evidence_are_named_and_not_counted() -> None:
    found = what_if(some_curves(), SPEND, VALUE, {"a": 1_000, "c": -1_000})
    assert found.change == pytest.approx(200_000 * (1.05**0.15 - 1))
    assert found.warnings == ("£1,000 is taken from Offices, and not counted: Spend hardly moves by itself.",)
    assert "as far as responses are known" in found.sentence
    alone = what_if(some_curves(), SPEND, VALUE, {"c": 1_000})
    assert alone.sentence.endswith("not enough evidence to say what it would bring.")


def test_a_larger_budget_is_said_and_must_pay_for_itself() -> None:
    found = what_if(some_curves(), SPEND, VALUE, {"a": 5_000})
    assert found.spend_change == 5_000
    assert found.warnings[0] == "In all £5,000 a year more is spent than today."
    assert found.sentence.startswith("Giving £5,000 a year more to Regulars is expected to add £")
    # £200,000 · 1.25^e passes £205,000 at an elasticity of 0.1107, 1.97 standard errors below the estimate
    assert found.chance == pytest.approx(0.975, abs=0.01)
    both = what_if(some_curves(), SPEND, VALUE, {"a": 5_000, "b": -2_000})
    assert both.sentence.startswith("Giving £5,000 a year to Regulars and taking £2,000 from Gift givers is expected")


def test_nothing_moved_is_said() -> None:
    found = what_if(some_curves(), SPEND, VALUE, {})
    assert (found.change, found.low, found.high) == (0, 0, 0)
    assert found.sentence == "No money is moved."


@pytest.mark.parametrize(
    ("moves", "says"),
    [
        ({"a": -20_001.0, "b": 20_001.0}, "cannot be taken from Regulars, on which £20.0k is spent"),
        ({"c": -10_001.0}, "cannot be taken from Offices"),
        ({"A": 5.0}, "no segment 'A' to move money to. Did you mean 'a'"),
        ({"a": float("nan")}, "expected an amount of money"),
        ({"b": 60_000.0}, "not believed more than 1.5 times beyond"),
        ({"a": -19_000.0}, "not believed more than 1.5 times beyond"),
    ],
)
def test_moves_that_cannot_be_are_refused(moves: dict[str, float], says: str) -> None:
    with pytest.raises(ValueModelError, match=says):
        what_if(some_curves(), SPEND, VALUE, moves)


def test_what_reaches_beyond_the_months_seen_is_warned_about() -> None:
    found = what_if(some_curves(), SPEND, VALUE, {"b": 20_000.0, "a": -2_000.0})
    assert "outside what was seen (£500 to £4,000): read with care." in found.warnings[1]
    assert len(found.warnings) == 2


@pytest.mark.parametrize(("spend", "value"), [(0.0, 5_000.0), (-10.0, 5_000.0), (1_000.0, 0.0), (1_000.0, -5.0)])
def test_a_segment_without_spend_or_value_is_not_counted(spend: float, value: float) -> None:
    found = what_if({"a": curve(0.2)}, {"a": spend}, {"a": value}, {"a": 100.0})
    assert found.change == 0
    assert not found.rows["is_known"].any()
    assert len(found.warnings) == 2


def test_the_best_move_is_the_one_a_general_optimiser_finds() -> None:
    curves = {name: curve(e, name=name) for name, e in {"a": 0.15, "b": 0.05, "c": 0.3, "d": 0.02}.items()}
    spend = {"a": 20_000.0, "b": 30_000.0, "c": 10_000.0, "d": 15_000.0}
    value = {"a": 200_000.0, "b": 700_000.0, "c": 33_000.0, "d": 90_000.0}
    found = best_move(curves, spend, value)
    now = np.array(list(spend.values()))
    worth, elasticity = np.array(list(value.values())), np.array([0.15, 0.05, 0.3, 0.02])
    best = minimize(
        lambda ratio: -(worth * ratio**elasticity).sum() / 1e5,
        np.ones(4),
        bounds=[(0.7, 1.3)] * 4,
        constraints={"type": "eq", "fun": lambda ratio: (now * (ratio - 1)).sum() / 1e4},
        method="SLSQP",
        options={"ftol": 1e-12},
    )
    assert found.change == pytest.approx(-best.fun * 1e5 - worth.sum(), rel=1e-4)
    assert sum(found.moves.values()) == pytest.approx(0, abs=1e-6)
    assert all(abs(move) <= 0.3 * spend[segment] * (1 + 1e-9) for segment, move in found.moves.items())
    assert found.spend_change == 0
    assert 0.5 < found.chance <= 1


@pytest.mark.parametrize("elasticities", [(1.0, 1.0), (1.0, 0.0), (0.5, 0.0), (1.0, 0.2)])
def test_the_best_move_keeps_the_total_where_responses_are_flat_or_straight(elasticities: tuple[float, float]) -> None:
    curves = {name: curve(e, name=name) for name, e in zip("ab", elasticities, strict=True)}
    found = best_move(curves, SPEND, VALUE)
    # £200,000 on £20,000 goes before £90,000 on £30,000: all that may be given to it is
    assert found.moves == pytest.approx({"a": 6_000, "b": -6_000})


def test_the_best_move_leaves_alone_what_it_does_not_know() -> None:
    found = best_move(some_curves(), SPEND, VALUE, value_word="margin")
    assert set(found.moves) == {"a", "b"}
    assert found.rows["segment"].to_list() == ["a", "b", "c"]


def test_no_best_move_without_two_known_responses() -> None:
    curves = some_curves() | {"b": curve(0.1, name="Gift givers", is_enough=False, reason="Too few months.")}
    found = best_move(curves, SPEND, VALUE)
    assert found.sentence == "No move can be suggested: how value responds to spend is known only of Regulars."
    assert not found.moves
    assert "of no segment" in best_move({}, SPEND, VALUE).sentence
    flat = {"a": curve(0.0, name="Regulars"), "b": curve(0.0, name="Gift givers")}
    assert "none responds to spend" in best_move(flat, SPEND, VALUE).sentence


def test_a_largest_shift_out_of_range_is_refused() -> None:
    with pytest.raises(ValueModelError, match="between 0 and 1"):
        best_move(some_curves(), SPEND, VALUE, largest_shift=30)
