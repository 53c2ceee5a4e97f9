from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from segmodel.workspace import Workspace
from tests.app.test_pages import figures, text, title
from tests.support.workspaces import KMEANS, TIERS, make_transactions, write_workspace

Opened = Callable[..., AppTest]


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built workspace in which customers move; read only."""
    transactions = make_transactions(customers=400, rich=False)
    folder = write_workspace(tmp_path_factory.mktemp("moving") / "shop", transactions, segmentations=KMEANS + TIERS)
    Workspace(folder).build()
    return folder


@pytest.fixture
def page(moving: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("SEGMODEL_WORKSPACE", str(moving))
    return opened("migration")


def test_flows_of_a_year_are_told_drawn_and_listed(page: AppTest) -> None:
    assert not page.exception
    assert " a year earlier, " in title(page)
    kinds = [trace["type"] for figure in figures(page) for trace in figure["data"]]
    assert "sankey" in kinds
    said = text(page)
    assert "What to do next" in said
    labels = [button.proto.label for button in page.get("download_button")]
    assert {"Download as CSV", "Who moved, as CSV"} <= set(labels)


def test_any_two_dates_can_be_chosen(page: AppTest) -> None:
    for choose in (min, max):
        dates = [each for each in page.selectbox(key="choice_compare_to").options if each[:1].isdigit()]
        shown = choose(dates, key=pd.Timestamp)
        page.selectbox(key="choice_compare_to").select(shown).run()
        assert not page.exception
        assert f"between {shown} and" in text(page)


def test_another_segmentation_has_flows_of_its_own(page: AppTest) -> None:
    page.selectbox(key="choice_segmentation").select("value").run()
    assert not page.exception
    assert " stayed" in title(page)
