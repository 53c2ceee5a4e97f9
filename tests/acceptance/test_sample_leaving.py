"""The sample's planted drop-out is measurable: the default model of value fits, and its forecast holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from segmodel.engines import Engine
from segmodel.value import ModifiedBetaGeoModel, check_holdout, customer_summary
from tests.support.real_data import REPOSITORY

SAMPLE = REPOSITORY / "data" / "sample"
EARLIER, LAST = dt.date(2025, 6, 30), dt.date(2026, 6, 30)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    if not (SAMPLE / "data").is_dir():
        pytest.skip("the sample is not there: data/sample/generate.py makes it")
    with Engine.open(None) as engine:
        engine.execute(
            "CREATE TABLE transactions AS SELECT DISTINCT *, FALSE AS is_cancelled "
            f"FROM read_parquet('{SAMPLE}/data/transactions/*.parquet') "
            "WHERE customer_id IS NOT NULL AND amount IS NOT NULL AND ordered_at >= TIMESTAMP '1900-01-01'"
        )
        yield engine


@pytest.fixture(scope="module")
def planted() -> pd.DataFrame:
    return pd.read_csv(SAMPLE / "truth" / "segments.csv.gz", parse_dates=["left_on"]).set_index("customer_id")


@pytest.mark.parametrize("as_of", [EARLIER, LAST])
def test_who_left_is_told_from_who_stayed(engine: Engine, planted: pd.DataFrame, as_of: dt.date) -> None:
    customers = customer_summary(engine, as_of=as_of).set_index("customer_id")
    seen = customers["frequency"], customers["recency"], customers["T"]
    model = ModifiedBetaGeoModel().fit(*seen)
    assert model.warning_ is None
    truth = planted.loc[customers.index]
    has_left = truth["left_on"] <= pd.Timestamp(as_of)
    risk = pd.Series(1 - model.probability_alive(*seen), customers.index)
    assert roc_auc_score(has_left, risk) > 0.85
    by_segment = risk.groupby(truth["segment"]).mean()
    assert by_segment.idxmin() == "offices_and_cafes"
    assert by_segment.idxmax() == "fading_subscribers"


def test_a_year_is_forecast(engine: Engine) -> None:
    customers = customer_summary(engine, as_of=EARLIER, until=LAST)
    seen = customers["frequency"], customers["recency"], customers["T"]
    checked = check_holdout(
        ModifiedBetaGeoModel().fit(*seen), *seen, customers["later_purchases"], ahead=(LAST - EARLIER).days / 7
    )
    assert checked.is_trusted
    assert abs(checked.error) < 0.15
