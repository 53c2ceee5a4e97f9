from __future__ import annotations

import math

import pandas as pd
import pytest

from segmodel.opportunities import findings, white_space
from tests.opportunities.test_market import MARKET, NEEDS

NAMES = {"s1": "Gift givers", "s2": "Offices, large"}


def scored(*rows: tuple[str, str, float, float, bool]) -> pd.DataFrame:
    """Return rows of segment, need, importance, satisfaction and whether it is above; intervals are ±0.5."""
    frame = pd.DataFrame(rows, columns=["segment", "need", "importance", "satisfaction", "is_above"])
    frame["opportunity"] = frame["importance"] + (frame["importance"] - frame["satisfaction"]).clip(lower=0)
    for name in ("importance", "satisfaction"):
        frame[f"{name}_low"], frame[f"{name}_high"] = frame[name] - 0.5, frame[name] + 0.5
    return frame.assign(label=frame["need"], n=100)


def test_the_title_names_who_most_lacks_what() -> None:
    frame = scored(
        ("", "advice", 4.0, 4.0, False),
        ("s1", "advice", 7.1, 3.4, True),
        ("s2", "advice", 2.0, 4.0, False),
        ("s2", "speed", 5.0, 4.0, True),
    )
    told = findings.needs_finding(frame, NAMES)
    assert told == "Gift givers most needed advice: this mattered to 71%, and 34% were satisfied"


def test_a_segment_is_named_only_where_it_is_clearly_above_the_highest_and_not_satisfied() -> None:
    satisfied = scored(("", "taste", 5.0, 3.0, False), ("s1", "taste", 7.0, 7.2, True))
    assert findings.needs_finding(satisfied, NAMES) == (
        "Taste: this mattered to 50%, and 30% were satisfied. No segment stood out clearly"
    )
    not_highest = scored(("s1", "taste", 7.0, 2.0, True), ("s2", "taste", 8.0, 2.0, False))
    assert findings.standing_out(not_highest).empty
    close = scored(("", "taste", 5.0, 4.5, False), ("s1", "taste", 5.0, 4.5, False))
    assert findings.needs_finding(close, NAMES) == "No need clearly mattered to more people than were satisfied"


def test_titles_say_what_is_hidden_or_not_there() -> None:
    assert "cannot be told yet" in findings.needs_finding(pd.DataFrame(), NAMES)
    hidden = scored(("", "taste", math.nan, math.nan, False))
    assert "Too few people answered" in findings.needs_finding(hidden, NAMES)
    assert findings.segment_finding(hidden, "s1", "Gift givers") == "Gift givers: too few answers to show"


def test_names_with_punctuation_stand_in_quotes() -> None:
    frame = scored(("s2", "speed", 8.0, 2.0, True))
    assert (
        findings.segment_finding(frame, "s2", NAMES["s2"]) == "“Offices, large”: speed mattered to 80%, satisfied 20%"
    )


@pytest.mark.parametrize(
    ("above", "text"),
    [
        ((False, False), "No segment felt any need clearly more than the others"),
        ((True, False), "One of 2 needs was felt clearly more in some segments than in others"),
        ((True, True), "Every need was felt clearly more in some segments than in others, all two"),
    ],
)
def test_the_table_is_told_by_how_many_needs_are_felt_apart(above: tuple[bool, bool], text: str) -> None:
    frame = scored(("s1", "a", 5.0, 3.0, above[0]), ("s1", "b", 5.0, 3.0, above[1]))
    assert findings.felt_finding(frame) == text


def test_white_space_is_told_without_a_currency() -> None:
    space = white_space(MARKET, NEEDS.assign(need="speed"), pd.DataFrame())
    told = findings.white_space_finding(space, "need", NAMES | {"s3": "Others"})
    assert told == "Among needs, speed left most unclaimed: 45.0 of 50.0, felt most by “Offices, large” and Gift givers"
    unknown = findings.white_space_finding(space.assign(unclaimed=math.nan), "need", NAMES)
    assert "not known: our share is not given" in unknown


def test_what_to_do_next_is_three_things_at_most_and_always_something() -> None:
    frame = scored(*((f"s{place}", f"need {place}", 8.0, 2.0, True) for place in (1, 2)))
    space = white_space(MARKET, NEEDS, pd.DataFrame())
    steps = findings.next_steps(frame, space, NAMES | {"s3": "Others"})
    assert [step.segment for step in steps] == ["s1", "s2", "s2"]
    assert "It grows 10% a year" in steps[2].text
    assert [step.page for step in findings.next_steps(pd.DataFrame(), pd.DataFrame(), NAMES)] == ["data"]
