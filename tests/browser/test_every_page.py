"""Every page, in both schemes: no serious fault of ours in what axe-core scans, and nothing cut off or written over.

One walk for both: drawing the pages takes longer than looking at them.
"""

from __future__ import annotations

import pytest

from tests.browser.reading import PAGES, go_to, open_page
from tests.browser.test_accessibility import SCHEMES, TALL, ours
from tests.browser.test_looks import WIDTHS, looks_wrong
from tests.support.browser import NewPage, ServedApp


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_page_has_a_serious_fault_of_ours_or_is_cut_off(
    new_page: NewPage, sample_app: ServedApp, scheme: str
) -> None:
    page = new_page(width=WIDTHS[0], height=TALL, colour_scheme=scheme)
    open_page(page, sample_app.url)
    faults, wrong = {}, {}
    for name in PAGES:
        if name != "Home":
            page.set_viewport_size({"width": WIDTHS[0], "height": TALL})
            go_to(page, name)
        faults[name] = ours(page)
        wrong[name] = looks_wrong(page, may_scroll=False)
    assert faults == {name: [] for name in PAGES}
    assert wrong == {name: [] for name in PAGES}
