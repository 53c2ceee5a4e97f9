"""Claims: a build beats the same job in pandas and scikit-learn, and costs little more than its SQL alone.

Whole processes, in turn, from the same files; see docs/performance.md.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import _measure as measure
import _workspace as workspace


def main() -> None:
    data = measure.generate()
    folder = workspace.write_workspace(data, 0)
    python = sys.executable
    commands: dict[str, Sequence[str | Path]] = {
        "build": [python, "-m", "segmodel", "build", folder, "--json"],
        "pandas and scikit-learn": [python, measure.HERE / "_peer_pandas.py", data / "transactions", data / "pandas"],
        "DuckDB alone, 2GB": [
            python, measure.HERE / "_peer_duckdb.py", data / "transactions" / "*.parquet", data / "features.duckdb",
        ],
    }  # fmt: skip
    runs = measure.run_in_turn(commands, {"build": lambda: workspace.forget_builds(folder)})
    build, peer, alone = runs.values()
    took, slow, bare = (measure.seconds(each) for each in (build, peer, alone))
    size = measure.paired_ratio(measure.peaks(build), measure.peaks(peer))
    measure.report(
        [
            measure.Claim(
                "time of pandas and scikit-learn against a build", measure.paired_ratio(slow, took), ("≥", 8)
            ),
            measure.Claim("peak memory of a build against pandas and scikit-learn", size, ("≤", 1 / 3)),
            measure.Claim("time of a build against DuckDB alone", measure.paired_ratio(took, bare), ("≤", 3)),
        ]
    )


if __name__ == "__main__":
    main()
