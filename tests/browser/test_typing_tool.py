"""The typing tool answered with the keyboard alone, and its file handed in and taken away."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from segmodel.typing_tool import Battery, BatteryFiles
from tests.browser.conftest import Shop
from tests.browser.reading import main, open_page, title
from tests.browser.test_accessibility import ours
from tests.support.browser import NewPage, wait_until_drawn
from tests.typing_tool.made import battery, build_survey_workspace, respondents


@pytest.fixture(scope="module")
def asked(shop: Shop) -> Iterator[Battery]:
    """A battery published in a workspace beside the first."""
    folder = shop.folder / "uploads" / "asked"
    build_survey_workspace(folder)
    yield BatteryFiles(folder).publish(replace(battery(4), segmentation="kinds"), "Ana")
    shutil.rmtree(folder)


def answer(page: Page, question: str, option: str, *, steps: int) -> None:
    """Choose an answer with arrow keys, where the keyboard's focus is."""
    radios = main(page).get_by_role("radiogroup", name=question)
    expect(radios.locator("input:focus")).to_have_count(1)
    for _ in range(steps):
        page.keyboard.press("ArrowRight")
    expect(radios.get_by_role("radio", name=option, exact=True)).to_be_checked()


def test_the_form_is_answered_with_the_keyboard_alone(new_page: NewPage, shop: Shop, asked: Battery) -> None:
    page = new_page(height=2_000)
    open_page(page, shop.url, "Typing tool", "?workspace=asked")
    assert title(page).startswith("Four questions tell the segment of ")
    # what Tab reaches before the questions is the sidebar, the segmentation and where questions come from
    for _ in range(40):
        page.keyboard.press("Tab")
        if main(page).get_by_role("radiogroup", name=asked.questions[0].wording).locator("input:focus").count():
            break
    for question in asked.questions:
        chosen = question.options[1]
        answer(page, question.wording, question.label(chosen), steps=1)
        wait_until_drawn(page)
        page.keyboard.press("Tab")
    told = asked.tell({question.name: question.options[1] for question in asked.questions})
    expect(main(page).locator(".st-key-typing_answer")).to_contain_text(asked.name(told.segment))
    assert ours(page) == []


def test_a_file_is_handed_in_and_taken_away_told(new_page: NewPage, shop: Shop, asked: Battery, tmp_path: Path) -> None:
    page = new_page(height=2_000)
    open_page(page, shop.url, "Typing tool", "?workspace=asked")
    answers = respondents(12).answers.assign(note="=1+1")
    answers.to_csv(tmp_path / "answers.csv", index=False)
    main(page).locator("input[type=file]").set_input_files(tmp_path / "answers.csv")
    expect(main(page).get_by_text("12 of 12 rows told")).to_be_visible()
    with page.expect_download() as download:
        main(page).get_by_role("button", name="Download with segments").click()
    written = pd.read_csv(download.value.path(), comment="#")
    assert written["segment"].tolist() == asked.predict(answers)["segment"].tolist()
    assert set(written["note"]) == {"'=1+1"}
