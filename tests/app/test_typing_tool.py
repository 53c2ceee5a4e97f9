"""The typing tool's page: answered, explained, given out, and only as far as a role goes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import batteries, versions
from app.access import AccessError
from app.jobs import Jobs, Ready
from app.queries import BuildKey
from segmodel.progress import quiet
from segmodel.typing_tool import Battery, BatteryFiles, Found, Settings, batteries_of
from segmodel.workspace import Workspace
from tests.app.test_pages import text, title
from tests.typing_tool.made import battery, build_survey_workspace, respondents

Opened = Callable[..., AppTest]


@pytest.fixture(scope="module")
def surveyed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_survey_workspace(tmp_path_factory.mktemp("typing") / "shop").folder


@pytest.fixture
def shop(folder: Path, surveyed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a workspace with a published battery, which the app is told to serve."""
    assert folder.is_dir()  # `opened` serves it; it is named first, so that ours takes its place
    folder = tmp_path / "shop"
    shutil.copytree(surveyed, folder, symlinks=True)
    monkeypatch.setenv("SEGMODEL_WORKSPACE", str(folder))
    found = battery(3)
    question = replace(found.questions[0], wording="How <b>important</b> is $taste$?")
    rule = replace(found.rule, questions=(question, *found.questions[1:]))
    BatteryFiles(folder).publish(replace(found, rule=rule, segmentation="kinds"), "Ana")
    return folder


def test_without_a_battery_the_page_says_how_to_get_one(folder: Path, opened: Opened) -> None:
    page = opened("typing_tool")
    assert not page.exception
    assert title(page) == "Which questions tell the segment is not found out yet"
    assert "Look for questions" in [button.label for button in page.button]


def test_answers_tell_a_segment_with_its_reasons_and_can_be_cleared(shop: Path, opened: Opened) -> None:
    page = opened("typing_tool")
    assert not page.exception
    assert title(page).startswith("Three questions tell the segment of ")
    assert "as soon as 2 more questions are answered" in text(page)
    asked = battery(3).questions
    for radio, question in zip(page.radio, asked, strict=True):
        radio.set_value(question.options[0 if question.name == "price" else -1])
    page.run()
    said = text(page)
    assert "Most probably" in said
    assert "speaks “How <b>important</b> is $taste$?”: 7" in said
    next(button for button in page.button if button.key == "typing_clear").click().run()
    assert all(radio.value is None for radio in page.radio)
    assert not page.exception


def test_some_answers_are_enough_and_the_page_says_what_becomes_of_the_rest(shop: Path, opened: Opened) -> None:
    page = opened("typing_tool")
    page.radio[0].set_value(7.0)
    page.radio[1].set_value(1.0)
    page.run()
    assert "2 of 3 questions are answered; the others are left out of the formula" in text(page)


def test_a_battery_of_another_version_is_called_out(shop: Path, opened: Opened) -> None:
    BatteryFiles(shop).publish(replace(BatteryFiles(shop).load("kinds"), model="v000"), "Ana")
    warnings = " ".join(one.value for one in opened("typing_tool").warning).replace("\\", "")
    assert "v001 is in use by now: find questions again, these tell v000." in warnings


def test_what_was_found_is_shown_and_published(shop: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batteries, "state", lambda *_: Ready(found()))
    page = opened("typing_tool")
    assert not page.exception
    assert "fewest that do nearly as well" in text(page)
    next(button for button in page.button if button.key == "typing_publish").click().run()
    assert "Battery v002 is published" in page.success[0].value
    assert BatteryFiles(shop).versions("kinds") == ("v001", "v002")


def found() -> Found:
    about = ("kinds", "v001", "b1", "2026-06-30")
    return batteries_of(respondents(), about, Settings(repeats=1), quiet)


def test_the_search_reads_back_what_the_command_line_prints(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = BuildKey(str(shop), Workspace(shop).current() or "")
    started: list[tuple[object, ...]] = []
    monkeypatch.setattr(Jobs, "start", lambda _, *arguments: started.append(arguments))
    batteries.start(key, "kinds", ("survey", "lda"))
    _, subject, arguments, _ = started[0]
    assert subject == (str(shop), "kinds", "typing")
    assert arguments[:3] == ("typing", str(shop), "kinds")  # type: ignore[index]
    assert versions.jobs().running(subject) is None


def test_viewers_answer_questions_and_nothing_more(shop: Path, opened: Opened, signed_in: Callable[..., None]) -> None:
    signed_in("cleo@example.com")
    page = opened("typing_tool")
    assert not page.exception
    assert len(page.radio) == 3
    assert "Analysts can upload a file here." in text(page)
    assert "typing_start" not in [button.key for button in page.button]
    key = BuildKey(str(shop), "b1")
    made: Battery = battery(3)
    with pytest.raises(AccessError, match="needs the role analyst"):
        batteries.start(key, "kinds", ("survey", "lda"))
    with pytest.raises(AccessError, match="needs the role analyst"):
        batteries.score(made, "a.csv", memoryview(b"taste\n1\n"))
    with pytest.raises(AccessError, match="needs the role steward"):
        batteries.publish(shop, made)


def test_an_uploaded_file_is_told_and_a_broken_one_refused(shop: Path) -> None:
    made = battery(3)
    content = respondents(8).answers.to_csv(index=False).encode()
    assert batteries.score(made, "../../a b.csv", memoryview(content)).told == 8
