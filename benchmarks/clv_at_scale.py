"""Claim: for a million customers, models of value cost less than ten times the summary they are fitted to.

One process, the transactions every benchmark reads. The summary is `customer_summary`, one SQL statement; against it
stand the fit of a model, the probability that each customer is there, and the purchases of each in 52 weeks.
"""

from __future__ import annotations

import importlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import _measure as measure
import numpy as np
import numpy.typing as npt

from segmodel.engines import Engine
from segmodel.engines.quoting import literal
from segmodel.value import BetaGeoModel, ModifiedBetaGeoModel, PurchaseModel, customer_summary

WEEKS = 52
COLUMNS = ("frequency", "recency", "T")
Customers = list[npt.NDArray[np.float64]]


def timed(job: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    found = job()
    return time.perf_counter() - start, found


def drawn(n: int) -> Customers:
    """Return customers who leave as MBG/NBD says, hardly two of them alike: the shop's own never leave."""
    sys.path.append(str(measure.HERE.parent))  # tests are no part of what is installed
    age = np.random.default_rng(1).integers(7, 1096, n) / 7
    parameters = (0.525, 6.183, 0.891, 1.614)
    seen = importlib.import_module("tests.support.purchases").simulate("mbgnbd", parameters, n, age, 1.0, 2)
    return [seen.frequency, seen.recency, seen.age]


def valued(name: str, model: type[PurchaseModel], seen: Customers) -> float:
    """Return the seconds that everything known of these customers takes."""
    fit, fitted = timed(lambda: model().fit(*seen))
    alive, _ = timed(lambda: fitted.probability_alive(*seen))
    later, _ = timed(lambda: fitted.expected_purchases(WEEKS, *seen))
    state = "collapsed" if fitted.collapsed_ else "holds"
    print(
        f"    {name}: fit {fit:.1f} s ({state}), P(alive) {alive:.1f} s, purchases in {WEEKS} weeks {later:.1f} s",
        flush=True,
    )
    return fit + alive + later


def main() -> None:
    data = measure.generate()
    summaries: list[float] = []
    taken: dict[str, list[float]] = {}
    leaving = drawn(1_000_000)
    with (
        tempfile.TemporaryDirectory() as scratch,
        Engine.open(Path(scratch) / "lines.duckdb", spill=Path(scratch)) as engine,
    ):
        files = literal(str(data / "transactions" / "*.parquet"))
        engine.execute(
            "CREATE TABLE transactions AS SELECT customer_id, ordered_at, amount::DECIMAL(18, 4) AS amount, order_id, "
            f"false AS is_cancelled FROM read_parquet({files})"
        )
        for turn in range(measure.REPEATS):
            seconds, customers = timed(lambda: customer_summary(engine))
            summaries.append(seconds)
            print(f"  run {turn + 1} of {measure.REPEATS}: summary of {len(customers):,} customers {seconds:.1f} s")
            shop = [customers[name].to_numpy(float) for name in COLUMNS]
            jobs: dict[str, tuple[type[PurchaseModel], Customers]] = {
                "MBG/NBD, the shop's customers": (ModifiedBetaGeoModel, shop),
                "BG/NBD, the shop's customers": (BetaGeoModel, shop),
                "MBG/NBD, customers who leave": (ModifiedBetaGeoModel, leaving),
            }
            for name, (model, seen) in jobs.items():
                taken.setdefault(name, []).append(valued(name, model, seen))
    print(f"  median summary {statistics.median(summaries):.1f} s")
    ratios = {name: measure.paired_ratio(took, summaries) for name, took in taken.items()}
    sentence = "fit, P(alive) and 52 weeks' purchases against the summary"
    measure.report([measure.Claim(f"{name}: {sentence}", ratio, ("≤", 10)) for name, ratio in ratios.items()])


if __name__ == "__main__":
    main()
