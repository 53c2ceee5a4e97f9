"""A council's meeting on Priorities from one end to the other, by several people, on SQLite and on PostgreSQL."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page, expect

from segmodel.council.database import ADDRESS
from tests.browser.reading import charts, main, open_page, read, settle, title
from tests.browser.test_accessibility import SCHEMES, ours
from tests.browser.test_looks import looks_wrong
from tests.support.browser import NewPage, ServedApp, open_dashboard, serve_workspace

TALL = 4000


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def council_app(
    request: pytest.FixtureRequest, built_sample: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Address of the dashboard of a copy of the sample, in which nobody has saved anything yet."""
    folder = tmp_path_factory.mktemp("council") / "sample"
    shutil.copytree(built_sample, folder, ignore=shutil.ignore_patterns("council.db*"))
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv(ADDRESS, raising=False)
        if request.param == "postgres":
            environment.setenv(ADDRESS, own_database(request.getfixturevalue("postgres_url")))
        with serve_workspace(folder, folder.parent / "app.log") as served:
            yield served.url
    assert request.param == "sqlite" or not (folder / "council.db").exists()


def own_database(server: str) -> str:
    """Return the URL of a database of the tests' own."""
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("DROP DATABASE IF EXISTS meeting"))
        connection.execute(sa.text("CREATE DATABASE meeting"))
    engine.dispose()
    return server.rsplit("/", 1)[0] + "/meeting"


def slider(page: Page, label: str) -> Locator:
    """Return the slider of a weight; its label ends with the weight's share."""
    return page.get_by_role("slider", name=re.compile(f"^{label} · "))


def press(page: Page, label: str, key: str, times: int, weight: int) -> None:
    """Move a weight with the keyboard, quicker than the page answers, and wait until it has followed."""
    settle(page)
    slider(page, label).focus()
    for _ in range(times):
        page.keyboard.press(key)
        page.wait_for_timeout(80)  # some keys come while an answer is under way, whose address is that of before
    settle(page)
    expect(slider(page, label)).to_have_value(str(weight))
    expect(slider(page, label)).to_be_focused()  # whoever uses the keyboard goes on from here


def pill(page: Page, name: str) -> Locator:
    return main(page).get_by_role("toolbar", name="Segments to win").get_by_role("button", name=name, exact=True)


def is_picked(page: Page, name: str) -> bool:
    return pill(page, name).get_attribute("aria-pressed") == "true"


def pick(page: Page, name: str) -> None:
    """Choose a segment to win, or choose it no more."""
    was_picked = is_picked(page, name)
    pill(page, name).click()
    expect(pill(page, name)).to_have_attribute("aria-pressed", "false" if was_picked else "true")
    settle(page)


def unfold(page: Page, *names: str) -> None:
    """Open what is folded away, and wait until all of it is there: a list opened before would be closed again."""
    for name in names:
        main(page).get_by_text(name, exact=True).click()
        opened = main(page).get_by_test_id("stExpander").filter(has_text=name)
        expect(opened.locator("input, table").first).to_be_visible()
        settle(page)


def knock_out(page: Page, name: str, reason: str) -> None:
    """Knock a segment out; its list opens with the keyboard, once more where the page is drawn anew meanwhile."""
    box = page.get_by_role("combobox", name=name, exact=True)
    for _ in range(10):
        box.press("ArrowDown")
        with contextlib.suppress(PlaywrightError):
            page.get_by_role("option", name=reason, exact=True).click(timeout=2_000)
            break
    expect(box).to_have_value(reason)
    expect(page.get_by_role("textbox", name=name)).to_be_disabled()
    settle(page)


def save(page: Page, name: str, who: str) -> None:
    page.get_by_role("textbox", name="Save as").fill(name)
    page.get_by_role("textbox", name="Your name").fill(who)
    page.get_by_role("button", name="Save as a version").click()


def expect_said(page: Page, sentence: str) -> None:
    """Wait until the page says what was done."""
    expect(main(page).get_by_test_id("stAlert").filter(has_text=sentence)).to_be_visible()
    settle(page)


def in_matrix(page: Page) -> str:
    texts = charts(page).first.evaluate("one => [...one.querySelectorAll('svg text')].map(text => text.textContent)")
    return re.sub("[\u2066-\u2069]", "", " | ".join(map(str, texts)))


