from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import access, versions
from app.access import AccessError, Role, User
from app.jobs import Jobs, Running
from app.queries import BuildKey
from tests.app.test_pages import text

GROUP = {
    "name": "Frequent <b>",
    "description": "Buys 2.0 times as often as the others.",
    "kept": True,
    "customers": 40,
    "share": 0.07,
    "value": 432.0,
    "rest_value": 151.0,
    "response": 0.31,
    "rest_response": 0.11,
    "jaccard": 0.97,
    "isolation": 0.8,
    "cloud_isolation": 0.5,
    "outcome": "value",
    "difference": 3.21,
    "p_value": 0.006,
    "reason": "Worth treating differently: found again.",
}
REFUSED = GROUP | {
    "name": "Weekend",
    "kept": False,
    "reason": "Not worth treating differently: its value is 0.05 standard deviations below the rest, which chance "
    "explains (permutation test, p = 1.0000).",
}
DOCUMENT = {
    "segmentation": "behaviour",
    "version": "v001",
    "segment": "s3",
    "name": "Weekend browsers",
    "as_of": "2026-06-30",
    "customers": 2040,
    "looked_at": 1000,
    "features": ["frequency"],
    "outcomes": ["value", "response"],
    "currency": "GBP",
    "minimum_group": 10,
    "finding": "One group inside Weekend browsers is worth treating differently.",
    "because": "Frequent (about 40 customers): worth £432 a customer.",
    "groups": [GROUP, REFUSED],
}
NOTHING = DOCUMENT | {
    "finding": "Nothing inside Weekend browsers is worth treating differently.",
    "because": "One group was judged.",
    "groups": [REFUSED],
}
SEARCH = "Look for micro-segments"
OPENED = Callable[..., AppTest]
Answering = Callable[[str], Jobs]


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Answering:
    """Let the search be done by a program of the test's own."""

    def answer(program: str) -> Jobs:
        jobs = Jobs((sys.executable, "-c", program))
        monkeypatch.setattr(versions, "jobs", lambda: jobs)
        return jobs

    return answer


def inside(page: AppTest, segment: str) -> AppTest:
    """Follow a link to a segment, on the page."""
    page.query_params["inside"] = segment
    return page.run()


def prints(document: object) -> str:
    return f"print({json.dumps(document)!r})"


def search(page: AppTest) -> AppTest:
    """Press the button, and look again until the search has ended."""
    next(button for button in page.button if button.label == SEARCH).click().run()
    end = time.monotonic() + 20
    while any(button.label == "Cancel" for button in page.button):
        assert time.monotonic() < end
        time.sleep(0.02)
        page.run()
    return page


def rows(page: AppTest, column: str) -> list[str]:
    """The cells of a column of the table that has it."""
    (table,) = [table.value for table in page.table if column in table.value]
    return [str(cell).replace("\\", "") for cell in table[column]]


def test_the_verdict_is_a_sentence_and_the_micro_segments_a_table(opened: OPENED, answering: Answering) -> None:
    answering(prints(DOCUMENT))
    page = inside(opened("studio"), "s3")
    assert "Most segments hold none." in text(page)
    page = search(page)
    assert not page.exception
    assert "One group inside Weekend browsers is worth treating differently." in text(page)
    assert rows(page, "How they differ") == ["Buys 2.0 times as often as the others."]
    assert rows(page, "Group") == ["Frequent <b>"]
    assert rows(page, "Value a customer") == ["£432"]
    assert rows(page, "Response") == ["31%"]
    assert "smaller groups are hidden. Looked at 1,000 of them, drawn at random." in text(page)
    assert page.query_params["inside"] in ("s3", ["s3"])


def test_another_visitor_sees_the_result_and_another_segment_has_its_own(opened: OPENED, answering: Answering) -> None:
    answering(prints(DOCUMENT))
    search(inside(opened("studio"), "s3"))
    page = inside(opened("studio"), "s3")
    assert "One group inside Weekend browsers" in text(page)
    page.selectbox(key="choice_inside").select("s1").run()
    assert "One group inside Weekend browsers" not in text(page)
    assert SEARCH in {button.label for button in page.button}


def test_a_segment_without_micro_segments_says_so_and_shows_no_empty_table(
    opened: OPENED, answering: Answering
) -> None:
    answering(prints(NOTHING))
    page = search(inside(opened("studio"), "s3"))
    assert not page.exception
    assert "Nothing inside Weekend browsers is worth treating differently." in text(page)
    assert not [table for table in page.table if "How they differ" in table.value]
    labels = [one.label for one in page.expander if one.label.startswith("Groups")]
    assert labels == ["Groups that are not worth it: 1"]


def test_what_went_wrong_is_said_and_can_be_tried_again(opened: OPENED, answering: Answering) -> None:
    answering("import sys; print('Error: No feature tells them apart.', file=sys.stderr); sys.exit(2)")
    page = search(opened("studio"))
    assert [error.value.replace("\\", "") for error in page.error] == ["No feature tells them apart."]
    assert SEARCH in {button.label for button in page.button}


def test_a_search_can_be_cancelled(opened: OPENED, answering: Answering) -> None:
    answering("import time; time.sleep(60)")
    page = opened("studio")
    next(button for button in page.button if button.label == SEARCH).click().run()
    next(button for button in page.button if button.label == "Cancel").click().run()
    assert "The search was cancelled" in text(page)


def test_viewers_see_no_button_and_cannot_start_or_cancel(
    opened: OPENED, answering: Answering, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = answering("import time; time.sleep(60)")
    key = BuildKey(str(folder), "b")
    versions.start_looking_inside(key, "behaviour", "s1")
    monkeypatch.setattr(access, "current_user", lambda: User("Ana", Role.VIEWER, is_local=False))
    page = opened("studio")
    assert SEARCH not in {button.label for button in page.button}
    assert "Analysts can do it here." in text(page)
    for act in (versions.start_looking_inside, versions.cancel_looking_inside):
        with pytest.raises(AccessError, match="analyst"):
            act(key, "behaviour", "s1")
    assert isinstance(versions.looking_inside(key, "behaviour", "s1"), Running)
    jobs.cancel((key, "behaviour", "s1"))
