"""Churn models where it is known who left: what they learn, what they refuse, and whether their checks can fail."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import expit, logit
from scipy.stats import mannwhitneyu, norm
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from segmodel.errors import ValueModelError
from segmodel.value import ChurnModel, check_churn_risk, evaluate_churn, segment_churn
from segmodel.value.churn_check import recalibration
from segmodel.value.churn_columns import columns_that_give_away, find_columns, read_label


def made(n: int, seed: int, *, effect: float = 1.0) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return a table of mixed columns, the true risk of each customer, and who left."""
    random = np.random.default_rng(seed)
    months, plan = (
        random.integers(0, 60, n).astype(float),
        random.choice(["month", "year", "free"], n, p=[0.5, 0.4, 0.1]),
    )
    spend = random.lognormal(3, 0.5, n)
    score = -0.6 - 0.04 * (months - 30) + np.select([plan == "month", plan == "year"], [0.8, -0.8], 0.0)
    risk = expit(effect * score)
    table = pd.DataFrame(
        {
            "customer_id": [f"C{number:05d}" for number in range(n)],
            "months": np.where(random.uniform(size=n) < 0.05, np.nan, months),
            "plan": np.where(random.uniform(size=n) < 0.05, None, plan),
            "spend": [f"{value:.2f}" if value > 15 else " " for value in spend],
            "country": "GB",
        }
    )
    return table, risk, random.uniform(size=n) < risk


@pytest.fixture(scope="module")
def fitted() -> tuple[ChurnModel, pd.DataFrame, np.ndarray, np.ndarray]:
    table, _, left = made(1_500, 1)
    return ChurnModel(candidates=("logistic", "boosting"), n_folds=3, random_state=0).fit(table, left), *made(3_000, 2)


def test_model_reads_numbers_words_and_blanks_and_leaves_out_ids(fitted: tuple) -> None:
    model, *_ = fitted
    assert model.numbers_ == ("months", "spend")
    assert model.words_ == ("plan",)
    assert model.left_out_ == ("customer_id", "country")
    assert model.warning_ is None


def test_risks_of_new_customers_are_near_the_planted_ones(fitted: tuple) -> None:
    model, table, risk, left = fitted
    found = model.churn_risk(table)
    known = table["months"].notna() & table["plan"].notna()
    assert np.corrcoef(found[known], risk[known])[0, 1] > 0.97
    check = check_churn_risk(found, left)
    assert check.is_trusted
    assert check.brier < brier_score_loss(left, risk) + 0.01  # nobody can do better than the planted risks
    assert model.predict_proba(table).sum(axis=1) == pytest.approx(np.ones(3_000))
    assert (model.predict(table) == (found > 0.5)).all()


def test_simplest_candidate_is_taken_where_the_others_gain_nothing(fitted: tuple) -> None:
    model, *_ = fitted
    assert model.chosen_ == "logistic"  # what was planted is straight on the log-odds scale
    assert list(model.comparison_["candidate"]) == ["logistic", "boosting"]
    assert model.comparison_["behind"].min() == 0


def test_bent_numbers_and_combinations_need_more_than_straight_lines() -> None:
    random = np.random.default_rng(5)
    age, first, second = random.uniform(18, 80, 1_500), random.integers(0, 2, 1_500), random.integers(0, 2, 1_500)
    left = random.uniform(size=1_500) < np.where(np.abs(age - 50) > 20, 0.7, 0.1)
    chosen = ("logistic", "logistic_with_splines")
    bent = ChurnModel(candidates=chosen, n_folds=3, random_state=0).fit(pd.DataFrame({"age": age}), left)
    assert bent.chosen_ == "logistic_with_splines"
    together = random.uniform(size=1_500) < np.where(first == second, 0.7, 0.1)
    table = pd.DataFrame({"first": first, "second": second})
    assert ChurnModel(n_folds=3, random_state=0).fit(table, together).chosen_ == "boosting"


def test_unseen_words_missing_values_and_other_columns_are_taken(fitted: tuple) -> None:
    model, *_ = fitted
    odd = pd.DataFrame({"extra": [1, 2], "plan": ["never seen", None], "spend": [None, "20"], "months": [np.nan, 1e9]})
    found = model.churn_risk(odd)
    assert ((found > 0) & (found < 1)).all()
    assert model.churn_risk(odd.iloc[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(columns="plan"), "lacks plan"),
        (lambda table: table.assign(spend="twenty"), "Column 'spend' holds 'twenty'"),
        (lambda table: table.to_numpy(), "expected a pandas DataFrame"),
    ],
)
def test_tables_that_do_not_fit_the_model_are_refused(fitted: tuple, change: object, message: str) -> None:
    model, table, *_ = fitted
    with pytest.raises(ValueModelError, match=message):
        model.churn_risk(change(table[:5]))


