from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from segmodel.clustering import ModelFiles
from segmodel.definition import FILE_NAME
from segmodel.errors import ClusteringError, DefinitionError, ScorecardError, SegmodelError, StoreError
from segmodel.workspace import Workspace
from tests.support.workspaces import KMEANS, make_transactions, write_workspace

NAMES = {"s1": "The best", "s2": "The middle", "s3": "The rest"}


def change(folder: Path, old: str, new: str) -> Workspace:
    """Change the definition and return the workspace, which reads it again."""
    path = folder / FILE_NAME
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return Workspace(folder)


def assigned(workspace: Workspace) -> pd.Series:
    """Return the published segment of every customer at the latest snapshot."""
    with workspace.open() as published:
        frame = published.engine.frame(
            "SELECT customer_id, segment FROM assignments WHERE segmentation = 'behaviour' "
            "AND snapshot = (SELECT max(snapshot) FROM snapshots)"
        )
    return frame.set_index("customer_id")["segment"].sort_index()


def content(folder: Path) -> dict[str, bytes]:
    """Return every build and version as bytes."""
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.suffix in {".duckdb", ".json"}}


def test_the_first_build_takes_its_model_into_use_and_says_so(built: Path) -> None:
    (step,) = Workspace(built).steps("behaviour")
    assert (step.action, step.version, step.why) == ("fitted", "v001", "no model yet")
    assert step.who
    assert abs(dt.datetime.now(dt.UTC) - step.at) < dt.timedelta(hours=1)


def test_a_challenger_is_kept_and_changes_nothing_else(folder: Path) -> None:
    workspace, before = Workspace(folder), content(folder)
    told: list[float] = []
    model = workspace.propose("behaviour", 4, "Ana", "finer", lambda _, done: told.append(done))
    assert (model.version, model.k, model.seed) == ("v002", 4, 0)
    assert told == sorted(told)
    after = content(folder)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"v002.json"}
    kept = workspace.models.load("behaviour", "v002")
    assert kept.diagnostics["settings"]["k"] == 4
    assert kept.diagnostics["build"] == workspace.current()
    assert kept.diagnostics["reason"] == "The proposal asks for 4 segments."
    assert [(step.action, step.version, step.who, step.why) for step in workspace.steps("behaviour")][1:] == [
        ("proposed", "v002", "Ana", "finer")
    ]
    report = workspace.build()
    assert report.fitted_anew == {}
    assert [model.version for model in report.models] == ["v001", "v001"]


def test_the_same_challenger_comes_out_as_a_definition_that_asks_for_it(folder: Path, tmp_path: Path) -> None:
    proposed = Workspace(folder).propose("behaviour", 4, "Ana", "")
    asked = write_workspace(
        tmp_path / "asked",
        make_transactions(customers=300, rich=False),
        settings="history_months = 0",
        segmentations=KMEANS.replace("k = 3", "k = 4"),
    )
    (built,) = Workspace(asked).build().models
    assert (built.scorecard.prior, built.scorecard.terms) == (proposed.scorecard.prior, proposed.scorecard.terms)


def test_what_is_there_already_is_not_proposed_again(folder: Path) -> None:
    workspace = Workspace(folder)
    with pytest.raises(ClusteringError, match="v001 again, which is in use"):
        workspace.propose("behaviour", None, "Ana", "")
    workspace.propose("behaviour", 4, "Ana", "")
    with pytest.raises(ClusteringError, match="v002 again, a challenger already"):
        workspace.propose("behaviour", 4, "Ana", "")
    assert workspace.models.versions("behaviour") == ("v001", "v002")


