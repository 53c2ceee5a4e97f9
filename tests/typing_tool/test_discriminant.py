"""Leave-one-out in closed form, against R and against models fitted again."""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from segmodel.typing_tool.discriminant import Moments, leave_one_out_hits
from segmodel.typing_tool.search import add_one, best_sets, hit_rates
from tests.support.real_data import real_data
from tests.typing_tool.test_rules import as_in_r

Data = tuple[Moments, list[str], dict[str, Any]]


def mcdonalds() -> Data:
    frame = pd.read_csv(real_data("mcdonalds/mcdonalds.csv")).iloc[:, :11]
    labels = pd.read_csv(real_data("mcdonalds/book_partition_k4.csv"))["km4"].to_numpy() - 1
    return Moments.of((frame == "Yes").to_numpy(float), labels, 4), list(frame), _reference("mcdonalds")


def vacmot() -> Data:
    frame = pd.read_csv(real_data("vacmot/vacmot.csv"))
    described = pd.read_csv(real_data("vacmot/vacmot_descriptors_and_published6.csv"))
    labels = described["published_segment6"].to_numpy() - 1
    return Moments.of(frame.to_numpy(float), labels, 6), list(frame), _reference("vacmot")


def _reference(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(real_data("typing_tool_reference.json").read_text())[name]
    return found


BOTH = pytest.mark.parametrize("data", [mcdonalds, vacmot])


@BOTH
def test_best_questions_of_each_size_are_those_of_r(data: Any) -> None:
    moments, items, reference = data()
    columns = [(place,) for place in range(len(items))]
    for row in reference["best"]:
        sets = list(combinations(range(len(items)), row["m"]))
        rates = hit_rates(moments, columns, sets)
        order = np.argsort(-rates, kind="stable")
        assert len(sets) == row["n_subsets"]
        assert rates[order[0]] == pytest.approx(row["best_acc"], abs=1e-6)
        assert rates[order[1]] == pytest.approx(row["second"]["acc"], abs=1e-6)
        assert np.median(rates) == pytest.approx(row["median_acc"], abs=1e-6)
        best = row["best_items"] if isinstance(row["best_items"], list) else [row["best_items"]]
        assert {items[place] for place in sets[order[0]]} == set(best)


@BOTH
def test_adding_one_question_at_a_time_goes_the_way_of_r(data: Any) -> None:
    moments, items, reference = data()
    columns = [(place,) for place in range(len(items))]
    chosen: tuple[int, ...] = ()
    for row in reference["forward"]:
        before = set(chosen)
        chosen, rate = add_one(moments, columns, chosen)
        assert items[(set(chosen) - before).pop()] == row["added"]
        assert rate == pytest.approx(row["acc"], abs=1e-6)


@BOTH
def test_all_questions_are_as_right_as_in_r(data: Any) -> None:
    moments, items, reference = data()
    (hits,) = leave_one_out_hits(moments, [range(len(items))])
    assert hits.mean() == pytest.approx(reference["all_items_loo_lda"], abs=1e-6)
    recalls = [hits[moments.labels == segment].mean() for segment in range(len(moments.sizes))]
    assert np.mean(recalls) == pytest.approx(reference["all_items_balanced"], abs=1e-6)


@BOTH
def test_search_reaches_the_best_of_each_size_within_a_point(data: Any) -> None:
    moments, items, reference = data()
    columns = [(place,) for place in range(len(items))]
    by_forward = {row["m"]: row["acc"] for row in reference["forward"]}
    found = best_sets(moments, columns, by_forward)
    best = {row["m"]: row["best_acc"] for row in reference["best"]}
    for size, chosen in found.items():
        (rate,) = hit_rates(moments, columns, [chosen])
        assert rate >= by_forward[size] - 1e-6
        assert rate >= best.get(size, 0) - 0.01


def drawn(n: int = 60, columns: int = 5, segments: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = np.arange(n) % segments
    return random.normal(size=(n, columns)) + 0.9 * random.normal(size=(segments, columns))[labels], labels


def test_leaving_out_in_closed_form_equals_fitting_again_without() -> None:
    matrix, labels = drawn()
    sets = [(0, 1), (1, 4), (0, 2), (2, 3)]
    hits = leave_one_out_hits(Moments.of(matrix, labels, 3), sets)
    prior = np.bincount(labels) / len(labels)
    for chosen, found in zip(sets, hits, strict=True):
        for left_out in range(len(labels)):
            kept = np.arange(len(labels)) != left_out
            model = LinearDiscriminantAnalysis(priors=prior).fit(matrix[kept][:, chosen], labels[kept])
            told = as_in_r(model, matrix[[left_out]][:, chosen], kept.sum()).argmax()
            assert found[left_out] == (told == labels[left_out])


def test_sets_beyond_one_batch_are_judged_as_alone() -> None:
    matrix, labels = drawn(n=3_000, columns=8)
    moments = Moments.of(matrix, labels, 3)
    sets = list(combinations(range(8), 3))
    together = leave_one_out_hits(moments, sets)
    assert all((leave_one_out_hits(moments, [one])[0] == hits).all() for one, hits in zip(sets, together, strict=True))


def test_every_set_is_tried_where_there_are_few_and_swaps_never_make_worse() -> None:
    matrix, labels = drawn(n=120, columns=9, seed=4)
    moments, columns = Moments.of(matrix, labels, 3), [(place,) for place in range(9)]
    every = best_sets(moments, columns, range(1, 6), exhaustive_up_to=1_000)
    stepwise = best_sets(moments, columns, range(1, 6), exhaustive_up_to=0)
    forward: tuple[int, ...] = ()
    for size in range(1, 6):
        best = max(hit_rates(moments, columns, list(combinations(range(9), size))))
        forward, rate = add_one(moments, columns, forward)
        (swapped,) = hit_rates(moments, columns, [stepwise[size]])
        assert hit_rates(moments, columns, [every[size]])[0] == best
        assert rate <= swapped <= best


def test_an_answer_that_follows_from_others_or_is_the_same_within_segments_does_no_harm() -> None:
    matrix, labels = drawn()
    doubled = np.column_stack([matrix, matrix[:, 0], labels == 1])
    hits = leave_one_out_hits(Moments.of(doubled, labels, 3), [(0, 1, 5), (0, 1, 6)])
    (alone,) = leave_one_out_hits(Moments.of(matrix, labels, 3), [(0, 1)])
    assert (hits[0] == alone).mean() > 0.98
    assert hits[1][labels == 1].all()
