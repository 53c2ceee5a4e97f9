"""Claims: 10,000,000 customers and 200,000,000 transactions are built within 6 GiB, for little more a transaction.

Two builds, one at a tenth of the size, each a whole process with the default settings; the data are made first, and
take some 5 GB of disk. `SEGMODEL_BENCH_TENTH_ONLY=1` builds the smaller one alone.
"""

from __future__ import annotations

import os
import sys

import _measure as measure
import _workspace as workspace

SIZES = {"a tenth": (1_000_000, 20_000_000), "whole": (10_000_000, 200_000_000)}
MOST_MEMORY = 6.0
MOST_TIME = 1.3


def main() -> None:
    runs: dict[str, measure.Run] = {}
    for name, (customers, transactions) in SIZES.items():
        if name == "whole" and os.environ.get("SEGMODEL_BENCH_TENTH_ONLY"):
            return
        os.environ["SEGMODEL_BENCH_CUSTOMERS"] = str(customers)
        os.environ["SEGMODEL_BENCH_TRANSACTIONS"] = str(transactions)
        folder = workspace.write_workspace(measure.generate(), 0)
        runs[name] = measure.run([sys.executable, "-m", "segmodel", "build", folder, "--json"])
        seconds, peak = runs[name].seconds, runs[name].peak_bytes / 2**30
        print(f"  {name}: {transactions:,} transactions in {seconds:.0f} s, peak {peak:.2f} GiB", flush=True)
        workspace.forget_builds(folder)
    per_line = {name: runs[name].seconds / SIZES[name][1] for name in SIZES}
    measure.report(
        [
            measure.Claim("peak memory", runs["whole"].peak_bytes / 2**30, ("≤", MOST_MEMORY), "GiB"),
            measure.Claim(
                "time a transaction, against a tenth of the size",
                per_line["whole"] / per_line["a tenth"],
                ("≤", MOST_TIME),
            ),
        ]
    )


if __name__ == "__main__":
    main()
