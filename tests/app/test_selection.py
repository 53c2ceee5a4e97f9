from __future__ import annotations

import datetime as dt
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from app.selection import Selection
from tests.app.made import write_workspace
from tests.app.test_pages import text, title

VIEW = {
    "segmentation": "value",
    "snapshot": "2025-12-31",
    "compare_to": "2025-06-30",
    "filter_main_channel": "web",
}


def address(page: AppTest) -> dict[str, str]:
    return {name: value[-1] if isinstance(value, list) else value for name, value in page.query_params.items()}


def test_a_link_holds_every_choice_even_the_usual_ones(opened):
    assert address(opened()) == {
        "segmentation": "behaviour",
        "snapshot": "2026-06-30",
        "compare_to": "2025-06-30",
    }


def test_a_link_restores_exactly_the_view(opened):
    page = opened(**VIEW)
    assert address(page) == VIEW
    assert page.selectbox(key="choice_segmentation").value == "value"
    assert "Value tiers v003 · Main channel: web · 2,850 customers · as of 31 December 2025" in text(page)
    again = opened(**address(page))
    assert title(again) == title(page)


def test_choosing_changes_the_address(opened):
    page = opened()
    page.selectbox(key="choice_compare_to").select("none").run()
    assert address(page)["compare_to"] == "none"


def test_a_choice_stays_when_the_page_changes(opened):
    page = opened()
    page.selectbox(key="choice_snapshot").select("2025-12-31").run()
    page.switch_page("views/data.py").run()
    assert address(page)["snapshot"] == "2025-12-31"
    page.switch_page("views/segments.py").run()
    assert page.selectbox(key="choice_snapshot").value == "2025-12-31"


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("segmentation", "nope", "segmentation"),
        ("snapshot", "2019-01-31", "snapshot"),
        ("compare_to", "2031-01-31", "compare to"),
        ("filter_main_channel", "<b>fax</b>", "main channel"),
        ("workspace", "../../etc", "workspace"),
    ],
)
def test_what_a_link_cannot_restore_falls_back_with_a_note(opened, name, value, word):
    page = opened(**{name: value})
    assert not page.exception
    note = page.info[0].value.replace("\\", "")
    assert note.startswith(f"The link asked for {word} “{value}”, which is not there.")
    assert address(page).get(name) != value
    page.run()
    assert not page.info


def test_an_unknown_parameter_is_dropped(opened):
    page = opened(utm_source="mail")
    assert "utm_source" not in address(page)
    assert not page.info


def test_somebody_looking_at_the_latest_keeps_looking_at_the_latest(opened, folder: Path, monkeypatch):
    page = opened()
    later = dt.date(2026, 7, 31)
    monkeypatch.setattr("tests.app.made.SNAPSHOTS", (dt.date(2025, 6, 30), dt.date(2026, 6, 30), later))
    write_workspace(folder)
    page.run()
    assert address(page)["snapshot"] == "2026-07-31"


def test_a_workspace_is_chosen_by_name_never_by_path(opened, folder: Path):
    write_workspace(folder / "uploads" / "my-shop", "My shop")
    write_workspace(folder.parent / "secret", "Secret")
    assert "My shop" in text(opened(workspace="my-shop"))
    for attempt in ("../secret", str(folder.parent / "secret"), "..%2Fsecret", "my-shop/../../../secret"):
        page = opened(workspace=attempt)
        assert "Secret" not in text(page)
        assert "Harbour Coffee" in text(page)


def test_workspaces_are_picked_by_their_names(opened, folder: Path):
    for slug, name in [("shop", "Café Nord"), ("shop-2", "Corner shop"), ("shop-3", "Corner shop")]:
        write_workspace(folder / "uploads" / slug, name)
    page = opened()
    picker = page.selectbox(key="choice_workspace")
    assert picker.options == ["Harbour Coffee", "Café Nord", "Corner shop (shop-2)", "Corner shop (shop-3)"]
    (folder / "uploads" / "shop" / "segmentation.toml").write_text("not a definition")
    page.run()
    assert page.selectbox(key="choice_workspace").options[1] == "shop"


def test_a_link_reads_back_as_the_selection():
    selection = Selection("shop", "value", dt.date(2026, 6, 30), None, (("region", "A&B = C?"),))
    assert dict(parse_qsl(selection.link(segment="s1").removeprefix("?"))) == {
        "workspace": "shop",
        "segmentation": "value",
        "snapshot": "2026-06-30",
        "compare_to": "none",
        "filter_region": "A&B = C?",
        "segment": "s1",
    }


def test_nothing_is_compared_with_a_window_the_data_do_not_fill(opened, folder: Path, monkeypatch):
    monkeypatch.setattr("tests.app.made.COMPLETE", (False, True, True))
    write_workspace(folder)
    page = opened()
    assert page.selectbox(key="choice_compare_to").options == ["31 December 2025", "Nothing"]
    # drift is held against the day its model was fitted on, whatever is compared
    assert "June 2025" not in text(page).replace(" in the same months of the year to June 2025", "")
    page.selectbox(key="choice_snapshot").select("2025-06-30").run()
    assert page.selectbox(key="choice_compare_to").options == ["Nothing"]


def send_late(page: AppTest, earlier: dict[str, str]) -> None:
    """Have the browser send an address of before, as it does while an answer is under way."""
    for name in list(page.query_params):
        del page.query_params[name]
    for name, value in earlier.items():
        page.query_params[name] = value


def test_an_address_sent_back_late_undoes_nothing(opened):
    page = opened()
    before = address(page)
    page.selectbox(key="choice_compare_to").select("2025-12-31").run()
    send_late(page, before)
    page.selectbox(key="choice_filter_main_channel").select("web").run()
    assert address(page) == {**before, "compare_to": "2025-12-31", "filter_main_channel": "web"}
    assert page.selectbox(key="choice_compare_to").value == "2025-12-31"


def test_going_back_brings_the_view_before(opened, monkeypatch):
    page = opened()
    before = address(page)
    page.selectbox(key="choice_compare_to").select("2025-12-31").run()
    page.selectbox(key="choice_filter_main_channel").select("web").run()
    send_late(page, before)
    monkeypatch.setattr("app.address._is_history", lambda: True)
    page.run()
    assert address(page) == before
    assert page.selectbox(key="choice_compare_to").value == "2025-06-30"


def test_an_old_address_is_a_link_again_later(opened, monkeypatch):
    page = opened()
    before = address(page)
    page.selectbox(key="choice_compare_to").select("2025-12-31").run()
    send_late(page, before)
    monkeypatch.setattr("app.address.LATE_FOR_SECONDS", 0)
    page.run()
    assert address(page) == before