def test_a_council_holds_its_meeting(new_page: NewPage, council_app: str) -> None:
    ana, ben = new_page(height=TALL), new_page(height=TALL)
    open_page(ana, council_app, "Priorities")
    argue_about_weights(ana)
    knock_out_and_choose_three(ana)
    chosen = title(ana)
    save(ana, "Council of June", "Ana")
    expect_said(ana, "Saved as version 1, Council of June, by Ana.")
    assert title(ana) == chosen

    open_dashboard(ben, ana.url)
    settle(ben)
    assert title(ben) == chosen
    expect(ben.get_by_role("combobox", name="Scoring")).to_have_value(re.compile("^1: Council of June, Ana, "))
    expect(slider(ben, "Size")).to_have_value("100")
    assert in_matrix(ben) == in_matrix(ana)

    press(ben, "Size", "Home", 1, 0)
    pick(ben, "Gift givers")
    save(ben, "Council of July", "Ben")
    expect_said(ben, "Saved as version 2, Council of July, by Ben.")
    compare_with_the_first(ben)
    save_although_another_did(ana)


def argue_about_weights(page: Page) -> None:
    """Move weights until the title and the matrix have moved."""
    started, drawn = title(page), in_matrix(page)
    assert started.startswith("Win Everyday regulars, Offices and cafés and Weekend browsers.")
    press(page, "Value share", "Home", 1, 0)
    press(page, "Size", "End", 1, 100)
    press(page, "Growth", "ArrowLeft", 5, 15)
    assert title(page) != started
    assert in_matrix(page) != drawn
    expect(main(page).get_by_text("Changed and not saved yet.")).to_be_visible()


def knock_out_and_choose_three(page: Page) -> None:
    """Knock one segment out and choose three of the rest; the matrix says how sure each is."""
    unfold(page, "Knock a segment out")
    knock_out(page, "Weekend browsers", "not reachable")
    assert "Weekend browsers" not in title(page)
    assert "Weekend browsersknocked out" in in_matrix(page)
    for name in ("Offices and cafés", "Everyday regulars", "Fading subscribers", "Gift givers"):
        if is_picked(page, name) is (name == "Fading subscribers"):
            pick(page, name)
    assert title(page).split(".")[0].count(",") == 1  # three names
    assert "Fading subscribers" not in title(page)
    assert re.search(r"The choice holds in [\d.<>]+% of weightings\.", title(page))
    assert len(re.findall(r"stays in [\d.<>]+% of weightings", in_matrix(page))) == 3
    expect(main(page).get_by_text("Crosses: how far a segment moves")).to_be_visible()


def compare_with_the_first(page: Page) -> None:
    """Hold what is open against version 1."""
    page.get_by_role("combobox", name="Against").click()
    page.get_by_role("option", name=re.compile("^1: Council of June, Ana, ")).click()
    expect(main(page).get_by_text("Only the first wants to win Gift givers.")).to_be_visible()
    expect(main(page).get_by_text("They differ in 1 weight: Size.")).to_be_visible()
    cells = main(page).get_by_role("table", name="What the two scorings differ in").get_by_role("cell")
    expect(cells.nth(-2)).to_have_text("100")
    expect(cells.nth(-1)).to_have_text("0")


def save_although_another_did(page: Page) -> None:
    """Save from version 1 after version 2 has come: one is told, loses nothing and may save all the same."""
    press(page, "Growth", "ArrowRight", 3, 18)
    save(page, "Second thoughts", "Ana")
    expect_said(page, "Ben saved version 2, Council of July")
    expect(slider(page, "Growth")).to_have_value("18")
    page.get_by_role("button", name="Save mine as the next version all the same").click()
    expect_said(page, "Saved as version 3, Second thoughts, by Ana.")
    expect(slider(page, "Growth")).to_have_value("18")
    page.get_by_role("combobox", name="Scoring").click()
    labels = [read(option).split(",")[0] for option in page.get_by_role("option").all()]
    assert labels == ["3: Second thoughts", "2: Council of July", "1: Council of June", "A fresh scoring"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_opens_on_priorities_is_accessible_and_not_cut_off(
    new_page: NewPage, sample_app: ServedApp, scheme: str
) -> None:
    page = new_page(height=TALL, colour_scheme=scheme)
    open_page(page, sample_app.url, "Priorities")
    unfold(page, "Score a segment", "Scores by criterion", "Knock a segment out")
    knock_out(page, "Weekend browsers", "not a fit with our strengths")
    for name in ("Fading subscribers", "Gift givers"):
        pick(page, name)
    page.mouse.move(1, 1)  # how a pill looks under the mouse is Streamlit's own
    settle(page)
    assert ours(page) == []
    assert looks_wrong(page, may_scroll=False) == []
