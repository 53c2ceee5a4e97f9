from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app import access, versions
from app.access import AccessError, Role, User
from app.jobs import Jobs, Running
from app.queries import BuildKey
from segmodel.studio import NumbersCompared
from segmodel.workspace import Workspace
from tests.app.test_pages import figures, text, title
from tests.support.workspaces import KMEANS, TIERS, make_transactions, write_workspace

ROWS = [
    {"k": 2, "stability": 0.7, "stability_error": 0.02, "smallest_share": None, "stable": False, "clear": False},
    {"k": 3, "stability": 0.9, "stability_error": 0.01, "smallest_share": 0.21, "stable": True, "clear": True},
]
SEGMENTS = [
    {"k": 2, "segment": 1, "name": "Heavy <b>", "share": 0.6, "place": 0, "jaccard": 0.9, "band": "highly stable"},
    {"k": 2, "segment": 2, "name": "Light", "share": 0.4, "place": 1, "jaccard": 0.55, "band": "not to be trusted"},
    {"k": 3, "segment": 1, "name": "Heavy", "share": 0.5, "place": 0, "jaccard": 0.88, "band": "highly stable"},
    {"k": 3, "segment": 2, "name": "Middle", "share": 0.29, "place": 1, "jaccard": 0.77, "band": "stable"},
    {"k": 3, "segment": 3, "name": "Light", "share": None, "place": 2, "jaccard": 0.64, "band": "a pattern"},
]
for _one in SEGMENTS:
    _one |= (
        {"value_ratio": 1.6, "description": "Buys *often*."}
        if _one["share"]
        else {"value_ratio": None, "description": ""}
    )
PROFILES = [
    {"k": one["k"], "segment": one["segment"], "feature": "frequency", "label": "Orders <i>", "unit": "orders"}
    | {"difference": 1.24 - one["segment"], "mean": 6.5, "rest_mean": 3.0}
    for one in SEGMENTS
    if one["share"]
]
DOCUMENT = {
    "segmentation": "behaviour",
    "customers": 300,
    "recommended": 3,
    "nearest": 3,
    "kind": "natural",
    "reason": "3 segments: they agree. Look at each.",
    "minimum_group": 10,
    "table": ROWS,
    "segments": SEGMENTS,
    "flows": [{"k": 2, "segment": 1, "next_k": 3, "next_segment": 1, "share": 0.5}],
    "warnings": [{"k": 2, "segment": 2, "kind": "unstable", "sentence": "Not found again.", "evidence": {}}],
    "build": "b1",
    "settings": {
        "basis": "behaviour",
        "method": "kmeans",
        "features": ["recency_days", "frequency", "monetary"],
        "factors": None,
        "seed": 0,
        "sample": 100_000,
    },
    "profiles": PROFILES,
    "dots": {"x": [0.5, 1.5, -2.0], "y": [0.1, 0.0, 3.0], "k2": [1, 2, 2], "k3": [1, 2, 2]},
    "axes": ["more of: Orders", ""],
    "shown": 0.7,
}
ANSWERS = f"print({json.dumps(DOCUMENT)!r})"
WORKS_ON = "import time; time.sleep(60)"
OPENED = Callable[..., AppTest]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_workspace(
        tmp_path_factory.mktemp("studio") / "shop",
        make_transactions(customers=200, rich=False),
        settings="history_months = 0",
        segmentations=KMEANS + TIERS,
        file="transactions.parquet",
    )
    Workspace(folder).build()
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a workspace with models, in place of the one written by hand."""
    monkeypatch.setenv("SEGMODEL_WORKSPACE", str(tmp_path / "shop"))
    return Path(shutil.copytree(built, tmp_path / "shop"))


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Jobs]:
    """Let the comparison be done by a program of the test's own."""

    def answer(program: str) -> Jobs:
        jobs = Jobs((sys.executable, "-c", program))
        monkeypatch.setattr(versions, "jobs", lambda: jobs)
        return jobs

    return answer


