"""What people come to do, from the first page to a workspace of their own."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from segmodel.definition import FILE_NAME
from segmodel.workspace import Workspace
from tests.browser.conftest import Shop
from tests.browser.reading import (
    caption,
    charts,
    choose,
    expect_caption,
    go_to,
    main,
    open_page,
    read,
    read_view,
    title,
    wait_for_charts,
)
from tests.support.browser import LOADS_WITHIN_MILLISECONDS, NewPage, ServedApp, open_dashboard, wait_until_drawn
from tests.support.workspaces import make_transactions, write_workspace

SEGMENTS = ("Offices and cafés", "Everyday regulars", "Fading subscribers", "Weekend browsers", "Gift givers")
PNG_SCALE = 2
TABS_TO_TRY = 40


def test_home_shows_its_finding_its_numbers_and_its_charts(new_page: NewPage, sample_app: ServedApp) -> None:
    page = new_page()
    open_page(page, sample_app.url)
    assert caption(page).startswith("Harbour Coffee · How people buy v001 · 6,000 customers · as of 30 June 2026")
    assert any(segment in title(page) for segment in SEGMENTS)
    tiles = page.get_by_test_id("stMetric")
    expect(tiles).to_have_count(4)
    expect(tiles.first).to_contain_text("Customers")
    expect(tiles.first).to_contain_text("6,000")
    expect(charts(page)).to_have_count(2)
    for chart in charts(page).all():
        drawn = chart.evaluate("one => [...one.querySelectorAll('svg text')].map(text => text.textContent).join(' ')")
        assert all(segment in drawn for segment in SEGMENTS)
        assert chart.locator("svg .scatterlayer path").count() > len(SEGMENTS)


def test_a_shared_link_shows_another_visitor_exactly_the_same(new_page: NewPage, sample_app: ServedApp) -> None:
    page = new_page()
    open_page(page, sample_app.url)
    before = title(page)
    page.get_by_role("link", name="See who they are").click()
    expect(main(page).get_by_role("heading", level=1)).not_to_have_text(before)
    choose(page, "Main channel", "web")
    expect_caption(page, "Main channel: web")
    choose(page, "Compared with", "31 December 2025")
    expect(page.get_by_role("combobox", name="Compared with")).to_have_value("31 December 2025")
    main(page).get_by_role("radio", name="Weekend browsers", exact=True).click()
    expect(main(page).get_by_role("heading", name="Weekend browsers: ")).to_be_visible()
    first = read_view(page)
    assert first.selected[0] == "Weekend browsers"

    other = new_page()
    open_page(other, sample_app.url, "Segments")
    assert read_view(other) != first  # what a newcomer sees by default is another view
    other.goto(copied_link(page), timeout=LOADS_WITHIN_MILLISECONDS)
    expect_caption(other, "Main channel: web")
    assert read_view(other) == first


def test_going_back_shows_the_view_before(new_page: NewPage, sample_app: ServedApp) -> None:
    page = new_page()
    open_page(page, sample_app.url)
    before = read_view(page)
    choose(page, "Main channel", "web")
    expect_caption(page, "Main channel: web")
    chosen = read_view(page)
    page.go_back()
    expect(page.get_by_role("combobox", name="Main channel")).to_have_value("All")
    assert read_view(page) == before
    page.go_forward()
    expect_caption(page, "Main channel: web")
    assert read_view(page) == chosen


def copied_link(page: Page) -> str:
    """Return what the button that copies the link leaves in the clipboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Link to this view").click()
    link = page.get_by_role("dialog", name="Link to this view")
    link.get_by_test_id("stCode").hover()
    link.get_by_role("button", name="Copy to clipboard").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('http')")
    return str(page.evaluate("() => navigator.clipboard.readText()"))


def test_the_keyboard_reaches_navigation_and_selection(new_page: NewPage, sample_app: ServedApp) -> None:
    page = new_page()
    open_page(page, sample_app.url)
    before = title(page)
    press_tab_until(page, "Segments")
    page.keyboard.press("Enter")
    expect(main(page).get_by_role("heading", level=1)).not_to_have_text(before)
    wait_for_charts(page)
    press_tab_until(page, "Main channel")
    page.keyboard.type("web")
    page.keyboard.press("Enter")
    expect_caption(page, "Main channel: web")
    press_tab_until(page, "Offices and cafés")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(main(page).get_by_role("heading", name="Everyday regulars: ")).to_be_visible()


