"""Segments found in a survey, from the answers to what is published of all customers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmodel.clustering import ModelVersion
from segmodel.definition import FILE_NAME
from segmodel.errors import DefinitionError, FeatureError
from segmodel.scoring import published_model, score_file
from segmodel.workspace import Workspace
from tests.support.agreement import assert_scores_agree
from tests.support.workspaces import write_workspace

ITEMS = tuple(f"imp_{place}" for place in range(6))
NEEDS = f"""
[sources.survey]
path = "survey.csv"
[[segmentation]]
name = "needs"
basis = "needs"
k = 3
features = {list(ITEMS)}
"""
CUSTOMERS = 240


def customers(*, is_told_by_behaviour: bool) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Return transactions, the answers of the first 150 of 240 customers, and the need planted in each customer."""
    random = np.random.default_rng(5)
    need = np.arange(CUSTOMERS) % 3
    orders = np.array([3, 12, 30])[need] if is_told_by_behaviour else 3 + random.poisson(9, CUSTOMERS)
    owner = np.repeat(np.arange(CUSTOMERS), orders)
    days = pd.to_timedelta(random.integers(0, 360, len(owner)), "D")
    lines = pd.DataFrame(
        {
            "customer_id": [f"c{place:04d}" for place in owner],
            "ordered_at": pd.Timestamp("2025-07-01") + days,
            "amount": random.lognormal(3, 0.3, len(owner)).round(2),
        }
    )
    importance = np.array([[6, 6, 4, 4, 2, 2], [2, 2, 6, 6, 4, 4], [4, 4, 2, 2, 6, 6]])[need]
    answers = np.clip(importance + random.integers(-1, 2, importance.shape), 1, 7).astype(float)
    answers[140:150] = 4  # ten who gave one answer throughout
    wide = pd.DataFrame(answers[:150], columns=ITEMS, index=[f"c{place:04d}" for place in range(150)])
    wide.loc["c0000", "imp_0":"imp_3"] = np.nan  # answered too little to be placed by it
    wide.loc["c0001", "imp_0"] = np.nan
    return lines, wide.rename_axis("customer_id").reset_index(), need


def made(folder: Path, *, is_told_by_behaviour: bool, segmentations: str = NEEDS, settings: str = "") -> Workspace:
    lines, answers, _ = customers(is_told_by_behaviour=is_told_by_behaviour)
    write_workspace(folder, lines, settings=f"history_months = 2\n{settings}", segmentations=segmentations)
    answers.to_csv(folder / "survey.csv", index=False)
    return Workspace(folder)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace in which what people buy tells their needs; read it, never write to it."""
    workspace = made(tmp_path_factory.mktemp("needs") / "told", is_told_by_behaviour=True)
    workspace.build()
    return workspace


@pytest.fixture(scope="module")
def untold(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace in which it does not."""
    workspace = made(tmp_path_factory.mktemp("needs") / "untold", is_told_by_behaviour=False)
    workspace.build()
    return workspace


def latest(workspace: Workspace) -> pd.DataFrame:
    """Return the assignments at the latest snapshot, by customer."""
    with workspace.open() as published:
        return published.engine.frame(
            "SELECT * FROM assignments WHERE segmentation = 'needs' AND snapshot = $day ORDER BY customer_id",
            {"day": published.snapshots()[-1]},
        ).set_index("customer_id")


def coverage(workspace: Workspace) -> str:
    with workspace.open() as published:
        return str(published.segmentations().set_index("name").loc["needs", "coverage"])


def test_respondents_are_placed_by_their_answers_and_others_by_what_they_buy(told: Workspace) -> None:
    found, need = latest(told), customers(is_told_by_behaviour=True)[2]
    assert len(found) == CUSTOMERS
    by = found["assigned_by"]
    assert by.value_counts().to_dict() == {"survey": 139, "bridge": 101}
    # too few answers, and one answer throughout, are as good as none
    assert set(by[by == "bridge"].index) == {"c0000", *(f"c{place:04d}" for place in range(140, CUSTOMERS))}
    groups = pd.crosstab(found["segment"], need)
    assert (groups.max(axis=1) >= 0.95 * groups.sum(axis=1)).all()
    assert found["is_counted"].all()