def as_role(monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    monkeypatch.setattr(access, "current_user", lambda: User("Ana", role, is_local=False))


def press(page: AppTest, label: str) -> AppTest:
    """Press the last button of this label, which is the one of a dialog."""
    return [button for button in page.button if button.label == label][-1].click().run()


def wait(page: AppTest) -> AppTest:
    """Look again until no comparison runs."""
    end = time.monotonic() + 20
    while any(button.label == "Cancel" for button in page.button):
        assert time.monotonic() < end
        time.sleep(0.02)
        page.run()
    return page


def linked(page: AppTest, **parameters: str) -> AppTest:
    """Follow a link to the page that is open, with other parameters."""
    for name, value in parameters.items():
        page.query_params[name] = value
    return page.run()


def labels(page: AppTest) -> set[str]:
    return {button.label for button in page.button}


def test_comparing_shows_the_recommendation_its_pictures_and_its_warnings(opened: OPENED, answering) -> None:
    answering(ANSWERS)
    page = opened("studio")
    assert title(page) == "Three segments are in use: Behaviour v001"
    assert not page.get("plotly_chart")
    page = wait(press(page, "Compare 2 to 10 segments"))
    assert not page.exception
    assert title(page) == "3 segments: they agree."
    assert "Look at each." in text(page)
    assert "Three segments: no warning" in text(page)
    assert len(figures(page)) == 4
    assert all(chart.proto.alt for chart in page.get("plotly_chart"))
    shown = page.dataframe[0].value
    assert shown["Segments"].to_list() == ["2", "3"]
    assert shown["Smallest"].to_list() == ["", "21%"]
    assert shown["Verdict"].to_list() == ["", "recommended"]
    rows = page.table[0].value.map(lambda cell: str(cell).replace("\\", ""))
    assert rows["Of customers"].to_list() == ["50%", "29%", "hidden"]
    assert rows["Stability"].to_list() == [
        ":green[● highly stable]",
        ":green[○ stable]",
        ":orange[◆ a pattern]",
    ]


def test_another_visitor_sees_the_result_and_a_link_chooses_the_number(opened: OPENED, answering) -> None:
    answering(ANSWERS)
    wait(press(opened("studio"), "Compare 2 to 10 segments"))
    page = opened("studio")
    assert title(page) == "3 segments: they agree."
    page.query_params["k"] = "2"
    page.run()
    assert "Two segments: 1 warning" in text(page)
    assert [warning.value.replace("\\", "") for warning in page.warning] == ["Segment 2. Not found again."]
    assert page.query_params["k"] in ("2", ["2"])


def test_a_comparison_can_be_cancelled_and_started_again(opened: OPENED, answering, folder: Path) -> None:
    jobs = answering(WORKS_ON)
    page = press(opened("studio"), "Compare 2 to 10 segments")
    key = (BuildKey(str(folder), str(Workspace(folder).current())), "behaviour", "{}")
    assert isinstance(jobs.state(key), Running)
    page = press(page, "Cancel")
    assert "The comparison was cancelled" in text(page)
    assert {"Compare 2 to 10 segments"} <= labels(page)


def test_a_proposal_is_compared_and_what_promoting_does_is_said_before(opened: OPENED, folder: Path) -> None:
    page = opened("studio")
    page.selectbox(key="propose_k_3").select(2)
    page.text_input(key="propose_why").input("fewer to brief")
    page = press(page, "Propose")
    assert not page.exception
    (done,) = [one.value.replace("\\", "") for one in page.success]
    assert done == "v002 is proposed, with 2 segments. Compare it with the version in use below."
    assert "v002 (2 segments) agrees with v001 (3 segments)" in text(page)
    moves = page.table[2].value
    assert len(moves) == 3
    assert len(moves.columns) == 3  # their names, and two segments
    assert [(step.action, step.why) for step in Workspace(folder).steps("behaviour")][1:] == [
        ("proposed", "fewer to brief")
    ]
    page = press(page, "Promote v002")
    assert "v002 takes the place of v001: the next build scores every customer with it" in text(page)
    assert Workspace(folder).steps("behaviour")[-1].action == "proposed"


def test_after_a_promotion_the_page_says_what_is_missing_and_offers_the_way_back(opened: OPENED, folder: Path) -> None:
    Workspace(folder).propose("behaviour", 2, "Ana", "fewer")
    Workspace(folder).promote("behaviour", "v002", "Ana", "agreed")
    page = opened("studio")
    assert "v002 is in use from the next build on; pages show v001 until then" in text(page)
    assert [code.value for code in page.code] == ["segmodel build shop"]
    assert labels(page) & {"Promote v001", "Go back to v001"} == {"Go back to v001"}  # not the same thing twice


def test_what_cannot_be_proposed_is_said(opened: OPENED) -> None:
    page = opened("studio")
    page.text_input(key="propose_why").input("again")
    page = press(page, "Propose")
    assert "is v001 again, which is in use" in text(page)
    assert not page.exception


def test_a_segmentation_made_by_rules_has_no_number_to_choose(opened: OPENED) -> None:
    page = opened("studio", segmentation="value")
    assert "there is no number to choose" in text(page)
    assert not {"Compare 2 to 10 segments", "Propose"} & labels(page)
    assert page.selectbox(key="choice_segmentation").value == "value"


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.VIEWER, set()),
        (Role.ANALYST, {"Compare 2 to 10 segments", "Propose"}),
        (Role.STEWARD, {"Compare 2 to 10 segments", "Propose", "Promote v002"}),
    ],
)
def test_each_role_sees_the_buttons_of_what_it_may_do(
    opened: OPENED, folder: Path, monkeypatch: pytest.MonkeyPatch, role: Role, allowed: set[str]
) -> None:
    Workspace(folder).propose("behaviour", 2, "Ana", "fewer")
    as_role(monkeypatch, role)
    page = opened("studio")
    assert not page.exception
    assert labels(page) & {"Compare 2 to 10 segments", "Propose", "Promote v002"} == allowed
    assert "Who would move" in text(page)