def press_tab_until(page: Page, name: str) -> None:
    """Move the focus forward to the element of this name; it must be seen to have it."""
    focused = "() => { const at = document.activeElement; return (at.ariaLabel || at.innerText || '').trim(); }"
    reached = []
    for _ in range(TABS_TO_TRY):
        page.keyboard.press("Tab")
        reached.append(str(page.evaluate(focused)))
        if reached[-1].splitlines()[-1:] == [name]:
            return
    pytest.fail(f"{name} was not reached by the Tab key, which went to {reached}")


def test_the_camera_saves_the_chart_with_its_footer(new_page: NewPage, sample_app: ServedApp) -> None:
    page = new_page()
    open_page(page, sample_app.url)
    chart = charts(page).first
    place = chart.bounding_box()
    assert place is not None
    with page.expect_download() as saving:
        chart.locator(".modebar-btn").click()
    assert saving.value.suggested_filename == "share-gap.png"
    with Image.open(Path(saving.value.path())) as saved:
        assert saved.format == "PNG"
        picture = saved.convert("RGB")
    assert picture.size == (round(place["width"]) * PNG_SCALE, round(place["height"]) * PNG_SCALE)
    colours = {colour for _, colour in picture.getcolors(maxcolors=picture.width * picture.height) or ()}
    for segment in ("#3C36B2", "#94992E", "#80394E", "#458C99", "#B2816B"):
        assert tuple(bytes.fromhex(segment[1:])) in colours
    footer = picture.crop((0, picture.height - 40 * PNG_SCALE, picture.width, picture.height))
    assert len(footer.getcolors(maxcolors=picture.width * picture.height) or ()) > 10  # letters, not bare paper


def test_the_csv_says_where_it_comes_from_and_holds_the_numbers_of_the_command_line(
    new_page: NewPage, sample_app: ServedApp, built_sample: Path
) -> None:
    page = new_page()
    open_page(page, sample_app.url)
    with page.expect_download() as saving:
        page.get_by_role("button", name="Download as CSV").click()
    assert saving.value.suggested_filename == "segments-2026-06-30.csv"
    content = Path(saving.value.path()).read_text(encoding="utf-8-sig")
    build = (built_sample / "store" / "current").read_text().strip()
    remarks = [line for line in content.splitlines() if line.startswith("#")]
    assert remarks == [
        "# Workspace: Harbour Coffee",
        "# Content: Segments",
        "# Segmentation: How people buy",
        "# Version: v001",
        "# As of: 2026-06-30",
        "# Customers: 6000",
        f"# Build: {build}",
        "# Exported by: local user (admin)",
        "# Confidential",
    ]
    saved = pd.read_csv(io.StringIO(content), comment="#").to_dict("records")
    command = [sys.executable, "-m", "segmodel", "metrics", str(built_sample), "--json"]
    printed = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    expected = printed["segmentations"]["behaviour"]["segments"]
    assert [row["name"] for row in saved] == [row["name"] for row in expected] == list(SEGMENTS)
    for row, other in zip(saved, expected, strict=True):
        shared = sorted(set(row) & set(other) - {"id", "name"})
        assert {"customers", "customer_share", "value", "value_share", "value_index", "growth"} <= set(shared)
        assert {name: row[name] for name in shared} == pytest.approx({name: other[name] for name in shared})


REGULARS, ONCE = 30, 60
PRICES = (Decimal("41.50"), Decimal("10.50"))
ORDERS = 6


def own_file() -> bytes:
    """Return lines as a spreadsheet on the Continent saves them: 30 customers bought six times, 60 once.

    Together 90 customers, 240 orders and 30 × 6 × 41.50 + 60 × 10.50 = 8,100 of revenue.
    """
    rows = ["Customer;Order date;Amount"]
    for number in range(REGULARS):
        who = f'"Ann ""Nan"" O\'Neil; {number} 🐢"'
        rows += [f"{who};2025-{2 * month + 1:02d}-{1 + number % 28:02d};41,50" for month in range(ORDERS)]
    rows += [f"🦊 {number};2025-{1 + number % 12:02d}-{1 + number % 28:02d};10,50" for number in range(ONCE)]
    rows[-1] = "🦊 59;2025-12-31;10,50"
    return "\n".join(rows).encode()


