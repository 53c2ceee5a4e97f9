from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.test_pages import text, title

Opened = Callable[..., AppTest]


@pytest.fixture
def folder(built_sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of the built sample, which the app is told to serve."""
    shutil.copytree(built_sample, tmp_path / "sample")
    monkeypatch.setenv("SEGMODEL_WORKSPACE", str(tmp_path / "sample"))
    return tmp_path / "sample"


def test_page_says_what_two_tell_of_each_other_and_keeps_the_choice_in_the_address(opened: Opened) -> None:
    page = opened("crosswalk")
    assert title(page) == "Knowing “How people buy” tells 38% of “Value tiers”, more than any other pair"
    assert "Knowing “Loyalty tier” tells 18% of “How people buy”" in text(page)
    page.selectbox(key="choice_one").set_value("life_stage").run()
    page.selectbox(key="choice_other").set_value("loyalty_tier").run()
    assert not page.exception
    assert "tell nothing of each other beyond chance" in text(page)
    assert (page.query_params["one"], page.query_params["other"]) == ("life_stage", "loyalty_tier")


def test_link_restores_the_pair_and_one_that_is_gone_is_noted(opened: Opened) -> None:
    page = opened("crosswalk")
    page.query_params["one"], page.query_params["other"] = "behaviour", "loyalty_tier"
    assert "Knowing “How people buy” tells 22% of “Loyalty tier”" in text(page.run())
    page.query_params["one"] = "astrology"
    page.run()
    assert not page.exception
    assert page.selectbox(key="choice_one").value != "astrology"


def test_list_of_people_is_for_analysts(opened: Opened, signed_in: Callable[..., None]) -> None:
    signed_in("viewer@example.com")
    assert "csv_disagreeing" not in {button.key for button in opened("crosswalk").get("download_button")}
    signed_in("ben@example.com")
    assert "Who disagrees" in str(opened("crosswalk").get("download_button"))