def test_promoting_scores_the_next_build_and_going_back_undoes_it(folder: Path) -> None:
    workspace = Workspace(folder)
    first = assigned(workspace)
    challenger = workspace.propose("behaviour", 2, "Ana", "")
    step = workspace.promote("behaviour", None, "Ben", "Two are enough")
    assert (step.action, step.version, step.who, step.why) == ("promoted", "v002", "Ben", "Two are enough")
    pd.testing.assert_series_equal(assigned(workspace), first)

    report = workspace.build()
    assert report.fitted_anew == {}
    assert [(model.segmentation, model.version) for model in report.models] == [
        ("behaviour", "v002"),
        ("value", "v001"),
    ]
    assert set(assigned(workspace)) == {segment.id for segment in challenger.segments}

    assert workspace.go_back("behaviour", "Ana", "Sales miss the third").version == "v001"
    assert workspace.build().models[0].version == "v001"
    pd.testing.assert_series_equal(assigned(workspace), first)
    assert [(step.action, step.version) for step in workspace.steps("behaviour")] == [
        ("fitted", "v001"),
        ("proposed", "v002"),
        ("promoted", "v002"),
        ("rolled back", "v001"),
    ]
    with pytest.raises(ScorecardError, match="v001 is the first version of behaviour in use; there is none to go back"):
        workspace.go_back("behaviour", "Ana", "Further")


def test_names_follow_the_people_and_wait_for_segments_that_are_retired(folder: Path) -> None:
    workspace = Workspace(folder)
    challenger = workspace.propose("behaviour", 2, "Ana", "")
    kept = {segment.id for segment in challenger.segments} & set(NAMES)
    assert 0 < len(kept) < 3
    workspace.promote("behaviour", "v002", "Ana", "fewer")
    published = {segment.id: segment.name for segment in workspace.build().models[0].segments}
    assert {segment: published[segment] for segment in kept} == {segment: NAMES[segment] for segment in kept}
    # a third division: what is new now was in no version before
    third = workspace.propose("behaviour", 5, "Ana", "")
    new = set(third.diagnostics["identity"]["new"])
    used = {"s1", "s2", "s3", *published}
    assert new
    assert not new & used
    # a name for nobody is still a mistake
    with pytest.raises(DefinitionError, match="names mentions 's99'"):
        change(folder, "s3 = 'The rest'", "s99 = 'The rest'").build()


def test_a_definition_that_changed_is_fitted_anew_and_ids_stay_with_their_people(folder: Path) -> None:
    before = assigned(Workspace(folder))
    # another window: the earlier scorecard cannot be used on the new features, but the build knows who was where
    report = change(folder, "[sources.transactions]", "[features]\nwindow_months = 9\n[sources.transactions]").build()
    assert report.fitted_anew == dict.fromkeys(("behaviour", "value"), "the definition changed")
    model, after = report.models[0], assigned(Workspace(folder))
    identity = model.diagnostics["identity"]
    assert identity["earlier"] == "v001"
    assert identity["overlap"]
    for segment in set(after):
        new, old = set(after.index[after == segment]), set(before.index[before == segment])
        overlap = len(new & old) / len(new | old)
        if segment in identity["new"]:
            assert not old
        else:
            assert overlap > 0.5
            assert identity["overlap"][segment] == round(overlap, 1)
    last = Workspace(folder).steps("behaviour")[-1]
    assert (last.action, last.version, last.why) == ("fitted", "v002", "the definition changed")


def test_ids_do_not_pass_to_others_when_the_order_of_value_changes(tmp_path: Path) -> None:
    frame = make_transactions(customers=200, rich=False)
    folder = write_workspace(tmp_path, frame, settings="history_months = 0", segmentations=KMEANS)
    Workspace(folder).build()
    before = assigned(Workspace(folder))
    # whoever is worth most is now worth least, and the same features divide them as before
    frame = frame.assign(margin=-frame["amount"])
    frame.to_csv(folder / "transactions.csv", index=False)
    report = Workspace(folder).build()
    assert report.fitted_anew == {"behaviour": "value is now margin, not revenue"}
    assert [segment.id for segment in report.models[0].segments] != ["s1", "s2", "s3"]
    pd.testing.assert_series_equal(assigned(Workspace(folder)), before)