def test_how_well_others_are_placed_is_told(told: Workspace) -> None:
    model = published_model(told, "needs")
    figures = model.diagnostics["bridge"]
    assert figures["can_tell"]
    assert figures["n"] == model.n_fitted == 139
    assert figures["accuracy"] > 0.9 > figures["guessing"]
    assert coverage(told).startswith("139 of all 240 customers on 25 June 2026 are placed by their answers to a survey")
    assert any("7% of those who answered gave the same answer" in note for note in model.diagnostics["notes"])


def test_a_build_keeps_no_second_copy_of_the_answers(told: Workspace) -> None:
    with told.open() as published:
        of_survey = {name for name in published.engine.tables() if name.startswith("survey")}
        assert of_survey == {"survey_notes", "survey_scales"}
        assert list(published.engine.columns("survey_scales")) == ["item", "kind"]


def test_who_cannot_be_told_is_in_no_segment(untold: Workspace) -> None:
    found = latest(untold)
    assert len(found) == 139
    assert set(found["assigned_by"]) == {"survey"}
    assert published_model(untold, "needs").bridge is None
    assert "139 of all 240 customers on" in coverage(untold)
    assert "the others cannot be told" in coverage(untold)
    with untold.open() as published:
        metrics = published.segment_metrics("needs")
        assert metrics.loc[metrics["segment"] == "", "customers"].iloc[-1] == 139


@pytest.mark.parametrize("name", ["told", "untold"])
def test_python_sql_and_store_agree(name: str, request: pytest.FixtureRequest) -> None:
    assert assert_scores_agree(request.getfixturevalue(name), "needs") > 200


def test_what_sets_segments_apart_is_asked_of_respondents_only(told: Workspace) -> None:
    with told.open() as published:
        profiles = published.profiles("needs")
    assert profiles["n"].max() < 60  # 139 in three
    assert set(ITEMS) <= set(profiles["feature"])


def test_transactions_are_scored_with_the_answers_there_are(told: Workspace, untold: Workspace) -> None:
    for workspace in (told, untold):
        scored = score_file(workspace, "needs", workspace.folder / "transactions.csv").customers
        found = latest(workspace)
        known = scored.dropna(subset="segment").set_index("customer_id")
        assert len(scored) == CUSTOMERS
        assert known["segment"].to_dict() == found["segment"].to_dict()
        assert known["assigned_by"].to_dict() == found["assigned_by"].to_dict()


def test_a_file_of_features_may_have_the_answers_or_what_else_is_known(told: Workspace, tmp_path: Path) -> None:
    model, found = published_model(told, "needs"), latest(told)
    assert model.bridge is not None
    with told.open() as published:
        everything = published.engine.frame(
            "SELECT * FROM customer_features WHERE snapshot = $day", {"day": published.snapshots()[-1]}
        )
    answers = everything[["customer_id", *ITEMS, "is_straight_liner"]].dropna(subset=["imp_5"])
    answers.to_csv(tmp_path / "answers.csv", index=False)
    scored = score_file(told, "needs", tmp_path / "answers.csv").customers.set_index("customer_id")
    assert scored["segment"].isna().sum() == 11
    assert scored["segment"].dropna().to_dict() == found.loc[found["assigned_by"] == "survey", "segment"].to_dict()

    everything[["customer_id", *model.bridge.features]].to_csv(tmp_path / "others.csv", index=False)
    scored = score_file(told, "needs", tmp_path / "others.csv").customers.set_index("customer_id")
    assert set(scored["assigned_by"]) == {"bridge"}
    others = found.index[found["assigned_by"] == "bridge"]
    assert (scored.loc[others, "segment"] == found.loc[others, "segment"]).all()


