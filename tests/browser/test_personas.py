"""From a story to a brief in use: written, printed, briefed, approved, taken away and presented."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from docx import Document
from playwright.sync_api import Page, expect

from segmodel.council.database import ADDRESS
from tests.browser.reading import main, open_page, settle, title
from tests.browser.test_accessibility import ours
from tests.browser.test_looks import looks_wrong
from tests.support.browser import NewPage, serve_workspace

ESSENCE = "The first coffee of the day, <b>every</b> day"
BELIEF = "That we have it ready when they come"


@pytest.fixture(scope="module")
def brand(built_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the dashboard of a copy of the sample, in which nobody has written anything yet."""
    folder = tmp_path_factory.mktemp("written") / "sample"
    shutil.copytree(built_sample, folder, ignore=shutil.ignore_patterns("council.db*"))
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv(ADDRESS, raising=False)
        with serve_workspace(folder, folder.parent / "app.log") as served:
            yield served.url


def fill(page: Page, label: str, text: str) -> None:
    main(page).get_by_label(label).first.fill(text)


def press(page: Page, name: str) -> None:
    main(page).get_by_role("button", name=name).click()


def taken(page: Page, name: str) -> bytes:
    """Click a download and return the file."""
    with page.expect_download() as download:
        press(page, name)
    return Path(download.value.path()).read_bytes()


def test_story_card_poster_brief_approval_download(new_page: NewPage, brand: str) -> None:
    page = new_page()
    open_page(page, brand, "Personas", "?segment=s2")
    main(page).get_by_text("Write the story", exact=True).click()
    fill(page, "Essence: who they are, in one line", ESSENCE)
    fill(page, "What they need, one a line", "Beans roasted only days ago")
    fill(page, "Owner", "CRM")
    fill(page, "Your name", "Ana")
    press(page, "Save the story")
    expect(main(page).get_by_text("Saved as version 1 by Ana.")).to_be_visible()
    card = page.locator(".st-key-card_s2")
    expect(card).to_contain_text(ESSENCE)
    expect(card).to_contain_text("Owner: CRM")
    settle(page)
    assert taken(page, "This segment as PDF").startswith(b"%PDF-")
    assert taken(page, "Council pack as PPTX").startswith(b"PK")

    main(page).get_by_role("link", name="Brief on Everyday regulars").click()
    expect(main(page).get_by_role("heading", level=1)).to_contain_text("a draft from the data is ready")
    expect(main(page)).to_contain_text("Beans roasted only days ago")
    main(page).get_by_text("Edit the brief", exact=True).click()
    fill(page, "What they must believe, one a line", BELIEF)
    main(page).get_by_label("Your name").last.fill("Ana")
    press(page, "Save the brief")
    expect(main(page).get_by_role("heading", level=1)).to_contain_text("awaits approval")
    settle(page)
    fill(page, "Your name", "Ben")
    press(page, "Approve this brief")
    expect(main(page).get_by_role("heading", level=1)).to_contain_text("is approved and agrees with the data")
    settle(page)
    document = Document(io.BytesIO(taken(page, "Brief as DOCX")))
    lines = [paragraph.text for paragraph in document.paragraphs]
    assert BELIEF in lines
    assert any(line.startswith("Approved by Ben") for line in lines)
    assert any(ESSENCE in line for line in lines)
    assert ours(page) == []
    assert looks_wrong(page, may_scroll=False) == []


def test_slides_by_keys_alone_from_a_page_and_back_to_it(new_page: NewPage, brand: str) -> None:
    page = new_page(height=720)
    open_page(page, brand, "Drift")
    began = title(page)
    page.keyboard.press("p")
    at = main(page).get_by_text(re.compile(r"^\d+ of \d+$"))
    expect(at).to_have_text(re.compile("^1 of "))
    expect(page.get_by_test_id("stSidebarNav")).not_to_be_in_viewport()
    count = int(at.inner_text().split()[-1])
    for number in range(2, count + 1):
        page.keyboard.press("ArrowRight")
        expect(at).to_have_text(f"{number} of {count}")
        settle(page)
        assert ours(page) == []
    page.keyboard.press("ArrowLeft")
    expect(at).to_have_text(f"{count - 1} of {count}")
    page.keyboard.press("Escape")
    expect(main(page).get_by_role("heading", level=1)).to_have_text(began)
    expect(page.get_by_test_id("stSidebarNav")).to_be_in_viewport()
