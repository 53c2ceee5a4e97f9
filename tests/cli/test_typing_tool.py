"""The commands of the typing tool."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from segmodel.typing_tool import Battery
from tests.support.command_line import Run, refused
from tests.typing_tool.made import build_survey_workspace


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_survey_workspace(tmp_path_factory.mktemp("typing") / "shop").folder


def test_questions_are_found_published_and_used(run: Run, shop: Path, tmp_path: Path) -> None:
    found = run("typing", shop, "kinds", "--questions", 3, "--repeats", 1, "--publish", "--json")
    assert found.code == 0
    document = json.loads(found.out)
    assert [row["questions"] for row in document["curve"]] == [3, 4, 5]
    battery = Battery.from_record(document["battery"])
    assert (battery.version, len(battery.questions)) == ("v001", 3)
    assert json.loads((shop / "typing" / "kinds" / "v001.json").read_text()) == document["battery"]

    answers = pd.read_csv(shop / "survey.csv")
    answers.loc[0, "roast"] = "=1+1"
    answers.to_csv(tmp_path / "in.csv", index=False)
    scored = run("typing-score", shop, "kinds", "--input", tmp_path / "in.csv", "--output", tmp_path / "out.csv")
    assert (scored.code, scored.out) == (0, "")
    written = pd.read_csv(tmp_path / "out.csv")
    assert len(written) == len(answers)
    assert written.loc[0, "roast"] == "'=1+1"

    paper = run("typing-export", shop, "kinds").out
    assert paper.startswith("# Which segment? kinds v001")
    assert "## Scoring key" in paper
    assert run("typing-export", shop, "kinds", "--as", "key").out.startswith("question,wording,answer,")
    assert json.loads(run("typing-export", shop, "kinds", "--as", "platform").out)["version"] == "v001"
    assert "SELECT" in run("typing-export", shop, "kinds", "--as", "sql").out


def test_text_says_what_the_questions_are_worth(run: Run, shop: Path) -> None:
    found = run("typing", shop, "kinds", "--repeats", 1)
    assert found.code == 0
    assert "of people they have not seen" in found.out
    assert "always guessing the largest segment" in found.out
    assert "Cannot be told, as fewer than 10 respondents are of it: Whales." in found.out


def test_quotas_of_a_segmentation_with_a_hidden_segment_are_refused(run: Run, shop: Path) -> None:
    refused(run("quotas", shop, "kinds", "--interviews", 300), "one is hidden")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("typing", "kinds", "--questions", 9, "--repeats", 1), "5 questions can be asked"),
        (("typing", "kinds", "--method", "tree"), "there are lda, naive_bayes, logistic"),
        (("typing", "kinds", "--from", "stars"), "survey or cues"),
        (("typing", "kinds", "--unsure-below", 3), "between 0 and 1"),
        (("typing", "unkinds"), "no segmentation 'unkinds'"),
        (("typing-export", "kinds", "--version", "v077"), "no battery v077"),
    ],
)
def test_bad_input_is_one_sentence(run: Run, shop: Path, arguments: tuple[object, ...], words: str) -> None:
    command, *rest = arguments
    refused(run(command, shop, *rest), words)
