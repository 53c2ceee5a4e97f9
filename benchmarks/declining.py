"""Claim: data without segments are declined, and planted segments are found.

Each made-up data set is judged as `choose_k` judges it, over 2 to 8 segments. Where no number passes the comparison
with one cloud the answer is "none" whatever else the table says, so the rest of it is computed for the others only.
`SEGMODEL_BENCH_CLOUDS` says how many data sets of each kind are made (27: three of each number of rows and features).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy import stats
from sklearn.metrics import adjusted_rand_score

from segmodel.clustering import QUICK_PAIRS, choose_k
from segmodel.clustering.choosing import ROWS, THOROUGH
from segmodel.clustering.single_cloud import compare_with_clouds

NUMBERS = range(2, 9)
SIZES = (300, 1000, 3000)
FEATURES = (2, 4, 12)
EACH = int(os.environ.get("SEGMODEL_BENCH_CLOUDS", "27"))
Rows = np.ndarray
Draw = Callable[[np.random.Generator, int, int], Rows]


def correlated(random: np.random.Generator, n: int, p: int) -> Rows:
    return random.normal(size=(n, p)) @ random.normal(size=(p, p))


def long(random: np.random.Generator, n: int, p: int, scatter: float = 0.5) -> Rows:
    """Return a cloud along one line: what all features share, and a scatter of their own."""
    return random.normal(size=(n, 1)) + scatter * random.normal(size=(n, p))


def zero_inflated(random: np.random.Generator, n: int, p: int) -> Rows:
    bought = random.uniform(size=(n, p)) < random.uniform(0.3, 0.7, size=p)
    return np.where(bought, random.lognormal(size=(n, p)), 0.0)


def yes_no_of_one_factor(random: np.random.Generator, n: int, p: int) -> Rows:
    """Return yes-no answers that more of one disposition makes likelier, as in a test of one ability."""
    liked = 1.5 * random.normal(size=(n, 1)) - random.normal(size=p)
    return (random.logistic(size=(n, p)) < liked).astype(float)


CLOUDS: dict[str, Draw] = {
    "round": lambda random, n, p: random.normal(size=(n, p)),
    "long": long,
    "correlated": correlated,
    "t with 3 degrees": lambda random, n, p: random.standard_t(3, size=(n, p)),
    "uniform": lambda random, n, p: random.uniform(size=(n, p)),
    "lognormal": lambda random, n, p: random.lognormal(size=(n, p)),
    "exponential": lambda random, n, p: random.exponential(size=(n, p)),
    "skewed, correlated": lambda random, n, p: np.exp(long(random, n, p, 1.0) / 2),
    "half of them nought": zero_inflated,
    "counts": lambda random, n, p: random.poisson(random.uniform(0.5, 5, size=p), size=(n, p)).astype(float),
    "1 to 5": lambda random, n, p: random.integers(1, 6, size=(n, p)).astype(float),
    "1 to 5, one factor": lambda random, n, p: np.clip(np.round(3 + long(random, n, p, 0.8)), 1, 5),
    "yes or no": lambda random, n, p: (random.uniform(size=(n, p)) < random.uniform(0.1, 0.9, size=p)).astype(float),
    "yes or no, one factor": lambda random, n, p: yes_no_of_one_factor(random, n, max(p, 6)),
}


@dataclass(frozen=True)
class Planted:
    """Rows, and the group each was drawn from."""

    rows: Rows
    groups: np.ndarray


def planted(random: np.random.Generator, n: int, p: int, k: int, apart: float) -> Planted:
    """Return round groups of unequal size, the two nearest centres `apart` standard deviations of a group."""
    centres = random.normal(size=(k, p))
    distances = np.sqrt(((centres[:, np.newaxis] - centres) ** 2).sum(axis=2))
    centres *= apart / distances[np.triu_indices(k, 1)].min()
    shares = random.uniform(1, 3, size=k)
    groups = random.choice(k, size=n, p=shares / shares.sum())
    return Planted(centres[groups] + random.normal(size=(n, p)), groups)


def standardised(rows: Rows) -> Rows:
    spread = rows.std(axis=0)
    scaled: Rows = (rows - rows.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return scaled


def is_recommended(rows: Rows, seed: int) -> bool:
    """Return whether `choose_k` recommends a number of segments for rows that have none."""
    distinct = len(np.unique(rows, axis=0))
    possible = [k for k in NUMBERS if k < distinct]
    if not any(cloud.passes for cloud in compare_with_clouds(rows, possible, THOROUGH, seed)):
        return False
    return choose_k(rows, NUMBERS, n_boot=QUICK_PAIRS, random_state=seed).recommended is not None


def wilson(hits: int, tries: int) -> str:
    interval = stats.binomtest(hits, tries).proportion_ci(method="wilson")
    return f"{hits:4d} of {tries:4d}   {hits / tries:5.1%}  ({interval.low:.1%} to {interval.high:.1%})"


def settings() -> Iterable[tuple[int, int, int]]:
    """Yield seed, rows and features, sizes in turn."""
    for seed in range(EACH):
        yield seed, SIZES[seed % 3], FEATURES[seed // 3 % 3]


def declined() -> None:
    print("  without segments: declined (95% interval by Wilson)")
    total = 0
    for place, (kind, draw) in enumerate(CLOUDS.items()):
        wrong = []
        for seed, n, p in settings():
            rows = standardised(draw(np.random.default_rng([place, seed]), n, p))
            # choose_k would take a sample of so many: the first are one
            if is_recommended(rows[:ROWS], seed):
                wrong.append(f"n {n} p {p} seed {seed}")
        total += len(wrong)
        print(f"    {kind:22}{wilson(EACH - len(wrong), EACH)}  {'; '.join(wrong)}", flush=True)
    tries = EACH * len(CLOUDS)
    print(f"    {'all':22}{wilson(tries - total, tries)}", flush=True)


def found() -> None:
    print("  planted groups of 3 to 5, the nearest so many of their standard deviations apart: the right number found")
    for apart in (3, 4, 5, 6):
        right, declined_wrongly, agreement = 0, 0, []
        for seed, n, p in settings():
            made = planted(np.random.default_rng([100 + apart, seed]), min(n, ROWS), p, 3 + seed % 3, apart)
            choice = choose_k(standardised(made.rows), NUMBERS, n_boot=QUICK_PAIRS, random_state=seed)
            right += choice.recommended == 3 + seed % 3
            declined_wrongly += choice.recommended is None
            agreement.append(adjusted_rand_score(made.groups, choice.segments[choice.k].labels))
        print(
            f"    {apart:22}{wilson(right, EACH)}  declined {declined_wrongly}, adjusted Rand "
            f"{np.mean(agreement):.2f} (lowest {min(agreement):.2f})",
            flush=True,
        )


def main() -> None:
    start = time.perf_counter()
    declined()
    found()
    print(f"  {EACH * (len(CLOUDS) + 4)} data sets in {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
