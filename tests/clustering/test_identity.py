from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import jaccard_score

from segmodel.charts.template import DARK, LIGHT
from segmodel.clustering import ModelVersion, SegmentInfo, carry_identity, match_segments, overlaps
from segmodel.clustering.version import COLOURS
from segmodel.engines import Engine
from segmodel.scorecard import NumericTerm, Preparation, Scorecard

AS_IT_IS = Preparation(fill=0, low=-1e6, high=1e6, log=False, centre=0, scale=1)
IDS = ("s1", "s2", "s3", "s4")


def model(
    k: int, *, version: str = "v001", ids: Sequence[str] = (), names: Sequence[str] = (), method: str = "kmeans"
) -> ModelVersion:
    """Return a version of k segments along one feature: the first segment has the lowest values."""
    ids = tuple(ids) or tuple(f"s{place + 1}" for place in range(k))
    centres = np.arange(k, dtype=float)
    card = Scorecard(ids, tuple(-(centres**2) / 2), (NumericTerm("orders", AS_IT_IS, tuple(centres)),))
    infos = [
        SegmentInfo(segment, names[place] if names else f"{version} {place}", "", int(segment[1:]) - 1)
        for place, segment in enumerate(ids)
    ]
    return ModelVersion(
        segmentation="behaviour",
        version=version,
        basis="behaviour",
        method=method,
        k=k,
        fitted_as_of=dt.date(2026, 6, 30),
        n_fitted=100,
        seed=0,
        fingerprint="",
        features=("orders",),
        scorecard=card,
        segments=tuple(infos),
    )


def ids(version: ModelVersion) -> list[str]:
    return [segment.id for segment in version.segments]


def people(**sizes: int) -> list[str]:
    """Return labels: `people(s1=2, s2=1)` is s1, s1, s2."""
    return [segment for segment, size in sizes.items() for _ in range(size)]


def test_overlap_is_jaccard() -> None:
    random = np.random.default_rng(7)
    old, new = random.choice(IDS, 500), random.choice(IDS[:3], 500)
    found = overlaps(IDS, IDS[:3], old, new)
    for one, other in itertools.product(IDS, IDS[:3]):
        assert found.loc[one, other] == pytest.approx(jaccard_score(old == one, new == other))


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_segments_that_were_only_renumbered_are_recognised(order: tuple[int, ...]) -> None:
    old = np.repeat(np.arange(4), [40, 30, 20, 10])
    new = np.array(order)[old]
    match = match_segments(overlaps(IDS, IDS, [IDS[i] for i in old], [IDS[i] for i in new]))
    assert {match.same[IDS[order[place]]] for place in range(4)} == set(IDS)
    assert all(match.same[IDS[order[place]]] == IDS[place] for place in range(4))
    assert set(match.overlap.values()) == {1.0}
    assert match.retired == ()


def test_no_other_matching_shares_more_people() -> None:
    random = np.random.default_rng(11)
    for _ in range(50):
        shared = pd.DataFrame(random.random((4, 4)), index=IDS, columns=IDS)
        match = match_segments(shared, minimum_overlap=0.0)
        best = max(
            sum(shared.iloc[row, column] for row, column in enumerate(order))
            for order in itertools.permutations(range(4))
        )
        assert sum(match.overlap.values()) == pytest.approx(best)


def carried(
    k: int, old_labels: list[str], new_labels: list[str], used: Sequence[str] = (), before: int = 3
) -> ModelVersion:
    return carry_identity(model(k, version="v002"), model(before), used, (old_labels, new_labels))


def test_the_larger_part_of_a_split_keeps_the_id() -> None:
    found = carried(4, people(s1=100, s2=50, s3=50), people(s1=30, s2=70, s3=50, s4=50))
    assert ids(found) == ["s4", "s1", "s2", "s3"]
    assert found.diagnostics["identity"]["new"] == ["s4"]
    assert found.diagnostics["identity"]["overlap"] == {"s1": 0.7, "s2": 1.0, "s3": 1.0}


def test_a_segment_split_in_halves_is_retired() -> None:
    found = carried(4, people(s1=100, s2=50, s3=50), people(s1=50, s2=50, s3=50, s4=50))
    assert ids(found) == ["s4", "s5", "s2", "s3"]
    assert found.diagnostics["identity"]["retired"] == ["s1"]


def test_a_merged_segment_is_the_one_most_of_its_people_come_from() -> None:
    found = carried(2, people(s1=80, s2=30, s3=50), people(s1=110, s2=50))
    assert ids(found) == ["s1", "s3"]
    assert found.diagnostics["identity"]["retired"] == ["s2"]
    evenly = carried(2, people(s1=50, s2=50, s3=50), people(s1=100, s2=50))
    assert ids(evenly) == ["s4", "s3"]
    assert evenly.diagnostics["identity"]["retired"] == ["s1", "s2"]


