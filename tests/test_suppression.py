from __future__ import annotations

import itertools
from random import Random

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from segmodel.metrics import METRICS
from segmodel.suppression import small_cells, small_parts
from tests.metrics.made import DAYS, make_assignments, measure

AXES = ["segment", "filter_1", "filter_2"]
KEYS = ["snapshot", *AXES]

CUSTOMERS = st.lists(
    st.tuples(
        st.sampled_from(["s1", "s2", "s3"]),
        st.sampled_from(["web", "store", "phone"]),
        st.sampled_from(["north", "south"]),
        st.integers(1, 40),
    ),
    min_size=1,
    max_size=18,
)
MINIMUM = st.integers(5, 15)


def cells(customers: list[tuple[str, str, str, int]], axes: int = 3) -> pd.DataFrame:
    """Return the count of every group, all of them included, as the metrics have them; zeros are absent."""
    base = pd.DataFrame(customers, columns=[*AXES, "customers"])
    parts = []
    for kept in itertools.product([True, False], repeat=axes):
        names = [name for name, on in zip(AXES, kept, strict=False) if on]
        if names:
            part = base.groupby(names, as_index=False)["customers"].sum()
        else:
            part = pd.DataFrame({"customers": [base["customers"].sum()]})
        parts.append(part.assign(**{name: "" for name in AXES if name not in names}))
    return pd.concat(parts, ignore_index=True).assign(snapshot=1)


def sums(frame: pd.DataFrame) -> list[tuple[str, int, list[int]]]:
    """Return every total along one axis, with the rows it is the sum of."""
    rows = {tuple(row): place for place, row in enumerate(frame[AXES].to_numpy())}
    found = []
    for key, place in rows.items():
        for number, axis in enumerate(AXES):
            parts = [
                other
                for candidate, other in rows.items()
                if candidate[number] != "" and (*candidate[:number], "", *candidate[number + 1 :]) == key
            ]
            if key[number] == "" and parts:
                found.append((axis, place, parts))
    return found


@settings(deadline=None, max_examples=60)
@given(CUSTOMERS, MINIMUM, st.integers(1, 3))
def test_nothing_hidden_can_be_had_back_along_an_axis(
    customers: list[tuple[str, str, str, int]], minimum: int, axes: int
) -> None:
    frame = cells(customers, axes)
    hidden = small_cells(frame, minimum)
    count = frame["customers"].to_numpy()
    assert not (~hidden & (count < minimum)).any()
    for axis, total, parts in sums(frame):
        assert sum(count[parts]) == count[total]  # or the test would look at nothing
        unknown = [place for place in parts if hidden[place]]
        if hidden[total]:
            # its groups do not add up to it; and the shares of a segment are of its total
            assert unknown
            assert axis != "segment" or len(unknown) == len(parts)
        else:
            # the difference to a total is nobody, or several groups that may be told of
            assert len(unknown) != 1
            assert not unknown or sum(count[unknown]) >= minimum


@settings(deadline=None, max_examples=60)
@given(CUSTOMERS, MINIMUM)
def test_nothing_is_hidden_where_nothing_is_small(customers: list[tuple[str, str, str, int]], minimum: int) -> None:
    large = [(segment, channel, region, count + minimum) for segment, channel, region, count in customers]
    assert not small_cells(cells(large), minimum).any()


@settings(deadline=None, max_examples=60)
@given(CUSTOMERS, MINIMUM, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_decide_what_is_safe(
    customers: list[tuple[str, str, str, int]], minimum: int, random: object
) -> None:
    frame = cells(customers)
    order = list(range(len(frame)))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = frame.iloc[order].reset_index(drop=True)
    hidden = small_cells(shuffled, minimum)
    for _, total, parts in sums(shuffled):
        assert hidden[total] or sum(hidden[parts]) != 1


def test_a_snapshot_does_not_hide_another() -> None:
    counts = pd.DataFrame(
        {
            "snapshot": [1, 1, 1, 2, 2, 2],
            "segment": ["", "a", "b", "", "a", "b"],
            "filter_1": "",
            "filter_2": "",
            "customers": [40, 3, 37, 40, 20, 20],
        }
    )
    assert small_cells(counts, 10).tolist() == [False, True, True, False, False, False]


def test_a_hidden_group_has_no_metric_at_all() -> None:
    made = make_assignments()
    found = measure(made, minimum=40)
    hidden = found[found["suppressed"]]
    assert 0 < len(hidden) < len(found)
    assert hidden[list(METRICS)].isna().all(axis=None)
    assert (found.loc[~found["suppressed"], "customers"] >= 40).all()


def test_growth_does_not_tell_of_a_group_hidden_a_year_before() -> None:
    made = make_assignments()
    earlier = made["snapshot"] == pd.Timestamp(DAYS[2])
    # three of s1 a year before: s2 or s3 is hidden with them, though it is large
    few = made.index[earlier & (made["segment"] == "s1")][3:]
    found = measure(made.drop(index=few), filters=0).set_index(["snapshot", "segment"])
    before, now = found.loc[pd.Timestamp(DAYS[2])], found.loc[pd.Timestamp(DAYS[3])]
    assert before["suppressed"].to_dict() == {"": False, "s1": True, "s2": True, "s3": False}
    assert not now["suppressed"].any()
    assert now["growth_customers"].notna().to_dict() == {"": True, "s1": False, "s2": False, "s3": True}
    assert now["growth"].notna().to_dict() == {"": True, "s1": False, "s2": False, "s3": True}


def test_counts_of_a_thousand_groups_are_checked_quickly() -> None:
    random = np.random.default_rng(0)
    many = [
        (f"s{segment}", f"channel {channel}", f"region {region}", int(random.integers(1, 60)))
        for segment, channel, region in itertools.product(range(10), range(10), range(10))
    ]
    frame = cells(many)
    hidden = small_cells(frame, 10)
    assert 0 < hidden.sum() < len(frame)


@settings(deadline=None, max_examples=60)
@given(CUSTOMERS, MINIMUM, st.randoms(use_true_random=False))
def test_neither_buyers_nor_others_of_a_small_group_are_told(
    customers: list[tuple[str, str, str, int]], minimum: int, random: Random
) -> None:
    bought = [(*keys, random.randint(0, count)) for *keys, count in customers]
    frame = cells(customers)
    frame["bought"] = cells(bought)["customers"].to_numpy()
    frame["suppressed"] = small_cells(frame, minimum)
    hidden = small_parts(frame, "bought", minimum)
    assert hidden[frame["suppressed"]].all()
    for count in (frame["bought"].to_numpy(), (frame["customers"] - frame["bought"]).to_numpy()):
        assert not ((count > 0) & (count < minimum) & ~hidden).any()
        for _, total, parts in sums(frame):
            gone = [part for part in parts if hidden[part]]
            if gone and not hidden[total]:  # what the others leave of the total
                left = count[total] - sum(count[part] for part in parts if not hidden[part])
                assert left == 0 or left >= minimum


def test_all_or_none_of_a_large_group_may_be_told() -> None:
    frame = cells([("s1", "web", "north", 60), ("s2", "web", "north", 80)], axes=1).assign(suppressed=False)
    for bought in ({"s1": 60, "s2": 0, "": 60}, {"s1": 0, "s2": 80, "": 80}):
        assert not small_parts(frame.assign(bought=frame["segment"].map(bought)), "bought", 10).any()