def test_risk_is_never_nil_and_never_certain() -> None:
    months = np.repeat([1.0, 50.0], 200)
    left = months < 10
    left[[0, 300]] = [False, True]
    found = ChurnModel(candidates=["boosting"], n_folds=3, smallest_risk=0.02, random_state=0)
    risk = found.fit(pd.DataFrame({"months": months, "other": np.tile([1.0, 2.0], 200)}), left).churn_risk(
        pd.DataFrame({"months": [1.0, 50.0, 1e12], "other": [1.0, 1.0, -1e12]})
    )
    assert ((risk >= 0.02) & (risk <= 0.98)).all()


@pytest.mark.parametrize("left", [["Yes", "no"], ["TRUE", "false"], [1, 0], [1.0, 0.0], [True, False], ["1", " 0 "]])
def test_label_takes_yes_no_true_false_one_nought(left: list) -> None:
    assert read_label(left * 20, 40).tolist() == [True, False] * 20


@pytest.mark.parametrize(
    ("label", "message"),
    [
        (["yes", "no", "maybe"] * 20, "holds 3 values, as 'yes', 'no', 'maybe'"),
        ([2, 1] * 30, "expected yes or no, true or false, or 1 or 0"),
        (["yes"] * 60, "None of 60 customers stayed"),
        ([0] * 60, "None of 60 customers left"),
        ([1] * 19 + [0] * 41, "Only 19 of 60 customers left"),
        (["yes", None] * 30, "missing for 30 customers"),
        (["yes", " "] * 30, "missing for 30 customers"),
        ([1, 0], "2 values for 60 customers"),
    ],
)
def test_labels_that_cannot_be_used_are_explained(label: list, message: str) -> None:
    with pytest.raises(ValueModelError, match=message):
        ChurnModel().fit(pd.DataFrame({"months": range(60)}), label)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"id": [f"c{n}" for n in range(60)], "same": [1] * 60}, "None of 2 columns"),
        ({}, "None of 0 columns"),
        ({"empty": [None] * 60}, "None of 1 columns"),
    ],
)
def test_tables_that_say_nothing_are_refused(table: dict, message: str) -> None:
    with pytest.raises(ValueModelError, match=message):
        ChurnModel().fit(pd.DataFrame(table, index=range(60)), [1, 0] * 30)


@pytest.mark.parametrize(
    "settings", [{"candidates": ["forest"]}, {"candidates": []}, {"n_folds": 1}, {"smallest_risk": 0}]
)
def test_settings_out_of_range_are_named(settings: dict) -> None:
    with pytest.raises(ValueModelError, match=next(iter(settings))):
        ChurnModel(**settings).fit(pd.DataFrame({"months": range(60)}), [1, 0] * 30)


def test_columns_without_names_or_named_twice_are_refused() -> None:
    with pytest.raises(ValueModelError, match=r"columns named \[0\]"):
        find_columns(pd.DataFrame([[1], [2]]))
    twice = pd.DataFrame([[1, 2]] * 60, columns=["months", "months"])
    with pytest.raises(ValueModelError, match="two columns named months"):
        find_columns(twice)


@pytest.mark.parametrize(
    "column",
    [
        lambda left: np.where(left, "closed", "open"),
        lambda left: np.where(left, "2026-01-05", None),
        lambda left: np.where(left, -1.0, np.random.default_rng(1).uniform(0, 50, len(left))),
        lambda left: pd.Series(np.where(left, np.datetime64("2026-01-05"), np.datetime64("NaT"))),
    ],
    ids=["words", "date written at the end", "number outside the rest", "date or none"],
)
def test_column_that_gives_the_label_away_is_named(column: object) -> None:
    table, _, left = made(300, 3)
    table["ended"] = column(left)
    model = ChurnModel(candidates=["logistic"], n_folds=2, random_state=0).fit(table, left)
    assert model.gives_away_ == ("ended",)
    assert "'ended' alone tells who left" in str(model.warning_)


def test_strong_but_honest_columns_do_not_count_as_giving_away() -> None:
    table, _, left = made(2_000, 4, effect=3.0)
    columns = find_columns(table)
    assert columns_that_give_away(columns.read(table), left) == ()


