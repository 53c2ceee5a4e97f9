"""The walk through Activate: choose a segment, see the funnel, look at the rows, export, find it in the log."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from tests.activation.made import build_shop
from tests.browser.conftest import Shop
from tests.browser.reading import main, open_page, title
from tests.browser.test_accessibility import ours
from tests.support.browser import NewPage, wait_until_drawn


@pytest.fixture(scope="module")
def contacts(shop: Shop) -> Iterator[Path]:
    """A workspace with contact data beside the first."""
    folder = build_shop(shop.folder / "uploads" / "contacts")
    yield folder
    shutil.rmtree(folder)


def fill(page: Page, label: str, number: int) -> None:
    box = main(page).get_by_role("spinbutton", name=label)
    box.fill(str(number))
    box.press("Enter")
    wait_until_drawn(page)


def test_a_segment_is_chosen_looked_at_exported_and_found_in_the_log(
    new_page: NewPage, shop: Shop, contacts: Path
) -> None:
    assert contacts.is_dir()
    page = new_page(height=2_200)
    open_page(page, shop.url, "Activate", "?workspace=contacts&segmentation=value&segments=s3")
    before = title(page)
    main(page).get_by_role("button", name="Low").first.click()
    expect(main(page).get_by_role("heading", level=1)).not_to_have_text(before)
    fill(page, "at least", 5)
    expect(main(page).locator(".js-plotly-plot").last).to_contain_text("value below 5")
    assert " can be sent" in title(page)
    given = int(title(page).split(" of ")[0].replace(",", ""))
    expect(main(page).locator(".js-plotly-plot").last).to_contain_text("did not agree")

    main(page).get_by_text("Preview the first rows").click()
    wait_until_drawn(page)
    expect(main(page).get_by_role("columnheader", name="Email, hashed")).to_be_visible()
    assert ours(page) == []

    main(page).get_by_role("button", name="Export").click()
    wait_until_drawn(page)
    with page.expect_download() as download:
        main(page).get_by_role("button", name="Download", exact=True).click()
    with zipfile.ZipFile(download.value.path()) as archive:
        name, told = sorted(archive.namelist())
        rows = pd.read_csv(io.BytesIO(archive.read(name)))
        manifest = json.loads(archive.read(told))
    assert len(rows) == manifest["rows"] == given
    log = main(page).get_by_role("table").last
    expect(log).to_contain_text(name)
    expect(log).to_contain_text("finished")