def test_a_weak_bridge_places_customers_but_is_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segmodel.clustering.version.FAIR", 1.01)
    workspace = made(tmp_path / "shop", is_told_by_behaviour=True)
    workspace.build()
    found = latest(workspace)
    assert len(found) == CUSTOMERS
    assert found.groupby("assigned_by")["is_counted"].unique().map(list).to_dict() == {
        "bridge": [False],
        "survey": [True],
    }
    with workspace.open() as published:
        metrics = published.segment_metrics("needs")
    assert metrics.loc[metrics["segment"] == "", "customers"].iloc[-1] == 139
    assert "too weak a guide to size or value segments by" in coverage(workspace)


def test_answers_can_be_centred_and_straight_liners_kept(tmp_path: Path) -> None:
    settings = '\n[survey]\ncentre = true\nstraight_liners = "keep"\n'
    workspace = made(tmp_path / "shop", is_told_by_behaviour=True, segmentations=settings + NEEDS)
    workspace.build()
    assert (latest(workspace)["assigned_by"] == "survey").sum() == 149
    with workspace.open() as published:
        means = published.engine.frame(f"SELECT {', '.join(ITEMS)} FROM customer_features").mean(axis=1).dropna()
    np.testing.assert_allclose(means, 0, atol=1e-12)


def test_the_model_is_read_back_as_it_was_written(told: Workspace) -> None:
    model = published_model(told, "needs")
    again = ModelVersion.from_json(model.to_json())
    assert again == model
    assert (again.respondents, again.bridge) == (model.respondents, model.bridge)


def test_a_challenger_is_found_compared_and_promoted(tmp_path: Path) -> None:
    workspace = made(tmp_path / "shop", is_told_by_behaviour=True)
    workspace.build()
    assert workspace.studio("needs", range(2, 5)).recommended == 3
    challenger = workspace.propose("needs", 2, "Ana", "fewer")
    assert challenger.bridge is not None
    assert challenger.bridge.segments == challenger.scorecard.segments
    compared = workspace.compare("needs")
    assert compared.customers == CUSTOMERS
    workspace.promote("needs", None, "Ana", "fewer")
    workspace.build()
    assert latest(workspace)["segment"].nunique() == 2


@pytest.mark.parametrize(
    ("old", "new", "message", "error"),
    [
        ("'imp_0'", "'imp_9'", "there is no feature 'imp_9'", FeatureError),
        ("k = 3", 'k = 3\nbridge_features = ["frequncy"]', "bridge_features of segmentation needs", FeatureError),
        ("k = 3", 'k = 3\nbridge_features = ["frequency", "imp_1"]', "imp_1 is an item of the survey", FeatureError),
        ("k = 3", "k = 3\nfactors = 6", "6 factors of 6 features", DefinitionError),
        ("k = 3", 'k = 3\nmethod = "ward"\nfactors = 2', "factors are for method kmeans", DefinitionError),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, old: str, new: str, message: str, error: type[Exception]) -> None:
    workspace = made(tmp_path / "shop", is_told_by_behaviour=True, segmentations=NEEDS.replace(old, new))
    with pytest.raises(error, match=message):
        workspace.build()


def test_a_survey_nobody_who_bought_answered_ends_in_a_sentence(tmp_path: Path) -> None:
    workspace = made(tmp_path / "shop", is_told_by_behaviour=True)
    answers = pd.read_csv(workspace.folder / "survey.csv")
    answers.assign(customer_id="x" + answers["customer_id"]).to_csv(workspace.folder / "survey.csv", index=False)
    with pytest.raises(FeatureError, match="nobody who had bought by then answered half of its survey items"):
        workspace.build()
    assert workspace.current() is None


def test_without_a_bridge_the_definition_decides(tmp_path: Path) -> None:
    workspace = made(
        tmp_path / "shop",
        is_told_by_behaviour=True,
        segmentations=NEEDS.replace("k = 3", "k = 3\nbridge_features = []"),
    )
    workspace.build()
    assert len(latest(workspace)) == 139
    path = workspace.folder / FILE_NAME
    path.write_text(path.read_text().replace("bridge_features = []", 'bridge_features = ["frequency"]'))
    report = Workspace(workspace.folder).build()
    assert report.fitted_anew == {"needs": "the definition changed"}
    (model,) = report.models
    assert model.bridge is not None
    assert model.bridge.features == ("frequency",)
