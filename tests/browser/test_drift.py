"""From the line on Home to why a segment no longer fits, on to a challenger; and flows between any two dates."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.reading import charts, choose, main, open_page, read, settle, title
from tests.support.browser import NewPage, ServedApp


def test_from_the_line_on_home_to_why_and_on_to_a_challenger(new_page: NewPage, sample_app: ServedApp) -> None:
    page = new_page(width=1280)
    open_page(page, sample_app.url)
    tile = page.get_by_test_id("stMetric").filter(has_text="Segments still fit")
    expect(tile).to_contain_text("1 no longer fits")
    expect(main(page).get_by_text("Review Fading subscribers")).to_be_visible()
    main(page).get_by_role("link", name="See the drift").first.click()
    expect(main(page).get_by_role("heading", level=1)).to_contain_text("Fading subscribers buy")
    settle(page)
    assert re.fullmatch(
        r"Fading subscribers buy 2\d% less often than when they were defined, since September 2025", title(page)
    )
    said = read(main(page))
    for words in ("No longer fits, since September 2025", "far outside noise (95% interval", "prices up 7%"):
        assert words in said
    assert charts(page).count() == 3
    main(page).get_by_text("Offices and cafés", exact=True).last.click()
    expect(main(page).get_by_text("Still fits", exact=True)).to_be_visible()
    settle(page)
    main(page).get_by_role("link", name="Open the Studio").click()
    expect(main(page).get_by_role("heading", level=1)).to_contain_text("segments are in use")
    expect(main(page).get_by_role("button", name=re.compile("Propose"))).to_be_visible()
    assert "segmentation=behaviour" in page.url


def test_flows_between_any_two_dates(new_page: NewPage, sample_app: ServedApp) -> None:
    page = new_page(width=1280)
    open_page(page, sample_app.url, "Migration")
    assert " a year earlier, " in title(page)
    for before, after in (("31 January 2025", "30 June 2026"), ("30 November 2024", "31 July 2025")):
        choose(page, "As of", after)
        settle(page)
        choose(page, "Compared with", before)
        settle(page)
        assert f"between {before} and {after}" in read(main(page))
    with page.expect_download() as download:
        main(page).get_by_role("button", name="Who moved, as CSV").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert any(line.startswith("customer_id,segment_before,segment_after,value_before,value") for line in lines)
