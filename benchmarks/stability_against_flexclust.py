"""Claims: the stability of a real survey is that of R's flexclust, and comes at least 8 times as fast.

`bootFlexclust` runs beside ours where Rscript and the package are there; else its published time stands in, which a
similar machine with two cores took. The survey is not part of the repository; without it there is nothing to measure.
"""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import _measure as measure
import numpy as np
import pandas as pd

from segmodel.clustering import bootstrap_stability

NUMBERS = range(3, 9)
RESTARTS, PAIRS = 20, 100

_IN_R = """
suppressMessages(library(flexclust))
answers <- as.matrix(read.csv(commandArgs(TRUE)[1]))
took <- system.time(bootFlexclust(answers, k = 3:8, nrep = 20, nboot = 100, seed = 1234))
cat(took[["elapsed"]])
"""


def folder_of_the_survey() -> Path:
    sys.path.append(str(measure.HERE.parent))  # tests are no part of what is installed
    folder: Path = importlib.import_module("tests.support.real_data").real_data_folder()
    return folder / "vacmot"


def has_flexclust() -> bool:
    if shutil.which("Rscript") is None:
        return False
    asked = ["Rscript", "-e", "quit(status = !requireNamespace('flexclust', quietly = TRUE))"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def seconds_in_r(survey: Path, published: dict[str, Any]) -> float:
    if not has_flexclust():
        print(
            f"  R with flexclust is not here: its published time on a similar machine stands in, {published['secs']} s"
        )
        return float(published["secs"])
    ended = subprocess.run(["Rscript", "-e", _IN_R, survey], capture_output=True, check=True, text=True)
    print(f"  bootFlexclust on this machine: {float(ended.stdout):.1f} s")
    return float(ended.stdout)


def main() -> None:
    folder = folder_of_the_survey()
    if not (folder / "vacmot.csv").exists():
        print("  skipped: the survey is not here (SEGMODEL_REAL_DATA names the folder of real data)")
        return
    published = json.loads((folder / "reference.json").read_text(encoding="utf-8"))["bootFlexclust"]
    answers = pd.read_csv(folder / "vacmot.csv").to_numpy(float)
    bootstrap_stability(answers, 3, n_boot=1, n_init=1, random_state=0)  # the first call only warms up
    theirs = seconds_in_r(folder / "vacmot.csv", published)
    start, used = time.perf_counter(), time.process_time()
    found = [bootstrap_stability(answers, k, n_boot=PAIRS, n_init=RESTARTS, random_state=1) for k in NUMBERS]
    ours, used = time.perf_counter() - start, time.process_time() - used
    print(
        f"  ours: {ours:.1f} s, of one processor {used:.1f} s, for {len(NUMBERS)} numbers, {PAIRS} pairs, {RESTARTS} "
        "restarts"
    )
    furthest = 0.0
    for stability in found:
        k = str(stability.k)
        reference, error = published["adj_rand_mean"][k], published["mc_se_of_mean"][k]
        both = float(np.hypot(error, stability.standard_error))
        away = abs(stability.mean - reference) / both
        furthest = max(furthest, away)
        print(
            f"    k {k}: mean adjusted Rand {stability.mean:.3f} ± {stability.standard_error:.3f}, reference "
            f"{reference:.3f} ± {error:.3f}; within three standard errors: {'yes' if away <= 3 else 'no'} ({away:.1f})"
        )
    measure.report(
        [
            measure.Claim("time of bootFlexclust against bootstrap_stability", theirs / ours, ("≥", 8)),
            measure.Claim("furthest mean adjusted Rand from the reference", furthest, ("≤", 3), "standard errors"),
        ]
    )


if __name__ == "__main__":
    main()
