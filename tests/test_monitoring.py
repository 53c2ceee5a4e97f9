from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from segmodel import DriftMonitor, population_stability_index
from segmodel.drift import DriftThresholds
from segmodel.errors import DriftError

RANDOM = np.random.default_rng(0)
BEFORE = pd.DataFrame(
    {
        "spend": RANDOM.normal(50, 10, 4_000),
        "visits": RANDOM.poisson(3, 4_000),
        "channel": RANDOM.choice(["web", "store"], 4_000),
        "is_member": RANDOM.random(4_000) < 0.3,
    }
)


def later() -> pd.DataFrame:
    random = np.random.default_rng(1)
    parts = [
        pd.DataFrame(
            {
                "spend": random.normal(50 + shift, 10, 1_000),
                "visits": random.poisson(3, 1_000),
                "channel": random.choice(["web", "store"], 1_000),
                "is_member": random.random(1_000) < 0.3,
                "month": month,
                "new": 1,
            }
        )
        for month, shift in (("Jan", 0), ("Feb", 0), ("Mar", 5))
    ]
    return pd.concat(parts, ignore_index=True)


def test_drift_is_called_in_the_chunk_and_feature_where_it_is() -> None:
    result = DriftMonitor().fit(BEFORE).calculate(later(), "month")
    frame = result.to_frame()
    assert list(frame["chunk"].unique()) == ["Jan", "Feb", "Mar"]
    drifted = frame[frame["drifted"]]
    assert list(zip(drifted["chunk"], drifted["feature"], strict=True)) == [("Mar", "spend")]
    assert result.ignored == ("new",)
    march = later()[later()["month"] == "Mar"]
    row = frame[(frame["chunk"] == "Mar") & (frame["feature"] == "spend")].iloc[0]
    # where a quantile falls between two values, one takes the lower and the other the upper
    assert row["psi"] == pytest.approx(population_stability_index(BEFORE["spend"], march["spend"]), abs=3e-3)


def test_the_column_that_names_the_chunks_is_no_feature() -> None:
    with_month = BEFORE.assign(month="of last year")
    found = DriftMonitor().fit(with_month).calculate(later(), chunk="month").to_frame()
    expected = DriftMonitor().fit(BEFORE).calculate(later(), chunk="month").to_frame()
    pd.testing.assert_frame_equal(found, expected)
    with pytest.raises(DriftError, match="no column but 'month'"):
        DriftMonitor().fit(with_month[["month"]]).calculate(later(), chunk="month")


def test_chunks_of_so_many_rows_are_the_same() -> None:
    monitor = DriftMonitor().fit(BEFORE)
    by_rows, by_name = (monitor.calculate(later(), chunk).to_frame() for chunk in (1_000, "month"))
    pd.testing.assert_frame_equal(by_rows.drop(columns="chunk"), by_name.drop(columns="chunk"))
    assert set(monitor.calculate(later()).to_frame()["chunk"]) == {0}


def test_thresholds_are_ones_own() -> None:
    strict = DriftMonitor(thresholds=DriftThresholds(shift=0.6))
    assert not strict.fit(BEFORE).calculate(later(), "month").to_frame()["drifted"].any()


def test_the_picture_marks_what_drifted_and_draws_every_noise_line() -> None:
    figure = DriftMonitor().fit(BEFORE).calculate(later(), "month").plot()
    drawn = figure.to_dict()
    assert sum(shape["type"] == "line" for shape in drawn["layout"]["shapes"]) == 4
    filled = [trace for trace in drawn["data"] if trace["mode"] == "markers" and trace["marker"]["size"] == 9]
    assert sum("spend, Mar" in text for trace in filled for text in trace["text"]) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda frame: frame.drop(columns="visits").assign(visit=1), "'visits' of the reference is not.*'visit'"),
        (lambda frame: frame.head(0), "no rows"),
    ],
)
def test_what_cannot_be_compared_is_refused(change: object, words: str) -> None:
    with pytest.raises(DriftError, match=words):
        DriftMonitor().fit(BEFORE).calculate(change(later()))


def test_misuse_is_said_in_a_sentence() -> None:
    with pytest.raises(DriftError, match="Call fit"):
        DriftMonitor().calculate(BEFORE)
    with pytest.raises(DriftError, match="two bins"):
        DriftMonitor(bins=1).fit(BEFORE)
    with pytest.raises(DriftError, match="no rows"):
        DriftMonitor().fit(BEFORE.head(0))
    with pytest.raises(DriftError, match="one row or more"):
        DriftMonitor().fit(BEFORE).calculate(BEFORE, 0)
    with pytest.raises(DriftError, match=r"no column 'mnth'.*'month'"):
        DriftMonitor().fit(BEFORE).calculate(later(), "mnth")
