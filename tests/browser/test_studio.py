"""The Studio from one end to the other, while somebody else looks at Home."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from segmodel.workspace import Workspace
from tests.browser.conftest import Shop
from tests.browser.reading import expect_caption, main, open_page, title
from tests.browser.test_accessibility import SCHEMES, ours
from tests.browser.test_looks import looks_wrong
from tests.support.browser import NewPage, open_dashboard, wait_until_drawn
from tests.support.workspaces import KMEANS, TIERS, make_transactions, write_workspace

COMPARE = "Compare 2 to 10 segments"
TALL = 4000


@pytest.fixture(scope="module")
def bakery(shop: Shop) -> Iterator[Path]:
    """A workspace beside the first, whose versions may change."""
    folder = shop.folder / "uploads" / "bakery"
    write_workspace(folder, make_transactions(seed=8, customers=300, rich=False), segmentations=KMEANS + TIERS)
    Workspace(folder).build()
    yield folder
    shutil.rmtree(folder)


def leave_out_the_last_feature(page: Page) -> None:
    """Open what is compared, and take one feature away, with the keyboard."""
    main(page).get_by_text("Basis, features and method").click()
    page.get_by_role("combobox", name="Features").press("Backspace")
    wait_until_drawn(page)


def confirm(page: Page, label: str, why: str) -> None:
    """Press a button, and in the dialog that opens say why and press it again."""
    page.get_by_role("button", name=label, exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Why").fill(why)
    dialog.get_by_role("button", name=label).click()


def expect_said(page: Page, sentence: str) -> None:
    """Wait until the page says what was done."""
    expect(main(page).get_by_test_id("stAlert").filter(has_text=sentence)).to_be_visible(timeout=20_000)
    wait_until_drawn(page)


def test_the_whole_walk_while_another_visitor_looks_at_home(new_page: NewPage, shop: Shop, bakery: Path) -> None:
    page, other = new_page(height=TALL), new_page()
    open_page(page, shop.url, "Studio", "?workspace=bakery")
    assert title(page) == "Three segments are in use: Behaviour v001"
    leave_out_the_last_feature(page)
    expect(
        main(page).get_by_text("Tried here: k-means on Days since last purchase and Orders; seed 0.")
    ).to_be_visible()
    cancel = page.get_by_role("button", name="Cancel")
    page.get_by_role("button", name=COMPARE).click()
    cancel.click()
    expect(main(page).get_by_text("The comparison was cancelled")).to_be_visible()

    page.get_by_role("button", name=COMPARE).click()
    expect(cancel).to_be_visible()
    open_page(other, shop.url, query="?workspace=bakery")
    expect_caption(other, "Behaviour v001 · 300 customers")
    assert cancel.is_visible()  # Home was there long before the comparison was done
    expect(main(page).get_by_role("heading", name="The measures behind it")).to_be_visible()
    wait_until_drawn(page)
    found = title(page)
    assert "segments" in found
    page.get_by_role("radio", name="2 segments").click()
    expect(main(page).get_by_role("heading", name="Two segments: ")).to_be_visible()
    wait_until_drawn(page)
    for heading in ("What sets each segment apart?", "How far apart do they lie?", "Describe this segment"):
        expect(main(page).get_by_role("heading", name=heading)).to_be_visible()
    assert "k=2" in page.url
    assert "features=" in page.url
    page.get_by_role("button", name="Save this run").click()
    expect_said(page, "It can be repeated with")
    open_dashboard(other, page.url)  # the same link shows another visitor the same, without computing
    assert title(other) == found
    expect(main(other).get_by_role("heading", name="Two segments: ")).to_be_visible()

    page.get_by_role("textbox", name="Why").fill("fewer to brief")
    page.get_by_role("button", name="Propose", exact=True).click()
    expect_said(page, "v002 is proposed, with 2 segments")
    expect(main(page).get_by_role("heading", name="Who would move")).to_be_visible()
    expect(main(page)).to_contain_text("v002 (2 segments) agrees with v001 (3 segments)")
    confirm(page, "Promote v002", "agreed by the council")
    expect_said(page, "v002 is promoted: the next build scores with it.")
    confirm(page, "Go back to v001", "too coarse")
    expect_said(page, "v001 is rolled back: the next build scores with it.")
    assert Workspace(bakery).models.load("behaviour", "v002").features == ("recency_days", "frequency")
    assert [(step.action, step.version, step.why) for step in Workspace(bakery).steps("behaviour")[1:]] == [
        ("proposed", "v002", "fewer to brief"),
        ("promoted", "v002", "agreed by the council"),
        ("rolled back", "v001", "too coarse"),
    ]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_was_compared_is_accessible_and_not_cut_off(
    new_page: NewPage, shop: Shop, bakery: Path, scheme: str
) -> None:
    if len(Workspace(bakery).steps("behaviour")) == 1:
        Workspace(bakery).propose("behaviour", 2, "Ana", "fewer")
    page = new_page(height=TALL, colour_scheme=scheme)
    open_page(page, shop.url, "Studio", "?workspace=bakery&k=9")
    start = page.get_by_role("button", name=COMPARE)
    if start.is_visible():
        start.click()
    expect(main(page).get_by_role("heading", name="The measures behind it")).to_be_visible()
    main(page).get_by_text("Every measure, and what it says").click()
    wait_until_drawn(page)
    assert ours(page) == []
    assert looks_wrong(page, may_scroll=False) == []
    page.get_by_role("button", name="Promote v002").click()
    expect(page.get_by_role("dialog").get_by_role("textbox", name="Why")).to_be_visible()
    wait_until_drawn(page)
    assert ours(page) == []
