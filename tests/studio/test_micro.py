from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmodel.definition import FILE_NAME
from segmodel.errors import ClusteringError, DefinitionError, FeatureError, StoreError
from segmodel.studio import MicroSegments
from segmodel.workspace import Workspace
from tests.support.planted import ALLOWED, CUSTOMERS, PLANTED, RULES, campaigns, purchases, write_crowd
from tests.support.workspaces import write_workspace


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built workspace with a planted micro-segment; read it, never write to it."""
    folder = write_crowd(tmp_path_factory.mktemp("micro") / "shop")
    Workspace(folder).build()
    return folder


def changed(built: Path, *changes: tuple[str, str]) -> Workspace:
    """A workspace that reads the same build by another definition."""
    workspace = Workspace(built)
    text = (built / FILE_NAME).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    other = built.parent / "other"
    other.mkdir(exist_ok=True)
    (other / FILE_NAME).write_text(text, encoding="utf-8")
    read = Workspace(other)
    assert read.definition  # read before the file is written again
    read.builds = workspace.builds
    return read


def segment_of(built: Path, name: str) -> str:
    with Workspace(built).open() as published:
        return published.segment_id("pace", name)


@pytest.fixture(scope="module")
def seldom(built: Path) -> MicroSegments:
    return Workspace(built).micro("pace", "Seldom")


def test_a_planted_group_of_three_in_a_hundred_is_found(seldom: MicroSegments) -> None:
    (found,) = seldom.kept.to_dict("records")
    assert PLANTED / CUSTOMERS == 0.03
    assert found["customers"] == 40  # 36, to the nearest ten
    frame = purchases()
    of = frame["customer_id"].str[1:].astype(int)
    value = frame.groupby(of)["amount"].sum()
    inside, rest = value[:PLANTED], value[PLANTED : CUSTOMERS // 2]
    assert found["value"] == pytest.approx(inside.mean(), rel=0.05)
    assert found["rest_value"] == pytest.approx(rest.mean(), rel=0.05)
    assert found["isolation"] > found["cloud_isolation"]
    assert seldom.finding == "One group inside Seldom is worth treating differently."
    assert "permutation test, p = " in seldom.because
    assert f"{found['name']} (about 40 customers, 7% of the segment): worth £" in seldom.because
    assert "buys" not in found["name"]
    assert (seldom.customers, seldom.looked_at) == (600, 600)
    assert seldom.features == tuple(ALLOWED)


def test_a_segment_without_groups_is_told_so_whatever_the_seed(built: Path) -> None:
    for seed in range(3):
        found = changed(built, ('method = "rules"', f'method = "rules"\nseed = {seed}')).micro("pace", "Often")
        assert found.kept.empty
        assert found.finding == "Nothing inside Often is worth treating differently."
        assert re.search(r"permutation test, p = \d\.\d{4}|Jaccard \d\.\d\d", found.because)
        assert found.groups["reason"].str.startswith("Not worth treating differently: ").all()


def test_response_to_campaigns_counts_and_a_control_arm_does_not(built: Path, seldom: MicroSegments) -> None:
    assert seldom.outcomes == ("value", "response")
    sent = campaigns().query("arm == 'treatment'")
    rest = sent[sent["customer_id"].str[1:].astype(int) >= PLANTED]
    (found,) = seldom.kept.to_dict("records")
    assert found["rest_response"] == pytest.approx(rest["converted"].mean(), abs=0.015)
    # about 29 were sent it, and half responded
    assert found["response"] == pytest.approx(0.5, abs=0.2)
    assert Workspace(built).micro("pace", "Often").outcomes == ("value",)


def test_groups_below_the_smallest_that_may_be_shown_are_left_out(built: Path) -> None:
    strict = changed(built, ("history_months = 0", "history_months = 0\nminimum_group = 50"))
    found = strict.micro("pace", "Seldom")
    assert found.kept.empty
    assert (found.groups["customers"] % 50 == 0).all()
    assert (found.groups["customers"] >= 50).all()
    for reason in (*found.groups["reason"], found.because):
        assert not re.search(r"(?<![\d.])36(?!\d)", reason)


def test_a_response_of_a_few_is_not_told(built: Path) -> None:
    strict = changed(built, ("history_months = 0", "history_months = 0\nminimum_group = 20"))
    (found,) = strict.micro("pace", "Seldom").kept.to_dict("records")
    assert np.isnan(found["response"])  # fewer than twenty responded


def test_a_hidden_segment_stays_hidden(built: Path) -> None:
    # eight customers are one of two segments: what is told of the other would tell of them
    for name in ("Bulk", "Others"):
        found = Workspace(built).micro("bulk", name)
        assert (found.customers, found.looked_at, len(found.groups)) == (None, None, 0)
        assert found.because == "The segment is hidden, so that nothing is told of a small group."


def test_too_few_customers_are_said_to_be_too_few(built: Path) -> None:
    found = Workspace(built).micro("pace", "Handful")
    assert (found.customers, found.looked_at, len(found.groups)) == (20, 20, 0)
    assert found.finding == "Nothing inside Handful can be judged."
    assert found.because == "A micro-segment needs 30 customers, and as many must be left."


def test_a_sample_says_how_large_groups_are_among_all(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segmodel.studio.inside.ROWS", 400)
    found = Workspace(built).micro("pace", "Often")
    assert (found.customers, found.looked_at) == (580, 400)
    assert found.groups["customers"].max() > 200 or found.groups["share"].max() < 200 / 580


def test_the_same_is_found_each_time_and_by_id(built: Path, seldom: MicroSegments) -> None:
    again = Workspace(built).micro("pace", segment_of(built, "Seldom"))
    assert again.document() == seldom.document()


def test_the_document_is_json_and_can_be_read_again(seldom: MicroSegments) -> None:
    text = json.dumps(seldom.document(), allow_nan=False)
    read = MicroSegments.from_json(text)
    assert read.document() == seldom.document()
    pd.testing.assert_frame_equal(read.groups, seldom.groups, check_dtype=False)


def test_words_may_be_features_too(built: Path) -> None:
    wide = changed(built, (json.dumps(ALLOWED), '["main_channel", "average_order_value"]'))
    (found,) = wide.micro("pace", "Seldom").kept.to_dict("records")
    assert found["customers"] == 40
    assert "mostly web" in found["name"].lower()


@pytest.mark.parametrize(
    ("segment", "features", "error", "words"),
    [
        ("Seldon", None, StoreError, "Did you mean 'Seldom'?"),
        ("s9", None, StoreError, "there are s1 ("),
        ("s1", ["value"], ClusteringError, "compared by value"),
        ("s1", ["frequency"], ClusteringError, "be found by average_order_value, evening_share, web_share; found"),
        ("s1", ["web_shar"], ClusteringError, "Did you mean 'web_share'?"),
    ],
)
def test_what_cannot_be_asked_for_is_said(
    built: Path, segment: str, features: list[str] | None, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=re.escape(words)):
        Workspace(built).micro("pace", segment, features)


def test_groups_of_few_orders_come_with_a_caution_where_shares_may_set_them_apart(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Beware" not in Workspace(built).micro("pace", "Seldom").because
    monkeypatch.setattr("segmodel.studio.micro.FEW_ORDERS", 7)  # as many as those who buy seldom have
    assert "a share of so few is often all or nothing" in Workspace(built).micro("pace", "Seldom").because


def test_any_feature_of_the_build_may_be_asked_for_where_the_definition_names_none(built: Path) -> None:
    free = changed(built, (f"micro_features = {json.dumps(ALLOWED)}\n", ""))
    assert free.micro("pace", "Seldom").features == ("frequency",)  # what the rules look at
    (found,) = free.micro("pace", "Seldom", ["average_order_value", "web_share"]).kept.to_dict("records")
    assert found["customers"] == 40
    with pytest.raises(ClusteringError, match=r"no feature 'evenin_share'.* Did you mean 'evening_share'"):
        free.micro("pace", "Seldom", ["evenin_share"])


def test_a_segmentation_of_value_needs_other_features(built: Path) -> None:
    with pytest.raises(ClusteringError, match="rests on value alone"):
        Workspace(built).micro("value", "s1")
    with pytest.raises(DefinitionError, match="Did you mean 'pace'"):
        Workspace(built).micro("pase", "s1")


def test_builds_compute_micro_features_and_refuse_those_they_do_not_know(tmp_path: Path) -> None:
    text = RULES.replace(json.dumps(ALLOWED), '["mean_gap_days"]') + "[features]\ndescribe = []\n"
    folder = write_workspace(tmp_path / "shop", segmentations=text, settings="history_months = 0")
    Workspace(folder).build()
    with Workspace(folder).open() as published:
        assert set(published.features()["name"]) == {"frequency", "mean_gap_days"}
    path = folder / FILE_NAME
    path.write_text(path.read_text().replace("mean_gap_days", "mean_gap_day"))
    with pytest.raises(
        FeatureError, match=r"micro_features of pace: there is no feature 'mean_gap_day'.*mean_gap_days"
    ):
        Workspace(folder).build()


def test_changing_micro_features_fits_nothing_anew(built: Path) -> None:
    pace = Workspace(built).definition.segmentation("pace")
    assert pace.fingerprint() == pace.model_copy(update={"micro_features": ("frequency",)}).fingerprint()
