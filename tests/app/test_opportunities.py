from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from segmodel.engines import Engine
from segmodel.opportunities import Item, Need, category_table, need_table
from segmodel.opportunities.store import CATEGORIES, OPPORTUNITIES
from tests.app.made import NAMES
from tests.app.test_pages import figures, text, title

Opened = Callable[..., AppTest]

LABELS = ("delivery", "<b>advice</b>", "taste")
IMPORTANT = {"delivery": (30, 30, 90, 30, 30), "<b>advice</b>": (40, 41, 40, 39, 40), "taste": (60, 60, 60, 60, 60)}
SATISFIED = {"delivery": (50, 50, 10, 50, 50), "<b>advice</b>": (50, 50, 50, 50, 50), "taste": (80, 80, 80, 80, 80)}
MARKET = pd.DataFrame(
    {
        "need_or_category": ["delivery", "beans", "taste", "space tourism"],
        "size": [50.0, 800.0, 96.0, 10.0],
        "our_share": [0.1, 0.25, None, 0.0],
        "growth": [0.08, 0.01, 0.02, None],
    }
)


def needs() -> list[Need]:
    ends = ("", 1.0, 7.0)
    told = [Need(name, (Item(f"imp_{name}", *ends),), (Item(f"sat_{name}", *ends),)) for name in LABELS]
    return [*told, Need("alone", (Item("imp_alone", "How important: alone", 1.0, 7.0),), ())]


