"""The way through the dashboard in a real browser: Home, a segment, a filter, a shared link, an own file."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.app.made import NAMES, write_workspace
from tests.app.test_uploads import lines
from tests.support.browser import (
    NewPage,
    ServedApp,
    accessibility_violations,
    open_dashboard,
    serve_workspace,
    wait_until_drawn,
)

BUILT_WITHIN_MILLISECONDS = 90_000
NOT_OURS = {
    "list": "Streamlit's navigation puts section headings into its list",
    "listitem": "the same list",
    "svg-img-alt": "Streamlit draws the small lines in metrics",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedApp]:
    folder = tmp_path_factory.mktemp("walk") / "brand"
    write_workspace(folder)
    with serve_workspace(folder, folder.parent / "app.log") as app:
        yield app
    shutil.rmtree(folder)


def title(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_test_id("stSelectbox").filter(has_text=label).locator("input").click()
    page.get_by_role("option", name=option, exact=True).click()
    wait_until_drawn(page)


def test_a_view_is_shared_by_its_link(new_page: NewPage, served: ServedApp):
    page = new_page()
    open_dashboard(page, served.url)
    assert "brought 61% of margin" in title(page)
    page.get_by_text("See who they are").click()
    expect(page.get_by_role("heading", name=re.compile("Daily regulars: 18% of customers"))).to_be_visible()
    choose(page, "Main channel", "web")
    expect(page.get_by_text(re.compile("Main channel: web · 3,000 customers")).first).to_be_visible()
    page.get_by_role("button", name="Link to this view").click()
    link = page.get_by_test_id("stCode").inner_text().strip()

    second = new_page()
    open_dashboard(second, link)
    expect(second.get_by_text(re.compile("Main channel: web · 3,000 customers")).first).to_be_visible()
    assert title(second) == title(page)
    assert second.url == link


def test_an_own_file_ends_on_its_home(new_page: NewPage, served: ServedApp, tmp_path: Path):
    (tmp_path / "corner_shop.csv").write_bytes(lines())
    page = new_page()
    open_dashboard(page, f"{served.url}/data")
    page.locator("input[type=file]").set_input_files(tmp_path / "corner_shop.csv")
    page.get_by_role("button", name="Build", exact=True).click()
    page.wait_for_url(re.compile("workspace=corner-shop"), timeout=BUILT_WITHIN_MILLISECONDS)
    expect(page.get_by_text(re.compile("Corner shop · Behaviour v001 · 120 customers"))).to_be_visible()
    assert "of revenue" in title(page)


def test_names_of_people_are_shown_as_they_are(new_page: NewPage, served: ServedApp):
    page = new_page()
    open_dashboard(page, served.url)
    assert NAMES[-1] in title(page)
    expect(page.get_by_role("heading", name=re.compile(re.escape("Office & café buyers")))).to_be_visible()


def test_pages_are_small(new_page: NewPage, served: ServedApp):
    page, received = new_page(), [0]

    def count(payload: str | bytes) -> None:
        received[0] += len(payload)

    page.on("websocket", lambda socket: socket.on("framereceived", count))
    for name in ("", "segments", "data", "definitions"):
        received[0] = 0
        open_dashboard(page, f"{served.url}/{name}")
        assert 1_000 < received[0] < 300_000, name


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["", "segments", "data", "definitions"])
def test_no_page_keeps_people_out(new_page: NewPage, served: ServedApp, name: str, theme: str):
    page = new_page(colour_scheme=theme)
    open_dashboard(page, f"{served.url}/{name}")
    ours = [found for found in accessibility_violations(page) if found.split(" ", 1)[0] not in NOT_OURS]
    assert ours == []
