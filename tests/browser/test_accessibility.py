"""What axe-core calls serious or critical on any page, but for what is Streamlit's own."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Shop
from tests.browser.reading import go_to, main, open_page
from tests.support.browser import NewPage, open_dashboard, serve, wait_until_drawn
from tests.support.ports import free_port

SCHEMES = ("light", "dark")
TALL = 4000  # what lies outside the window is not scanned for contrast
SERIOUS = {"serious", "critical"}


@dataclass(frozen=True)
class Allowed:
    """A finding inside a widget of Streamlit's, which we cannot change: rule, elements and reason."""

    rule: str
    selector: str
    reason: str


ALLOWED = (
    Allowed(
        "list",
        "ul[data-testid=stSidebarNavItems]",
        "the navigation groups its sections in div elements inside the list",
    ),
    Allowed(
        "listitem",
        "ul[data-testid=stSidebarNavItems] li",
        "for the same reason its links are not children of the list",
    ),
    Allowed(
        "svg-img-alt",
        "[data-testid=stMetric] svg [role=graphics-symbol]",
        "a sparkline's marks are given a role but no name; the number and its change stand above it as text",
    ),
)

BARE_PAGE = """
import streamlit as st

def first():
    st.metric("Customers", "6,000", chart_data=[1, 2, 3], border=True)

def second():
    st.write("Another page")

st.navigation({"One": [st.Page(first, default=True)], "Two": [st.Page(second)]}).run()
"""


@dataclass(frozen=True)
class Fault:
    """One element at fault, and the allowance it falls under, if any."""

    rule: str
    element: str
    why: str
    allowed: Allowed | None


def faults(page: Page) -> list[Fault]:
    """Scan the page and return every serious fault."""
    found = []
    for violation in Axe().run(page).response["violations"]:
        for node in violation["nodes"] if violation["impact"] in SERIOUS else ():
            candidates = (allowed for allowed in ALLOWED if allowed.rule == violation["id"])
            allowed = next((one for one in candidates if _is_within(page, node["target"], one.selector)), None)
            found.append(Fault(violation["id"], node["html"][:200], node["failureSummary"], allowed))
    return found


def _is_within(page: Page, target: list[str], selector: str) -> bool:
    script = "([target, selector]) => document.querySelector(target)?.matches(selector) ?? false"
    return len(target) == 1 and bool(page.evaluate(script, [target[0], selector]))


def ours(page: Page) -> list[Fault]:
    """Return the faults that nothing allows."""
    return [fault for fault in faults(page) if fault.allowed is None]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_opens_on_a_page_has_no_serious_fault_of_ours(new_page: NewPage, shop: Shop, scheme: str) -> None:
    page = new_page(height=TALL, colour_scheme=scheme)
    open_page(page, shop.url)
    main(page).get_by_text("Table", exact=True).first.click()
    expect(main(page).get_by_role("table").first).to_be_visible()
    page.get_by_role("button", name="Link to this view").click()
    expect(page.get_by_role("dialog", name="Link to this view")).to_be_visible()
    wait_until_drawn(page)  # what is being drawn anew is faded until then
    opened = ours(page)
    page.keyboard.press("Escape")
    go_to(page, "Data")
    page.get_by_text("Builds that are kept").click()
    wait_until_drawn(page)  # a file given while the page is drawn anew is lost
    content = (
        b"customer,date,invoice,quantity,price\nA,2026-01-05,501,1,12.50\nA,2026-01-06,502,1,3\nA,2026-01-06,C503,1,3\n"
    )
    lines = {"name": "lines.csv", "mimeType": "text/csv", "buffer": content}
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(lines)  # type: ignore[arg-type]
    expect(page.get_by_role("button", name="Build", exact=True)).to_be_enabled()
    expect(main(page).get_by_role("checkbox")).to_have_count(2)
    page.get_by_text("More columns and settings").click()
    wait_until_drawn(page)
    form = ours(page)
    open_dashboard(page, f"{shop.url}/data?workspace=hard-names")
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_role("button", name="Remove for good")).to_be_visible()
    assert (opened, form, ours(page)) == ([], [], [])


def test_a_fault_of_ours_would_be_found(new_page: NewPage, shop: Shop) -> None:
    page = new_page(height=TALL)
    open_page(page, shop.url, "Definitions")
    main(page).get_by_role("heading", level=1).evaluate("one => one.style.color = '#DDDDDD'")
    assert [fault.rule for fault in ours(page)] == ["color-contrast"]


def test_what_is_allowed_is_streamlits_own(new_page: NewPage, tmp_path: Path) -> None:
    (tmp_path / "bare.py").write_text(BARE_PAGE)
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(tmp_path / "bare.py"), "--server.port", str(port)]
    with serve(command, port, tmp_path / "bare.log") as served:
        page = new_page()
        open_dashboard(page, served.url)
        expect(page.get_by_test_id("stMetric").locator("svg [role=graphics-symbol]").first).to_be_attached()
        found = faults(page)
    assert {fault.allowed for fault in found} == set(ALLOWED)