def counts(n: int = 100, last: int = 100) -> pd.DataFrame:
    """Return answers of `n` people of each segment, and of `last` people of the last."""
    rows = [
        (need, f"s{place + 1}", size, IMPORTANT[need][place] * size // 100, SATISFIED[need][place] * size // 100, 0)
        for need in LABELS
        for place in range(len(NAMES))
        for size in (last if place == len(NAMES) - 1 else n,)
    ]
    frame = pd.DataFrame(rows, columns=["need", "segment", "n", "important", "satisfied", "both"])
    return frame.assign(both=np.maximum(frame["important"] + frame["satisfied"] - frame["n"], 0))


def add(folder: Path, **tables: pd.DataFrame) -> None:
    """Put tables into the published build, as a build of the whole workspace would."""
    kinds = {"opportunities": OPPORTUNITIES, "segment_categories": CATEGORIES, "market": {}}
    with Engine.open(next((folder / "store").glob("*.duckdb"))) as engine:
        for name, frame in tables.items():
            listed = ", ".join(f'"{column}"::{kind} AS "{column}"' for column, kind in kinds[name].items())
            made = frame if name == "market" else frame.assign(segmentation="behaviour")
            with engine.loaded("made", made):
                engine.execute(f"CREATE TABLE {name} AS SELECT {listed or '*'} FROM made")


@pytest.fixture
def told(folder: Path) -> Path:
    """Folder of a workspace whose build tells of opportunities and of the market."""
    buyers = pd.DataFrame({"category": "beans", "segment": [f"s{place + 1}" for place in range(5)], "customers": 500})
    sold = category_table(buyers.assign(buyers=[400, 100, 100, 100, 100]), 10)
    add(folder, opportunities=need_table(needs(), counts(), 10), segment_categories=sold, market=MARKET)
    return folder


def test_the_title_says_who_most_lacks_what(told: Path, opened: Opened) -> None:
    page = opened("opportunities")
    assert not page.exception
    assert title(page) == "Weekend browsers most needed delivery: this mattered to 90%, and 10% were satisfied"
    assert "customers who answered the survey · 500 customers · as of 30 June 2026" in text(page)


def test_the_segment_that_stands_out_is_shown_first_and_another_can_be_linked_to(told: Path, opened: Opened) -> None:
    assert "Weekend browsers: delivery mattered to 90%, satisfied 10%" in text(opened("opportunities"))
    linked = opened("opportunities")
    linked.query_params["segment"] = "s4"
    linked.run()
    assert linked.query_params["segment"] == "s4"
    assert "Gift givers: no need clearly mattered to more people than were satisfied" in text(linked)


def test_who_feels_it_and_what_is_unclaimed_are_told(told: Path, opened: Opened) -> None:
    page = opened("opportunities")
    said = text(page)
    assert "One of 3 needs was felt clearly more in some segments than in others" in said
    assert "Among needs, delivery left most unclaimed: 45.0 of 50.0, felt most by Weekend browsers" in said
    assert "Among categories, beans left most unclaimed: 600 of 800, bought most by Daily regulars" in said
    assert "Among the others, space tourism left most unclaimed: 10.0 of 10.0" in said
    assert "Taste: our share of it is not given." in said
    assert "Space tourism: its growth is not given." in said
    assert "Alone: no item of kind need-satisfaction" in said
    assert "£" not in said  # the unit of size is the source's
    assert len(figures(page)) == 5


def test_every_figure_is_named_and_shows_wordings_as_text(told: Path, opened: Opened) -> None:
    page = opened("opportunities")
    for chart, figure in zip(page.get("plotly_chart"), figures(page), strict=True):
        assert chart.proto.alt
        notes = [note["text"] for note in figure["layout"]["annotations"]]
        assert any("Confidential" in note for note in notes)
        assert not any("<b>advice" in note for note in notes)


def test_tables_behind_the_figures_have_the_numbers(told: Path, opened: Opened) -> None:
    page = opened("opportunities")
    for name in ("Needs of a segment", "Scores", "Market of needs"):
        page.session_state[f"table_{name}"] = True
    page.run()
    own, scores, market = (table.value for table in page.table)
    assert own.iloc[0, 0] == "delivery"
    assert own.iloc[0, 4].replace("\\", "").startswith("17.0 (")
    row = scores.iloc[scores.iloc[:, 0].tolist().index("delivery")].tolist()
    assert "17.0 *" in [cell.replace("\\", "") for cell in row]
    assert market.iloc[0].astype(str).str.replace("\\", "").tolist()[:4] == ["delivery", "50.0", "10.00%", "45.0"]


def test_small_groups_are_hidden_in_words_figures_and_tables(folder: Path, opened: Opened) -> None:
    add(folder, opportunities=need_table(needs(), counts(last=4), 10))
    page = opened("opportunities")
    page.query_params["segment"] = "s5"
    page.run()
    assert not page.exception
    said = text(page)
    assert "too few answers to show" in said
    assert "fewer than 10 respondents" in said
    page.session_state["table_Scores"] = True
    page.run()
    scores = page.table[0].value
    assert (scores.iloc[:, -1] == "hidden").all()
    assert (scores == "hidden").sum(axis=1).ge(2).all()  # one alone could be had by subtraction


def test_when_everything_is_hidden_the_page_says_so(folder: Path, opened: Opened) -> None:
    add(folder, opportunities=need_table(needs(), counts(n=1, last=1), 10))
    page = opened("opportunities")
    assert not page.exception
    assert title(page) == "Too few people answered to say which needs are met"


def test_without_a_survey_or_a_market_the_page_says_which_tables_unlock_it(opened: Opened) -> None:
    page = opened("opportunities")
    assert not page.exception
    assert title(page) == "Which needs are met, and which are not, cannot be told yet"
    said = text(page)
    assert "needs the tables **survey** and **items**" in said
    assert "needs the table **market**" in said
    assert [code.language for code in page.code] == ["toml", "toml"]


def test_a_market_alone_is_shown_without_who_feels_it(folder: Path, opened: Opened) -> None:
    add(folder, market=MARKET)
    page = opened("opportunities")
    assert not page.exception
    assert "Among the others, beans left most unclaimed: 600 of 800" in text(page)


def test_the_other_segmentation_has_no_answers_and_no_exception(told: Path, opened: Opened) -> None:
    page = opened("opportunities", segmentation="value")
    assert not page.exception
    assert "cannot be told yet" in title(page)


def test_downloads_and_links_are_offered(told: Path, opened: Opened) -> None:
    page = opened("opportunities")
    labels = [button.proto.label for button in page.get("download_button")]
    assert labels == ["Download as CSV", "Download as CSV"]
    assert "What to do next" in text(page)