def test_evaluation_of_a_giveaway_is_not_trusted() -> None:
    table, _, left = made(300, 3)
    model = ChurnModel(candidates=["logistic"], n_folds=2, random_state=0)
    check = evaluate_churn(table.assign(ended=np.where(left, "x", "y")), left, model=model, n_folds=3, random_state=0)
    assert check.auc == 1
    assert not check.is_trusted
    assert "'ended' alone gives away who left" in check.sentence


def test_evaluation_of_noise_does_no_better_than_guessing() -> None:
    table, _, _ = made(400, 6)
    left = np.random.default_rng(7).uniform(size=400) < 0.3
    model = ChurnModel(candidates=["boosting"], n_folds=2, random_state=0)
    check = evaluate_churn(table, left, model=model, n_folds=3, random_state=0)
    assert check.auc_low < 0.5
    assert not check.is_trusted
    assert "no better than giving everybody the same" in check.sentence


def test_evaluation_is_repeatable_and_leaves_the_model_as_it_was() -> None:
    table, _, left = made(600, 8)
    model = ChurnModel(candidates=["logistic"], n_folds=2, random_state=0)
    first, again = (evaluate_churn(table, left, model=model, n_folds=3, random_state=1) for _ in range(2))
    assert (first.auc, first.brier) == (again.auc, again.brier)
    assert not hasattr(model, "classifier_")
    assert first.is_trusted
    assert first.sentence.startswith(f"Of 600 customers {left.sum()} left; risks from a model that had not seen them")


def test_figures_agree_with_other_implementations() -> None:
    _, risk, left = made(900, 9)
    risk = np.round(risk, 2)  # ties
    check = check_churn_risk(risk, left)
    assert check.auc == pytest.approx(roc_auc_score(left, risk))
    assert check.brier == pytest.approx(brier_score_loss(left, risk))
    assert check.log_loss == pytest.approx(log_loss(left, risk))
    assert check.brier_base == pytest.approx(left.mean() * (1 - left.mean()))
    assert check.calibration["customers"].sum() == 900
    assert (check.calibration["customers"] * check.calibration["observed"]).sum() == pytest.approx(left.sum())
    assert check.calibration["predicted"].is_monotonic_increasing
    assert len(check.calibration) == 10


def test_auc_interval_is_delongs() -> None:
    """By its definition over all pairs: a win counts 1, a tie a half."""
    _, risk, left = made(120, 10)
    risk = np.round(risk, 1).clip(0.05, 0.95)
    gone, stayed = risk[left], risk[~left]
    wins = (gone[:, None] > stayed) + 0.5 * (gone[:, None] == stayed)
    error = np.sqrt(wins.mean(axis=1).var(ddof=1) / len(gone) + wins.mean(axis=0).var(ddof=1) / len(stayed))
    check = check_churn_risk(risk, left)
    assert check.auc == pytest.approx(mannwhitneyu(gone, stayed).statistic / len(gone) / len(stayed))
    assert check.auc_high - check.auc_low == pytest.approx(2 * norm.ppf(0.975) * error)


def test_calibration_slope_and_intercept_maximise_the_likelihood() -> None:
    _, risk, left = made(800, 11)
    bold = expit(2 * logit(risk) + 0.5)
    found = recalibration(bold, left)

    def loss(line: np.ndarray, offset: np.ndarray) -> float:
        score = offset + line[0] + (line[1] * logit(bold) if len(line) == 2 else 0)
        return float((np.logaddexp(0, score) - left * score).sum())

    both = minimize(loss, [0.0, 1.0], args=(np.zeros(800),), tol=1e-10)
    alone = minimize(loss, [0.0], args=(logit(bold),), tol=1e-10)
    assert found.slope == pytest.approx(both.x[1], abs=1e-4)
    assert found.intercept == pytest.approx(alone.x[0], abs=1e-4)
    assert found.slope_low < 0.5 < found.slope_high
    assert not found.slope_is_one


def test_calibration_intervals_hold_the_truth_as_often_as_they_say() -> None:
    _, risk, _ = made(400, 12)
    random = np.random.default_rng(13)
    found = [recalibration(risk, random.uniform(size=400) < risk) for _ in range(400)]
    for holds in ([one.slope_is_one for one in found], [one.intercept_is_nil for one in found]):
        assert 0.92 <= np.mean(holds) <= 0.98  # 0.95, give or take 2.7 standard errors


def test_bold_risks_and_shifted_ones_are_called_so() -> None:
    _, risk, left = made(4_000, 14)
    assert check_churn_risk(risk, left).is_trusted
    bold = check_churn_risk(expit(2.5 * logit(risk)).clip(0.001, 0.999), left)
    assert not bold.is_calibrated
    assert "not as chances" in bold.sentence
    shifted = check_churn_risk(expit(logit(risk) + 1), left)
    assert not shifted.is_trusted
    assert "they expect more to leave than did" in shifted.sentence