def test_an_uploaded_file_becomes_a_workspace_beside_the_first(new_page: NewPage, shop: Shop) -> None:
    assert REGULARS * ORDERS * PRICES[0] + ONCE * PRICES[1] == 8100
    page = new_page()
    open_page(page, shop.url, "Data")
    upload = {"name": "Käufe 2025.csv", "mimeType": "text/csv", "buffer": own_file()}
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(upload)  # type: ignore[arg-type]
    boxes = {"Customer id": "Customer", "Ordered at": "Order date", "Amount": "Amount"}
    for label, column in boxes.items():
        expect(page.get_by_role("combobox", name=label, exact=True)).to_have_value(column)
    preview = main(page).get_by_role("table").filter(has_text="O'Neil").last
    expect(preview).to_contain_text('Ann "Nan" O\'Neil; 0 🐢')
    name = page.get_by_role("textbox", name="Name", exact=True)
    name.fill("Tortoise & fox")
    name.press("Enter")
    page.evaluate(WATCH_PROGRESS)
    page.get_by_role("button", name="Build", exact=True).click()
    expect_caption(page, "Tortoise & fox · Behaviour v001 · 90 customers · as of 31 December 2025")
    assert len(page.evaluate("() => window.progressSeen")) > 1

    assert "workspace=tortoise-fox" in page.url
    assert "33% of customers, brought 92% of revenue" in title(page)
    numbers = [read(tile) for tile in page.get_by_test_id("stMetric").all()]
    for tile, number in zip(numbers, ("90", "£8,100", "£90.00", "tested"), strict=True):
        assert number in tile.split()
    assert (shop.folder / "uploads" / "tortoise-fox" / "store" / "current").is_file()

    choose(page, "Workspace", "Corner shop")
    expect_caption(page, "Corner shop")


WATCH_PROGRESS = """() => {
  window.progressSeen = [];
  new MutationObserver(() => {
    const text = document.querySelector('[data-testid=stProgress]')?.textContent;
    if (text && !window.progressSeen.includes(text)) window.progressSeen.push(text);
  }).observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
}"""


def test_a_new_build_is_seen_at_the_next_click_and_can_be_taken_back(new_page: NewPage, shop: Shop) -> None:
    page = new_page()
    open_page(page, shop.url)
    first = caption(page)
    assert first.startswith("Corner shop · Behaviour v001 · ")
    earlier = Workspace(shop.folder).current()

    definition = shop.folder / FILE_NAME
    definition.write_text(definition.read_text().replace('"Corner shop"', '"Corner shop, renamed"'))
    Workspace(shop.folder).build()
    assert caption(page) == first  # nothing moves under the reader's eyes
    go_to(page, "Segments")
    expect_caption(page, "Corner shop, renamed · Behaviour")

    go_to(page, "Data")
    page.get_by_text("Builds that are kept").click()
    page.get_by_role("button", name="Publish again").click()
    expect_caption(page, f"Corner shop · build {earlier} ")
    assert Workspace(shop.folder).current() == earlier
    go_to(page, "Home")
    assert caption(page) == first


def test_an_uploaded_workspace_is_removed_after_a_confirmation(new_page: NewPage, shop: Shop) -> None:
    write_workspace(shop.folder / "uploads" / "passing", make_transactions(seed=5, rich=False))
    Workspace(shop.folder / "uploads" / "passing").build()
    page = new_page()
    open_dashboard(page, f"{shop.url}/data?workspace=passing")
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("This cannot be undone.")).to_be_visible()
    assert (shop.folder / "uploads" / "passing").is_dir()
    page.get_by_role("button", name="Remove for good").click()
    expect(page).not_to_have_url(re.compile("passing"))
    wait_until_drawn(page)
    expect_caption(page, "Corner shop")
    assert not (shop.folder / "uploads" / "passing").exists()
    expect(page.get_by_text("This cannot be undone.")).to_have_count(0)
