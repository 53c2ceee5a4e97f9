"""What a page shows, read as a visitor would; and the few moves that several tests make."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.support.browser import LOADS_WITHIN_MILLISECONDS, open_dashboard, wait_until_drawn

PAGES = {
    "Home": "",
    "Segments": "segments",
    "Personas": "personas",
    "Priorities": "priorities",
    "Value": "value",
    "Crosswalk": "crosswalk",
    "Opportunities": "opportunities",
    "Briefs": "briefs",
    "Typing tool": "typing_tool",
    "Activate": "activate",
    "Drift": "drift",
    "Migration": "migration",
    "Studio": "studio",
    "Data": "data",
    "Definitions": "definitions",
}
"""Pages as the navigation names them, and the end of their address."""

expect.set_options(timeout=LOADS_WITHIN_MILLISECONDS)  # a busy machine is no fault of the page

_WORD_JOINER = "\N{WORD JOINER}"  # put into names so that they are not taken for links; it takes no space

# Every chart has its picture, as wide as its place, and in the page's own typeface.
_CHARTS_ARE_DRAWN = """() => document.fonts.status === 'loaded'
  && [...document.querySelectorAll('[data-testid=stPlotlyChart]')].every(chart => {
    const picture = chart.querySelector('svg.main-svg');
    return picture && Math.abs(picture.getBoundingClientRect().width - chart.getBoundingClientRect().width) < 2;
  })"""

# Charts are redrawn a moment after the script has ended: five looks in a row must find the same text.
_TEXT_IS_SETTLED = """() => {
  const text = document.querySelector('[data-testid=stMain]').textContent;
  window.sameText = text === window.lastText ? (window.sameText ?? 0) + 1 : 0;
  window.lastText = text;
  return window.sameText >= 5;
}"""


@dataclass(frozen=True)
class View:
    """All that a page says: two visitors see the same when these are equal."""

    caption: str
    title: str
    sections: tuple[str, ...]
    choices: tuple[tuple[str, str], ...]
    selected: tuple[str, ...]
    tiles: tuple[str, ...]
    tables: tuple[str, ...]
    charts: tuple[str, ...]


def read_view(page: Page) -> View:
    """Read the page; of a chart its name and every text in it."""
    settle(page)
    return View(
        caption=caption(page),
        title=title(page),
        sections=_texts(main(page).get_by_role("heading", level=3)),
        choices=tuple(
            (box.get_attribute("aria-label") or "", box.input_value()) for box in page.get_by_role("combobox").all()
        ),
        selected=_texts(main(page).locator("[data-selected=true]")),
        tiles=_texts(page.get_by_test_id("stMetric")),
        tables=tuple(map(str, main(page).locator("table").evaluate_all("all => all.map(one => one.textContent)"))),
        charts=tuple(
            map(
                str,
                charts(page).evaluate_all(
                    "all => all.map(one => [one.ariaLabel, ...[...one.querySelectorAll('svg text')]"
                    ".map(text => text.textContent)].join('|'))"
                ),
            )
        ),
    )


def main(page: Page) -> Locator:
    """Return the main column."""
    return page.get_by_test_id("stMain")


def charts(page: Page) -> Locator:
    """Return all charts."""
    return page.get_by_test_id("stPlotlyChart")


def title(page: Page) -> str:
    """Return the title of the page."""
    return read(main(page).get_by_role("heading", level=1))


def caption(page: Page) -> str:
    """Return the line that says what is looked at: workspace, version, filters, n and date."""
    return read(main(page).get_by_test_id("stCaptionContainer").first)


def read(one: Locator) -> str:
    """Return the text of an element on one line, as it is seen."""
    return " ".join(one.inner_text().replace(_WORD_JOINER, "").split())


def open_page(page: Page, url: str, name: str = "Home", query: str = "") -> None:
    """Open a page by its address and wait until all of it is drawn."""
    open_dashboard(page, f"{url}/{PAGES[name]}{query}")
    wait_for_charts(page)


def go_to(page: Page, name: str) -> None:
    """Go to another page by the navigation and wait until all of it is drawn."""
    before = title(page)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
    expect(main(page).get_by_role("heading", level=1)).not_to_have_text(before)
    wait_for_charts(page)


def choose(page: Page, label: str, option: str) -> None:
    """Choose an option of a select box."""
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def expect_caption(page: Page, part: str) -> None:
    """Wait until the line that says what is looked at holds some words."""
    line = main(page).get_by_test_id("stCaptionContainer").first
    expect(line).to_contain_text(re.compile(re.escape(part)))
    wait_for_charts(page)


def wait_for_charts(page: Page) -> None:
    """Wait until the script has ended and every chart is drawn at its final size."""
    wait_until_drawn(page)
    page.wait_for_function(_CHARTS_ARE_DRAWN, timeout=LOADS_WITHIN_MILLISECONDS)


def settle(page: Page) -> None:
    """Wait until every chart is drawn, and the text of the page has stayed the same for half a second."""
    wait_for_charts(page)
    page.evaluate("() => { window.sameText = 0; window.lastText = null }")
    page.wait_for_function(_TEXT_IS_SETTLED, polling=100)
    wait_for_charts(page)


def _texts(all_of_them: Locator) -> tuple[str, ...]:
    return tuple(read(one) for one in all_of_them.all())
