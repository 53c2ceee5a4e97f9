"""What the benchmarks share: runs of whole processes, small tables of claims.

A process is measured from outside, by what the system counted when it ended. This module imports little on purpose:
a new process starts as a copy of this one, and would be counted at least as large.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
REPEATS = int(os.environ.get("SEGMODEL_BENCH_REPEATS", "3"))


@dataclass(frozen=True)
class Run:
    """One process from start to end."""

    seconds: float
    processor_seconds: float
    peak_bytes: int
    output: str


@dataclass(frozen=True)
class Claim:
    """A sentence, what was measured, and the bar as (comparison, limit)."""

    sentence: str
    measured: float
    bar: tuple[str, float]
    unit: str = "×"

    @property
    def is_met(self) -> bool:
        """Whether the measured figure is on the right side of the bar."""
        comparison, limit = self.bar
        return self.measured >= limit if comparison == "≥" else self.measured <= limit


def run(command: Sequence[str | Path]) -> Run:
    """Run a command to its end; peak memory is the largest resident size of it or of any process it started."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        start = time.perf_counter()
        process = subprocess.Popen([str(part) for part in command], stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        output = said.read()
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{output}")
    # Linux counts in kibibytes, macOS in bytes
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit, output)


def run_in_turn(
    commands: Mapping[str, Sequence[str | Path]],
    before: Mapping[str, Callable[[], None]],
    repeats: int = REPEATS,
) -> dict[str, list[Run]]:
    """Run the commands A, B, C, A, B, C, …, so that a machine that slows down slows all of them.

    `before` holds what is done, uncounted, before each run of a command.
    """
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for turn in range(repeats):
        for name, command in commands.items():
            before.get(name, lambda: None)()
            runs[name].append(run(command))
            last = runs[name][-1]
            print(
                f"  run {turn + 1} of {repeats}: {name}: {last.seconds:.1f} s, of processors "
                f"{last.processor_seconds:.1f} s, peak {last.peak_bytes / 2**30:.2f} GiB",
                flush=True,
            )
    return runs


def paired_ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """Return the median of the ratios of neighbouring runs."""
    return statistics.median(first / second for first, second in zip(above, below, strict=True))


def seconds(runs: Sequence[Run]) -> list[float]:
    """Return the wall times of runs."""
    return [one.seconds for one in runs]


def peaks(runs: Sequence[Run]) -> list[float]:
    """Return the peak sizes of runs, in GiB."""
    return [one.peak_bytes / 2**30 for one in runs]


def report(claims: Sequence[Claim]) -> None:
    """Print claim, measured, bar and whether it is met."""
    rows = [("claim", "measured", "bar", "")]
    for claim in claims:
        comparison, limit = claim.bar
        verdict = "met" if claim.is_met else "not met"
        measured = f"{_shown(claim.measured)} {claim.unit}"
        rows.append((claim.sentence, measured, f"{comparison} {_shown(limit)} {claim.unit}", verdict))
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    print()
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    print(flush=True)


def _shown(figure: float) -> str:
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.2g}" if abs(figure) < 10 else f"{figure:.1f}"


def generate() -> Path:
    """Make the data unless it is there, and return the folder of this size."""
    made = run([sys.executable, HERE / "_generate.py"])
    return Path(made.output.strip().splitlines()[-1])


def environment(name: str, packages: Sequence[str]) -> Path | None:
    """Return a Python with these packages, in an environment made once; None where they are not to be had."""
    folder = HERE / ".cache" / name
    python, done = folder / "bin" / "python", folder / "installed"
    if not done.exists():
        print(f"  making an environment for {name}, once")
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
        said = subprocess.run(install, capture_output=True, text=True, check=False)
        if said.returncode:
            print(said.stderr.strip()[-500:])
            return None
        done.touch()
    return python
