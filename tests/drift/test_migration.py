"""Flows, held to pandas, to numpy's matrix powers, to invariants and to chains whose truth is known."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from segmodel.drift import ALL, LOST, NEW, MonthlyFlows, backtest, expected_sizes, migration_cells, migration_kept
from segmodel.drift.migration import _totals, hide
from segmodel.drift.migration_cells import count_flows, small_flows, with_totals
from segmodel.drift.migration_forecast import monthly_flows, project, transition
from segmodel.drift.migration_kept import count_new_flows
from segmodel.drift.migration_store import store_migration
from segmodel.engines import Engine
from segmodel.features import Snapshot, months_before

DAYS = tuple(months_before(dt.date(2026, 6, 30), back) for back in range(24, -1, -1))
SEGMENTS = ("s1", "s2", "s3")
CHAIN = np.array([[0.90, 0.08, 0.02], [0.05, 0.90, 0.05], [0.01, 0.04, 0.95]])


def people(seed: int = 0, customers: int = 400, days: tuple[dt.date, ...] = DAYS) -> pd.DataFrame:
    """Return customers who come, move by a chain and now and then are not counted: a row a day and customer."""
    random = np.random.default_rng(seed)
    first = random.integers(0, len(days), customers) * (random.random(customers) < 0.4)
    now = random.integers(0, 3, customers)
    frames = []
    for place, day in enumerate(days):
        now = np.array([random.choice(3, p=CHAIN[one]) for one in now])
        is_there = (first <= place) & (random.random(customers) > 0.02)
        who = np.flatnonzero(is_there)
        frames.append(
            pd.DataFrame(
                {
                    "customer_id": [f"c{one:05d}" for one in who],
                    "segment": [SEGMENTS[one] for one in now[who]],
                    "value": random.integers(0, 10_000, len(who)) / 100,
                    "orders": random.integers(0, 3, len(who)),
                    "is_counted": random.random(len(who)) > 0.01,
                    "snapshot": pd.Timestamp(day),
                }
            )
        )
    return pd.concat(frames, ignore_index=True).assign(segmentation="behaviour")


def put(engine: Engine, assignments: pd.DataFrame) -> None:
    with engine.loaded("made", assignments):
        engine.execute("CREATE OR REPLACE TABLE assignments AS SELECT * REPLACE (snapshot::DATE AS snapshot) FROM made")


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine.open(None) as opened:
        yield opened


def crosstab(frame: pd.DataFrame, before: dt.date, after: dt.date, value: str | None = None) -> pd.DataFrame:
    """Return the same flows by pandas."""
    counted = frame[frame["is_counted"]].set_index("customer_id")
    one, two = (counted[counted["snapshot"] == pd.Timestamp(day)] for day in (before, after))
    both = one[["segment", "value"]].join(two[["segment", "value"]], how="outer", suffixes=("_before", "_after"))
    both = both.fillna({"segment_before": NEW, "segment_after": LOST})
    if value is None:
        return pd.crosstab(both["segment_before"], both["segment_after"])
    return both.pivot_table(index="segment_before", columns="segment_after", values=value, aggfunc="sum")


@pytest.mark.parametrize("apart", [1, 5, 24])
def test_flows_are_those_of_pandas_for_any_two_dates(engine: Engine, apart: int) -> None:
    frame = people()
    put(engine, frame)
    pair = (DAYS[-1 - apart], DAYS[-1])
    cells = count_flows(engine, "behaviour", [pair])
    for column, value in (("customers", None), ("value_before", "value_before"), ("value_after", "value_after")):
        wide = cells.pivot_table(index="segment_before", columns="segment_after", values=column, aggfunc="sum")
        expected = crosstab(frame, *pair, value)
        pd.testing.assert_frame_equal(
            wide.fillna(0), expected.fillna(0), check_dtype=False, check_names=False, check_exact=False
        )


def test_history_read_in_parts_adds_up_to_the_same(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = people(2)
    put(engine, frame)
    pairs = [(DAYS[-1 - apart], DAYS[-1]) for apart in (1, 3, 12)]
    whole = count_flows(engine, "behaviour", pairs)
    rows = engine.value("SELECT count(*) FROM assignments")
    monkeypatch.setattr(migration_cells, "_AT_ONCE", rows // 7)
    pd.testing.assert_frame_equal(count_flows(engine, "behaviour", pairs), whole)
    # more parts than customers: nobody is in some of them
    alone = frame[frame["customer_id"].isin(frame["customer_id"].unique()[:3])]
    put(engine, alone)
    few = count_flows(engine, "behaviour", pairs)
    monkeypatch.setattr(migration_cells, "_AT_ONCE", len(alone) // 20)
    pd.testing.assert_frame_equal(count_flows(engine, "behaviour", pairs), few)


def test_rows_add_up_and_what_came_and_went_explains_the_change(engine: Engine) -> None:
    put(engine, people(1))
    pairs = list(itertools.pairwise(DAYS))
    cells = with_totals(count_flows(engine, "behaviour", pairs))
    for (before, after), part in cells.groupby(["before", "after"]):
        told = part.set_index(["segment_before", "segment_after"])["customers"]
        sizes = {
            day: engine.value("SELECT count(*) FROM assignments WHERE snapshot = $day AND is_counted", {"day": day})
            for day in (before, after)
        }
        new, lost = told.get((NEW, ALL), 0), told.get((ALL, LOST), 0)
        assert sizes[before] + new - lost == sizes[after]
        assert told[ALL, ALL] == sizes[before] + new
        for one in SEGMENTS:
            assert told[one].drop(ALL).sum() == told[one, ALL]


def bounds(cells: pd.DataFrame, hidden: np.ndarray) -> pd.DataFrame:
    """Return the least and the most each hidden cell can be by all sums of what is shown: by linear programming."""
    names = [ALL, NEW, LOST, *SEGMENTS]
    place = {key: at for at, key in enumerate(itertools.product(names, names))}
    rows, right = [], []

    def adds_up(keys: list[tuple[str, str]], total: tuple[str, str] | None, known: float = 0.0) -> None:
        row = np.zeros(len(place))
        row[[place[key] for key in keys]] = 1
        if total is not None:
            row[place[total]] -= 1
        rows.append(row)
        right.append(known)

    for one in names[1:]:
        adds_up([(one, to) for to in names[1:]], (one, ALL))
        adds_up([(start, one) for start in names[1:]], (ALL, one))
    adds_up([(one, ALL) for one in names[1:]], (ALL, ALL))
    # how many customers there are at either date is on every page
    counts = cells.set_index(["segment_before", "segment_after"])["customers"]
    adds_up([(one, ALL) for one in SEGMENTS], None, sum(counts.get((one, ALL), 0) for one in SEGMENTS))
    adds_up([(ALL, one) for one in SEGMENTS], None, sum(counts.get((ALL, one), 0) for one in SEGMENTS))
    adds_up([(one, one) for one in SEGMENTS], None, sum(counts.get((one, one), 0) for one in SEGMENTS))
    told = cells.assign(hidden=hidden).set_index(["segment_before", "segment_after"])
    limits = []
    for key in place:
        known = float(told["customers"].get(key, 0))
        limits.append((0, None) if key in told.index and told["hidden"][key] else (known, known))
    found = []
    for key in told.index[told["hidden"]]:
        aim = np.zeros(len(place))
        aim[place[key]] = 1
        solved = [linprog(sign * aim, A_eq=np.array(rows), b_eq=right, bounds=limits) for sign in (1, -1)]
        assert all(each.status in {0, 3} for each in solved)  # solved, or without a bound
        ends = [np.inf if each.status == 3 else each.fun * sign for each, sign in zip(solved, (1, -1), strict=True)]
        found.append((*key, told["customers"][key], *ends))
    return pd.DataFrame(found, columns=["start", "to", "customers", "low", "high"])


@pytest.mark.parametrize("seed", range(12))
def test_no_small_cell_follows_from_what_is_shown(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = [
        (start, to, count)
        for start in (NEW, *SEGMENTS)
        for to in (LOST, *SEGMENTS)
        if (start, to) != (NEW, LOST)
        for count in (int(random.choice([0, random.integers(1, 10), random.integers(10, 300)])),)
        if count
    ]
    counts = pd.DataFrame(rows, columns=["segment_before", "segment_after", "customers"])
    counts = counts.assign(before=1, after=2, value_before=0.0, value_after=0.0)
    cells = with_totals(counts)
    hidden = small_flows(cells, 10)
    assert hidden[(cells["customers"] < 10).to_numpy()].all()
    found = bounds(cells, hidden)
    small = found[(found["customers"] < 10) & ~found[["start", "to"]].apply(tuple, axis=1).isin(_inherent(cells))]
    assert (small["high"] - small["low"] > 0.5).all()


def _inherent(cells: pd.DataFrame) -> set[tuple[str, str]]:
    """Return the cells that the sizes of the segments at both dates tell, with every flow hidden."""
    ends = cells[["segment_before", "segment_after"]]
    is_size = (ends == ALL).any(axis=1) & ends.isin(SEGMENTS).any(axis=1) & (cells["customers"] >= 10)
    found = bounds(cells, ~is_size.to_numpy())
    told = found[found["high"] - found["low"] < 0.5]
    return set(told[["start", "to"]].itertuples(index=False, name=None))


def test_a_few_new_customers_do_not_hide_the_whole_table() -> None:
    random = np.random.default_rng(1)
    rows = [(start, to, int(random.integers(50, 900))) for start in SEGMENTS for to in SEGMENTS]
    rows += [(NEW, "s1", 3), (NEW, "s2", 2)]
    counts = pd.DataFrame(rows, columns=["segment_before", "segment_after", "customers"])
    cells = with_totals(counts.assign(before=1, after=2, value_before=0.0, value_after=0.0))
    hidden = small_flows(cells, 10)
    # that five are new follows from the sizes at both dates; in which segments they are does not
    assert _inherent(cells) == {(NEW, ALL), (ALL, ALL)}
    shown = cells[~hidden]
    is_total = (shown[["segment_before", "segment_after"]] == ALL).any(axis=1)
    assert is_total.sum() == 7  # all sizes, and the whole
    assert (~is_total).sum() >= 3
    found = bounds(cells, hidden).set_index(["start", "to"])
    for to in ("s1", "s2"):
        assert found.loc[(NEW, to), "high"] - found.loc[(NEW, to), "low"] > 0.5


def test_totals_do_not_give_the_lost_away(engine: Engine) -> None:
    rows = people(5, customers=900, days=DAYS[:2])
    later = rows["snapshot"] == pd.Timestamp(DAYS[1])
    there = rows.loc[~later, "customer_id"]
    stay = set(there) - set(sorted(there)[:4])
    kept = rows[~later | rows["customer_id"].isin(stay) | ~rows["customer_id"].isin(set(there))]
    put(engine, kept.assign(is_counted=True))
    counts = count_flows(engine, "behaviour", [(DAYS[0], DAYS[1])])
    lost = counts.loc[counts["segment_after"] == LOST, "customers"].sum()
    assert lost >= 4
    for minimum, is_told in ((int(lost) + 1, False), (int(lost), True)):
        totals = _totals(counts, hide(counts, minimum, frozenset()), minimum)
        assert (totals["lost"] is not None) == is_told
        assert (totals["moved"] is not None) == is_told


def test_a_small_cell_between_two_rings_of_hidden_ones_is_no_longer_told() -> None:
    # pairs of rows and columns hide each other, and the one cell between the pairs followed from their sums
    table = {("s1", "s1"): 5, ("s1", "s2"): 7, ("s2", "s1"): 8, ("s2", "s2"): 6, ("s2", "s3"): 4}
    table |= {("s3", "s3"): 5, ("s3", "s4"): 9, ("s4", "s3"): 7, ("s4", "s4"): 8}
    big = {(a, b): 50 for a in ("s1", "s2", "s3", "s4") for b in ("s1", "s2", "s3", "s4") if (a, b) not in table}
    rows = [(*key, count) for key, count in {**table, **big}.items()]
    counts = pd.DataFrame(rows, columns=["segment_before", "segment_after", "customers"])
    cells = with_totals(counts.assign(before=1, after=2, value_before=0.0, value_after=0.0))
    hidden = small_flows(cells, 10)
    large = set(big) & set(cells.loc[hidden, ["segment_before", "segment_after"]].itertuples(index=False, name=None))
    assert large


def test_hidden_cells_have_no_numbers_and_sizes_hidden_elsewhere_stay_hidden(engine: Engine) -> None:
    put(engine, people(2, customers=1_500))
    pair = (DAYS[0], DAYS[-1])
    counts = count_flows(engine, "behaviour", [pair])
    cells = hide(counts, 10, frozenset({(pair[0], "s1"), (pair[0], "s2")}))
    gone = cells[cells["suppressed"]]
    assert gone[["customers", "value_before", "value_after", "share"]].isna().all(axis=None)
    totals = cells[cells["segment_after"] == ALL].set_index("segment_before")["suppressed"]
    assert totals[["s1", "s2"]].all()
    assert not totals[ALL]


def chain_flows(seed: int, months: int, customers: int = 5_000, arrivals: int = 50) -> MonthlyFlows:
    """Return flows drawn from a chain that does not change, with arrivals that are all of the first segment."""
    random = np.random.default_rng(seed)
    sizes, moved, arrived = [np.array([customers, 0, 0])], [], []
    for _ in range(months):
        step = np.array([random.multinomial(int(n), p) for n, p in zip(sizes[-1], CHAIN, strict=True)])
        new = np.array([random.poisson(arrivals), 0, 0])
        moved.append(step)
        arrived.append(new)
        sizes.append(step.sum(axis=0) + new)
    days = tuple(months_before(dt.date(2026, 6, 30), back) for back in range(months, -1, -1))
    return MonthlyFlows(SEGMENTS, days, *(np.array(each, dtype=float) for each in (moved, arrived, sizes)))


def test_projection_is_a_power_of_the_matrix() -> None:
    now, new = np.array([700.0, 200.0, 100.0]), np.array([5.0, 0.0, 2.0])
    found = project(now, CHAIN, np.zeros(3), 12)
    assert found[-1] == pytest.approx(now @ np.linalg.matrix_power(CHAIN, 12))
    geometric = sum(np.linalg.matrix_power(CHAIN, power) for power in range(12))
    assert project(now, CHAIN, new, 12)[-1] == pytest.approx(now @ np.linalg.matrix_power(CHAIN, 12) + new @ geometric)


def test_a_known_chain_is_found_again_and_beats_saying_that_nothing_changes() -> None:
    flows = chain_flows(3, 24)
    assert transition(flows) == pytest.approx(CHAIN, abs=0.01)
    assert transition(flows).sum(axis=1) == pytest.approx(1)
    tested = backtest(flows)
    assert tested.months == 12
    assert tested.is_better
    assert tested.error < 0.02


def test_intervals_of_a_known_chain_hold_what_comes() -> None:
    held = []
    for seed in range(60):
        flows = chain_flows(seed, 24)
        past = flows.until(12)
        found = expected_sizes(past)
        ahead = found[found["months_ahead"] == 12]
        actual = flows.sizes[24]
        held += ((ahead["customers_low"] <= actual) & (actual <= ahead["customers_high"])).tolist()
    # 180 intervals of 95%; with twelve months to learn from they come out a little narrow
    assert 0.85 <= np.mean(held) <= 0.99


def test_shuffled_months_are_no_forecast_and_too_few_are_none() -> None:
    assert backtest(chain_flows(0, 11)).months == 0
    assert not backtest(chain_flows(0, 11)).is_better
    assert backtest(chain_flows(0, 12)).months == 6
    # a chain at rest: sizes only wobble, and flows can predict no wobble
    still = np.tile(np.diag([500.0, 300.0, 200.0]), (24, 1, 1))
    sizes = np.tile([500.0, 300.0, 200.0], (25, 1))
    assert not backtest(MonthlyFlows(SEGMENTS, DAYS, still, np.zeros((24, 3)), sizes)).is_better


def test_flows_before_a_missing_month_are_left_out(engine: Engine) -> None:
    put(engine, people(4))
    pairs = [pair for pair in itertools.pairwise(DAYS) if DAYS[10] not in pair]
    flows = monthly_flows(count_flows(engine, "behaviour", pairs), SEGMENTS)
    assert flows.months == DAYS[11:]
    counted = engine.rows(
        "SELECT snapshot, segment, count(*) FROM assignments WHERE is_counted AND snapshot >= $first GROUP BY ALL",
        {"first": DAYS[11]},
    )
    sizes = {(pd.Timestamp(day).date(), one): count for day, one, count in counted}
    expected = [[sizes[day, one] for one in SEGMENTS] for day in flows.months]
    assert flows.sizes.tolist() == expected


def snapshot(day: dt.date, *, is_complete: bool = True) -> Snapshot:
    start, six = months_before(day, 12), months_before(day, 6)
    return Snapshot(day, start, six, start, is_month_end=True, is_window_complete=is_complete)


def test_only_full_windows_count_and_series_are_those_of_the_flows(engine: Engine) -> None:
    frame = people(5)
    put(engine, frame)
    store_migration(engine, "behaviour", SEGMENTS, 10, [snapshot(day, is_complete=day > DAYS[3]) for day in DAYS])
    flows = engine.frame("SELECT * FROM migration_flows")
    assert pd.to_datetime(flows["before"]).min() == pd.Timestamp(DAYS[4])
    retained = engine.frame("SELECT * FROM migration_retained")
    assert set(retained["months"]) == {1, 3, 12}
    for row in retained.dropna(subset=["retained_share"]).itertuples():
        expected = crosstab(frame, pd.Timestamp(row.before).date(), pd.Timestamp(row.after).date()).loc[row.segment]
        assert row.retained_share == pytest.approx(expected[row.segment] / expected.sum())
    check = engine.frame("SELECT * FROM migration_check").iloc[0]
    forecast = engine.frame("SELECT * FROM migration_forecast")
    assert check["months_tested"] == 12
    assert forecast.empty != bool(check["is_shown"])


def test_one_snapshot_has_no_flows_and_says_why_there_is_no_forecast(engine: Engine) -> None:
    put(engine, people(6, days=DAYS[-1:]))
    store_migration(engine, "behaviour", SEGMENTS, 10, [snapshot(DAYS[-1])])
    assert engine.value("SELECT count(*) FROM migration_flows") == 0
    assert engine.value("SELECT count(*) FROM migration_retained") == 0
    check = engine.frame("SELECT * FROM migration_check").iloc[0]
    assert not check["is_shown"]
    assert "Too short a history" in check["reason"]


def test_of_pairs_that_were_counted_before_only_new_ones_are_counted(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(engine, people(3))
    pairs = list(itertools.pairwise(DAYS))
    before = count_new_flows(engine, "behaviour", pairs[:-1])
    pd.testing.assert_frame_equal(before, count_flows(engine, "behaviour", pairs[:-1]))
    asked: list[list[tuple[dt.date, dt.date]]] = []

    def counted(given: Engine, name: str, some: list[tuple[dt.date, dt.date]]) -> pd.DataFrame:
        asked.append(list(some))
        return count_flows(given, name, some)

    monkeypatch.setattr(migration_kept, "count_flows", counted)
    # the first pair has left the history, the last is new
    pd.testing.assert_frame_equal(
        count_new_flows(engine, "behaviour", pairs[1:]), count_flows(engine, "behaviour", pairs[1:])
    )
    assert asked == [pairs[-1:]]
    count_new_flows(engine, "behaviour", pairs[1:])
    assert asked == [pairs[-1:]]
    assert engine.value("SELECT count(DISTINCT (before, after)) FROM flow_counts") == len(pairs) - 1
