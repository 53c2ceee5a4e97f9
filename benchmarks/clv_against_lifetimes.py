"""Claims: models of value fit CDNOW at least 5 times as fast as those of the package lifetimes, to the same optimum.

lifetimes is no longer maintained and needs older packages, so it runs in an environment of its own, made once in
`benchmarks/.cache`. Processes run in turn; each fits every model several times, the first fit not counted. The data
are not part of the repository; without them there is nothing to measure.
"""

from __future__ import annotations

import importlib
import json
import statistics
import sys
from pathlib import Path

import _measure as measure

FITS = 15
TURNS = max(5, measure.REPEATS)
PACKAGES = ("lifetimes==0.11.3", "pandas<2.2", "numpy<2", "scipy<1.13")
JOBS = {"BG/NBD and Gamma-Gamma": ("BG/NBD", "Gamma-Gamma"), "MBG/NBD and Gamma-Gamma": ("MBG/NBD", "Gamma-Gamma")}

Fits = dict[str, dict[str, list[float] | float]]


def customers() -> Path:
    sys.path.append(str(measure.HERE.parent))  # tests are no part of what is installed
    folder: Path = importlib.import_module("tests.support.real_data").real_data_folder()
    return folder / "cdnow" / "calibration_39_weeks.csv"


def seconds(fits: Fits, names: tuple[str, ...]) -> float:
    """Return the time of fitting each of these models once, by medians."""
    return sum(statistics.median(fits[name]["seconds"]) for name in names)  # type: ignore[arg-type]


def main() -> None:
    data = customers()
    if not data.exists():
        print("  skipped: the customers are not here (SEGMODEL_REAL_DATA names the folder of real data)")
        return
    theirs = measure.environment("lifetimes", PACKAGES)
    if theirs is None:
        print("  skipped: lifetimes could not be installed")
        return
    commands = {
        "ours": [sys.executable, measure.HERE / "_fit_value.py", data, str(FITS)],
        "lifetimes": [theirs, "-W", "ignore", measure.HERE / "_peer_lifetimes.py", data, str(FITS)],
    }
    runs = measure.run_in_turn(commands, {}, repeats=TURNS)
    fits: dict[str, list[Fits]] = {
        name: [json.loads(run.output.splitlines()[-1]) for run in each] for name, each in runs.items()
    }
    claims = []
    for words, names in JOBS.items():
        slow, fast = ([seconds(each, names) for each in fits[who]] for who in ("lifetimes", "ours"))
        ours, peers = (1000 * statistics.median(times) for times in (fast, slow))
        print(f"  {words}: ours {ours:.1f} ms, lifetimes {peers:.1f} ms")
        claims.append(
            measure.Claim(f"time of lifetimes against ours: {words}", measure.paired_ratio(slow, fast), ("≥", 5))
        )
    for name in fits["ours"][0]:
        found, reference = (float(fits[who][0][name]["log_likelihood"]) for who in ("ours", "lifetimes"))  # type: ignore[arg-type]
        print(f"  {name}: log-likelihood {found:.4f}, lifetimes {reference:.4f}")
        claims.append(measure.Claim(f"log-likelihood of {name} apart", abs(found - reference), ("≤", 0.01), ""))
    measure.report(claims)


if __name__ == "__main__":
    main()
