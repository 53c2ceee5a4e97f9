from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from segmodel.engines import Engine
from segmodel.features import CATALOGUE
from segmodel.metrics import compute_profiles

DAY = dt.date(2026, 6, 30)
FEATURES = {name: CATALOGUE[name] for name in ("frequency", "monetary", "trend", "main_channel")}


def profiled(frame: pd.DataFrame, minimum: int = 5) -> pd.DataFrame:
    """Return the profiles of customers with columns segment, frequency, monetary, trend; by segment and feature."""
    frame = frame.assign(customer_id=[f"c{n}" for n in range(len(frame))], main_channel="web", other=1)
    with Engine.open(None) as engine, engine.loaded("given", frame):
        engine.execute(
            "CREATE TABLE customer_features AS SELECT DATE '2026-06-30' AS snapshot, * FROM given "
            "UNION ALL SELECT DATE '2026-05-31', * REPLACE (frequency + 100 AS frequency) FROM given"
        )
        engine.execute(
            "CREATE TABLE assignments AS SELECT 'made' AS segmentation, snapshot, customer_id, segment, "
            "'features' AS assigned_by FROM customer_features"
        )
        compute_profiles(engine, "made", FEATURES, DAY, minimum)
        return engine.frame("SELECT * FROM profiles").set_index(["segment", "feature"])


def customers(seed: int = 2, size: int = 300) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    segment = random.choice(["s1", "s2", "s3"], size, p=[0.2, 0.3, 0.5])
    shift = pd.Series(segment).map({"s1": 2.0, "s2": 1.0, "s3": 0.0}).to_numpy()
    return pd.DataFrame(
        {
            "segment": segment,
            "frequency": random.normal(shift, 1),
            "monetary": random.lognormal(shift),
            "trend": np.where(random.random(size) < 0.2, np.nan, random.uniform(-1, 1, size)),
        }
    )


def test_difference_is_cohens_d_against_the_rest() -> None:
    frame = customers()
    found = profiled(frame)
    assert len(found) == 9  # three segments by three numbers; words have no mean
    for (segment, feature), row in found.iterrows():
        known = frame[frame[feature].notna()]
        own = known.loc[known["segment"] == segment, feature]
        rest = known.loc[known["segment"] != segment, feature]
        squares = (len(own) - 1) * own.var() + (len(rest) - 1) * rest.var()
        pooled = np.sqrt(squares / (len(known) - 2))
        expected = {
            "mean": own.mean(),
            "rest_mean": rest.mean(),
            "median": own.median(),
            "pooled_sd": pooled,
            "difference": (own.mean() - rest.mean()) / pooled,
            "n": len(own),
            "n_rest": len(rest),
        }
        for name, value in expected.items():
            assert row[name] == pytest.approx(value, rel=1e-7), (segment, feature, name)


def test_interval_is_that_of_hedges_and_olkin() -> None:
    found = profiled(customers())
    own, rest, d = (found[name].astype(float) for name in ("n", "n_rest", "difference"))
    error = np.sqrt((own + rest) / (own * rest) + d**2 / (2 * (own + rest)))  # 1985, equation 5.8
    np.testing.assert_allclose(found["high"] - found["difference"], stats.norm.ppf(0.975) * error, rtol=1e-5)
    np.testing.assert_allclose(found["difference"] - found["low"], stats.norm.ppf(0.975) * error, rtol=1e-5)


def test_interval_covers_the_true_difference_as_often_as_it_says() -> None:
    from segmodel.metrics.profiles import _differences

    random = np.random.default_rng(3)
    true, repeats, covered = 0.6, 1500, 0
    for _ in range(repeats):
        own, rest = random.normal(true, 1, 40), random.normal(0, 1, 90)
        moments = pd.DataFrame(
            {
                "segment": ["s1", "s2"],
                "n": [40, 90],
                "mean": [own.mean(), rest.mean()],
                "variance": [own.var(ddof=1), rest.var(ddof=1)],
                "median": 0.0,
            }
        )
        row = _differences(moments).iloc[0]
        covered += row["low"] <= true <= row["high"]
    # 95% give or take three standard errors of 1,500 draws (0.6 points each)
    assert covered / repeats == pytest.approx(0.95, abs=0.017)


def test_what_few_are_known_of_is_hidden_with_what_would_tell_it() -> None:
    frame = customers()
    frame.loc[frame.index[frame["segment"] == "s1"][4:], "trend"] = np.nan
    known = frame.groupby("segment")["trend"].count()
    assert known["s1"] < 10 <= known["s2"] < known["s3"]
    trend = profiled(frame, minimum=10).xs("trend", level="feature")
    # with the next larger visible, mean and mean of the rest would give the small one back
    assert trend["difference"].isna().to_dict() == {"s1": True, "s2": True, "s3": False}
    assert trend["n"].isna().to_dict() == {"s1": True, "s2": True, "s3": False}
    assert profiled(frame, minimum=10).xs("frequency", level="feature")["difference"].notna().all()


@pytest.mark.parametrize("value", [0.0, 0.5, 0.1, -1 / 3, 123456.7])
def test_a_feature_that_is_the_same_for_all_has_no_difference(value: float) -> None:
    found = profiled(customers().assign(trend=value)).xs("trend", level="feature")
    assert found["mean"].to_list() == pytest.approx([value] * 3)
    assert found[["difference", "low", "high"]].isna().all(axis=None)


def test_segments_that_are_points_have_no_difference_in_units_of_spread() -> None:
    frame = customers()
    apart = frame.assign(trend=frame["segment"].map({"s1": 1.0, "s2": 0.0, "s3": 0.0}))
    found = profiled(apart).xs("trend", level="feature")
    assert found["difference"].isna().to_dict() == {"s1": True, "s2": False, "s3": False}


def test_a_large_level_does_not_drown_the_difference() -> None:
    frame = customers()
    plain, lifted = (profiled(frame.assign(trend=frame["monetary"] + level)) for level in (0.0, 1e7))
    np.testing.assert_allclose(
        lifted.xs("trend", level="feature")["difference"], plain.xs("trend", level="feature")["difference"], rtol=1e-6
    )


def test_a_feature_nobody_has_is_there_without_numbers() -> None:
    found = profiled(customers().assign(trend=np.nan)).xs("trend", level="feature")
    assert found["n"].to_list() == [0] * 3
    assert found[["mean", "rest_mean", "difference"]].isna().all(axis=None)
