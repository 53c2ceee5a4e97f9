"""Claims: a build beats the same job in pandas and scikit-learn, and costs little more than its SQL alone.

Whole processes, in turn, from the same files; see docs/performance.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import _measure as measure
import _workspace as workspace


def main() -> None:
    data = measure.generate()
    # less than the default of 2 GB: the build then spills a little, and its peak is what the claim is about
    folder = workspace.write_workspace(data, history_months=0, memory_limit="1200MB")
    python = sys.executable
    commands: dict[str, Sequence[str | Path]] = {
        "segmodel build": [python, "-m", "segmodel", "build", folder, "--json"],
        "pandas and scikit-learn": [python, measure.HERE / "_peer_pandas.py", data / "transactions", data / "pandas"],
        "DuckDB alone": [
            python, measure.HERE / "_peer_duckdb.py", data / "transactions" / "*.parquet", data / "features.duckdb",
        ],
    }  # fmt: skip
    fresh: Callable[[], None] = lambda: workspace.forget_builds(folder)  # noqa: E731
    runs = measure.run_in_turn(commands, before={"segmodel build": fresh})
    build, peer, alone = runs.values()
    measure.report(
        [
            measure.Claim(
                "time of pandas and scikit-learn, against a build",
                measure.paired_ratio(measure.seconds(peer), measure.seconds(build)),
                ("≥", 8),
            ),
            measure.Claim(
                "peak memory of a build, against pandas and scikit-learn",
                measure.paired_ratio(measure.peaks(build), measure.peaks(peer)),
                ("≤", 1 / 3),
            ),
            measure.Claim(
                "time of a build, against DuckDB alone for the features",
                measure.paired_ratio(measure.seconds(build), measure.seconds(alone)),
                ("≤", 3),
            ),
        ]
    )


if __name__ == "__main__":
    main()
