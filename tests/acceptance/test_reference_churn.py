"""Churn of a telephone company, against R's glm; the first 5,000 rows are learnt from, the rest only tested on."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from segmodel.value import ChurnModel, check_churn_risk
from segmodel.value.churn_candidates import logistic
from segmodel.value.churn_columns import find_columns, read_label
from tests.support.real_data import real_data

pytestmark = pytest.mark.real_data

TRAINING = 5_000


@pytest.fixture(scope="module")
def telco() -> pd.DataFrame:
    return pd.read_csv(real_data("telco/telco_churn.csv"))


@pytest.fixture(scope="module")
def reference() -> dict:
    return json.loads(real_data("telco/reference.json").read_text())


def test_chosen_by_cross_validation_beats_logistic_regression_and_is_calibrated(telco: pd.DataFrame) -> None:
    table, left = telco.drop(columns="Churn"), telco["Churn"]
    model = ChurnModel(random_state=0).fit(table[:TRAINING], left[:TRAINING])
    assert model.left_out_ == ("customerID",)
    assert "TotalCharges" in model.numbers_  # text, with 11 blanks
    assert model.gives_away_ == ()
    check = check_churn_risk(model.churn_risk(table[TRAINING:]), left[TRAINING:])
    assert check.auc >= 0.833
    assert check.brier <= 0.141
    assert check.recalibration.slope_is_one
    assert check.recalibration.intercept_is_nil
    within = check.calibration.eval("low <= predicted <= high")
    assert within.sum() >= 8  # of ten at 95%; with fewer than eight chance would be one in ninety
    assert check.is_trusted


def test_plain_logistic_regression_is_that_of_r(telco: pd.DataFrame, reference: dict) -> None:
    # R's formula leaves out TotalCharges
    table, left = telco.drop(columns=["customerID", "TotalCharges", "Churn"]), read_label(telco["Churn"], len(telco))
    columns = find_columns(table)
    read = columns.read(table)
    plain = logistic(columns, read).set_params(classify__C=np.inf, classify__tol=1e-8)
    risk = plain.fit(read[:TRAINING], left[:TRAINING]).predict_proba(read[TRAINING:])[:, 1]
    check, published = check_churn_risk(risk, left[TRAINING:]), reference["glm_split"]
    assert check.auc == pytest.approx(published["test_auc"], abs=1e-3)
    assert check.brier == pytest.approx(published["test_brier"], abs=1e-3)
    assert check.log_loss == pytest.approx(published["test_logloss"], abs=1e-3)
    assert check.top_decile_lift == pytest.approx(published["top_decile_lift"], abs=1e-3)
    assert check.expected / check.n_customers == pytest.approx(published["mean_pred"], abs=1e-3)
    everybody = check_churn_risk(plain.fit(read, left).predict_proba(read)[:, 1], left)
    assert 2 * len(read) * everybody.log_loss == pytest.approx(reference["glm_full"]["deviance"], abs=1e-3)
