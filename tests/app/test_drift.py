from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import versions
from segmodel.clustering import Step
from tests.app.made_value import change
from tests.app.test_pages import figures, text, title

Opened = Callable[..., AppTest]

FADING = "Fading $ub*scribers"


def plain_text(page: AppTest) -> str:
    """Return what a page says, as it is read."""
    return text(page).replace("\\", "")


def test_the_title_names_the_segment_that_no_longer_fits_and_since_when(opened: Opened) -> None:
    page = opened("drift")
    assert title(page) == f"{FADING} buy 28% less often than when they were defined, since December 2025"
    said = plain_text(page)
    assert "No longer fits, since December 2025" in said
    assert "far outside noise" in said
    assert "Features moved past noise in" in said
    assert "Orders a customer: another level since December 2025" in said
    assert "Found anew today, segments would be no less like those in use than they were then" in said
    assert "From outside: one month in common with price index, no rule" in said


def test_the_noise_line_is_drawn_for_every_segment(opened: Opened) -> None:
    overview = figures(opened("drift"))[0]["layout"]
    assert sum(shape["type"] == "line" for shape in overview["shapes"]) == 5


def test_events_stand_in_charts_over_time(opened: Opened) -> None:
    for page, places in (("drift", 2), ("home", 1)):
        notes = [note["text"] for figure in figures(opened(page)) for note in figure["layout"].get("annotations", ())]
        assert notes.count("prices up 7%") == places, page


def test_what_people_decided_stands_beside_it(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    decided = (("promoted", "v002", 20), ("proposed", "v009", 21), ("rolled back", "v001", 22))
    steps = [
        Step(action=action, version=version, who="Ana", why="", at=dt.datetime(2026, 3, day, tzinfo=dt.UTC))
        for action, version, day in decided
    ]
    monkeypatch.setattr(versions, "steps", lambda *_: tuple(steps))
    notes = [note["text"] for figure in figures(opened("home")) for note in figure["layout"].get("annotations", ())]
    assert [text for text in notes if text.endswith("in use")] == ["v002 in use, v001 in use"]


def test_another_segment_is_chosen_in_the_address(opened: Opened) -> None:
    page = opened("drift")
    page.query_params["segment"] = "s2"
    said = plain_text(page.run())
    assert "Needs a look" in said
    assert "Orders rose from 9 to 10" in said
    assert "Orders a customer: no lasting change" in said
    page.query_params["segment"] = "s1"
    page.query_params["behaviour"] = "spend_per_order"
    said = plain_text(page.run())
    assert "Nothing moved." in said
    assert "Spend an order: no lasting change" in said


def test_what_has_not_been_tested_says_why(opened: Opened) -> None:
    page = opened("drift", segmentation="value")
    assert title(page) == "Whether the segments still hold could not be tested"
    assert "Too early." in plain_text(page)
    assert not page.get("plotly_chart")


def test_all_is_well_without_reasons(folder: Path, opened: Opened) -> None:
    change(folder, "UPDATE drift_verdicts SET verdict = 'fit', since = NULL; DELETE FROM drift_reasons")
    change(folder, "UPDATE drift_features SET drifted = FALSE; UPDATE drift_summary SET review_due = DATE '2026-09-30'")
    page = opened("drift")
    assert title(page) == "Every segment is still what was found in June 2025"
    assert "Nothing to do now" in plain_text(page)


def test_a_refit_that_differs_is_the_title_where_every_segment_holds(folder: Path, opened: Opened) -> None:
    change(folder, "UPDATE drift_verdicts SET verdict = 'fit', since = NULL; DELETE FROM drift_reasons")
    change(folder, "UPDATE drift_summary SET refit_differs = TRUE, refit_now = 0.5")
    page = opened("drift")
    assert title(page) == "Every segment holds, but found anew today the segments would be others"
    assert "Fit a challenger" in plain_text(page)


def test_home_counts_the_segments_that_still_fit_and_leads_to_the_one_to_review(opened: Opened) -> None:
    page = opened()
    tile = next(metric for metric in page.metric if metric.label == "Segments still fit")
    assert (tile.value, tile.delta) == ("3 of 5", "1 no longer fits, 1 needs a look")
    assert f"Review {FADING}" in plain_text(page)
    untested = opened(segmentation="value")
    assert next(metric.value for metric in untested.metric if metric.label == "Segments still fit") == "not tested yet"
    assert "Review" not in plain_text(untested)


def test_traits_that_moved_are_listed(opened: Opened) -> None:
    page = opened("drift")
    page.session_state["traits"] = True
    page.run()
    assert not page.exception
    cells = page.table[0].value.map(lambda cell: str(cell).replace("\\", "")).to_numpy().tolist()
    assert [row[0] for row in cells] == ["Orders"]
    assert cells[0][1:3] == ["9.0", "7.0"]
