from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from segmodel.council import Council
from segmodel.priorities import Scoring

Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEGMODEL_COUNCIL_URL", raising=False)


def weigh(page: AppTest, criterion: str, weight: int) -> None:
    page.slider(key=f"weight_{criterion}").set_value(weight).run()


def weight(page: AppTest, criterion: str) -> float:
    return float(page.slider(key=f"weight_{criterion}").value)


def save(page: AppTest, name: str, who: str) -> None:
    page.text_input(key="scoring_name").input(name)
    page.text_input(key="scoring_who").input(who)
    next(button for button in page.button if button.label == "Save as a version").click().run()
    assert not page.exception


def versions(folder: Path) -> list[tuple[int, str, str, int | None]]:
    return [(one.number, one.name, one.who, one.based_on) for one in Council(folder).scorings("behaviour")]


def save_elsewhere(folder: Path, based_on: int | None) -> None:
    Council(folder).save_scoring(
        segmentation="behaviour", name="Ben's", who="Ben", content=Scoring().weighing("size", 1).to_json(),
        evidence="{}", build_id="b", model_version="v001", based_on=based_on,
    )  # fmt: skip


def test_one_version_after_the_other_is_saved_and_stays_open(opened: Open, folder: Path) -> None:
    page = opened("priorities")
    for number, growth in ((1, 70), (2, 5)):
        weigh(page, "growth", growth)
        save(page, f"Meeting {number}", "Ana")
        assert page.selectbox(key="choice_scoring").value == str(number)
        assert weight(page, "growth") == growth
    assert versions(folder) == [(2, "Meeting 2", "Ana", 1), (1, "Meeting 1", "Ana", None)]
    kept = json.loads(Council(folder).scoring("behaviour", 1).evidence)
    assert [row["segment"] for row in kept["facts"]] == [row["segment"] for row in kept["matrix"]]
    assert "churn_risk" in kept["facts"][0]
    assert kept["matrix"][0]["score"] is not None
    page.selectbox(key="choice_scoring").select("1").run()
    assert weight(page, "growth") == 70


@pytest.mark.parametrize("first", [True, False])
def test_the_later_of_two_keeps_what_they_did_is_told_and_saves_beside_it(
    opened: Open, folder: Path, *, first: bool
) -> None:
    if not first:
        save_elsewhere(folder, None)
    page = opened("priorities")
    weigh(page, "growth", 70)
    save_elsewhere(folder, None if first else 1)
    save(page, "Mine", "Cleo")
    assert [str(error.value) for error in page.error]
    assert "Ben saved version" in page.error[0].value
    assert weight(page, "growth") == 70
    page.button(key="save_even_so").click().run()
    assert not page.exception
    number = 2 if first else 3
    assert versions(folder)[0] == (number, "Mine", "Cleo", None if first else 1)
    assert Scoring.from_json(Council(folder).scoring("behaviour", number).content).weight("growth") == 70
    assert page.selectbox(key="choice_scoring").value == str(number)


def test_database_out_of_reach_leaves_the_page_and_saving_says_why(
    opened: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGMODEL_COUNCIL_URL", "postgresql+psycopg://ana:hush@127.0.0.1:1/council")
    page = opened("priorities")
    weigh(page, "growth", 70)
    save(page, "Mine", "Cleo")
    said = " ".join(str(element.value) for element in (*page.warning, *page.error))
    assert "cannot be read" in said
    assert "Not saved" in said
    assert "hush" not in said
    assert weight(page, "growth") == 70
    assert page.get("plotly_chart")
