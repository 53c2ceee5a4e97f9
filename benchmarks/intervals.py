"""Claim: intervals of lifetime value at 90% hold the truth in 85% to 95% of repeats.

In each repeat customers are drawn from known parameters, the models fitted to them, and the interval of each group is
held against what these customers are worth under the parameters they were drawn from. Customers are drawn from the
story of the model (tests/support/purchases.py), not by the code that the interval itself simulates with.
`SEGMODEL_BENCH_INTERVALS` says how often (200).
"""

from __future__ import annotations

import importlib
import os
import sys
import time

import _measure as measure
import numpy as np
import pandas as pd
from scipy.stats import binomtest

from segmodel.value import (
    GammaGammaModel,
    ModifiedBetaGeoModel,
    customer_lifetime_value,
    lifetime_value_intervals,
)

REPEATS = int(os.environ.get("SEGMODEL_BENCH_INTERVALS", "200"))
CUSTOMERS, SAMPLES, LEVEL = 800, 49, 0.9
PURCHASES = {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}
SPEND = {"p": 6.25, "q": 3.74, "v": 15.44}
GROUPS = ("bought once", "once or twice again", "three times or more")


def customers(seed: int) -> pd.DataFrame:
    """Return customers as `customer_summary` would, drawn from the published parameters of CDNOW."""
    random = np.random.default_rng([2026, seed])
    age = random.integers(27, 39, CUSTOMERS).astype(float)
    simulate = importlib.import_module("tests.support.purchases").simulate
    seen = simulate("mbgnbd", tuple(PURCHASES.values()), CUSTOMERS, age, 1.0, int(random.integers(2**31)))
    bought = np.maximum(seen.frequency, 1)
    scale = random.gamma(SPEND["q"], 1 / SPEND["v"], CUSTOMERS)
    mean = np.where(seen.frequency > 0, random.gamma(SPEND["p"] * bought) / scale / bought, 0.0)
    return pd.DataFrame({"frequency": seen.frequency, "recency": seen.recency, "T": age, "monetary_value": mean})


def held(seed: int) -> dict[str, bool]:
    """Return for each group, and for all, whether the interval holds the truth."""
    drawn = customers(seed)
    seen = [drawn[name] for name in ("frequency", "recency", "T", "monetary_value")]
    truth = ModifiedBetaGeoModel().set_parameters(**PURCHASES), GammaGammaModel().set_parameters(**SPEND)
    model = ModifiedBetaGeoModel().fit(*seen[:3])
    spend = GammaGammaModel().fit(seen[0], seen[3])
    worth = customer_lifetime_value(*truth, *seen)
    group = np.select([seen[0] == 0, seen[0] < 3], GROUPS[:2], GROUPS[2])
    found = {}
    for by in (group, np.full(CUSTOMERS, "all")):
        table = lifetime_value_intervals(model, spend, drawn, by, level=LEVEL, n_boot=SAMPLES, random_state=seed)
        for row in table.itertuples():
            found[str(row.group)] = bool(row.low <= worth[by == row.group].sum() <= row.high)
    return found


def main() -> None:
    sys.path.append(str(measure.HERE.parent))  # tests are no part of what is installed
    start = time.perf_counter()
    results = pd.DataFrame([held(seed) for seed in range(REPEATS)])
    print(f"  {REPEATS} repeats of {CUSTOMERS} customers, {SAMPLES} samples each: {time.perf_counter() - start:.0f} s")
    claims = []
    for group in (*GROUPS, "all"):
        hits = int(results[group].sum())
        within = binomtest(hits, REPEATS).proportion_ci(method="wilson")
        share = 100 * hits / REPEATS
        print(
            f"    {group:22}{hits:4d} of {REPEATS}  {share:.1f}%  (95% interval {within.low:.1%} to {within.high:.1%})"
        )
        claims.append(measure.Claim(f"held the truth: {group}, at least", share, ("≥", 85), "%"))
        claims.append(measure.Claim(f"held the truth: {group}, at most", share, ("≤", 95), "%"))
    measure.report(claims)


if __name__ == "__main__":
    main()
