"""Who moved in the sample is what its published assignments say, and nothing is told of a few."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from segmodel.drift import flows_between, movers
from segmodel.store import PublishedBuild
from segmodel.workspace import Workspace
from tests.support.real_data import REPOSITORY

SAMPLE = REPOSITORY / "data" / "sample"


@pytest.fixture
def published(request: pytest.FixtureRequest) -> Iterator[PublishedBuild]:
    if not (SAMPLE / "data").is_dir():
        pytest.skip("the sample is not there: data/sample/generate.py makes it")
    with Workspace(request.getfixturevalue("built_sample")).open() as opened:
        yield opened


def test_flows_of_a_year_are_those_of_pandas(published: PublishedBuild) -> None:
    before, after = published.snapshots()[-13], published.snapshots()[-1]
    for name in published.segmentations()["name"]:
        rows = published.engine.frame(
            "SELECT customer_id, snapshot, segment FROM assignments WHERE segmentation = $name AND is_counted "
            "AND snapshot IN ($before, $after)",
            {"name": name, "before": before, "after": after},
        )
        wide = rows.pivot_table(index="customer_id", columns="snapshot", values="segment", aggfunc="first")
        pairs = wide[[pd.Timestamp(before), pd.Timestamp(after)]].set_axis(["start", "to"], axis=1)
        expected = pairs.fillna({"start": "new", "to": "lost"}).value_counts(["start", "to"])
        flows = flows_between(published, name, before, after)
        told = flows.cells.set_index(["segment_before", "segment_after"])["customers"].dropna()
        inside = told[[key for key in told.index if "" not in key]]
        assert (inside == expected[inside.index]).all()
        assert (inside >= 10).all()
        assert flows.totals["customers_after"] == len(wide[pd.Timestamp(after)].dropna())


def test_the_usual_next_move_is_where_most_went_or_not_told(published: PublishedBuild) -> None:
    flows = flows_between(published, "behaviour", published.snapshots()[-13], published.snapshots()[-1])
    moves = flows.segments.set_index("name")
    names = dict(zip(flows.segments["segment"], flows.segments["name"], strict=True))
    told = moves["next_segment"].map({**names, "": ""})
    assert told["Gift givers"] == "Fading subscribers"
    found = movers(published, "behaviour", flows.before, flows.after)
    assert len(found) == flows.totals["moved"] + flows.totals["new"] + flows.totals["lost"]
    gone = found[found["segment_before"].isin(moves.index) & found["segment_after"].isin(moves.index)]
    for who, to in gone.groupby("segment_before")["segment_after"]:
        assert told[who] in ("", *to.mode())
    # a segment whose most went to a hidden cell, or of which two moves are alike, is told of none
    assert "" in told.to_list()


def test_a_forecast_is_stored_only_where_it_beat_no_change(published: PublishedBuild) -> None:
    shown = []
    for name in published.segmentations()["name"]:
        forecast, check = published.migration_forecast(name)
        assert check["months_tested"] == 12
        assert bool(check["is_shown"]) == (check["error"] < check["error_unchanged"]) == (not forecast.empty)
        shown.append(bool(check["is_shown"]))
        if check["is_shown"]:
            shares = forecast.groupby("months_ahead")["share"].sum()
            assert shares.to_list() == pytest.approx([1.0] * 13)
    assert len(set(shown)) == 2  # the sample has both
