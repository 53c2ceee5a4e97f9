from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import access, council, queries
from app.queries import BuildKey
from segmodel.council import BRIEF, Draft, Writing, Writings
from segmodel.personas import brief_from_json, brief_to_json, written_brief
from segmodel.workspace import Workspace
from tests.app.test_pages import text, title
from tests.app.test_personas import said

Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEGMODEL_COUNCIL_URL", raising=False)


def press(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
    return page


def edited(page: AppTest, **parts: str) -> AppTest:
    """Open the form, fill in parts by their headings and save."""
    page.session_state["write_brief"] = True
    page.run()
    for heading, typed in parts.items():
        next(box for box in page.text_area if box.label.startswith(heading)).input(typed)
    page.text_input(key="brief_who_edit").input("Ana")
    return press(page, "Save the brief")


def newest(folder: Path, subject: str = "s1/positioning") -> Writing:
    return Writings(folder).newest(BRIEF, "behaviour")[subject]


def test_a_draft_from_the_facts_is_ready_before_anybody_wrote(opened: Open) -> None:
    page = opened("briefs")
    assert not page.exception
    assert "a draft from the data is ready" in title(page)
    words = said(page)
    for needed in ("Who we are trying to win", "What they must believe", "To be written.", "What is measured of them"):
        assert needed in words
    assert "is not what is measured" not in words


def test_a_brief_is_saved_then_approved_and_a_change_asks_for_approval_anew(opened: Open, folder: Path) -> None:
    page = edited(opened("briefs"), **{"What they must believe": "That <b>we</b> grind it today\n"})
    kept = newest(folder)
    assert (kept.number, kept.who, kept.is_approved) == (1, "Ana", False)
    assert brief_from_json(kept.content).parts["must_believe"] == ("That <b>we</b> grind it today",)
    assert "awaits approval" in title(page)
    page = press(page, "Approve this brief")
    assert (newest(folder).number, newest(folder).is_approved) == (2, True)
    assert "is approved" in title(page)
    page = edited(page, **{"What they must believe": "Something else"})
    assert (newest(folder).number, newest(folder).is_approved) == (3, False)
    assert "awaits approval" in title(page)


def test_what_the_data_do_not_say_is_told_and_must_be_meant_to_be_approved(opened: Open, folder: Path) -> None:
    page = edited(opened("briefs"), **{"Who we are trying to win": "They are 99% of customers."})
    assert "says what the data do not: 1 place" in title(page)
    assert any("is not what is measured" in warning.value for warning in page.warning)
    page = press(page, "Approve this brief")
    assert "Mend it, or tick" in page.error[0].value
    assert not newest(folder).is_approved
    next(box for box in page.checkbox if box.label.startswith("Approve it as it is")).check()
    press(page, "Approve this brief")
    assert newest(folder).is_approved


def test_who_approves_what_somebody_changed_meanwhile_is_told(opened: Open, folder: Path) -> None:
    page = edited(opened("briefs"), **{"What they must believe": "Ana's"})
    other = written_brief("positioning", {**brief_from_json(newest(folder).content).parts, "must_believe": ["Ben's"]})
    draft = Draft(BRIEF, "behaviour", "s1/positioning", brief_to_json(other), "{}", "b", "v001")
    Writings(folder).save(draft, who="Ben", based_on=1)
    page = press(page, "Approve this brief")
    assert "Ben saved version 2" in page.error[0].value.replace("\\", "")
    assert not newest(folder).is_approved


def test_each_team_has_a_brief_of_its_own_and_the_address_says_which(opened: Open) -> None:
    page = opened("briefs")
    page.query_params["for"] = "crm"
    page.run()
    assert "Who can be written to" in said(page)
    assert "Playbook: CRM" in said(page)


def test_a_viewer_reads_and_does_not_write(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = access.User("Vera", access.Role.VIEWER, is_local=False)
    monkeypatch.setattr(access, "current_user", lambda: viewer)
    page = opened("briefs")
    assert not page.exception
    assert not any(button.label.startswith(("Approve", "Save")) for button in page.button)
    assert "A steward edits and approves briefs" in text(page)


def test_the_role_is_checked_again_where_a_brief_is_saved(
    opened: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened("briefs")
    key = BuildKey(str(folder), Workspace(folder).current() or "")
    persona = queries.personas(key, "behaviour")[0]
    monkeypatch.setattr(access, "current_user", lambda: access.User("Vera", access.Role.ANALYST, is_local=False))
    with pytest.raises(access.AccessError):
        council.save_brief(
            key, persona, written_brief("crm", {}), who="", based_on=None, is_approved=True, even_so=False
        )
    assert not Writings(folder).newest(BRIEF, "behaviour")
