from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from pptx import Presentation
from streamlit.testing.v1 import AppTest

from app import queries
from app.queries import BuildKey
from segmodel.council import STORY, Draft, Writings
from segmodel.personas import story_to_json, written
from segmodel.workspace import Workspace

Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEGMODEL_COUNCIL_URL", raising=False)


def _html(page: AppTest) -> str:
    return " ".join(block.proto.body for block in page.get("html"))


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click().run()
    assert not page.exception
    return page


def where(page: AppTest) -> str:
    return next(words.value for words in page.markdown if " of " in words.value and words.value[:1].isdigit())


def key_of(folder: Path) -> BuildKey:
    return BuildKey(str(folder), Workspace(folder).current() or "")


def test_slides_are_moved_through_from_the_first_to_the_last(opened: Open) -> None:
    page = opened("present")
    assert not page.exception
    start = where(page)
    assert start.startswith("1 of ")
    count = int(start.split()[-1])
    assert page.button(key="slide_back").disabled
    seen = {_html(page)}
    for number in range(2, count + 1):
        press(page, "slide_next")
        assert where(page) == f"{number} of {count}"
        seen.add(_html(page))
    assert len(seen) == count
    assert page.button(key="slide_next").disabled
    press(page, "slide_back")
    assert where(page).startswith(f"{count - 1} of")
    press(page, "slide_first")
    assert where(page).startswith("1 of")


def test_a_link_opens_its_slide_and_one_that_is_not_there_changes_nothing(opened: Open) -> None:
    page = opened("present")
    page.query_params["slide"] = "3"
    page.run()
    assert where(page).startswith("3 of")
    page.query_params["slide"] = "400"
    page.run()
    assert not page.exception
    assert where(page).startswith("3 of")
    assert page.query_params["slide"] in ("3", ["3"])  # a text when opened so, a list when set by the test


def test_what_people_wrote_is_shown_as_text(opened: Open, folder: Path) -> None:
    text = story_to_json(written(name="<script>alert(1)</script>", essence="<b>x</b> & ماء"))
    Writings(folder).save(Draft(STORY, "behaviour", "s1", text, "{}", "b", "v001"), who="Ana", based_on=None)
    page = opened("present")
    found = ""
    while not page.button(key="slide_next").disabled:
        press(page, "slide_next")
        found += _html(page)
    assert "&lt;script&gt;" in found
    assert "<script" not in found
    assert "&lt;b&gt;x&lt;/b&gt; &amp; ماء" in found


def test_leaving_leads_back_to_the_page_one_came_from(opened: Open) -> None:
    page = opened("drift")
    press(page, "present")
    assert where(page).startswith("1 of")
    press(page, "slide_leave")
    assert not any(button.key == "slide_leave" for button in page.button)
    assert any(button.key == "present" for button in page.button)
    assert "segment" in page.query_params


def test_the_pack_of_a_page_is_the_one_that_is_shown(opened: Open, folder: Path) -> None:
    opened("present")
    key = key_of(folder)
    pack = queries.council_pack(key, "behaviour", "Ana (steward)")
    deck = Presentation(io.BytesIO(queries.council_pack_file(key, "behaviour", "Ana (steward)", "pptx")))
    assert len(deck.slides) == len(pack.slides) + 1
    charts = [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    assert charts
    values = {tuple(series.values) for chart in charts for series in chart.plots[0].series}
    bars = [slide.bars for slide in pack.slides if slide.bars]
    assert values == {tuple(shares) for each in bars for _, shares in each.series}
    assert queries.council_pack_file(key, "behaviour", "Ana (steward)", "pdf").startswith(b"%PDF-")


def test_a_file_has_what_was_written_a_moment_ago(opened: Open, folder: Path) -> None:
    opened("present")
    key = key_of(folder)
    queries.council_pack(key, "behaviour", "Ana")
    text = story_to_json(written(name="Just now"))
    Writings(folder).save(Draft(STORY, "behaviour", "s1", text, "{}", "b", "v001"), who="Ana", based_on=None)
    deck = Presentation(io.BytesIO(queries.council_pack_file(key, "behaviour", "Ana", "pptx")))
    texts = [shape.text_frame.text for slide in deck.slides for shape in slide.shapes if shape.has_text_frame]
    assert any("Just now" in text for text in texts)