def test_roles_are_checked_where_things_are_done(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = BuildKey(str(folder), "b")
    as_role(monkeypatch, Role.VIEWER)
    for act in (
        lambda: versions.start_comparing(key, "behaviour", {}),
        lambda: versions.cancel_comparing(key, "behaviour", {}),
        lambda: versions.propose(folder, "behaviour", 2, "why", {}),
        lambda: versions.keep_run(folder, NumbersCompared.from_json(json.dumps(DOCUMENT))),
    ):
        with pytest.raises(AccessError, match="analyst"):
            act()
    as_role(monkeypatch, Role.ANALYST)
    versions.propose(folder, "behaviour", 2, "why", {})
    for act in (
        lambda: versions.promote(folder, "behaviour", "v002", "why"),
        lambda: versions.go_back(folder, "behaviour", "why"),
    ):
        with pytest.raises(AccessError, match="steward"):
            act()
    assert [step.action for step in Workspace(folder).steps("behaviour")] == ["fitted", "proposed"]
    assert Workspace(folder).steps("behaviour")[-1].who == "Ana"
    st.cache_data.clear()


def test_a_segment_is_described_in_plain_words(opened: OPENED, answering) -> None:
    answering(ANSWERS)
    page = wait(press(opened("studio"), "Compare 2 to 10 segments"))
    told = text(page).replace("\\", "")
    assert "Heavy: about 50% of customers. Buys *often*. A customer was worth 1.6 times the average." in told
    assert "it is found at 0.88 of 1: highly stable." in told
    page.query_params["described"] = "3"
    page.run()
    told = text(page).replace("\\", "")
    assert "Light: too few customers to show. In customers sampled again" in told


def test_other_settings_are_another_comparison_and_stand_in_the_link(opened: OPENED, answering, folder: Path) -> None:
    jobs = answering(ANSWERS)
    page = opened("studio")
    assert "As the definition says: k-means on" in text(page)
    page.selectbox(key="choice_method").select("gaussian_mixture").run()
    page.multiselect(key="choice_features").unselect("monetary").run()
    assert not page.exception
    assert "Tried here: Gaussian mixture on" in text(page)
    asked = {"method": "gaussian_mixture", "features": "recency_days,frequency"}
    assert {name: page.query_params[name] for name in asked} == asked
    wait(press(page, "Compare 2 to 10 segments"))
    other = linked(opened("studio"), **asked | {"features": "recency_days,frequency,made_up"})
    assert title(other) == "3 segments: they agree."
    assert "The link asked for made_up, which is not there" in text(other).replace("\\", "")
    assert title(opened("studio")) == "Three segments are in use: Behaviour v001"
    (key,) = jobs._ended
    assert json.loads(key[2]) == {"features": ["recency_days", "frequency"], "method": "gaussian_mixture"}


def test_settings_that_do_not_fit_together_are_told_before_anything_runs(opened: OPENED, answering) -> None:
    answering(ANSWERS)
    page = opened("studio")
    for feature in ("recency_days", "frequency", "monetary"):
        page.multiselect(key="choice_features").unselect(feature).run()
    page = press(page, "Compare 2 to 10 segments")
    assert not page.exception
    assert any("needs a list of features" in one.value for one in page.error)


def test_a_run_is_kept_and_opened_again(opened: OPENED, answering, folder: Path) -> None:
    answering(ANSWERS)
    page = wait(press(opened("studio"), "Compare 2 to 10 segments"))
    page = press(page, "Save this run")
    (name,) = Workspace(folder).runs.names("behaviour")
    assert [code.value for code in page.code] == [f"segmodel studio shop behaviour --run shop/studio/{name}.json"]
    answering("raise SystemExit(1)")  # nothing is computed to open it again
    other = linked(opened("studio"), run=name)
    assert title(other) == "3 segments: they agree."
    assert "of build b1. Pages show another build by now." in text(other).replace("\\", "")
    (folder / "studio" / f"{name}.json").write_text("{}")
    st.cache_data.clear()
    assert any("is no run of the Studio" in one.value for one in linked(opened("studio"), run=name).warning)
