"""The car loans of NannyML: drift is called where it was planted, from the chunk where it starts, and nowhere else."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from segmodel.drift import call_drift, kolmogorov_smirnov
from segmodel.drift.binned import compare_snapshots
from segmodel.engines import Engine
from tests.support.real_data import real_data

CHUNK = 5_000
FIRST_DRIFTED = 5
DRIFTED = {"car_value", "loan_length", "salary_range", "repaid_loan_on_prev_car"}
STEADY = {"debt_to_income_ratio", "size_of_downpayment", "driver_tenure"}
DAY_ONE = dt.date(2000, 1, 1)


def _day(chunk: int) -> dt.date:
    return DAY_ONE + dt.timedelta(days=1 + chunk)


@pytest.fixture(scope="module")
def samples() -> tuple[pd.DataFrame, pd.DataFrame]:
    reference, analysis = (
        pd.read_csv(real_data(f"car_loan/car_loan_{name}.csv.gz")) for name in ("reference", "analysis")
    )
    columns = sorted(DRIFTED | STEADY)
    return reference[columns], analysis[columns]


@pytest.fixture(scope="module")
def compared(samples: tuple[pd.DataFrame, pd.DataFrame]) -> pd.DataFrame:
    reference, analysis = samples
    chunk = pd.Series(range(len(analysis))) // CHUNK
    rows = pd.concat([reference.assign(snapshot=DAY_ONE), analysis.assign(snapshot=chunk.map(_day))], ignore_index=True)
    rows["repaid_loan_on_prev_car"] = rows["repaid_loan_on_prev_car"].astype(str)
    with Engine.open(None) as engine, engine.loaded("loans", rows.assign(segment="all loans")):
        sql = "SELECT * REPLACE (snapshot::DATE AS snapshot) FROM loans"
        found = compare_snapshots(engine, sql, DAY_ONE)
    found = found[found["segment"] == ""].assign(
        chunk=(pd.to_datetime(found["snapshot"]) - pd.Timestamp(_day(0))).dt.days
    )
    return pd.concat([call_drift(part) for _, part in found.groupby("chunk")])


def test_drift_is_called_where_it_was_planted_and_nowhere_else(compared: pd.DataFrame) -> None:
    called = {(row.feature, row.chunk) for row in compared[compared["drifted"]].itertuples()}
    assert called == {(feature, chunk) for feature in DRIFTED for chunk in range(FIRST_DRIFTED, 10)}


def test_indices_are_those_computed_elsewhere(compared: pd.DataFrame) -> None:
    published = pd.read_csv(real_data("car_loan/computed_ks_psi_by_chunk.csv")).set_index("chunk")
    found = compared.set_index(["chunk", "feature"])
    for name in (column for column in published if column.startswith("psi")):
        feature = name.removeprefix("psi10_").removeprefix("psi_")
        # not among the inputs; and whole numbers, of which other bins hold the ties
        if feature in {"y_pred_proba", "loan_length"}:
            continue
        for chunk, psi in published[name].items():
            # half a customer added to a bin that holds a handful takes a few percent off a large index, no more
            assert found.loc[(chunk, feature), "psi"] == pytest.approx(psi, rel=0.05 if psi > 1 else 0.01, abs=3e-4)


def test_kolmogorov_smirnov_agrees_with_the_published_column(samples: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    published = pd.read_csv(real_data("car_loan/published_ks_js_debt_to_income.csv"))
    reference, analysis = (sample["debt_to_income_ratio"] for sample in samples)
    for row in published.itertuples():
        sample = reference if row.period == "reference" else analysis
        current = sample.iloc[row.chunk * CHUNK : (row.chunk + 1) * CHUNK]
        assert kolmogorov_smirnov(reference, current) == pytest.approx(row.ks_published, abs=2e-4 + 1e-9)
