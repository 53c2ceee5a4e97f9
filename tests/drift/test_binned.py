from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from segmodel.drift import (
    call_drift,
    jensen_shannon_distance,
    population_stability_index,
    psi_noise_line,
    wasserstein_distance,
)
from segmodel.drift.binned import compare_snapshots
from segmodel.engines import Engine
from segmodel.errors import DriftError

REFERENCE, LATER, LATEST = dt.date(2025, 6, 30), dt.date(2025, 7, 31), dt.date(2025, 8, 31)


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.open(None) as engine:
        yield engine


def _rows() -> pd.DataFrame:
    random = np.random.default_rng(3)
    parts = []
    for day, shift in ((REFERENCE, 0.0), (LATER, 0.0), (LATEST, 0.5)):
        n = 6_000
        segment = random.choice(["s1", "s2"], n, p=[0.7, 0.3])
        normal = random.normal(10, 2, n) + shift * 2 * (segment == "s2")
        parts.append(
            pd.DataFrame(
                {
                    "snapshot": day,
                    "segment": segment,
                    "amount": np.where(random.random(n) < 0.05, np.nan, normal),
                    "orders": random.poisson(2, n),
                    "channel": random.choice(["web", "store", None], n, p=[0.6, 0.3, 0.1]),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _compared(engine: Engine, rows: pd.DataFrame) -> pd.DataFrame:
    with engine.loaded("given", rows):
        sql = "SELECT * REPLACE (snapshot::DATE AS snapshot) FROM given"
        return compare_snapshots(engine, sql, REFERENCE)


def test_one_pass_finds_what_comparing_every_pair_of_samples_finds(engine: Engine) -> None:
    rows = _rows()
    found = _compared(engine, rows)
    found = found.assign(snapshot=pd.to_datetime(found["snapshot"]).dt.date)
    found = found.set_index(["snapshot", "segment", "feature"])
    assert len(found) == 2 * 3 * 3
    for (day, segment, feature), row in found.iterrows():
        inside = rows if segment == "" else rows[rows["segment"] == segment]
        old = inside.loc[inside["snapshot"] == REFERENCE, feature]
        new = inside.loc[inside["snapshot"] == day, feature]
        assert row["psi"] == pytest.approx(population_stability_index(old, new), abs=1e-9)
        assert row["js"] == pytest.approx(jensen_shannon_distance(old, new), abs=1e-9)
        assert (row["n_reference"], row["missing_current"]) == (old.count(), new.isna().sum())
        assert row["noise_line"] == pytest.approx(psi_noise_line(old.count(), new.count(), int(row["bins"])))
        if feature == "channel":
            assert np.isnan(row["wasserstein"])
            continue
        assert row["mean_current"] == pytest.approx(new.mean())
        assert row["ks"] == pytest.approx(stats.ks_2samp(old.dropna(), new.dropna()).statistic, abs=0.011)
        assert row["wasserstein"] == pytest.approx(wasserstein_distance(old, new), abs=0.03)


def test_a_shift_inside_one_segment_is_called_there_and_nowhere_else(engine: Engine) -> None:
    found = _compared(engine, _rows())
    called = pd.concat([call_drift(part) for _, part in found.groupby("snapshot")])
    drifted = called[called["drifted"]].assign(snapshot=lambda rows: pd.to_datetime(rows["snapshot"]).dt.date)
    assert {(row.snapshot, row.segment, row.feature) for row in drifted.itertuples()} == {(LATEST, "s2", "amount")}


def test_missing_infinite_constant_new_and_vanished_do_not_stop_it(engine: Engine) -> None:
    random = np.random.default_rng(0)
    old = pd.DataFrame(
        {
            "snapshot": REFERENCE, "segment": "s1", "constant": 3.0, "missing": np.nan,
            "infinite": np.where(np.arange(200) < 5, np.inf, random.normal(size=200)), "word": "old", "empty": None,
        }
    )  # fmt: skip
    new = old.assign(snapshot=LATEST, constant=4.0, missing=1.0, word="new")
    new.loc[:99, "constant"] = 3.0
    alone = new.assign(segment="s2")
    rows = pd.concat([old, new, alone], ignore_index=True).astype({"empty": "str"})
    found = _compared(engine, rows).set_index(["segment", "feature"])
    assert "s2" not in found.index.get_level_values("segment")  # nobody was there before: nothing to compare with
    assert found.loc[("s1", "constant"), "psi"] > 1
    # nobody differed from anybody: there is no unit for how far the new value is, only how many have it
    assert np.isnan(found.loc[("s1", "constant"), "wasserstein"])
    assert found.loc[("s1", "constant"), "ks"] == pytest.approx(0.5)
    assert np.isnan(found.loc[("s1", "missing"), "psi"])
    assert found.loc[("s1", "missing"), "missing_reference"] == 200
    assert found.loc[("s1", "infinite"), ["n_reference", "missing_reference"]].to_list() == [195, 5]
    assert found.loc[("s1", "infinite"), "psi"] == pytest.approx(0, abs=1e-12)
    assert found.loc[("s1", "word"), "psi"] > 1
    called = call_drift(found.reset_index())
    assert set(called.loc[called["drifted"] & (called["segment"] == "s1"), "feature"]) == {"constant", "word"}


def test_a_feature_constant_in_a_segment_is_measured_by_how_customers_differ_elsewhere(engine: Engine) -> None:
    random = np.random.default_rng(3)
    parts = [
        pd.DataFrame({"snapshot": at, "segment": segment, "refund_share": random.random(4000) < share})
        for at, segment, share in (
            (REFERENCE, "never", 0.0), (REFERENCE, "often", 0.4), (LATEST, "never", 0.01), (LATEST, "often", 0.4),
        )
    ]  # fmt: skip
    rows = pd.concat(parts, ignore_index=True).astype({"refund_share": "float64"})
    found = _compared(engine, rows).set_index("segment")
    overall = rows.loc[rows["snapshot"] == REFERENCE, "refund_share"].std(ddof=0)
    now = rows.loc[(rows["snapshot"] == LATEST) & (rows["segment"] == "never"), "refund_share"].mean()
    assert found.loc["never", "wasserstein"] == pytest.approx(now / (0.25 * overall))
    assert not call_drift(found.reset_index()).set_index("segment").loc["never", "drifted"]


def test_counts_and_yes_or_no_move_by_as_much_as_their_values_say(engine: Engine) -> None:
    random = np.random.default_rng(4)
    old = pd.DataFrame({"visits": random.poisson(2.0, 5000), "member": random.random(5000) < 0.4}).astype("float64")
    new = pd.DataFrame({"visits": random.poisson(2.6, 5000), "member": random.random(5000) < 0.55}).astype("float64")
    rows = pd.concat([old.assign(snapshot=REFERENCE), new.assign(snapshot=LATEST)], ignore_index=True)
    found = _compared(engine, rows.assign(segment="s1")).set_index(["segment", "feature"])
    for feature in ("visits", "member"):
        highest = old[feature].quantile(0.99)  # what lies beyond is not told apart
        exact = stats.wasserstein_distance(*(each[feature].clip(upper=highest) for each in (old, new)))
        assert found.loc[("", feature), "wasserstein"] == pytest.approx(exact / old[feature].std(ddof=0))


def test_without_rows_of_the_reference_it_says_so(engine: Engine) -> None:
    rows = _rows()
    with pytest.raises(DriftError, match="no rows of 2025-06-30"):
        _compared(engine, rows[rows["snapshot"] != REFERENCE])


def test_with_the_reference_alone_there_is_nothing_to_tell(engine: Engine) -> None:
    rows = _rows()
    assert _compared(engine, rows[rows["snapshot"] == REFERENCE]).empty
