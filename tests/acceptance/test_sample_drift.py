"""The change planted in the sample is found: in the right segment, by what changed, dated within a month."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from segmodel.workspace import Workspace
from tests.support.real_data import REPOSITORY

TRUTH = REPOSITORY / "data" / "sample" / "truth" / "effects.json"


def test_the_planted_change_is_found_and_no_other_segment_is_unfit(request: pytest.FixtureRequest) -> None:
    if not (REPOSITORY / "data" / "sample" / "data").is_dir():
        pytest.skip("the sample is not there: data/sample/generate.py makes it")
    planted = pd.Timestamp(json.loads(TRUTH.read_text(encoding="utf-8"))["change"]["from"])
    with Workspace(request.getfixturevalue("built_sample")).open() as published:
        names = published.segments("behaviour").set_index("segment")["name"]
        verdicts = published.drift_verdicts("behaviour").assign(name=lambda frame: frame["segment"].map(names))
        reasons = published.drift_reasons("behaviour")
    (unfit,) = verdicts[verdicts["verdict"] == "unfit"].to_dict("records")
    assert unfit["name"] == "Fading subscribers"
    assert abs((pd.Timestamp(unfit["since"]) - planted).days) <= 31
    own = reasons[reasons["segment"] == unfit["segment"]].set_index("kind")
    assert own.loc["orders", "verdict"] == "unfit"
    assert abs((pd.Timestamp(own.loc["orders", "since"]) - planted).days) <= 31
    assert "frequency" in set(reasons.loc[reasons["segment"] == unfit["segment"], "feature"].dropna())