def test_risks_all_alike_are_guessing_and_make_one_bin() -> None:
    check = check_churn_risk(np.full(100, 0.3), np.arange(100) < 30)
    assert (check.auc, check.top_decile_lift) == (0.5, pytest.approx(1.0))
    assert len(check.calibration) == 1
    assert not check.is_trusted


@pytest.mark.parametrize("risk", [[0.0, 0.5], [0.5, 1.0], [0.5, np.nan]])
def test_risks_that_are_no_chances_are_refused(risk: list) -> None:
    with pytest.raises(ValueModelError, match="risk"):
        check_churn_risk(np.tile(risk, 30), [1, 0] * 30)


def test_overconfident_trees_are_recalibrated() -> None:
    table, _, left = made(400, 15, effect=0.6)
    model = ChurnModel(candidates=["boosting"], n_folds=3, random_state=0).fit(table, left)
    assert model.is_recalibrated_
    later, _, left_later = made(4_000, 16, effect=0.6)
    raw = model.classifier_.calibrated_classifiers_[0].estimator.predict_proba(model.columns_.read(later))[:, 1]
    found, before = recalibration(model.churn_risk(later), left_later), recalibration(raw, left_later)
    assert abs(found.slope - 1) < abs(before.slope - 1)


def test_large_tables_are_compared_on_a_sample_and_learnt_from_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segmodel.value.churn.COMPARED", 300)
    table, _, left = made(3_000, 18)
    table.index = np.repeat([0, 1], 1_500)
    model = ChurnModel(candidates=["logistic", "logistic_with_splines"], n_folds=3, random_state=0).fit(table, left)
    assert model.n_customers_ == 3_000
    later, _, left_later = made(3_000, 19)
    assert check_churn_risk(model.churn_risk(later), left_later).is_trusted


def test_dates_count_in_days() -> None:
    table = pd.DataFrame({"joined": pd.date_range("2025-01-01", periods=60, tz="UTC"), "vip": [True, False] * 30})
    read = find_columns(table).read(table)
    assert (read["joined"].diff().dropna() == 1).all()
    assert read["vip"].iloc[:2].tolist() == [1.0, 0.0]


def test_segments_add_up_and_share_of_leavers_lies_in_the_interval() -> None:
    random = np.random.default_rng(17)
    risk, segment, value = random.beta(1, 3, 900), random.choice(["s1", "s2", "s3"], 900), random.lognormal(3, 1, 900)
    table = segment_churn(risk, segment, value).set_index("segment")
    parts = table.drop(index="")
    for name in ("customers", "may_leave", "value_at_risk"):
        assert parts[name].sum() == pytest.approx(table.loc["", name])
    assert table.loc["", "churn_risk"] == pytest.approx(risk.mean())
    assert table.loc["s1", "may_leave"] == sum(
        one > 0.5 for one, where in zip(risk, segment, strict=True) if where == "s1"
    )
    assert table.loc["", "value_at_risk"] == pytest.approx(float(risk @ value))
    here = risk[segment == "s1"]
    shares = (random.uniform(size=(4_000, len(here))) < here).mean(axis=1)
    held = np.mean((shares >= table.loc["s1", "churn_risk_low"]) & (shares <= table.loc["s1", "churn_risk_high"]))
    assert 0.87 <= held <= 0.93


def test_customers_with_a_value_below_zero_put_none_at_risk() -> None:
    table = segment_churn([0.5, 0.5], ["a", "a"], [100, -60])
    assert table["value_at_risk"].tolist() == [50, 50]
    certain = segment_churn([0.0, 0.0], ["a", "a"], [1, 1])  # BG/NBD says so of those who bought once
    assert certain[["churn_risk_low", "churn_risk_high"]].to_numpy().tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.5], ["a", "b"], [1, 2]), "1 risks, 2 segments and 2 values"),
        (([], [], []), "no customers"),
        (([1.5], ["a"], [1]), "risk of 1.5"),
        (([0.5], [None], [1]), "no segment"),
        (([0.5], ["a"], [np.nan]), "missing or infinite"),
    ],
)
def test_segments_refuse_what_cannot_be(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueModelError, match=message):
        segment_churn(*arguments)
    with pytest.raises(ValueModelError, match="threshold of 1"):
        segment_churn([0.5], ["a"], [1], threshold=1)