@pytest.mark.parametrize(
    "act",
    [
        lambda w: w.propose("behaviour", 2, "Ana", ""),
        lambda w: w.promote("behaviour", "v002", "Ana", "better"),
        lambda w: w.compare("behaviour", "v002"),
        lambda w: w.go_back("behaviour", "Ana", "better"),
        lambda w: w.studio("behaviour"),
    ],
)
def test_what_no_longer_fits_the_definition_must_be_built_first(
    folder: Path, act: Callable[[Workspace], object]
) -> None:
    Workspace(folder).propose("behaviour", 4, "Ana", "")
    with pytest.raises(StoreError, match="Build first"):
        act(change(folder, "k = 3", "k = 3\nseed = 8"))
    assert [step.action for step in Workspace(folder).steps("behaviour")] == ["fitted", "proposed"]


def test_a_version_whose_features_meant_something_else_is_not_taken_into_use(folder: Path) -> None:
    Workspace(folder).propose("behaviour", 4, "Ana", "")
    workspace = change(folder, "[sources.transactions]", "[features]\nwindow_months = 6\n[sources.transactions]")
    workspace.build()
    with pytest.raises(ScorecardError, match=r"v002 of behaviour was fitted on features that .* measures otherwise"):
        workspace.promote("behaviour", "v002", "Ana", "better")
    with pytest.raises(ScorecardError, match=r"v001 of behaviour was fitted on features that .* measures otherwise"):
        workspace.go_back("behaviour", "Ana", "better")
    assert workspace.build().models[0].version == "v003"


def test_going_back_over_a_changed_number_of_segments_holds(folder: Path) -> None:
    before = assigned(Workspace(folder))
    workspace = change(folder, "k = 3", "k = 2")
    assert workspace.build().models[0].version == "v002"
    workspace.go_back("behaviour", "Ana", "Two are too few")
    report = workspace.build()
    assert (report.models[0].version, report.fitted_anew) == ("v001", {})
    pd.testing.assert_series_equal(assigned(workspace), before)
    # until the definition changes once more
    assert change(folder, "k = 2", "k = 4").build().fitted_anew == {"behaviour": "the definition changed"}


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda w: w.promote("behaviour", None, "Ana", "so"), ScorecardError, "behaviour has no challenger: v001"),
        (lambda w: w.promote("behaviour", "v001", "Ana", "so"), ScorecardError, "v001 of behaviour is in use already"),
        (lambda w: w.promote("behaviour", "v7", "Ana", "so"), ScorecardError, "There is no version v7 of behaviour"),
        (lambda w: w.promote("behavior", None, "Ana", "so"), DefinitionError, "Did you mean 'behaviour'?"),
        (lambda w: w.compare("behaviour"), ScorecardError, "Propose one, or name a version"),
        (lambda w: w.propose("behaviour", 1, "Ana", ""), ClusteringError, "has 2 to 20 segments, found 1"),
        (lambda w: w.propose("value", 3, "Ana", ""), ClusteringError, "there is no number to choose"),
        (lambda w: w.studio("value"), ClusteringError, "there is no number to choose"),
        (lambda w: w.studio("behaviour", [1, 3]), ClusteringError, "from 2 to 20, found 1, 3"),
        (lambda w: w.studio("behaviour", []), ClusteringError, "found none"),
        (lambda w: w.steps("nothing"), DefinitionError, "this workspace has behaviour, value"),
    ],
)
def test_what_cannot_be_done_is_told(
    built: Path, act: Callable[[Workspace], object], error: type[SegmodelError], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        act(Workspace(built))
    assert Workspace(built).models.versions("behaviour") == ("v001",)


@pytest.mark.parametrize(("who", "why"), [("Ana", "  "), ("", "better")])
def test_nobody_takes_a_version_into_use_without_saying_why(folder: Path, who: str, why: str) -> None:
    workspace = Workspace(folder)
    workspace.propose("behaviour", 2, "Ana", "")
    with pytest.raises(ScorecardError, match="Say who takes v002 of behaviour into use, and why"):
        workspace.promote("behaviour", "v002", who, why)
    assert workspace.models.champion("behaviour").version == "v001"  # type: ignore[union-attr]


def test_before_the_first_build_there_is_nothing_to_do(tmp_path: Path) -> None:
    workspace = Workspace(write_workspace(tmp_path / "shop"))
    with pytest.raises(StoreError, match="Nothing is published"):
        workspace.propose("behaviour", 2, "Ana", "")
    assert workspace.steps("behaviour") == ()
    assert not (tmp_path / "shop" / "models").exists()


def test_two_who_propose_at_once_get_a_version_each(folder: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda k: Workspace(folder).propose("behaviour", k, f"Ana {k}", ""), (4, 5)))
    workspace = Workspace(folder)
    assert sorted(model.version for model in found) == ["v002", "v003"]
    assert workspace.models.versions("behaviour") == ("v001", "v002", "v003")
    new = [set(model.diagnostics["identity"]["new"]) for model in found]
    assert all(new)
    assert not new[0] & new[1]
    assert {step.version: step.who for step in workspace.steps("behaviour")[1:]} == {
        model.version: f"Ana {model.k}" for model in found
    }