def test_a_segment_whose_people_are_gone_is_retired() -> None:
    found = carried(2, people(s1=60, s3=40), people(s2=60, s1=40))
    assert ids(found) == ["s3", "s1"]
    assert found.diagnostics["identity"]["retired"] == ["s2"]


def test_a_retired_id_never_comes_back() -> None:
    # s7 was in a version between, which is not the one compared with
    found = carried(4, people(s1=50, s2=50), people(s1=50, s2=50, s3=0, s4=0), used=["s1", "s7", "s2"])
    assert ids(found) == ["s1", "s2", "s8", "s9"]


def test_people_in_segments_that_are_not_compared_count_as_elsewhere() -> None:
    # of the new segment's 100 only 40 come from s1: it is not s1, though nobody else of the old claims it
    found = carried(2, people(s9=60, s1=40, s2=50), people(s1=100, s2=50), before=2)
    assert ids(found) == ["s3", "s2"]


def test_all_is_new_where_nobody_can_tell() -> None:
    found = carry_identity(model(2, version="v002"), model(3), [], None)
    assert ids(found) == ["s4", "s5"]
    assert "could not be told" in found.diagnostics["notes"][0]


def test_what_rules_make_keeps_the_id_of_the_rule_where_people_do_not_tell() -> None:
    old = model(3, names=("Gold", "Silver", "Nobody yet"), method="rules")
    new = model(3, version="v002", names=("Gold", "Bronze", "Nobody yet"), method="rules")
    labels = people(s1=90, s2=10), people(s2=96, s1=4)
    # most of Gold are Bronze now: Bronze follows the people, and Gold the name is another's
    assert ids(carry_identity(new, old, [], labels)) == ["s4", "s1", "s3"]
    clusters = [replace(version, method="kmeans") for version in (new, old)]
    assert ids(carry_identity(clusters[0], clusters[1], [], labels)) == ["s4", "s1", "s5"]


def test_colours_follow_the_people_and_new_ones_remind_of_nobody() -> None:
    old = model(5)
    found = carry_identity(
        model(5, version="v002"), old, [], (people(s1=50, s2=50, s3=50, s4=10), people(s3=50, s2=50, s1=50, s5=10))
    )
    worn = {segment.id: segment.colour for segment in old.segments}
    assert ids(found) == ["s3", "s2", "s1", "s6", "s4"]
    for segment in found.segments:
        if segment.id in worn:
            assert segment.colour == worn[segment.id]
        else:
            assert segment.colour not in worn.values()
            assert segment.colour < COLOURS


def test_colours_differ_while_the_palette_lasts_and_are_there_beyond_it() -> None:
    assert len(LIGHT.segments) == len(DARK.segments) == COLOURS
    full = carry_identity(model(COLOURS, version="v002"), model(3), [], None)
    assert sorted(segment.colour for segment in full.segments) == list(range(COLOURS))
    more = carry_identity(model(12, version="v002"), model(5), [], None)
    assert len({segment.colour for segment in more.segments}) == 12


def test_renaming_moves_nobody_and_sql_knows_the_same_segments() -> None:
    random = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"snapshot": 1, "customer_id": [f"c{n:03d}" for n in range(200)], "orders": random.uniform(-1, 5, 200)}
    )
    new = model(4, version="v002")
    before = new.scorecard.predict(frame)["segment"]
    renamed = carry_identity(new, model(3), ["s9"], (people(s3=10, s1=10), people(s1=10, s3=10)))
    assert ids(renamed) == ["s3", "s10", "s1", "s11"]
    names = dict(zip(ids(new), ids(renamed), strict=True))
    after = renamed.scorecard.predict(frame)
    assert after["segment"].to_list() == before.map(names).to_list()
    with Engine.open(None) as engine, engine.loaded("customer_features", frame):
        by_sql = engine.frame(f"SELECT * FROM ({renamed.scorecard.to_sql()}) AS scored ORDER BY customer_id")
    assert by_sql["segment"].to_list() == after["segment"].to_list()
    assert by_sql["runner_up"].to_list() == after["runner_up"].to_list()
    assert ModelVersion.from_json(renamed.to_json()) == renamed


def test_people_may_name_segments_that_other_versions_have() -> None:
    named = model(2).with_names({"s1": "Regulars", "s3": "Retired"}, elsewhere={"s3"})
    assert [segment.name for segment in named.segments] == ["Regulars", "v001 1"]


def test_an_automatic_name_gives_way_to_the_same_name_given_by_people() -> None:
    named = model(3).with_names({"s1": "v001 1", "s3": "v001 1 (2)"})
    assert [segment.name for segment in named.segments] == ["v001 1", "v001 1 (3)", "v001 1 (2)"]
