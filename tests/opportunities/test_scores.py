from __future__ import annotations

import numpy as np
import pytest

from segmodel.opportunities.scores import (
    Answers,
    clearly_above,
    difference,
    opportunity,
    weighted_difference,
)


def answers(*rows: tuple[int, int, int, int]) -> Answers:
    """Return rows of n, important, satisfied, both."""
    return Answers(*np.array(rows, dtype=float).T)


def drawn(random: np.random.Generator, n: int, cells: np.ndarray, draws: int) -> Answers:
    """Draw respondents from the shares of both, important only, satisfied only, neither."""
    both, important, satisfied, _ = random.multinomial(n, cells, draws).astype(float).T
    return Answers(np.full(draws, float(n)), both + important, both + satisfied, both)


def test_the_score_is_importance_and_what_satisfaction_lacks_of_it() -> None:
    # 9.0 important, 2.5 satisfied: 9.0 + 6.5; where people are satisfied beyond importance nothing is taken off
    found = opportunity(answers((40, 36, 10, 10), (40, 10, 36, 10), (40, 40, 0, 0)))
    assert found.value.tolist() == pytest.approx([15.5, 2.5, 20.0])
    assert found.high[2] == 20


def test_a_difference_of_the_same_people_has_the_published_interval() -> None:
    # complete response before and after therapy (Cavo et al. 2012): 59, 6, 16 and 80 patients; the interval that the
    # tests of R's package contingencytables give for Newcombe's square-and-add method: −0.0621 (−0.1186 to −0.0046)
    found = weighted_difference(answers((161, 65, 75, 59)), 1)
    assert (found.value[0], found.low[0], found.high[0]) == pytest.approx((-0.0621, -0.1186, -0.0046), abs=5e-5)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    random = np.random.default_rng(11)
    for n, least, on_average in ((10, 0.90, 0.945), (30, 0.92, 0.945), (200, 0.93, 0.945)):
        held = []
        for important in (0.05, 0.3, 0.5, 0.8, 0.95):
            for satisfied in (0.05, 0.3, 0.5, 0.8, 0.95):
                both = important * satisfied
                cells = np.array([both, important - both, satisfied - both, 1 - important - satisfied + both])
                found = opportunity(drawn(random, n, cells, 3000))
                truth = 10 * (important + max(important - satisfied, 0))
                held.append(((found.low <= truth + 1e-9) & (truth <= found.high + 1e-9)).mean())
        assert min(held) >= least
        assert np.mean(held) >= on_average
        assert np.mean(held) <= 0.975


def test_intervals_of_many_agree_with_the_bootstrap() -> None:
    random = np.random.default_rng(3)
    cells = np.array([0.1, 0.45, 0.15, 0.3])
    n = 5000
    found = opportunity(answers((n, 2750, 1250, 500)))
    again = opportunity(drawn(random, n, cells, 20_000)).value
    assert (found.low[0], found.high[0]) == pytest.approx(np.quantile(again, [0.025, 0.975]), abs=0.05)


def test_ends_lie_around_the_score_and_inside_its_range() -> None:
    random = np.random.default_rng(5)
    n = random.integers(1, 60, 2000)
    rows = np.array([random.multinomial(size, random.dirichlet(np.full(4, 0.4))) for size in n], dtype=float)
    both, important, satisfied, _ = rows.T
    found = opportunity(Answers(n.astype(float), both + important, both + satisfied, both))
    assert (found.low <= found.value + 1e-9).all()
    assert (found.value <= found.high + 1e-9).all()
    assert found.low.min() >= 0
    assert found.high.max() <= 20
    assert (found.high - found.low > 0).all()  # nobody is known for certain


def test_more_answers_narrow_the_interval() -> None:
    few, many = (opportunity(answers((n, 7 * n // 10, 3 * n // 10, n // 10))) for n in (20, 2000))
    assert many.high[0] - many.low[0] < (few.high[0] - few.low[0]) / 5


def test_what_stands_out_is_above_with_an_interval_that_leaves_out_nought() -> None:
    own = answers((200, 160, 40, 30), (200, 100, 100, 50), (200, 20, 160, 20))
    rest = answers((800, 400, 400, 200), (800, 400, 400, 200), (800, 400, 400, 200))

    def score(z: object) -> object:
        return opportunity(own, z)

    def others(z: object) -> object:
        return opportunity(rest, z)

    assert clearly_above(score, others).tolist() == [True, False, False]  # the last is clearly below
    gap = difference(score, others)
    assert gap.low[0] > 0 > gap.high[2]
    assert gap.low[1] < 0 < gap.high[1]


def test_segments_that_do_not_differ_seldom_stand_out() -> None:
    random = np.random.default_rng(8)
    tables = 150
    flagged = 0
    for _ in range(tables):
        sizes = random.integers(30, 300, 5)
        parts = [
            np.array([[size, *_counts(random.multinomial(size, cells))] for size in sizes], dtype=float)
            for cells in random.dirichlet(np.ones(4), 8)
        ]
        own = Answers(*np.vstack(parts).T)
        rest = Answers(*np.vstack([part.sum(axis=0) - part for part in parts]).T)
        flagged += clearly_above(
            lambda z, own=own: opportunity(own, z), lambda z, rest=rest: opportunity(rest, z)
        ).any()
    assert flagged / tables <= 0.08  # 5%, and the luck of 150 tables


def _counts(cells: np.ndarray) -> tuple[int, int, int]:
    both, important, satisfied, _ = cells
    return both + important, both + satisfied, both
