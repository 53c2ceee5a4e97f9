"""Claim: a build with two years of month-end snapshots costs at most ten times one with a single snapshot."""

from __future__ import annotations

import sys

import _measure as measure
import _workspace as workspace


def main() -> None:
    data = measure.generate()
    # the month end of the latest day is among its months: 23 earlier ones make 24 snapshots
    folders = {"1 snapshot": 0, "24 snapshots": 23}
    built = {name: workspace.write_workspace(data, months) for name, months in folders.items()}
    commands = {name: [sys.executable, "-m", "segmodel", "build", folder, "--json"] for name, folder in built.items()}
    before = {name: (lambda folder=folder: workspace.forget_builds(folder)) for name, folder in built.items()}
    runs = measure.run_in_turn(commands, before=before)
    ratio = measure.paired_ratio(measure.seconds(runs["24 snapshots"]), measure.seconds(runs["1 snapshot"]))
    measure.report([measure.Claim("time of a build with 24 snapshots, against one", ratio, ("≤", 10))])


if __name__ == "__main__":
    main()
