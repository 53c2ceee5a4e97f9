from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_blobs

from segmodel.clustering import check_division, segment_stability
from segmodel.errors import ClusteringError

ROWS, LABELS = make_blobs(300, centers=[[0, 0], [12, 0], [0, 12]], random_state=1)


def kinds(*args: object, **settings: object) -> list[tuple[str, int | None]]:
    return [(guard.kind, guard.segment) for guard in check_division(*args, **settings)]


def test_a_sound_division_has_no_warning() -> None:
    generator = np.random.default_rng(0)
    actionable = pd.DataFrame({"value": LABELS * 2 + generator.normal(size=300), "opened": generator.normal(size=300)})
    stability = segment_stability(ROWS, 3, n_boot=5, random_state=0)
    assert kinds(ROWS, LABELS, stability=stability, actionable=actionable) == []


def test_more_than_eight_segments_are_many() -> None:
    rows = np.arange(180.0).reshape(-1, 1)
    assert ("many", None) in kinds(rows, np.arange(180) // 20)
    assert kinds(rows[:160], np.arange(160) // 20) == []


def test_a_segment_under_one_in_twenty_is_small() -> None:
    labels = np.zeros(300, dtype=int)
    labels[:14] = 1
    assert kinds(np.random.default_rng(0).normal(size=(300, 2)), labels) == [("small", 1)]
    labels[:15] = 1
    assert kinds(np.random.default_rng(0).normal(size=(300, 2)), labels) == []


def test_segments_of_a_cloud_are_called_unstable_with_their_band() -> None:
    rows = np.random.default_rng(0).normal(size=(300, 4))
    stability = segment_stability(rows, 4, n_boot=10, random_state=0)
    found = [guard for guard in check_division(rows, stability.labels, stability=stability) if guard.kind == "unstable"]
    assert [guard.segment for guard in found] == np.flatnonzero(stability.jaccard < 0.75).tolist()
    for guard in found:
        jaccard = guard.evidence["jaccard"]
        assert ("a pattern" in guard.sentence) == (jaccard >= 0.6)
        assert ("not to be trusted" in guard.sentence) == (jaccard < 0.6)


def test_one_outlier_is_not_a_segment() -> None:
    rows = np.vstack([ROWS, [[90.0, 90.0]]])
    guards = check_division(rows, np.append(LABELS, 3))
    assert [guard.kind for guard in guards] == ["small", "outliers"]
    assert guards[1].sentence.startswith("10 customers or fewer, far from all others: ")


def test_a_handful_near_the_others_is_small_but_not_outlying() -> None:
    labels = LABELS.copy()
    labels[np.flatnonzero(LABELS == 0)[:5]] = 3
    assert kinds(ROWS, labels) == [("small", 3)]


def test_segments_that_differ_in_nothing_actionable_are_named() -> None:
    generator = np.random.default_rng(1)
    # 0 and 1 have the same value; 2 stands alone
    actionable = pd.DataFrame({"value": np.where(LABELS == 2, 5.0, 0.0) + generator.normal(size=300)})
    guards = check_division(ROWS, LABELS, actionable=actionable)
    assert [(guard.kind, guard.segment) for guard in guards] == [("alike", 0)]
    assert guards[0].evidence["neighbour"] == 1
    assert "segment 2" in guards[0].sentence


def test_a_difference_needs_both_size_and_evidence() -> None:
    generator = np.random.default_rng(2)
    labels = np.repeat([0, 1], 5000)
    rows = labels[:, np.newaxis] * 5.0 + generator.normal(size=(10_000, 1))
    tiny = pd.DataFrame({"value": labels * 0.1 + generator.normal(size=10_000)})  # beyond chance, but small
    assert kinds(rows, labels, actionable=tiny) == [("alike", 0)]
    few = np.r_[0:8, 5000:5008]
    assert kinds(rows[few], labels[few], actionable=pd.DataFrame({"value": generator.normal(size=16)})) == [
        ("alike", 0)
    ]
    large = pd.DataFrame({"value": labels * 0.5 + generator.normal(size=10_000)})
    assert kinds(rows, labels, actionable=large) == []


def test_chance_seldom_makes_segments_look_different() -> None:
    labels = np.repeat([0, 1], 150)
    rows = labels[:, np.newaxis] * 9.0
    generator = np.random.default_rng(3)
    missed = sum(
        kinds(rows, labels, actionable=pd.DataFrame(generator.normal(size=(300, 10))).add_prefix("f")) == []
        for _ in range(100)
    )
    assert missed <= 12  # 5% over the ten features together; 12 of 100 is the upper 0.3% point


def test_a_way_of_answering_is_told_from_a_way_of_thinking() -> None:
    generator = np.random.default_rng(4)
    thinking = generator.normal(4, 1, size=(400, 8))
    labels = np.repeat([0, 1, 2, 3], 100)
    thinking[labels == 0, :4] += 2
    thinking[labels == 1, 4:] += 2
    thinking[labels == 2] += 1.5
    thinking[labels == 3] -= 1.5
    items = pd.DataFrame(np.clip(thinking.round(), 1, 7)).add_prefix("q")
    guards = check_division(thinking, labels, items=items)
    assert [(guard.kind, guard.segment) for guard in guards] == [("answering_style", 2), ("answering_style", 3)]
    assert "answers high" in guards[0].sentence
    assert "answers low" in guards[1].sentence


def test_a_constant_item_and_missing_answers_do_no_harm() -> None:
    items = pd.DataFrame({"a": [1.0, np.nan] * 150, "b": np.ones(300), "c": LABELS == 1, "d": LABELS != 1})
    assert kinds(ROWS, LABELS, items=items.astype(float)) == []


def test_rows_must_match() -> None:
    with pytest.raises(ClusteringError, match="Labels need one row"):
        check_division(ROWS, LABELS[:-1])
    with pytest.raises(ClusteringError, match="Survey items need one row"):
        check_division(ROWS, LABELS, items=pd.DataFrame({"q": [1.0]}))


def test_a_feature_that_is_the_same_for_all_of_a_segment_is_compared_without_a_warning() -> None:
    rows = np.repeat([[0.0], [5.0]], 40, axis=0) + np.random.default_rng(2).normal(size=(80, 1))
    labels = np.repeat([0, 1], 40)
    constant = np.full(40, 0.1)
    unlike = pd.DataFrame({"paid": [*constant, *np.random.default_rng(3).normal(2, 0.3, 40)]})
    assert not [guard for guard in check_division(rows, labels, actionable=unlike) if guard.kind == "alike"]
    same = pd.DataFrame({"paid": [*constant, *constant]})
    (found,) = [guard for guard in check_division(rows, labels, actionable=same) if guard.kind == "alike"]
    assert found.evidence["largest_difference"] == 0
