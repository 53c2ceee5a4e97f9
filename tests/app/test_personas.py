from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app import access, queries
from segmodel.council import QUOTES, STORY, Draft, Writings
from segmodel.personas import (
    Quote,
    Voice,
    approved_from_json,
    approved_to_json,
    story_from_json,
    story_to_json,
    written,
)
from tests.app.test_pages import text, title

Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEGMODEL_COUNCIL_URL", raising=False)


def said(page: AppTest) -> str:
    return text(page).replace("\\", "")


def write(
    page: AppTest, picture: tuple[str, bytes, str] | None = None, *, is_emblem: bool = False, **parts: str
) -> AppTest:
    """Open the form, fill it in and save."""
    page.session_state["write_story"] = True
    page.run()
    if picture:
        page.file_uploader[0].set_value(picture)
    if is_emblem:
        next(box for box in page.checkbox if box.label == "Use the emblem instead").check()
    boxes = {box.label: box for box in (*page.text_input, *page.text_area)}
    for label, typed in parts.items():
        next(box for name, box in boxes.items() if name.startswith(label)).input(typed)
    next(button for button in page.button if button.label == "Save the story").click().run()
    assert not page.exception
    return page


def newest(folder: Path) -> tuple[int, str, str]:
    found = Writings(folder).newest(STORY, "behaviour")["s1"]
    return found.number, found.who, story_from_json(found.content)[0].essence


def test_cards_have_every_segment_with_size_and_value_and_say_what_is_missing(opened: Open) -> None:
    page = opened("personas")
    assert not page.exception
    assert title(page).endswith("and what sets each apart")
    words = said(page)
    for needed in ("No story yet", "What sets them apart", "Owner: nobody yet", "In their own words"):
        assert needed in words
    assert "Add a table verbatims" in words


def test_a_story_that_was_written_stands_on_the_card_with_who_wrote_it(opened: Open, folder: Path) -> None:
    typed = {
        "Essence": "Coffee <first> of $day",
        "Recognise them": "Knows the bean",
        "Owner": "CRM",
    }
    page = write(opened("personas"), **typed, **{"Your name": "Ana"})
    assert newest(folder) == (1, "Ana", "Coffee <first> of $day")
    words = said(page)
    for needed in ("Coffee <first> of $day", "Knows the bean", "Owner: CRM", "Version 1 by Ana"):
        assert needed in words
    assert [told.value for told in page.success] == ["Saved as version 1 by Ana\\."]
    assert title(page).endswith("and how to recognise each")


def test_the_later_of_two_who_write_is_told_and_may_save_even_so(opened: Open, folder: Path) -> None:
    page = opened("personas")
    page.session_state["write_story"] = True
    page.run()
    draft = Draft(STORY, "behaviour", "s1", story_to_json(written(essence="Ben's")), "{}", "b", "v001")
    Writings(folder).save(draft, who="Ben", based_on=None)
    page = write(page, **{"Essence": "Ana's", "Your name": "Ana"})
    assert "Ben saved version 1" in page.error[0].value.replace("\\", "")
    assert newest(folder)[2] == "Ben's"
    next(button for button in page.button if button.label.startswith("Save mine")).click().run()
    assert newest(folder) == (2, "Ana", "Ana's")
    assert len(Writings(folder).history(STORY, "behaviour", "s1")) == 2


def test_viewers_read_and_do_not_write(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = access.User("Vi", access.Role.VIEWER, is_local=False)
    monkeypatch.setattr(access, "current_user", lambda: viewer)
    page = opened("personas")
    assert "A steward writes the story" in said(page)
    assert all(button.label != "Save the story" for button in page.button)


def test_too_long_a_line_is_told_and_nothing_is_lost(opened: Open, folder: Path) -> None:
    page = write(opened("personas"), **{"Do": "x" * 400, "Your name": "Ana"})
    assert any("expected at most 160" in error.value.replace("\\", "") for error in page.error)
    assert Writings(folder).newest(STORY, "behaviour") == {}


def test_a_picture_goes_with_the_story_until_the_emblem_is_wanted_again(opened: Open, folder: Path) -> None:
    kept = io.BytesIO()
    Image.new("RGB", (40, 30), "#3C36B2").save(kept, format="JPEG")
    page = opened("personas")
    write(page, ("she.jpg", kept.getvalue(), "image/jpeg"), **{"Essence": "With a face", "Your name": "Ana"})
    story, digest = story_from_json(Writings(folder).newest(STORY, "behaviour")["s1"].content)
    assert (story.essence, (Writings(folder).picture(digest) or b"")[:4]) == ("With a face", b"\x89PNG")
    # what is written next keeps it
    write(page, **{"Essence": "Still with one", "Your name": "Ana"})
    assert story_from_json(Writings(folder).newest(STORY, "behaviour")["s1"].content)[1] == digest
    write(page, is_emblem=True, **{"Essence": "Without", "Your name": "Ana"})
    assert story_from_json(Writings(folder).newest(STORY, "behaviour")["s1"].content)[1] == ""


def test_what_is_no_picture_is_told_and_nothing_is_lost(opened: Open, folder: Path) -> None:
    page = opened("personas")
    write(page, ("she.png", b"<script>", "image/png"), **{"Essence": "Written", "Your name": "Ana"})
    assert any("picture cannot be read" in error.value for error in page.error)
    assert not Writings(folder).newest(STORY, "behaviour")
    assert any(box.value == "Written" for box in page.text_input)


def test_quotes_are_approved_as_they_were_on_the_screen(
    opened: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = queries.personas
    spoken = Voice(n_comments=20, n_customers=15, quotes=(Quote("q1", "It just arrives."), Quote("q2", "More pounds.")))
    monkeypatch.setattr(
        queries, "personas", lambda *given: tuple(replace(each, voice=spoken) for each in facts(*given))
    )

    def ticked(page: AppTest) -> dict[str, bool]:
        return {
            box.label.replace("\\", ""): bool(box.value)
            for box in page.checkbox
            if box.label.startswith(("It just", "More"))
        }

    def approve(page: AppTest) -> AppTest:
        next(box for box in page.text_input if box.label == "Your name").input("Ana")
        return next(each for each in page.button if each.label == "Approve these, and no others").click().run()

    page = opened("personas")
    page.session_state["quotes"] = True
    page.run()
    assert ticked(page) == {"It just arrives.": False, "More pounds.": False}
    next(box for box in page.checkbox if box.label.startswith("It just")).check()
    other = Draft(QUOTES, "behaviour", "s1", approved_to_json(spoken.quotes[1:]), "", "b1", "v001")
    Writings(folder).save(other, who="Bo", based_on=None)
    approve(page)
    assert "Not saved" in " ".join(each.value for each in page.error)
    assert Writings(folder).newest(QUOTES, "behaviour")["s1"].who == "Bo"
    page.run()
    assert ticked(page) == {"It just arrives.": False, "More pounds.": True}
    next(box for box in page.checkbox if box.label.startswith("It just")).check()
    approve(page)
    kept = Writings(folder).newest(QUOTES, "behaviour")["s1"]
    assert (kept.who, approved_from_json(kept.content)) == ("Ana", {"q1", "q2"})
    assert not page.exception
