"""Nothing is cut off or written over, on small and large screens, whatever people call their segments."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HARD_NAME, HARD_NAMES, Shop
from tests.browser.reading import caption, charts, go_to, main, open_page, read, title, wait_for_charts
from tests.support.browser import NewPage

SCHEMES = ("light", "dark")
WIDTHS = (1280, 1920)
HARD = "?workspace=hard-names"

# Elements of the main column whose content is wider than they are: cut off, or to be scrolled sideways.
# The number over the handle of a slider is wider than the handle, and stands above it in full.
_TOO_WIDE = """() => [...document.querySelectorAll('[data-testid=stMain], [data-testid=stMain] *')]
  .filter(one => one instanceof HTMLElement && one.clientWidth > 1 && one.scrollWidth > one.clientWidth + 1
    && !(one.clientWidth < 20 && one.querySelector('input[type=range]')))
  .map(one => [one.dataset.testid ?? '', one.className, `${one.scrollWidth} px in ${one.clientWidth} px`,
               one.innerText.slice(0, 60)].join(' | '))"""

# Streamlit's handle for resizing a table of data stands just outside the table.
_WITHOUT_HANDLES = "[data-testid=stDataFrameResizable] [style*=se-resize] { display: none }"

# Lines of text that leave the picture, and pairs of lines of which one is written over the other. A line's box
# has room above and below its letters, and that may overlap.
_BADLY_PLACED = """chart => {
  const frame = chart.querySelector('svg.main-svg').getBoundingClientRect();
  const lines = [...chart.querySelectorAll('svg.main-svg text')].flatMap(text => {
    const parts = text.querySelectorAll('tspan.line');
    return (parts.length ? [...parts] : [text]).map(part => {
      const box = part.getBoundingClientRect();
      const room = Math.min(box.height, box.width) * 0.2;
      return {text, words: part.textContent, box, left: box.left + 1, right: box.right - 1,
              top: box.top + room, bottom: box.bottom - room};
    });
  }).filter(line => line.box.width > 0 && line.words.trim());
  const out = lines.filter(({box}) => box.left < frame.left - 1 || box.right > frame.right + 1
      || box.top < frame.top - 1 || box.bottom > frame.bottom + 1).map(line => `cut off: ${line.words}`);
  const over = lines.flatMap((one, at) => lines.slice(at + 1).filter(other => one.text !== other.text
      && one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom)
    .map(other => `overlap: ${one.words} | ${other.words}`));
  return [...out, ...over];
}"""


def looks_wrong(page: Page, *, may_scroll: bool) -> list[str]:
    """Return what is cut off or overlaps at each width; `may_scroll` lets tables of data scroll sideways."""
    wrong = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 1000})
        wait_for_charts(page)
        hiding = page.add_style_tag(content=_WITHOUT_HANDLES)
        wide = _too_wide(page)
        hiding.evaluate("one => one.remove()")  # whoever looks at the page next finds it as it was
        wrong += [f"{width}: {one}" for one in wide if not (may_scroll and "| dvn-" in one)]
        for chart in charts(page).all():
            wrong += [f"{width}: {chart.get_attribute('aria-label')}: {one}" for one in chart.evaluate(_BADLY_PLACED)]
    return wrong


def _too_wide(page: Page) -> list[str]:
    """Return what stays too wide: sliders put the number over their handle in place a moment after a resize."""
    for _ in range(10):
        wide = [str(one) for one in page.evaluate(_TOO_WIDE)]
        if not wide:
            break
        page.wait_for_timeout(200)
    return wide


@pytest.mark.parametrize("scheme", SCHEMES)
def test_hard_names_are_not_cut_off_or_written_over(new_page: NewPage, shop: Shop, scheme: str) -> None:
    page = new_page(width=WIDTHS[0], colour_scheme=scheme)
    open_page(page, shop.url, query=HARD)
    wrong = {"Home": looks_wrong(page, may_scroll=True)}
    go_to(page, "Segments")
    wrong["Segments"] = looks_wrong(page, may_scroll=True)
    assert wrong == {"Home": [], "Segments": []}


def test_names_are_shown_as_they_were_written(new_page: NewPage, shop: Shop) -> None:
    page = new_page()
    open_page(page, shop.url, query=HARD)
    assert caption(page).startswith(f"{HARD_NAME} · ")
    assert_no_markup(page)
    assert HARD_NAMES["s4"] in title(page)
    assert_in_every_chart(page, HARD_NAMES.values())
    main(page).get_by_text("Table", exact=True).first.click()
    table = main(page).get_by_role("table").first
    for name in HARD_NAMES.values():
        expect(table).to_contain_text(name[:20])

    go_to(page, "Segments")
    pills = main(page).get_by_test_id("stButtonGroup").first
    expect(pills.get_by_role("radio")).to_have_count(len(HARD_NAMES))
    assert [read(pill) for pill in pills.get_by_role("radio").all()] == list(HARD_NAMES.values())
    for place, name in enumerate(HARD_NAMES.values()):
        pills.get_by_role("radio").nth(place).click()
        expect(page).to_have_url(re.compile(f"segment=s{place + 1}"))
        wait_for_charts(page)
        assert any(name in read(heading) for heading in main(page).get_by_role("heading", level=3).all())
        assert_no_markup(page)

    go_to(page, "Definitions")
    main(page).get_by_text("Model", exact=True).first.click()
    expect(main(page).get_by_role("table").first).to_contain_text(HARD_NAMES["s3"])
    assert_no_markup(page)


def assert_no_markup(page: Page) -> None:
    """Check that no element was made of a name: none of these stand in our own text there."""
    made = main(page).locator("[data-testid=stMarkdownContainer], [data-testid=stHeading], td, th, text")
    assert made.locator("img, b, i, em, a[href*='a.example'], .katex, span[style*='color'], script").count() == 0
    assert page.evaluate("() => document.title") == "Living Segments"


def assert_in_every_chart(page: Page, names: Iterable[str]) -> None:
    """Check that every chart writes these names in full, over as many lines as it takes."""
    squeezed = [re.sub(r"\s", "", name) for name in names]
    for chart in charts(page).all():
        texts = chart.evaluate("one => [...one.querySelectorAll('svg text')].map(text => text.textContent)")
        written = [re.sub(r"[\s\u2066-\u2069]", "", str(text)) for text in texts]
        assert all(any(name in text for text in written) for name in squeezed), written
