"""Who answered what: what is asked, what is not, and what is too little to learn from."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from segmodel.errors import TypingToolError
from segmodel.progress import quiet
from segmodel.typing_tool import Respondents, Settings, Source, find_batteries, read_answers, read_cues
from segmodel.typing_tool.answers import _band_names
from segmodel.workspace import Workspace
from tests.typing_tool.made import build_survey_workspace


@pytest.mark.parametrize("is_share", [True, False])
@pytest.mark.parametrize("scale", [1e-12, 1e-6, 0.001, 0.021, 0.2, 1.0, 30.0, 4_000.0, 1e7, -3.0])
def test_bands_have_names_of_their_own_whatever_the_scale(scale: float, *, is_share: bool) -> None:
    cuts = sorted({float(f"{scale * factor:.2g}") for factor in (1.0, 1.1, 1.2, 5.0)})
    names = _band_names(cuts, is_share=is_share)
    assert len(set(names)) == len(names) == len(cuts) + 1


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_survey_workspace(tmp_path_factory.mktemp("answers") / "shop").folder


def read(folder: Path, how: str = "answers", **more: object) -> Respondents:
    workspace = Workspace(folder)
    with workspace.open() as published:
        source = Source(published, workspace.definition, workspace.folder, "kinds")
        return (read_answers if how == "answers" else read_cues)(source, **more)  # type: ignore[operator]


def test_items_become_questions_and_what_cannot_be_asked_is_said(made: Path) -> None:
    people = read(made)
    asked = {question.name: question for question in people.questions}
    assert set(asked) == {"q1", "q2", "q3", "roast", "noise"}
    assert asked["q1"].options == tuple(map(float, range(1, 8)))
    assert asked["roast"].options == ("any", "dark", "light")
    assert not asked["roast"].is_linear
    said = " ".join(people.notes)
    assert "Not asked: age, protected unless the definition allows it." in said
    assert "Not asked: same, as everybody gave one answer." in said
    assert "Not asked: rare, as " in said


def test_a_segment_of_one_respondent_is_not_told_and_nothing_is_said_of_them(made: Path) -> None:
    people = read(made)
    assert len(people) == 150
    assert "Whales" not in people.names.values()
    assert "Cannot be told, as fewer than 10 respondents are of it: Whales." in people.notes


def test_batteries_are_found_among_them(made: Path) -> None:
    workspace = Workspace(made)
    with workspace.open() as published:
        source = Source(published, workspace.definition, workspace.folder, "kinds")
        found = find_batteries(source, Settings(repeats=1), quiet)
        build = published.build_id
    assert sorted(found.batteries) == [3, 4, 5]
    battery = found.battery(found.recommended)
    assert battery.accuracy.hit_rate > 0.9
    assert (battery.segmentation, battery.model, battery.build) == ("kinds", "v001", build)
    with pytest.raises(
        TypingToolError, match="Batteries have 3 to 5 questions here, found 9: 5 questions can be asked"
    ):
        found.battery(9)


def test_cues_are_what_staff_can_see_or_ask_and_neither_protected_nor_who_somebody_is(made: Path) -> None:
    people = read(made, "cues")
    names = {question.name for question in people.questions}
    assert {"region", "frequency"} <= names
    assert not names & {"gender", "email"}
    assert "Not asked: gender, protected unless the definition allows it." in people.notes
    frequency = next(question for question in people.questions if question.name == "frequency")
    assert str(frequency.options[0]).startswith("under ")
    assert str(frequency.options[-1]).endswith(" or more")


def test_kinds_and_names_narrow_what_is_asked(made: Path) -> None:
    people = read(made, without=("q1", "noise"))
    assert {question.name for question in people.questions} == {"q2", "q3", "roast"}
    with pytest.raises(TypingToolError, match="No item is of kind moods; there are attitude and demographic"):
        read(made, kinds=("moods",))


def test_without_a_survey_the_way_out_is_named(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(made, folder, symlinks=True)
    path = folder / "segmentation.toml"
    text = path.read_text()
    path.write_text(text.replace('[sources.survey]\npath = "survey.csv"\n', ""))
    with pytest.raises(TypingToolError, match=r"Add \[sources.survey\], or look for cues"):
        read(folder)


def test_too_few_respondents_are_refused(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(made, folder, symlinks=True)
    answers = pd.read_csv(folder / "survey.csv")
    answers.head(20).to_csv(folder / "survey.csv", index=False)
    with pytest.raises(TypingToolError, match="Fewer than two segments have 10 respondents or more"):
        read(folder)
    answers.groupby(answers.index % 3).head(9).to_csv(folder / "survey.csv", index=False)
    with pytest.raises(TypingToolError, match="Fewer than two segments"):
        read(folder)
