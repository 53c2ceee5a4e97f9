"""What browser tests stand on, tried on pages whose faults are known."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from playwright.sync_api import Error, expect

from tests.support.browser import (
    NewPage,
    accessibility_violations,
    open_dashboard,
    serve,
)
from tests.support.ports import free_port, is_open

SLOW_APP = """
import streamlit as st
import time
with st.spinner("Counting"):
    time.sleep(1)
st.title("Drawn at the end")
st.write("Background:", st.context.theme.type)
"""

GOOD_PAGE = """<!doctype html><html lang="en"><head><title>A page</title></head>
<body><main><h1>A page</h1><button>Read on</button></main></body></html>"""


def test_scan_passes_a_page_without_faults(new_page: NewPage) -> None:
    page = new_page()
    page.set_content(GOOD_PAGE)
    assert accessibility_violations(page) == []


def test_scan_names_the_rule_and_the_element_at_fault(new_page: NewPage) -> None:
    page = new_page()
    page.set_content(GOOD_PAGE.replace("<button>Read on</button>", '<button id="empty"></button>'))
    (violation,) = accessibility_violations(page)
    assert violation.startswith("button-name (critical)")
    assert "#empty" in violation


@pytest.mark.parametrize("address", ["http://example.invalid/", "http://192.0.2.1/"])
def test_pages_reach_nothing_off_this_machine(new_page: NewPage, address: str) -> None:
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        new_page().goto(address)


def test_served_app_is_drawn_before_the_test_goes_on(new_page: NewPage, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW_APP)
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(tmp_path / "slow.py"),
        "--server.port",
        str(port),
    ]
    with serve(command, port, tmp_path / "app.log") as served:
        for colour_scheme in ("light", "dark"):
            page = new_page(width=1920, colour_scheme=colour_scheme)
            open_dashboard(page, served.url)
            # No waiting here: what the script writes last must be there already.
            assert page.get_by_role("heading", name="Drawn at the end").is_visible()
            expect(page.get_by_text(f"Background: {colour_scheme}")).to_be_visible()
            assert page.viewport_size == {"width": 1920, "height": 900}
    assert not is_open(port)


def test_app_that_cannot_start_says_what_it_printed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such workspace')"]
    with (
        pytest.raises(RuntimeError, match="no such workspace"),
        serve(command, free_port(), tmp_path / "app.log"),
    ):
        pass
