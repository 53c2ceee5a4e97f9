"""Claims: a build beats the same job in pandas and scikit-learn, and costs little more than its SQL alone.

Whole processes, in turn, from the same files; see docs/performance.md.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import _measure as measure
import _workspace as workspace

Runs = Sequence[measure.Run]
LIMITS = ("2GB", "1200MB")
"""The default, and a lower one at which the build spills: each is held against all three bars, so that time is not
claimed at one setting and memory at another."""


def main() -> None:
    data = measure.generate()
    folders = {f"build, {limit}": workspace.write_workspace(data, 0, limit) for limit in LIMITS}
    python = sys.executable
    commands: dict[str, Sequence[str | Path]] = {
        **{name: [python, "-m", "segmodel", "build", folder, "--json"] for name, folder in folders.items()},
        "pandas and scikit-learn": [python, measure.HERE / "_peer_pandas.py", data / "transactions", data / "pandas"],
        "DuckDB alone, 2GB": [
            python, measure.HERE / "_peer_duckdb.py", data / "transactions" / "*.parquet", data / "features.duckdb",
        ],
    }  # fmt: skip
    before = {name: (lambda folder=folder: workspace.forget_builds(folder)) for name, folder in folders.items()}
    *builds, peer, alone = measure.run_in_turn(commands, before).values()
    measure.report(
        [claim for name, build in zip(folders, builds, strict=True) for claim in claims(name, build, peer, alone)]
    )


def claims(name: str, build: Runs, peer: Runs, alone: Runs) -> list[measure.Claim]:
    """Return what is claimed of one setting."""
    took, slow, bare = (measure.seconds(runs) for runs in (build, peer, alone))
    size = measure.paired_ratio(measure.peaks(build), measure.peaks(peer))
    return [
        measure.Claim(
            f"{name}: time of pandas and scikit-learn against it", measure.paired_ratio(slow, took), ("≥", 8)
        ),
        measure.Claim(f"{name}: peak memory against pandas and scikit-learn", size, ("≤", 1 / 3)),
        measure.Claim(f"{name}: time against DuckDB alone", measure.paired_ratio(took, bare), ("≤", 3)),
    ]


if __name__ == "__main__":
    main()
