"""Claim: PSI of 12 features of two tables of 1,000,000 rows at least 40 times as fast as Evidently, to the same values.

From Parquet to numbers; starting the process and importing are not counted for either. Evidently needs older packages,
so it runs in an environment of its own, made once in `benchmarks/.cache`. It bins numbers otherwise than by quantiles,
so values are compared where the bins are the same: categories. `SEGMODEL_BENCH_ROWS` says how many rows (1,000,000).
"""

from __future__ import annotations

import json
import os
import sys

import _measure as measure
import numpy as np
import pandas as pd

ROWS = int(os.environ.get("SEGMODEL_BENCH_ROWS", "1000000"))
PACKAGES = ("evidently==0.7.*", "pandas<3", "pyarrow")
WORDS = ("channel", "region", "tier")


def make(shift: float, seed: int) -> pd.DataFrame:
    """Return nine numbers of several shapes and three categories; the second table is shifted a little."""
    random = np.random.default_rng(seed)
    columns: dict[str, object] = {f"normal_{n}": random.normal(shift * n / 10, 1, ROWS) for n in range(3)}
    columns |= {f"spend_{n}": random.lognormal(3 + shift * n / 10, 0.7, ROWS) for n in range(3)}
    columns |= {f"orders_{n}": random.poisson(4 + shift * n, ROWS).astype(float) for n in range(3)}
    for place, name in enumerate(WORDS):
        weights = np.arange(1, 8) + shift * place * np.arange(7)
        columns[name] = random.choice([f"{name} {n}" for n in range(7)], ROWS, p=weights / weights.sum())
    return pd.DataFrame(columns)


def main() -> None:
    theirs = measure.environment("evidently", PACKAGES)
    if theirs is None:
        print("  skipped: Evidently could not be installed")
        return
    folder = measure.HERE / ".cache" / f"drift-{ROWS}"
    paths = [folder / "reference.parquet", folder / "current.parquet"]
    if not paths[1].exists():
        folder.mkdir(parents=True, exist_ok=True)
        for path, (shift, seed) in zip(paths, ((0.0, 0), (0.3, 1)), strict=True):
            make(shift, seed).to_parquet(path)
    commands = {
        "ours": [sys.executable, measure.HERE / "_our_drift.py", *paths],
        "Evidently": [theirs, "-W", "ignore", measure.HERE / "_peer_evidently.py", *paths],
    }
    runs = measure.run_in_turn(commands, {})
    found = {name: [json.loads(run.output.strip().splitlines()[-1]) for run in each] for name, each in runs.items()}
    ours, peers = (found[name][-1]["psi"] for name in ("ours", "Evidently"))
    apart = max(abs(ours[name] - peers[name]) for name in WORDS)
    for name in ours:
        print(f"  {name}: {ours[name]:.4f}, Evidently {peers[name]:.4f}")
    slow, fast = ([each["seconds"] for each in found[name]] for name in ("Evidently", "ours"))
    print(f"  ours {min(fast):.2f} to {max(fast):.2f} s, Evidently {min(slow):.1f} to {max(slow):.1f} s")
    ratio = measure.paired_ratio(slow, fast)
    measure.report(
        [
            measure.Claim("time of Evidently against ours, PSI of 12 features", ratio, ("≥", 40)),
            measure.Claim("largest difference of PSI where bins are the same", apart, ("≤", 0.002), ""),
        ]
    )


if __name__ == "__main__":
    main()
