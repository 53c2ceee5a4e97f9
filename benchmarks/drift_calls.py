"""Claim: without a change at most 2% of drift calls are false; a shift of 0.3 sd is found in 95% from 1,000 customers.

Two samples of the sample's customers, permuted halves where there are enough of them, are compared feature by feature,
overall and inside each segment, `SEGMODEL_BENCH_DRIFT` times (200) for each size.
"""

from __future__ import annotations

import importlib
import os
import tempfile
from pathlib import Path

import _measure as measure
import numpy as np
import pandas as pd

from segmodel.workspace import Workspace

REPEATS = int(os.environ.get("SEGMODEL_BENCH_DRIFT", "200"))
SIZES = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
SAMPLE = Path(__file__).parents[1] / "data" / "sample"


def main() -> None:
    drift_calls = importlib.import_module("tests.support.drift_calls")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("segmentation.toml", "data"):
            (Path(folder) / name).symlink_to(SAMPLE / name)
        workspace = Workspace(folder)
        workspace.build()
        customers = drift_calls.customers_of(workspace.builds.path(str(workspace.current())))
    random = np.random.default_rng(0)
    normal = pd.DataFrame(random.normal(size=(250_000, 12)), columns=["frequency", *(f"other_{n}" for n in range(11))])
    false, made, found = 0, 0, 1.0
    for n in SIZES:
        called, of = drift_calls.false_calls(customers, n, REPEATS, seed=n)
        false, made = false + called, made + of
        shares = [drift_calls.shifts_found(frame, n, REPEATS, seed=n) / REPEATS for frame in (customers, normal)]
        print(
            f"  n = {n:,}: {called:,} of {of:,} calls false; shift found in {shares[0]:.1%}, normal {shares[1]:.1%}",
            flush=True,
        )
        found = min(found, *shares) if n >= 1_000 else found
    measure.report(
        [
            measure.Claim("drift calls without a change that are false, in percent", 100 * false / made, ("≤", 2), "%"),
            measure.Claim("shifts of 0.3 sd found from 1,000 customers, in percent", 100 * found, ("≥", 95), "%"),
        ]
    )


if __name__ == "__main__":
    main()
