"""Claims: the full table for choosing k takes hardly longer for a million customers, in little memory, by its sample.

Each table is a process of its own that reads customers, prepares them and compares 2 to 10 segments as the Studio does.
Then the same customers are compared on a larger sample, and the sample workspace with five seeds.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import _choosing_table as one
import _measure as measure
import pandas as pd

from segmodel.clustering import QUICK_PAIRS, RobustPreparation, choose_k, choosing, sample_customers
from segmodel.clustering.fit import compare_numbers
from segmodel.definition import Segmentation
from segmodel.engines import Engine
from segmodel.metrics import features_in
from segmodel.progress import quiet
from segmodel.workspace import Workspace

CACHE = measure.HERE / ".cache"
FEW, MANY, LARGER = 20_000, 1_000_000, 10_000
SEEDS = range(5)
SHOWN = ("silhouette", "prediction_strength", "stability", "tighter")


def made(customers: int) -> Path:
    """Return the file of so many customers, made unless it is there."""
    CACHE.mkdir(exist_ok=True)
    path = CACHE / f"choosing-{customers}.duckdb"
    if not path.exists():
        measure.run([sys.executable, measure.HERE / "_choosing_table.py", "make", path, str(customers)])
    return path


def full_tables() -> list[measure.Claim]:
    commands = {
        f"{customers:,} customers": [sys.executable, measure.HERE / "_choosing_table.py", "table", made(customers), "0"]
        for customers in (FEW, MANY)
    }
    few, many = measure.run_in_turn(commands, {}, repeats=1).values()
    said: list[dict[str, Any]] = [json.loads(runs[0].output.splitlines()[-1]) for runs in (few, many)]
    for found in said:
        print(
            f"  table in {found['seconds']:.1f} s, of which reading {found['reading']:.1f} s; {found['sampled']:,} "
            f"customers drawn, {found['customers']:,} compared; recommended {found['recommended']} of {one.GROUPS} "
            f"planted, adjusted Rand {found['agreement']:.2f}"
        )
    return [
        measure.Claim(
            "time of the table, a million customers against 20,000", said[1]["seconds"] / said[0]["seconds"], ("≤", 3)
        ),
        measure.Claim("peak memory of it for a million customers", max(measure.peaks(many)), ("≤", 2.0), "GiB"),
        measure.Claim(
            "peak memory, a million against 20,000", measure.peaks(many)[0] / measure.peaks(few)[0], ("≤", 3)
        ),
    ]


def effect_of_sampling() -> None:
    """Compare the table on the usual sample, for five seeds, with that on a larger one."""
    segmentation = Segmentation(name="behaviour", k="auto", features=one.FEATURES)
    with Engine.open(made(MANY), read_only=True) as engine:
        frame = sample_customers(engine, segmentation, one.SNAPSHOT)[list(one.FEATURES)]
    rows = RobustPreparation().fit(frame).transform(frame)
    usual = [choose_k(rows, one.NUMBERS, n_boot=QUICK_PAIRS, random_state=seed) for seed in SEEDS]
    with mock.patch.object(choosing, "ROWS", LARGER):
        larger = choose_k(rows, one.NUMBERS, n_boot=QUICK_PAIRS, random_state=0)
    print(
        f"  recommended on {usual[0].n:,} customers: {[choice.recommended for choice in usual]}, on {larger.n:,}: ",
        end="",
    )
    print(
        f"{larger.recommended}; largest difference at any k from the larger sample's, median of five seeds and worst:"
    )
    apart = pd.concat([(choice.table[list(SHOWN)] - larger.table[list(SHOWN)]).abs().max() for choice in usual], axis=1)
    for name, differences in apart.iterrows():
        print(f"    {name}: {differences.median():.3f}, {differences.max():.3f}")


def sample_workspace() -> measure.Claim:
    folder = CACHE / "sample"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(
        measure.HERE.parent / "data" / "sample", folder, ignore=shutil.ignore_patterns("store", "models", "council.db*")
    )
    subprocess.run([sys.executable, "-m", "segmodel", "build", folder, "--json"], check=True, capture_output=True)
    workspace = Workspace(folder)
    asked = workspace.definition.segmentation("behaviour").model_copy(update={"k": "auto"})
    found = []
    with workspace.open() as published:
        features = features_in(published.features())
        numbers = [name for name, feature in features.items() if feature.is_numeric]
        for seed in SEEDS:
            segmentation = asked.model_copy(update={"seed": seed})
            frame = sample_customers(published.engine, segmentation, published.snapshots()[-1], numbers)
            found.append(compare_numbers(segmentation, frame, features, one.NUMBERS, quiet).recommended)
    print(f"  recommended for the sample workspace with five seeds: {found}")
    return measure.Claim("different recommendations in five seeds", len(set(found)), ("≤", 1), "")


def main() -> None:
    claims = full_tables()
    effect_of_sampling()
    measure.report([*claims, sample_workspace()])


if __name__ == "__main__":
    main()