def test_a_proposal_cut_off_before_it_is_recorded_changes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ModelFiles, "record", cut_off)
        with pytest.raises(KeyboardInterrupt):
            Workspace(folder).propose("behaviour", 4, "Ana", "")
    workspace = Workspace(folder)
    assert [step.version for step in workspace.steps("behaviour")] == ["v001"]
    assert workspace.propose("behaviour", 2, "Ana", "").version == "v003"
    assert workspace.build().models[0].version == "v001"


def test_a_champion_whose_file_is_gone_stops_the_build_and_another_can_be_promoted(folder: Path) -> None:
    workspace = Workspace(folder)
    workspace.propose("behaviour", 2, "Ana", "")
    (folder / "models" / "behaviour" / "v001.json").unlink()
    with pytest.raises(
        ScorecardError, match=r"no version v001 of behaviour; there: v002\. Its file is gone: restore it"
    ):
        workspace.build()
    workspace.promote("behaviour", "v002", "Ana", "v001 is lost")
    assert workspace.build().models[0].version == "v002"


def test_models_without_a_log_stay_in_use_and_the_log_begins(folder: Path) -> None:
    (folder / "models" / "behaviour" / "log.jsonl").unlink()
    report = Workspace(folder).build()
    assert (report.models[0].version, report.fitted_anew) == ("v001", {})
    (step,) = Workspace(folder).steps("behaviour")
    assert (step.action, step.version, step.why) == ("fitted", "v001", "in use when the log was begun")


def test_the_table_is_of_the_customers_and_settings_that_a_build_fits_on(built: Path) -> None:
    workspace = Workspace(built)
    told: list[float] = []
    choice = workspace.studio("behaviour", [3, 2], lambda _, done: told.append(done))
    table = choice.table.set_index("k")
    assert list(table.index) == [2, 3]
    fitted = workspace.models.load("behaviour", "v001")
    assert table.loc[3, "within_ss"] == pytest.approx(fitted.diagnostics["within_ss"], rel=1e-6)
    assert choice.n == fitted.n_fitted
    assert choice.k in {2, 3}
    # no small segment can be counted from a share
    assert table["smallest_share"].to_list() == table["smallest_share"].round(2).to_list()
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_the_table_does_not_tell_of_a_few_customers(folder: Path) -> None:
    workspace = change(folder, "history_months = 0", "history_months = 0\nminimum_group = 70")
    table = workspace.studio("behaviour", [2, 5]).table.set_index("k")
    assert table.loc[2, "smallest_share"] >= 70 / 300
    assert pd.isna(table.loc[5, "smallest_share"])  # five of 300 customers: the smallest has 60 at most
