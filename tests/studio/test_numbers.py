from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmodel.clustering import CustomerMap, Guard, KChoice, Look, SegmentStability
from segmodel.definition import Segmentation
from segmodel.studio import NumbersCompared
from segmodel.workspace import Workspace

TWO = np.array([0] * 60 + [1] * 40)
THREE = np.array([0] * 36 + [1] * 24 + [1] * 3 + [2] * 37)

BEHAVIOUR = Segmentation(name="behaviour", features=("frequency", "monetary"))


def choice(reason: str = "3 segments: they agree (0.91 of 1). Look at each.") -> KChoice:
    stability = {
        2: SegmentStability(TWO, np.array([[0.9, 0.8], [0.9, 0.7]])),
        3: SegmentStability(THREE, np.array([[0.86, 0.65, 0.5], [0.86, 0.65, 0.5]])),
    }
    table = pd.DataFrame({"k": [2, 3], "stability": [0.8, 0.9], "smallest_share": [0.4, np.nan], "stable": True})
    guards = {3: (Guard("alike", 1, "Alike.", {"neighbour": 0, "largest_difference": 0.1}),)}
    looks = {2: look(("Many", "Few")), 3: look(("A", "B", "C"))}
    drawn = CustomerMap(np.column_stack([np.arange(50.0), np.zeros(50)]), np.arange(0, 100, 2), ("more of: a", ""), 0.8)
    return KChoice(3, table, reason, 100, True, "natural", np.arange(100), stability, 0, looks, drawn, guards)


def look(names: tuple[str, ...]) -> Look:
    """Return segments whose means of the one feature are 1, 2 and so on, and worth 1.5 times the average."""
    lines = [(place, "orders", "Orders", "orders", place - 0.5, place + 1.0, 1.5) for place in range(len(names))]
    columns = ["segment", "feature", "label", "unit", "difference", "mean", "rest_mean"]
    described = tuple(f"Those called {name}." for name in names)
    return Look(names, described, pd.DataFrame(lines, columns=columns), (1.5,) * len(names))


def test_each_segment_has_its_name_share_and_band() -> None:
    segments = NumbersCompared.of(BEHAVIOUR, choice(), 5).segments.set_index(["k", "segment"])
    assert list(segments.index) == [(2, 1), (2, 2), (3, 1), (3, 2), (3, 3)]
    assert segments["name"].to_list() == ["Many", "Few", "A", "B", "C"]
    assert segments["share"].to_list() == [0.6, 0.4, 0.35, 0.25, 0.35]  # 36, 27 and 37 to the nearest five
    assert segments["jaccard"].to_list() == [0.9, 0.75, 0.86, 0.65, 0.5]
    assert segments["band"].to_list() == ["highly stable", "stable", "highly stable", "a pattern", "not to be trusted"]


def test_bands_below_the_smallest_group_are_left_out() -> None:
    flows = NumbersCompared.of(BEHAVIOUR, choice(), 5).flows
    assert flows.to_numpy().tolist() == [[2, 1, 3, 1, 0.35], [2, 1, 3, 2, 0.25], [2, 2, 3, 3, 0.35]]
    counted = Counter(zip(TWO.tolist(), THREE.tolist(), strict=True))
    assert counted[1, 1] == 3  # the band that is left out


def test_segments_below_the_smallest_group_have_no_share() -> None:
    segments = NumbersCompared.of(BEHAVIOUR, choice(), 30).segments
    assert segments["share"].isna().to_list() == [False, False, False, True, False]


def test_nothing_is_told_of_small_groups() -> None:
    found = NumbersCompared.of(BEHAVIOUR, choice(), 30, "b1")
    small = found.segments.iloc[3]
    assert (small["k"], small["segment"], small["description"]) == (3, 2, "")
    assert np.isnan(small["value_ratio"])
    # of 36, 27 and 37 the second is small, and the first would tell it
    assert found.profiles[["k", "segment"]].to_numpy().tolist() == [[2, 1], [2, 2], [3, 3]]
    assert (found.segments["description"] == "").to_list() == [False, False, True, True, False]
    assert set(found.dots["k3"]) == {1, 3}  # nobody of the small group, whatever the number
    assert set(found.dots["k2"]) == {1, 2}
    assert len(found.dots) == 36
    assert list(found.dots) == ["x", "y", "k2", "k3"]
    assert found.build == "b1"


def test_the_settings_tried_are_told() -> None:
    assert NumbersCompared.of(BEHAVIOUR, choice(), 5).settings == {
        "basis": "behaviour",
        "method": "kmeans",
        "features": ["frequency", "monetary"],
        "factors": None,
        "seed": 0,
        "sample": 100_000,
    }


def test_a_neighbour_is_counted_from_one_like_the_segment_itself() -> None:
    (warning,) = NumbersCompared.of(BEHAVIOUR, choice(), 5).warnings
    assert (warning.k, warning.segment, warning.evidence["neighbour"]) == (3, 2, 1)


def test_the_reason_is_told_in_a_title_and_the_rest() -> None:
    found = NumbersCompared.of(BEHAVIOUR, choice(), 5)
    assert (found.finding, found.because) == ("3 segments: they agree (0.91 of 1).", "Look at each.")
    short = NumbersCompared.of(BEHAVIOUR, choice("Only 2 different customers: 2 segments."), 5)
    assert (short.finding, short.because) == ("Only 2 different customers: 2 segments.", "")


def test_what_is_written_as_json_is_read_back() -> None:
    found = NumbersCompared.of(BEHAVIOUR, choice(), 30)
    text = json.dumps(found.document(), allow_nan=False)
    again = NumbersCompared.from_json(text)
    assert json.dumps(again.document(), allow_nan=False) == text
    pd.testing.assert_frame_equal(again.segments, found.segments, check_dtype=False)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"segments": []}'])
def test_other_text_is_no_comparison(text: str) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        NumbersCompared.from_json(text)


def test_too_few_customers_to_compare_leave_pictures_empty() -> None:
    few = KChoice(2, pd.DataFrame({"k": [2]}), "Only 2 different customers: 2 segments.", 2)
    found = NumbersCompared.of(BEHAVIOUR, few, 5)
    assert found.segments.empty
    assert found.flows.empty
    assert NumbersCompared.from_json(json.dumps(found.document())).segments.empty


def test_a_workspace_names_and_checks_the_segments_of_every_number(built: Path) -> None:
    choice = Workspace(built).studio("behaviour", [2, 9])
    assert {k: len(look.names) for k, look in choice.looks.items()} == {2: 2, 9: 9}
    assert "many" in {guard.kind for guard in choice.guards[9]}
    assert "many" not in {guard.kind for guard in choice.guards[2]}
    unstable = {guard.segment for guard in choice.guards[9] if guard.kind == "unstable"}
    assert unstable == set(np.flatnonzero(choice.segments[9].jaccard < 0.75).tolist())
